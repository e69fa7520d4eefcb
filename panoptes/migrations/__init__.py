"""Makes the tables and brings those of an older version up to date, at every start.

The version is read by hand, so that a normal start doesn't load Alembic. Several processes may
start at once: a lock lets one of them do the work.
"""

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, Connection, NullPool, create_engine, inspect, text
from sqlalchemy.exc import DBAPIError

from panoptes.db import WRITING, UnusableDatabase, own_transactions, shown_name

# The newest version; a test compares it with the files.
HEAD = "0004"
SCRIPTS = Path(__file__).parent
VERSIONS = SCRIPTS / "versions"
_LOCK = 0x70616E6F  # Any number that nobody else locks: "pano".
# Foreign keys stay off: with them, rebuilding a table would delete every row that refers to it.
_PRAGMAS = ("busy_timeout = 30000",)

log = logging.getLogger(__name__)


def upgrade(url: URL, head: str = HEAD, folders: tuple[Path, ...] = (VERSIONS,)) -> None:
    """Bring the database to version `head`, with the migrations in `folders`.

    Raises db.UnusableDatabase; the tables are as they were then.
    """
    try:
        _use_wal(url)
        with _locked(url) as connection:
            current = _version(connection)
            if current == head:
                # A file that can only be read shows it here, and not to the first workflow.
                connection.execute(text("UPDATE alembic_version SET version_num = version_num"))
                return
            _check(connection, url, current, folders)
            if current is not None:
                _copy_file(url, current)
            _migrate(connection, head, folders)
    except (DBAPIError, sqlite3.Error) as error:
        raise UnusableDatabase(_explain(url, error)) from error


def _use_wal(url: URL) -> None:
    """Let readers and the writer of a SQLite file work side by side; the file remembers it."""
    if url.get_backend_name() != "sqlite":
        return
    connection = sqlite3.connect(str(url.database), timeout=30)
    try:
        mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
    finally:
        connection.close()
    if mode != "wal":
        log.warning(
            "%s can't use SQLite's WAL mode (a network file system?): pages will wait while an "
            "event is written. A local disk or PostgreSQL is faster.",
            url.database,
        )


@contextmanager
def _locked(url: URL) -> Iterator[Connection]:
    """Open the one transaction in which everything happens, while other processes wait."""
    engine = create_engine(url, poolclass=NullPool, execution_options={WRITING: True})
    own_transactions(engine, _PRAGMAS)
    try:
        with engine.begin() as connection:
            if engine.dialect.name != "sqlite":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            yield connection
    finally:
        engine.dispose()


def _version(connection: Connection) -> str | None:
    """Return the version of the tables, None where there are none of ours."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def _check(
    connection: Connection, url: URL, current: str | None, folders: tuple[Path, ...]
) -> None:
    """Raise UnusableDatabase for tables that aren't ours or that are newer than this code."""
    where = shown_name(url)
    if current is None and inspect(connection).has_table("workflows"):
        raise UnusableDatabase(
            f"{where} holds another program's tables (panoptes-ui before 2.0?): move it away, or "
            "name another database with --db-url."
        )
    known = [path for folder in folders for path in folder.glob(f"{current}_*.py")]
    if current is not None and not known:
        raise UnusableDatabase(
            f"{where} was written by a newer panoptes (version {current} of its tables): "
            "upgrade panoptes, or name another database with --db-url."
        )


def _copy_file(url: URL, current: str) -> None:
    """Keep a copy of a SQLite file as it was before its upgrade."""
    if url.get_backend_name() != "sqlite":
        return
    copy = Path(f"{url.database}.before-{current}")
    copy.unlink(missing_ok=True)
    connection = sqlite3.connect(str(url.database), timeout=30)
    try:
        connection.execute("VACUUM INTO ?", (str(copy),))
    finally:
        connection.close()
    log.warning("The database is upgraded; %s is a copy of it as it was.", copy)


def _migrate(connection: Connection, head: str, folders: tuple[Path, ...]) -> None:
    from alembic import command  # Loading it takes longer than a normal start.
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", "\n".join(str(folder) for folder in folders))
    config.attributes["connection"] = connection
    command.upgrade(config, head)
    if connection.dialect.name == "sqlite":
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        if broken:
            raise UnusableDatabase(f"The upgrade would leave {len(broken)} rows without parent.")


def _explain(url: URL, error: DBAPIError | sqlite3.Error) -> str:
    cause = str(error.orig if isinstance(error, DBAPIError) else error).strip().splitlines()[0]
    hints = {
        "unable to open": "may its folder be written to?",
        "readonly": "may the file be written to?",
        "not a database": "name another file with --db-url.",
        "malformed": "restore it from a copy, or name another file with --db-url.",
        "locked": "does another program hold it?",
    }
    hint = next((hint for words, hint in hints.items() if words in cause), "")
    if not hint and url.get_backend_name() != "sqlite":
        hint = "is the server up, and does --db-url fit?"
    return f"The database {shown_name(url)} can't be used ({cause}): {hint or 'check --db-url.'}"
