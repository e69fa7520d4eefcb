"""`panoptes ls`: the workflows of a server."""

import json
from argparse import ArgumentParser, Namespace

from panoptes.cli.remote.options import add_server, number, server
from panoptes.common import clock

STATUSES = ("running", "error", "stale", "done", "cancelled", "no execution")
SORTS = ("id", "name", "status", "started_at")
MOST = 1000
NOTHING, NO_MATCH = "No workflows yet.", "No workflows match."


def add_to(parser: ArgumentParser) -> None:
    """Give the command's parser what it takes."""
    parser.add_argument("text", nargs="?", metavar="TEXT", help="only those with it in their name")
    parser.add_argument("--status", choices=STATUSES, type=str.lower, help="only those in it")
    parser.add_argument("--owner", metavar="NAME", help="only those that its token registered")
    turned = [turn + sort for sort in SORTS for turn in ("", "-")]
    parser.add_argument(
        "--sort",
        choices=turned,
        default="-started_at",
        metavar="ORDER",
        help=f"{', '.join(SORTS)}, with - before it (--sort=-name) to turn it [default: the newest"
        " first]",
    )
    parser.add_argument("--page", type=number(1, 10**9), default=1, metavar="N", help="which page")
    parser.add_argument(
        *("-n", "--per-page"),
        type=number(1, MOST),
        default=50,
        metavar="N",
        help="how many [default: 50]",
    )
    add_server(parser)
    parser.set_defaults(run=show)


def show(options: Namespace) -> int:
    """Print a page of workflows."""
    with server(options) as client:
        page = client.workflows(
            options.text,
            status=options.status,
            owner=options.owner,
            sort=options.sort,
            page=options.page,
            per_page=options.per_page,
        )
    if options.json:
        print(json.dumps(page.raw, indent=2))
        return 0
    from panoptes.cli.remote import workflow_view
    from panoptes.cli.remote.widgets import muted, open_console, print_parts

    console, is_filtered = open_console(), options.text or options.status or options.owner
    if not page.items:
        print_parts(console, muted(NO_MATCH if is_filtered else NOTHING))
        return 0
    whole_names = not console.is_terminal
    print_parts(
        console, workflow_view.workflows(page.items, clock.utcnow(), whole_names=whole_names)
    )
    if len(page.items) < page.count and console.is_terminal:
        shown = f"{len(page.items):,} of {page.count:,} workflows; --page shows more."
        print_parts(console, muted(shown))
    return 0
