"""`panoptes compare`: a run of a workflow beside another one."""

from typing import TYPE_CHECKING

import click

from panoptes.cli.remote.options import asks_server, names_workflow, print_json

if TYPE_CHECKING:
    from panoptes.client import Client


@click.command()
@names_workflow
@click.option(
    *("--with", "other"),
    type=click.IntRange(1),
    metavar="M",
    help="The run to compare it with. [default: the baseline, else the last good one before it]",
)
@click.option("--all", "wants_all", is_flag=True, help="All rules, not only those that differ.")
@asks_server
def compare(
    client: "Client",
    *,
    workflow: str,
    run: int | None,
    other: int | None,
    wants_all: bool,
    as_json: bool,
) -> None:
    """Compare a run with another: what took longer, and what failed."""
    found = client.workflow(workflow, run)
    compared = client.compare(found, other)
    if as_json:
        print_json(compared.raw)
        return
    from panoptes.cli.remote.comparison_view import comparison
    from panoptes.cli.remote.widgets import open_console, print_parts

    print_parts(open_console(), *comparison(found, compared, wants_all=wants_all))
