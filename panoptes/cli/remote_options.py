"""Which server a command asks, and how it answers: options, and the variables behind them."""

import os
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from panoptes.client.http import Server

URL, TOKEN = "PANOPTES_URL", "PANOPTES_TOKEN"  # nosec B105  # Names of variables.
HERE = "http://127.0.0.1:5000"


def add_server(parser: ArgumentParser) -> None:
    """Give a command's parser the options that all commands of a terminal have."""
    parser.add_argument("--url", help=f"the server's address [default: {URL}, else {HERE}]")
    parser.add_argument(
        "--token", help=f"what the server wants to see [default: that in the address, else {TOKEN}]"
    )
    parser.add_argument("--json", action="store_true", help="the API's JSON, for programs")


def add_workflow(parser: ArgumentParser) -> None:
    """Give a command's parser the workflow of which it speaks."""
    parser.add_argument("workflow", metavar="ID-or-NAME", help="an id, or a whole name")
    parser.add_argument(
        "--run", type=number(1, 10**9), dest="run_number", metavar="N", help="its run N [the last]"
    )


def server(options: Namespace) -> "Server":
    """Return the server that the options or the environment name. Raises CannotRun."""
    from panoptes.client.http import server_at  # Help loads none of this.

    url = options.url or os.environ.get(URL) or HERE
    return server_at(url, options.token, os.environ.get(TOKEN, ""))


def number(least: int, most: int) -> Callable[[str], int]:
    """Return what reads an option that is a whole number within these bounds."""

    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit() and least <= int(text[:12]) <= most):
            raise ArgumentTypeError(f"'{text}' is no number from {least} to {most}")
        return int(text)

    return read
