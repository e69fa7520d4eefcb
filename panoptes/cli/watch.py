"""`panoptes watch`: follows a run to its end; the exit code says how that was."""

import signal
import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from types import FrameType
from typing import NoReturn

from panoptes.cli.remote.options import add_server, add_workflow, number, server
from panoptes.cli.session import INTERRUPTED

# What a script goes by. 2 is that of every command, and 5 that of every one of these here.
CODES = {"Done": 0, "No Execution": 0, "Error": 1, "Cancelled": 3, "Stale": 4}
TERMINATED = 143
_EXIT_CODES = f"""\
exit codes:
  0    the run is done, or had nothing to do
  1    it ended with an error
  2    it can't be watched: no such workflow, no token
  3    it was cancelled
  4    it is stale: nothing was heard of it for very long
  5    the server doesn't answer (any more)
  {INTERRUPTED}  you pressed Ctrl-C; the run goes on
"""


def add_to(parser: ArgumentParser) -> None:
    """Give the command's parser what it takes."""
    parser.formatter_class = RawDescriptionHelpFormatter
    parser.epilog = _EXIT_CODES
    add_workflow(parser)
    parser.add_argument(
        *("--interval", "-i"),
        type=number(1, 3600),
        default=2,
        metavar="SECONDS",
        help="how often the server is asked [default: 2]",
    )
    parser.add_argument(
        "--patience",
        type=number(0, 10**9),
        default=60,
        metavar="SECONDS",
        help="how long the server may be away before this gives up [default: 60]",
    )
    add_server(parser)
    parser.set_defaults(run=watch)


def watch(options: Namespace) -> int:
    """Follow a run, and return how it ended."""
    before = signal.signal(signal.SIGTERM, _stop)
    try:
        with server(options) as client:
            from panoptes.cli.remote.follow import follow, open_view

            workflow = client.workflow(options.workflow, options.run_number)
            if options.run_number is None and workflow.completed_at:
                # Whoever meant the next run is too early: it hasn't registered yet.
                warning = f"panoptes: Run {workflow.run}, the latest, had already ended."
                print(warning, file=sys.stderr)
            with open_view(client.url, as_json=options.json) as view:
                ended = follow(client, workflow, view, options.interval, options.patience)
    finally:
        signal.signal(signal.SIGTERM, before)
    return CODES.get(ended.status, 1)


def _stop(_signal: int, _frame: FrameType | None) -> NoReturn:
    # Not at once, which would leave the terminal without a cursor.
    raise SystemExit(TERMINATED)
