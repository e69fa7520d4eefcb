"""Starts the server: its sockets, its app, and what it says of itself."""

import errno
import logging
import signal
import socket
from dataclasses import replace
from typing import TYPE_CHECKING

from panoptes import __version__
from panoptes.common.errors import CannotRun
from panoptes.common.hosts import EVERYWHERE, is_loopback
from panoptes.common.loading import loading
from panoptes.config.settings import Settings
from panoptes.server import socket_activation, waitress

if TYPE_CHECKING:
    from sqlalchemy import URL

    from panoptes.web.guard.token_cache import TokenCache

log = logging.getLogger(__name__)


def serve(settings: Settings) -> None:
    """Serve until a signal comes; after SIGHUP, as a new process. Raises CannotRun."""
    # Until the server has a better way to stop.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    socket_activation.hold_restarts()
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    sockets = socket_activation.receive()
    if sockets:
        # What was a name before it was handed on is still one that clients use.
        names = (*settings.allowed_host, settings.ip.lower())
        settings = replace(settings, ip=sockets.listener.getsockname()[0], allowed_host=names)
    else:
        sockets = socket_activation.Sockets(_bound(settings))
    with sockets.listener as listener:
        # Flask is loaded only now: signals have been set up, and a port that is taken was told.
        with loading():
            from panoptes.app import create_app, housekeeper
            from panoptes.database.connections import database_url, shown_name
            from panoptes.migrations import explained
            from panoptes.web.services import services_of

            app = create_app(settings)
        url = database_url(settings.db_url)
        tokens = services_of(app).tokens
        port = listener.getsockname()[1]
        with explained(url):
            is_guarded = tokens.is_used()
        print(greeting(settings, port, shown_name(url), is_guarded), flush=True)
        end_housekeeping = housekeeper(app).start()
        left = waitress.serve(app, sockets, may_restart=lambda: _may_restart(url, tokens))
        end_housekeeping()  # What it has open is gone in the next process.
        if left:
            socket_activation.run_again(left)


def _may_restart(url: "URL", tokens: "TokenCache") -> bool:
    """Return whether the next process would serve the same database; else say why not."""
    from panoptes.database.connections import UnusableDatabase
    from panoptes.migrations import refuse_changed

    try:
        refuse_changed(url, needs_tokens=tokens.was_used)
    except UnusableDatabase as error:
        log.error("Not restarted, but served as before: %s", error)
        return False
    return True


def _bound(settings: Settings) -> socket.socket:
    place = f"{settings.ip}:{settings.port}"
    reasons = {
        errno.EADDRINUSE: f"{place} is taken, perhaps by another panoptes: choose another one with"
        " --port.",
        errno.EACCES: f"Ports below 1024 need more rights than you have, so {place} can't be used.",
    }
    try:
        return waitress.listen(settings.ip, settings.port)
    except OSError as error:
        other = f"Can't listen on {place} ({error.strerror or error}): check --ip and --port."
        raise CannotRun(reasons.get(error.errno or 0, other)) from error


def greeting(settings: Settings, port: int, database: str, has_tokens: bool) -> str:
    """Return what is printed at the start: where it serves, and how an engine gets there."""
    # Of all its addresses, a machine's name is the one that others can use.
    host = socket.gethostname() if settings.ip in EVERYWHERE else settings.ip
    address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    address += settings.url_prefix
    token = "TOKEN" if has_tokens else "any"  # Nextflow doesn't start without one.
    return f"""\
panoptes {__version__} serves {address}
database: {database}
{_access(settings, has_tokens)}
To connect a workflow engine:
  Snakemake 9          pip install snakemake-logger-plugin-panoptes-ui
                       snakemake --logger panoptes-ui --logger-panoptes-ui-address {address} ...
  Snakemake 5.27 to 8  snakemake --wms-monitor {address} ...
  Nextflow             TOWER_ACCESS_TOKEN={token} nextflow run ... -with-tower {address}/api/tower
  CWL, WDL, any other  panoptes run --url {address} -- COMMAND ...

Ctrl-C stops it.
"""


def _access(settings: Settings, has_tokens: bool) -> str:
    """Return who can do what here, unless this machine alone reaches it and needs no token."""
    if has_tokens:
        return "\nEvery request needs a token; 'panoptes token' makes, lists and revokes them.\n"
    if is_loopback(settings.ip):
        return ""
    changes = "" if settings.read_only else ", and rename, cancel and delete every workflow"
    return f"""
WARNING: no token is set. Anyone on the network can see all workflows, with their commands, paths
and errors, report false ones{changes}.
So that only those with a token can:  panoptes token add NAME --role admin
"""
