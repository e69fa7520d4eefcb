"""`panoptes stop`: asks a run's client to end its engine, where whoever started it allowed that."""

from typing import TYPE_CHECKING

import click

from panoptes.cli.remote.options import asks_server, names_workflow, print_json

if TYPE_CHECKING:
    from panoptes.client import Client


@click.command()
@names_workflow
@click.option("--yes", "-y", is_flag=True, help="Don't ask for confirmation.")
@asks_server
def stop(client: "Client", *, workflow: str, run: int | None, yes: bool, as_json: bool) -> None:
    """End a run's engine as Ctrl-C does, where that is allowed."""
    from panoptes.cli.remote.confirm import confirm
    from panoptes.cli.remote.texts import harmless, progress

    found = client.workflow(workflow, run)
    if not yes:
        shown = harmless(found)
        state = f"{shown.status}, {progress(shown)}"
        question = f"End the engine of run {shown.run} of {shown.name} ({state})?"
        confirm(question, "Nothing was stopped.")
    asked = client.stop(found.id, found.run)
    if as_json:
        print_json({"workflow": asked.raw})
    else:
        print(f"{harmless(asked).name} is asked to stop: 'panoptes watch' shows how it ends.")
