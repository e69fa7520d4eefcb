"""The key that signs sessions: made once, kept in a file that only its owner reads."""

import os
import secrets
import time
from pathlib import Path

from sqlalchemy import URL

from panoptes.config.settings import PREFIX, BadSetting, Settings

BYTES = 32
# For a database that is no file: beside where the server starts.
DEFAULT = ".panoptes.key"
SOURCE = f"{PREFIX}SECRET_KEY_FILE"
LOOKS = 50


def key_file(settings: Settings, url: URL) -> Path:
    """Return where the key is kept: where the setting says, else beside the SQLite file."""
    if settings.secret_key_file:
        return Path(settings.secret_key_file)
    return Path(f"{url.database}.key" if url.get_backend_name() == "sqlite" else DEFAULT)


def read_key(path: Path) -> bytes:
    """Return the key in a file, which is made where there is none. Raises config.BadSetting."""
    try:
        _make(path)
        key = _read(path)
    except OSError as error:
        raise BadSetting(f"{SOURCE}: '{path}' can't be used ({error.strerror}).") from error
    if len(key) < BYTES:
        raise BadSetting(
            f"{SOURCE}: '{path}' holds no key, which has at least {BYTES} characters:"
            " delete it, and a new one is made."
        )
    return key


def _make(path: Path) -> None:
    """Make a key, unless there is one: of processes that start at once, the first makes it."""
    if path.exists():
        return
    try:
        made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(made, "w") as file:
        file.write(f"{secrets.token_hex(BYTES)}\n")


def _read(path: Path) -> bytes:
    key = path.read_bytes().strip()
    for _ in range(LOOKS):
        if len(key) >= BYTES:
            break
        time.sleep(0.01)  # Another process is about to write it.
        key = path.read_bytes().strip()
    return key
