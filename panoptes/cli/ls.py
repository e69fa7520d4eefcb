"""`panoptes ls`: the workflows of a server."""

import json
from argparse import ArgumentParser, Namespace

from panoptes.cli.remote_options import add_server, number, server
from panoptes.common import clock

STATUSES = ("running", "error", "stale", "done", "cancelled", "no execution")
SORTS = ("id", "name", "status", "started_at")
MOST = 1000
NONE, NONE_LIKE_THAT = "There is no workflow yet.", "No workflow is like that."


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
    asked = server(options)
    query = {
        "q": options.text,
        "status": options.status,
        "owner": options.owner,
        "sort": options.sort,
        "page": options.page,
        "per_page": options.per_page,
    }
    told = asked.get("/api/workflows", query)
    if options.json:
        print(json.dumps(told, indent=2))
        return 0
    from panoptes.cli.pictures import listed
    from panoptes.cli.screen import console, put, quiet
    from panoptes.client.api_models import read_workflow, understood

    with understood(asked):
        found, total = [read_workflow(each) for each in told["workflows"]], int(told["count"])
    screen = console()
    if not found:
        put(screen, quiet(NONE_LIKE_THAT if _is_filtered(options) else NONE))
        return 0
    put(screen, listed(found, clock.utcnow(), whole_names=not screen.is_terminal))
    if len(found) < total and screen.is_terminal:
        put(screen, quiet(f"{len(found):,} of {total:,} workflows; --page shows more."))
    return 0


def _is_filtered(options: Namespace) -> bool:
    return bool(options.text or options.status or options.owner)
