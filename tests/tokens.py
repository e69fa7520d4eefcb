"""Tokens for tests: made and revoked in the app's database, and how they come with a request."""

import subprocess
import sys
from base64 import b64encode
from datetime import timedelta
from pathlib import Path

from flask import Flask

from devtools.running import ROOT, clean_environment
from panoptes.common import clock
from panoptes.database.connections import writing
from panoptes.models import token as verbs
from panoptes.models.token import Role

Headers = dict[str, str]


class Tokens:
    """The tokens of an app."""

    def __init__(self, app: Flask) -> None:
        self._app = app

    def add(self, name: str, role: str = "report", days: float | None = None) -> str:
        """Make a token and return its secret; without days it is for ever."""
        now = clock.utcnow()
        expires = None if days is None else now + timedelta(days=days)
        with self._app.app_context(), writing() as connection:
            return verbs.add(connection, name, Role(role), expires, now)

    def revoke(self, name: str) -> None:
        """Revoke a token."""
        with self._app.app_context(), writing() as connection:
            verbs.revoke(connection, name, clock.utcnow())

    def headers(self, name: str, role: str = "report", days: float | None = None) -> Headers:
        """Make a token and return what a request with it says."""
        return bearer(self.add(name, role, days))


def token_command(folder: Path, *words: str) -> str:
    """Run `panoptes token` on the database of a server in a folder, and return its output."""
    url = f"sqlite:///{folder / 'panoptes.db'}"
    done = subprocess.run(
        [sys.executable, "-m", "panoptes", "token", *words, "--db-url", url],
        env=clean_environment() | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def bearer(secret: str) -> Headers:
    """Return how Snakemake 5.32 to 8 sends a token."""
    return {"Authorization": f"Bearer {secret}"}


def basic(secret: str, user: str = "me") -> Headers:
    """Return how every client sends a token that stands in the address."""
    return {"Authorization": "Basic " + b64encode(f"{user}:{secret}".encode()).decode()}
