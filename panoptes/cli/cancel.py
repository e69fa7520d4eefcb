"""`panoptes cancel`: marks a run as cancelled; its engine is not stopped."""

import sys
from typing import TYPE_CHECKING

import click

from panoptes.cli.remote.options import asks_server, names_workflow, print_json
from panoptes.common.errors import CannotRun

if TYPE_CHECKING:
    from panoptes.client import Client, Workflow


@click.command()
@names_workflow
@click.option("--yes", "-y", is_flag=True, help="Don't ask for confirmation.")
@asks_server
def cancel(client: "Client", *, workflow: str, run: int | None, yes: bool, as_json: bool) -> None:
    """Stop watching a run: later events are ignored. Its engine is not stopped."""
    from panoptes.cli.remote.texts import harmless

    found = client.workflow(workflow, run)
    if not yes:
        _confirm(harmless(found))
    cancelled = client.cancel(found.id, found.run)
    if as_json:
        print_json({"workflow": cancelled.raw})
    else:
        print(f"{harmless(cancelled).name} is cancelled. Its engine is not stopped.")


def _confirm(workflow: "Workflow") -> None:
    """Go on if a person says yes. Raises CannotRun."""
    from panoptes.cli.remote.texts import progress

    if not sys.stdin.isatty():
        raise CannotRun("No terminal to confirm in; use --yes.")
    state = f"{workflow.status}, {progress(workflow)}"
    question = f"Stop watching run {workflow.run} of {workflow.name} ({state})? [y/N] "
    print(question, end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise CannotRun("Nothing was cancelled.")
