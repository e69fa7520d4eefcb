"""What SQLite's files need beside their tables: WAL mode, copies, and looks that change nothing."""

import logging
import os
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import URL, Connection, NullPool, create_engine

PATIENCE = 30.0

log = logging.getLogger(__name__)


def is_file(url: URL) -> bool:
    """Return whether the database is a SQLite file."""
    return url.get_backend_name() == "sqlite"


@contextmanager
def looking(url: URL) -> Iterator[Connection | None]:
    """Open a database without changing a byte of it; None for a file that isn't there yet."""
    path = Path(str(url.database))
    if not is_file(url):
        engine = create_engine(url, poolclass=NullPool)
    elif path.exists() and path.stat().st_size:
        engine = create_engine("sqlite://", poolclass=NullPool, creator=lambda: _only_read(path))
    else:
        yield None
        return
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def _only_read(path: Path) -> sqlite3.Connection:
    """Open a file as if it were on a CD, or else SQLite makes files of its own beside it.

    Not so while a part of it is in its log: somebody has it open, or was killed with it.
    """
    log_file = path.with_name(f"{path.name}-wal")
    has_log = log_file.exists() and log_file.stat().st_size > 0
    how = "mode=ro" if has_log else "mode=ro&immutable=1"
    return sqlite3.connect(f"file:{quote(str(path))}?{how}", uri=True, timeout=PATIENCE)


def of_others(path: Path) -> list[Path]:
    """Return which of a database's files can't be written because they are another user's.

    Whoever moves a copy into place as root, or looks into it with `sqlite3`, leaves some.
    """
    if os.name != "posix":
        return []
    files = (path.with_name(f"{path.name}{suffix}") for suffix in ("", "-wal", "-shm"))
    return [
        file
        for file in files
        if file.exists() and file.stat().st_uid != os.geteuid() and not os.access(file, os.W_OK)
    ]


def user_name(number: int) -> str:
    """Return what the user with a number is called, where the system knows, else the number."""
    import pwd  # Windows has none.

    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def has_no_room(path: Path) -> bool:
    """Return whether there is no room (inodes) for a file beside this one, such as SQLite's log."""
    of_disk = os.statvfs(path.parent)
    return of_disk.f_files > 0 and of_disk.f_ffree == 0  # Some file systems count none.


def lacks_shared_memory(path: Path) -> bool:
    """Guess why a file can't be opened that may be: WAL mode needs what the file system lacks."""
    if not os.access(path, os.R_OK | os.W_OK) or not os.access(path.parent, os.W_OK):
        return False
    with path.open("rb") as file:
        return file.read(20)[18:] == b"\x02\x02"  # In WAL mode.


def use_wal(url: URL) -> None:
    """Let readers and the writer of a SQLite file work side by side; the file remembers it.

    One that isn't there yet is made, so that only its owner reads it; SQLite gives its log the same
    mode.
    """
    if not is_file(url):
        return
    with suppress(OSError):  # It is there, or can't be: SQLite says why.
        Path(str(url.database)).touch(mode=0o600, exist_ok=False)
    with closing(sqlite3.connect(str(url.database), timeout=PATIENCE)) as connection:
        mode = _wal_mode(connection)
    if mode != "wal":
        log.warning(
            "%s can't use SQLite's WAL mode (a network file system?): pages will wait while an "
            "event is written. A local disk or PostgreSQL is faster.",
            url.database,
        )


def _wal_mode(connection: sqlite3.Connection) -> str:
    """Switch a file to WAL mode where it can be, and return the mode that it is in then.

    Whatever its timeout, SQLite gives up at once where another process is about to write: one
    that starts in the same moment, or the panoptes-ui before 2.0 that is to be taken over.
    """
    end = time.monotonic() + PATIENCE
    while True:
        try:
            mode: str = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
            return mode
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > end:
                raise
        time.sleep(0.05)


def copy(source: Path, target: Path) -> None:
    """Copy a SQLite file as it is at this moment, while others use it; all of it or nothing.

    The copy may be read by those who may read its source. Raises sqlite3.Error and OSError; what
    was at the target is as it was then.
    """
    part = target.with_name(f"{target.name}.part")
    part.unlink(missing_ok=True)
    try:
        part.touch(mode=0o600, exist_ok=False)
        with closing(sqlite3.connect(source, timeout=PATIENCE)) as connection:
            connection.execute("VACUUM INTO ?", (str(part),))
        shutil.copymode(source, part)
        os.replace(part, target)  # noqa: PTH105  # Over what is there, on every system.
    finally:
        part.unlink(missing_ok=True)


def free_name(wanted: Path) -> Path:
    """Return a path that is free: the wanted one, or with a number behind it."""
    path, number = wanted, 1
    while path.exists():
        number += 1
        path = wanted.with_name(f"{wanted.name}.{number}")
    return path
