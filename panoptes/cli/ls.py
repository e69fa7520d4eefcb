"""`panoptes ls`: the workflows of a server."""

import json
from typing import TYPE_CHECKING

import click

from panoptes.cli.remote.options import asks_server
from panoptes.common import clock

if TYPE_CHECKING:
    from panoptes.client import Client

STATUSES = ("running", "error", "stale", "done", "cancelled", "no execution")
SORTS = ("id", "name", "status", "started_at")
NOTHING, NO_MATCH = "No workflows yet.", "No workflows match."


@click.command()
@click.argument("text", required=False)
@click.option(
    "--status", type=click.Choice(STATUSES, case_sensitive=False), help="Only those with it."
)
@click.option("--owner", metavar="NAME", help="Only those that this token registered.")
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
def ls(
    client: "Client",
    *,
    text: str | None,
    status: str | None,
    owner: str | None,
    sort: str,
    page: int,
    per_page: int,
    as_json: bool,
) -> int:
    """List a server's workflows, or those with TEXT in their name."""
    found = client.workflows(
        text, status=status, owner=owner, sort=sort, page=page, per_page=per_page
    )
    if as_json:
        print(json.dumps(found.raw, indent=2))
        return 0
    from panoptes.cli.remote import workflow_view
    from panoptes.cli.remote.widgets import muted, open_console, print_parts

    console, is_filtered = open_console(), text or status or owner
    if not found.items:
        print_parts(console, muted(NO_MATCH if is_filtered else NOTHING))
        return 0
    whole_names = not console.is_terminal
    print_parts(
        console, workflow_view.workflows(found.items, clock.utcnow(), whole_names=whole_names)
    )
    if len(found.items) < found.count and console.is_terminal:
        shown = f"{len(found.items):,} of {found.count:,} workflows; --page shows more."
        print_parts(console, muted(shown))
    return 0
