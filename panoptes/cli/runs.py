"""`panoptes runs`: the history of a workflow."""

from typing import TYPE_CHECKING

import click

from panoptes.cli.ls import STATUSES
from panoptes.cli.remote.options import asks_server, print_json

if TYPE_CHECKING:
    from panoptes.client import Client


@click.command()
@click.argument("workflow", metavar="ID-OR-NAME")
@click.option(
    *("-n", "limit"),
    type=click.IntRange(1),
    default=20,
    metavar="N",
    help="At most N, the newest. [default: 20]",
)
@click.option(
    "--status", type=click.Choice(STATUSES, case_sensitive=False), help="Only those with it."
)
@click.option("--label", metavar="LABEL", help="Only those with it.")
@asks_server
def runs(
    client: "Client",
    *,
    workflow: str,
    limit: int,
    status: str | None,
    label: str | None,
    as_json: bool,
) -> None:
    """List the runs of a workflow, the newest first."""
    found = client.runs(client.workflow(workflow), status=status, label=label)
    if as_json:
        print_json({"runs": [run.raw for run in found[:limit]], "count": len(found)})
        return
    from panoptes.cli.remote import workflow_view
    from panoptes.cli.remote.widgets import muted, open_console, print_parts

    if not found:
        print_parts(open_console(), muted("No runs match."))
        return
    parts = [workflow_view.runs(found[:limit])]
    if len(found) > limit:
        parts.append(muted(f"{limit:,} of {len(found):,} runs; -n shows more."))
    print_parts(open_console(), *parts)
