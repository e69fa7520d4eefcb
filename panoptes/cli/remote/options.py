"""Which server a command asks, and how it answers: options, and the variables behind them."""

import json
import os
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

import click

from panoptes.common.errors import CannotRun

if TYPE_CHECKING:
    from panoptes.client import ClientError

URL, TOKEN = "PANOPTES_URL", "PANOPTES_TOKEN"  # nosec B105  # Names of variables.
HERE = "http://127.0.0.1:5000"
UNREACHABLE = 5

Command = TypeVar("Command", bound=Callable[..., Any])


def asks_server(command: Callable[..., int | None]) -> Callable[..., int | None]:
    """Decorate a command with `--url`, `--token` and `--json`; it gets a client and `as_json`.

    An error of the client ends the command as CannotRun, with what to do about it.
    """

    @click.option(
        "--url", metavar="URL", help=f"The server's address. [default: {URL}, else {HERE}]"
    )
    @click.option(
        "--token",
        metavar="TOKEN",
        help=f"The token that it requires. [default: the one in the address, else {TOKEN}]",
    )
    @click.option("--json", "as_json", is_flag=True, help="Print the API's JSON, for programs.")
    @wraps(command)
    def run(url: str | None, token: str | None, **options: Any) -> int | None:
        from panoptes.client import Client, ClientError

        url = url or os.environ.get(URL) or HERE
        try:
            client = Client(url, token)
            if not client.token:
                client = Client(url, os.environ.get(TOKEN))
            return command(client, **options)
        except ClientError as error:
            raise cannot_run(error) from error

    return run


def names_workflow(command: Command) -> Command:
    """Decorate a command with the workflow of which it speaks, and `--run`."""
    run = click.option(
        "--run", type=click.IntRange(1), metavar="N", help="Its run N. [default: the newest]"
    )
    return click.argument("workflow", metavar="ID-OR-NAME")(run(command))


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


def print_json(answer: Any) -> None:
    """Print what the API answered, for programs and for people."""
    print(json.dumps(answer, indent=2))
