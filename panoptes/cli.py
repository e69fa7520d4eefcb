"""The command `panoptes`: reads the settings, says where it serves, and serves."""

import errno
import logging
import signal
import socket
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Sequence
from dataclasses import Field, replace
from typing import TYPE_CHECKING, Any

from panoptes import __version__
from panoptes.config import SETTINGS, BadSetting, Settings, is_repeatable, load, variable
from panoptes.endpoints import ENDPOINTS

if TYPE_CHECKING:
    from flask import Flask

    from panoptes.handover import Sockets


class CannotStart(Exception):
    """The server can't start; the message says why and what to do."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; its exit code is 0 after an orderly stop, 2 when it can't start."""
    options = vars(parser().parse_args(arguments))
    try:
        serve(load(options))
    except (CannotStart, BadSetting) as error:
        print(f"panoptes: {error}", file=sys.stderr)  # noqa: T201  # It is a command.
        return 2
    except KeyboardInterrupt:  # Ctrl-C before the server took over.
        return 0
    return 0


def parser() -> ArgumentParser:
    """Return the command line, made from the table of settings."""
    made = ArgumentParser(
        prog="panoptes",
        description="Watch computational workflows: which run, which failed and why.",
        epilog=_epilog(),
        formatter_class=RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    for setting in SETTINGS:
        if setting.metadata["flags"]:
            _add_option(made, setting)
    made.add_argument("--version", action="version", version=f"panoptes {__version__}")
    return made


def _add_option(made: ArgumentParser, setting: Field[Any]) -> None:
    flags, meaning = setting.metadata["flags"], setting.metadata["help"].replace("%", "%%")
    if setting.default is False:
        made.add_argument(
            *flags, dest=setting.name, action="store_const", const="yes", help=meaning
        )
    else:
        made.add_argument(
            *flags,
            dest=setting.name,
            action="append" if is_repeatable(setting) else "store",
            metavar=setting.metadata["metavar"] or setting.name.upper(),
            help=f"{meaning} [default: {_default(setting)}]",
        )


def _epilog() -> str:
    lines = ["API endpoints:"]
    lines += [f"  {each.method:<7}{each.path:<33}{each.meaning}" for each in ENDPOINTS]
    lines += ["", "environment variables (an option comes first):"]
    for setting in SETTINGS:
        described = f"{setting.metadata['help']} [default: {_default(setting)}]"
        lines.append(f"  {variable(setting):<22}{described}")
    return "\n".join(lines)


def _default(setting: Field[Any]) -> str:
    if isinstance(setting.default, bool):
        return "yes" if setting.default else "no"
    if is_repeatable(setting):
        return "none"
    return (
        f"{setting.default:g}"
        if isinstance(setting.default, float)
        else str(setting.default or "none")
    )


def serve(settings: Settings) -> None:
    """Serve until a signal comes; after SIGHUP, as a new process. Raises CannotStart."""
    from panoptes import handover, server  # Help and version load none of this.

    signal.signal(signal.SIGTERM, _stop)  # Until the server has a better way to stop.
    handover.hold_restarts()
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    sockets = _handed_on()
    if sockets:
        settings = replace(settings, ip=sockets.listener.getsockname()[0])
    else:
        sockets = handover.Sockets(_bound(settings))
    with sockets.listener:
        left = server.serve(_app(settings, sockets.listener), sockets)
        if left:
            handover.run_again(left)


def _handed_on() -> "Sockets | None":
    from panoptes import handover

    try:
        return handover.receive()
    except handover.BadHandover as error:
        raise CannotStart(str(error)) from error


def _bound(settings: Settings) -> socket.socket:
    from panoptes import server

    try:
        return server.listen(settings.ip, settings.port)
    except OSError as error:
        raise CannotStart(_explain(settings, error)) from error


def _app(settings: Settings, listener: socket.socket) -> "Flask":
    from panoptes.app import create_app
    from panoptes.db import UnusableDatabase, database_url, shown_name

    try:
        url = database_url(settings.db_url)
        app = create_app(settings)
    except UnusableDatabase as error:
        raise CannotStart(str(error)) from error
    print(_greeting(settings, listener.getsockname()[1], shown_name(url)), flush=True)  # noqa: T201
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


_EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104  # To be told from one address.


def _greeting(settings: Settings, port: int, database: str) -> str:
    # Of all its addresses, a machine's name is the one that others can use.
    host = socket.gethostname() if settings.ip in _EVERYWHERE else settings.ip
    address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    address += settings.url_prefix
    return f"""\
panoptes {__version__} serves {address}
database: {database}
{_warning(settings)}
Point a Snakemake at it:
  5.27 to 8:  snakemake --cores all --wms-monitor {address}
  9:          pip install snakemake-logger-plugin-panoptes
              snakemake --cores all --logger panoptes --logger-panoptes-address {address}

Ctrl-C stops it.
"""


def _warning(settings: Settings) -> str:
    if settings.ip == "localhost" or settings.ip.startswith("127.") or settings.ip == "::1":
        return ""
    return """
Whoever reaches this address may read, rename, cancel and delete everything: there is no login.
"""
