"""Which server a command asks, and how it answers: options, and the variables behind them."""

import os
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from panoptes.cli.session import CannotRun

if TYPE_CHECKING:
    from panoptes.client import Client, ClientError

URL, TOKEN = "PANOPTES_URL", "PANOPTES_TOKEN"  # nosec B105  # Names of variables.
HERE = "http://127.0.0.1:5000"
UNREACHABLE = 5


def add_server(parser: ArgumentParser) -> None:
    """Give a command's parser the options that all commands of a terminal have."""
    parser.add_argument("--url", help=f"the server's address [default: {URL}, else {HERE}]")
    parser.add_argument(
        "--token", help=f"the token it requires [default: the one in the address, else {TOKEN}]"
    )
    parser.add_argument("--json", action="store_true", help="print the API's JSON, for programs")


def add_workflow(parser: ArgumentParser) -> None:
    """Give a command's parser the workflow of which it speaks."""
    parser.add_argument("workflow", metavar="ID-or-NAME", help="an id, or a full name")
    parser.add_argument(
        "--run",
        type=number(1, 10**9),
        dest="run_number",
        metavar="N",
        help="its run N [the newest]",
    )


@contextmanager
def server(options: Namespace) -> "Iterator[Client]":
    """Give the server that the options or the environment name. Raises CannotRun."""
    from panoptes.client import Client, ClientError  # Help loads none of this.

    url = options.url or os.environ.get(URL) or HERE
    try:
        client = Client(url, options.token)
        yield client if client.token else Client(url, os.environ.get(TOKEN))
    except ClientError as error:
        raise cannot_run(error) from error


def cannot_run(error: "ClientError") -> CannotRun:
    """Return what is said of an error of the client, with what to do about it."""
    from panoptes.cli.remote.texts import one_line
    from panoptes.client import errors

    hints: dict[type[ClientError], str] = {
        errors.BadAddress: f"Give one such as {HERE}.",
        errors.BadToken: f"Check {TOKEN}.",
        errors.NotFound: "'panoptes ls' lists the workflows.",
        errors.NotPanoptes: f"Check {URL} or --url.",
        errors.Redirected: f"Give that address with {URL} or --url.",
        errors.Unauthorized: f"Set {TOKEN}, or put it into the address: http://me:TOKEN@HOST.",
        errors.Unreachable: f"Start one with 'panoptes', or give its address with {URL} or --url.",
    }
    hint = hints.get(type(error))
    text = one_line(str(error))
    code = UNREACHABLE if isinstance(error, errors.Unreachable) else 2
    return CannotRun(f"{text} {hint}" if hint else text, code)


def number(least: int, most: int) -> Callable[[str], int]:
    """Return what reads an option that is a whole number within these bounds."""

    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit() and least <= int(text[:12]) <= most):
            raise ArgumentTypeError(f"'{text}' is no number from {least} to {most}")
        return int(text)

    return read
