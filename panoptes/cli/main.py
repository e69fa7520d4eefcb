"""The command `panoptes`: serves, or does what the word after it says."""

import errno
import logging
import os
import signal
import socket
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from panoptes import __version__
from panoptes.cli import commands
from panoptes.cli.session import INTERRUPTED, CannotRun
from panoptes.common.errors import Problem
from panoptes.common.hosts import EVERYWHERE, is_loopback
from panoptes.config.options import add_settings, shown_default
from panoptes.config.settings import SETTINGS, BadSetting, Settings, load, variable
from panoptes.web.document import ENDPOINTS

if TYPE_CHECKING:
    from flask import Flask

    from panoptes.server.socket_activation import Sockets


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; its exit code is 0 when all went well, CannotRun's when it can't be done."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    try:
        code = _run(words)
        sys.stdout.flush()
        return code
    except (CannotRun, BadSetting, Problem) as error:
        print(f"panoptes: {error}", file=sys.stderr)  # It is a command.
        return error.code if isinstance(error, CannotRun) else 2
    except BrokenPipeError:  # Whoever reads has enough, as `head` has; the exit mustn't try again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:  # Ctrl-C before the server took over.
        return 0


def _run(words: list[str]) -> int:
    # The first word decides: options alone are the server's.
    if words and not words[0].startswith("-"):
        options = commands.parser().parse_args(words)
        try:
            return int(options.run(options))
        except KeyboardInterrupt:
            return INTERRUPTED
    serve(load(vars(parser().parse_args(words))))
    return 0


def parser() -> ArgumentParser:
    """Return the server's command line, made from the table of settings."""
    made = ArgumentParser(
        prog="panoptes",
        usage="panoptes [OPTION ...]\n       panoptes COMMAND ...",
        description="Watch computational workflows: which run, which failed and why.",
        epilog=_epilog(),
        formatter_class=RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add_settings(made)
    made.add_argument("--version", action="version", version=f"panoptes {__version__}")
    return made


def _epilog() -> str:
    lines = ["commands (panoptes COMMAND --help tells more):"]
    lines += [f"  {each.name:<22}{each.meaning}" for each in commands.COMMANDS]
    lines += ["", "API endpoints:"]
    lines += [f"  {each.method:<7}{each.path:<33}{each.meaning}" for each in ENDPOINTS]
    lines += ["", "environment variables (an option comes first):"]
    for setting in SETTINGS:
        described = f"{setting.metadata['help']} [default: {shown_default(setting)}]"
        lines.append(f"  {variable(setting):<22}{described}")
    return "\n".join(lines)


def serve(settings: Settings) -> None:
    """Serve until a signal comes; after SIGHUP, as a new process. Raises CannotRun."""
    from panoptes.app import housekeeper  # Help and version load none of this.
    from panoptes.server import (
        socket_activation,
        waitress,
    )

    signal.signal(signal.SIGTERM, _stop)  # Until the server has a better way to stop.
    socket_activation.hold_restarts()
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    sockets = _handed_on()
    if sockets:
        # What was a name before it was handed on is still one that clients use.
        names = (*settings.allowed_host, settings.ip.lower())
        settings = replace(settings, ip=sockets.listener.getsockname()[0], allowed_host=names)
    else:
        sockets = socket_activation.Sockets(_bound(settings))
    with sockets.listener:
        app = _app(settings, sockets.listener)
        end_housekeeping = housekeeper(app).start()
        left = waitress.serve(app, sockets)
        end_housekeeping()  # What it has open is gone in the next process.
        if left:
            socket_activation.run_again(left)


def _handed_on() -> "Sockets | None":
    from panoptes.server import socket_activation

    try:
        return socket_activation.receive()
    except socket_activation.BadHandover as error:
        raise CannotRun(str(error)) from error


def _bound(settings: Settings) -> socket.socket:
    from panoptes.server import waitress

    try:
        return waitress.listen(settings.ip, settings.port)
    except OSError as error:
        raise CannotRun(_explain(settings, error)) from error


def _app(settings: Settings, listener: socket.socket) -> "Flask":
    from panoptes.app import create_app
    from panoptes.database.connections import UnusableDatabase, database_url, shown_name
    from panoptes.web.services import services_of

    try:
        url = database_url(settings.db_url)
        app = create_app(settings)
    except UnusableDatabase as error:
        raise CannotRun(str(error)) from error
    has_tokens = services_of(app).tokens.is_used()
    port = listener.getsockname()[1]
    print(_greeting(settings, port, shown_name(url), has_tokens), flush=True)
    return app


def _stop(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _explain(settings: Settings, error: OSError) -> str:
    place = f"{settings.ip}:{settings.port}"
    if error.errno == errno.EADDRINUSE:
        return f"{place} is taken, perhaps by another panoptes: choose another one with --port."
    if error.errno == errno.EACCES:
        return f"Ports below 1024 need more rights than you have, so {place} can't be used."
    return f"Can't listen on {place} ({error.strerror or error}): check --ip and --port."


def _greeting(settings: Settings, port: int, database: str, has_tokens: bool) -> str:
    # Of all its addresses, a machine's name is the one that others can use.
    host = socket.gethostname() if settings.ip in EVERYWHERE else settings.ip
    address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    address += settings.url_prefix
    return f"""\
panoptes {__version__} serves {address}
database: {database}
{_TOKENS if has_tokens else _warning(settings)}
Point a Snakemake at it:
  5.27 to 8:  snakemake --cores all --wms-monitor {address}
  9:          pip install snakemake-logger-plugin-panoptes
              snakemake --cores all --logger panoptes --logger-panoptes-address {address}

Ctrl-C stops it.
"""


_TOKENS = """
Every request needs a token; 'panoptes token' makes, lists and revokes them.
"""


def _warning(settings: Settings) -> str:
    """Return what others can do here, where others reach it and none needs a token."""
    if is_loopback(settings.ip):
        return ""
    changes = "" if settings.read_only else ", and rename, cancel and delete every workflow"
    return f"""
WARNING: no token is set. Anyone on the network can see all workflows, with their commands, paths
and errors, report false ones{changes}.
So that only those with a token can:  panoptes token add NAME --role admin
"""
