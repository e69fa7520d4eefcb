"""The key that signs sessions: made once, kept in a file that only its owner reads."""

import os
import secrets
import stat
import time
from contextlib import suppress
from pathlib import Path

from sqlalchemy import URL

from panoptes.config.settings import PREFIX, BadSetting, Settings
from panoptes.database.connections import UnusableDatabase

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


def refuse_lost_database(path: Path, url: URL) -> None:
    """Refuse to begin a new database where the key beside it tells that there was one.

    Nobody would need a token for the new one. Raises UnusableDatabase.
    """
    # In this order: a process that starts in this moment makes its key last.
    if path != Path(f"{url.database}.key") or not path.exists():
        return
    database = Path(str(url.database))
    if not database.exists() or not database.stat().st_size:
        raise UnusableDatabase(
            f"The database {database} is gone, but its key {path} is there: put it back, or delete"
            " the key to begin a new one."
        )


def read_key(path: Path) -> bytes:
    """Return the key in a file, which is made where there is none. Raises config.BadSetting.

    Whoever reads it can sign in as anyone, so a file that everybody may read is refused.
    """
    try:
        with suppress(FileExistsError):  # Of processes that start at once, the first makes it.
            path.touch(mode=0o600, exist_ok=False)
            path.write_text(f"{secrets.token_hex(BYTES)}\n")
        for _ in range(LOOKS):
            key = path.read_bytes().strip()
            if len(key) >= BYTES:
                _refuse_public(path)
                return key
            time.sleep(0.01)  # Another process is about to write it.
    except OSError as error:
        raise BadSetting(f"{SOURCE}: '{path}' can't be used ({error.strerror}).") from error
    raise BadSetting(
        f"{SOURCE}: '{path}' holds no key, which has at least {BYTES} characters:"
        " delete it, and a new one is made."
    )


def _refuse_public(path: Path) -> None:
    if os.name == "posix" and path.stat().st_mode & stat.S_IROTH:
        raise BadSetting(
            f"{SOURCE}: everybody on this machine may read '{path}', and sign in with it as anyone:"
            f" chmod o-r '{path}', or delete it, and a new one is made."
        )
