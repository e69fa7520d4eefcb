"""`panoptes cancel`: marks a run as cancelled, which doesn't stop its engine, or undoes that."""

from typing import TYPE_CHECKING

import click

from panoptes.cli.remote.options import asks_server, names_workflow, print_json

if TYPE_CHECKING:
    from panoptes.client import Client, Workflow


@click.command()
@names_workflow
@click.option("--yes", "-y", is_flag=True, help="Don't ask for confirmation.")
@click.option("--undo", is_flag=True, help="Watch it again, for 10 minutes after.")
@asks_server
def cancel(
    client: "Client", *, workflow: str, run: int | None, yes: bool, undo: bool, as_json: bool
) -> None:
    """Stop watching a run: later events are ignored. Its engine is not stopped."""
    from panoptes.cli.remote.texts import harmless

    found = client.workflow(workflow, run)
    if not (yes or undo):
        _confirm(harmless(found))
    changed = (client.undo_cancel if undo else client.cancel)(found.id, found.run)
    name = harmless(changed).name
    if as_json:
        print_json({"workflow": changed.raw})
    elif undo:
        print(f"{name} is watched again: {changed.status}.")
    else:
        print(f"{name} is cancelled. Its engine is not stopped.")
        which = f"{changed.id} --run {changed.run}"
        print(f"To undo this in the next 10 minutes: panoptes cancel --undo {which}")


def _confirm(workflow: "Workflow") -> None:
    """Go on if a person says yes. Raises CannotRun."""
    from panoptes.cli.remote.confirm import confirm
    from panoptes.cli.remote.texts import progress

    state = f"{workflow.status}, {progress(workflow)}"
    question = f"Stop watching run {workflow.run} of {workflow.name} ({state})?"
    confirm(question, "Nothing was cancelled.")
