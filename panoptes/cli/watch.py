"""`panoptes watch`: follows a run to its end; the exit code says how that was."""

import signal
import sys
from typing import TYPE_CHECKING

import click

from panoptes.cli.remote.options import asks_server, names_workflow
from panoptes.cli.session import INTERRUPTED

if TYPE_CHECKING:
    from panoptes.client import Client

# What a script goes by. 2 is that of every command, and 5 that of every one of these here.
CODES = {"Done": 0, "No Execution": 0, "Error": 1, "Cancelled": 3, "Stale": 4}
TERMINATED = 143
_EXIT_CODES = f"""
\b
exit codes:
  0    the run is done, or had nothing to do
  1    it ended with an error
  2    it can't be watched: no such workflow, no token
  3    it was cancelled
  4    it is stale: no event for a long time
  5    the server doesn't answer (any more)
  {INTERRUPTED}  you pressed Ctrl-C; the run goes on
"""


@click.command(epilog=_EXIT_CODES)
@names_workflow
@click.option(
    *("--interval", "-i"),
    type=click.IntRange(1, 3600),
    default=2,
    metavar="SECONDS",
    help="How often the server is asked. [default: 2]",
)
@click.option(
    "--patience",
    type=click.IntRange(0),
    default=60,
    metavar="SECONDS",
    help="How long the server may be unreachable before this gives up. [default: 60]",
)
@asks_server
def watch(
    client: "Client", *, workflow: str, run: int | None, interval: int, patience: int, as_json: bool
) -> int:
    """Follow a run to its end; the exit code says how it ended."""
    from panoptes.cli.remote.follow import follow, show, show_as_json

    # An exception, so that the terminal gets its cursor back.
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))
    try:
        found = client.workflow(workflow, run)
        if run is None and found.completed_at:
            # Whoever meant the next run is too early: it hasn't registered yet.
            warning = f"panoptes: Run {found.run}, the latest, had already ended."
            print(warning, file=sys.stderr)
        snapshots = follow(client, found, interval, patience)
        ended = show_as_json(snapshots) if as_json else show(snapshots, client.url)
    finally:
        signal.signal(signal.SIGTERM, before)
    return CODES.get(ended.status, 1)
