"""`panoptes log`: what failed first, and the last lines of a run's log."""

from typing import TYPE_CHECKING

import click

from panoptes.cli.remote.options import asks_server, names_workflow, print_json

if TYPE_CHECKING:
    from panoptes.client import Client


@click.command()
@names_workflow
@click.option(
    *("--lines", "-n", "limit"),
    type=click.IntRange(1, 1000),
    default=20,
    metavar="N",
    help="The last N lines. [default: 20]",
)
@asks_server
def log(client: "Client", *, workflow: str, run: int | None, limit: int, as_json: bool) -> None:
    """Show what failed first, and the end of the run's log."""
    found = client.workflow(workflow, run)
    failures, lines = client.failures(found, 1), client.log(found, limit)
    if as_json:
        jobs, messages = [job.raw for job in failures], [line.raw for line in lines]
        print_json({"workflow": found.raw, "failed_jobs": jobs, "messages": messages})
        return
    from panoptes.cli.remote import workflow_view
    from panoptes.cli.remote.widgets import muted, open_console, print_parts

    parts = [workflow_view.failures(failures, found, brief=False)] if failures else []
    last = workflow_view.log(lines) if lines else muted("The run's log has no lines yet.")
    print_parts(open_console(), *parts, last)
