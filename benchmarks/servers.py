"""Starts what is compared: panoptes from this checkout, panoptes-ui 1.6.2 and a do-nothing server.

What they need beyond this environment is installed into `.benchmarks/`, once.
"""

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from pathlib import Path

from devtools.running import ROOT, Server, clean_environment, running, running_server

HOME = ROOT / ".benchmarks"
PEER = "panoptes-ui==1.6.2"
Start = Callable[[], AbstractContextManager[Server]]


@cache
def environment(name: str, *requirements: str) -> Path:
    """Return the bin folder of a virtual environment that has these requirements."""
    home = HOME / name
    receipt = home / "installed.txt"  # Written last: without it, an installation begins anew.
    wanted = "\n".join(requirements)
    if not receipt.is_file() or receipt.read_text() != wanted:
        subprocess.run([sys.executable, "-m", "venv", "--clear", home], check=True)
        pip = [str(home / "bin/python"), "-m", "pip", "--disable-pip-version-check"]
        subprocess.run([*pip, "install", "--quiet", *requirements], check=True)
        receipt.write_text(wanted)
    return home / "bin"


def peer_environment() -> Path:
    """Return the bin folder of the environment with the peer."""
    return environment("peer", PEER)


@contextmanager
def _folder(given: Path | None = None) -> Iterator[Path]:
    if given is not None:
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="panoptes-benchmark-") as name:
        yield Path(name)


@contextmanager
def ours(folder: Path | None = None, *, db_url: str = "") -> Iterator[Server]:
    """Start panoptes from this checkout, by default on SQLite in a folder, a temporary one."""
    database = ("--db-url", db_url) if db_url else ()
    with _folder(folder) as here, running_server(here, *database) as server:
        yield server


@contextmanager
def peer(folder: Path | None = None) -> Iterator[Server]:
    """Start panoptes-ui on `.panoptes.db` in a folder, a temporary one by itself."""
    command = [str(peer_environment() / "panoptes"), "--ip", "127.0.0.1", "--port", "0"]
    with _folder(folder) as here, running(command, here, clean_environment()) as server:
        yield server


@contextmanager
def limit() -> Iterator[Server]:
    """Start the do-nothing routes under the server of panoptes."""
    own = {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "benchmarks.nothing"]
    with _folder() as folder, running(command, folder, clean_environment() | own) as server:
        yield server


@contextmanager
def gunicorn(app: str, workers: int, **settings: str) -> Iterator[Server]:
    """Start a WSGI app under gunicorn with several processes; `settings` are variables."""
    command = [
        str(environment("gunicorn", "gunicorn", "-e", f"{ROOT}[postgres]") / "gunicorn"),
        app,
    ]
    command += ["--bind", "127.0.0.1:0", "--worker-class", "gthread", "--threads", "8"]
    command += ["--workers", str(workers), "--backlog", "1024"]
    # Other defaults suit nginx, which keeps fewer connections, for less long (docs/scaling.md).
    command += ["--keep-alive", "75", "--worker-connections", "2000"]
    own = {"PYTHONPATH": str(ROOT)} | settings
    with _folder() as folder, running(command, folder, clean_environment() | own) as server:
        yield server


ALL: dict[str, Start] = {"ours": ours, "peer": peer, "limit": limit}
