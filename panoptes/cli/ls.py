"""`panoptes ls`: the workflows of a server."""

from typing import TYPE_CHECKING, Any

import click

from panoptes.cli.remote.options import asks_server, print_json

if TYPE_CHECKING:
    from panoptes.client import Client

STATUSES = ("running", "error", "stale", "done", "cancelled", "no execution")
SORTS = ("id", "name", "status", "started_at")


@click.command()
@click.argument("text", required=False)
@click.option(
    "--status", type=click.Choice(STATUSES, case_sensitive=False), help="Only those with it."
)
@click.option("--owner", metavar="NAME", help="Only those that this token registered.")
@click.option("--user", metavar="NAME", help="Only those that this user runs.")
@click.option("--host", metavar="NAME", help="Only those that run on this host.")
@click.option("--engine", metavar="NAME", help="Only those of this engine.")
@click.option("--label", metavar="LABEL", help="Only those whose newest run has it.")
@click.option("--mine", is_flag=True, help="Only those that your own token registered.")
@click.option(
    "--sort",
    type=click.Choice([sign + name for name in SORTS for sign in ("", "-")]),
    default="-started_at",
    metavar="ORDER",
    help=f"{', '.join(SORTS)}; with - before it (--sort=-name) in reverse. [default: newest first]",
)
@click.option("--page", type=click.IntRange(1), default=1, metavar="N", help="Which page.")
@click.option(
    *("-n", "--per-page"),
    type=click.IntRange(1, 1000),
    default=50,
    metavar="N",
    help="How many. [default: 50]",
)
@asks_server
def ls(client: "Client", *, as_json: bool, **filters: Any) -> None:
    """List a server's workflows, or those with TEXT in their name."""
    page = client.workflows(**filters)
    if as_json:
        print_json(page.raw)
        return
    from panoptes.cli.remote.widgets import muted, open_console, print_parts
    from panoptes.cli.remote.workflow_view import workflows

    console = open_console()
    if not page.items:
        names = ("text", "status", "owner", "user", "host", "engine", "label", "mine")
        is_filtered = any(filters[name] for name in names)
        print_parts(console, muted("No workflows match." if is_filtered else "No workflows yet."))
        return
    print_parts(console, workflows(page.items, whole_names=not console.is_terminal))
    if len(page.items) < page.count and console.is_terminal:
        shown = f"{len(page.items):,} of {page.count:,} workflows; --page shows more."
        print_parts(console, muted(shown))
