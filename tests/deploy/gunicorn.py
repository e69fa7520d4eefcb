"""A real gunicorn with the app of `panoptes.wsgi`."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from devtools.running import ROOT, Server, clean_environment, running

MISSING = "needs gunicorn: pip install gunicorn"
THREADS = 4


def is_installed() -> bool:
    """Tell whether this Python has it."""
    return find_spec("gunicorn") is not None


@contextmanager
def running_gunicorn(folder: Path, **settings: str) -> Iterator[Server]:
    """Serve on a free port as docs/scaling.md has it, with these variables and few threads."""
    command = [sys.executable, "-m", "gunicorn", "panoptes.wsgi:app", "--bind", "127.0.0.1:0"]
    command += ["--worker-class", "gthread", "--threads", str(THREADS), "--keep-alive", "75"]
    own = {"PYTHONPATH": str(ROOT), "PANOPTES_DB_URL": f"sqlite:///{folder / 'panoptes.db'}"}
    own["XDG_RUNTIME_DIR"] = str(folder)  # where it puts a socket for its own commands
    with running(command, folder, clean_environment() | own | settings) as server:
        yield server
