"""Makes the tables and brings those of an older version up to date, at every start.

A new database gets the models' tables at once; the migrations lead there from each older version.
The version is read and written by hand, so that neither that nor a normal start loads Alembic.
Several processes may start at once: a lock lets one of them do the work.
"""

import logging
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import (
    URL,
    Column,
    Connection,
    MetaData,
    NullPool,
    String,
    Table,
    create_engine,
    insert,
    inspect,
    text,
)
from sqlalchemy.exc import DBAPIError

from panoptes.database.connections import WRITING, UnusableDatabase, own_transactions, shown_name
from panoptes.legacy import hold_old_tables
from panoptes.migrations import files
from panoptes.migrations.preserve_old_tables import put_aside
from panoptes.models import Run

# The newest version; a test compares it with the files.
HEAD = "0001"
SCRIPTS = Path(__file__).parent
VERSIONS = SCRIPTS / "versions"
# Alembic's own table, as it makes it.
_VERSION = Table("alembic_version", MetaData(), Column("version_num", String(32), primary_key=True))
_LOCK = 0x70616E6F  # Any number that nobody else locks: "pano".
_IS_STANDBY = text("SELECT pg_is_in_recovery()")
# Foreign keys stay off: with them, rebuilding a table would delete every row that refers to it.
_PRAGMAS = ("busy_timeout = 30000",)

log = logging.getLogger(__name__)


def upgrade(url: URL, head: str = HEAD, folders: tuple[Path, ...] = (VERSIONS,)) -> None:
    """Bring the database to version `head`, with the migrations in `folders`.

    A database of panoptes-ui before 2.0 is taken over. Raises db.UnusableDatabase; the tables are
    as they were then, and a file that isn't ours is untouched.
    """
    _look(url, folders)
    with explained(url):
        files.use_wal(url)
        with locked(url) as connection:
            _upgrade(connection, url, head, folders)


def _look(url: URL, folders: tuple[Path, ...]) -> None:
    """Refuse what can't be used before anything is done to it."""
    path = Path(str(url.database))
    if files.is_file(url) and path.exists() and not os.access(path, os.W_OK):
        # SQLite would find out, but leave files of its own beside it.
        raise UnusableDatabase(_explained(url, "a readonly file"))
    try:
        with files.looking(url) as connection:
            if connection is not None:
                _check(connection, url, folders)
    except DBAPIError as error:
        # Whoever starts in the same moment may write: what is really wrong shows itself again.
        log.debug("The database could not be looked at: %s", error)


def _upgrade(connection: Connection, url: URL, head: str, folders: tuple[Path, ...]) -> None:
    # Another process may have been here since the look.
    current = _check(connection, url, folders)
    if current == head:
        _try_to_write(connection)
    elif current is None and hold_old_tables(connection):
        with put_aside(connection, url) as aside:
            _make_tables(connection)
            log.warning("%s", aside.take_over(connection))
        _refuse_broken(connection)
        return
    elif current is None:
        _make_tables(connection)
    else:
        _copy_file(url, current)
    if (current or HEAD) != head:
        _migrate(connection, head, folders)


def _try_to_write(connection: Connection) -> None:
    """Let a database that can only be read show it here, and not to the first workflow.

    But a standby of PostgreSQL is there to be read.
    """
    if connection.dialect.name == "sqlite" or not connection.scalar(_IS_STANDBY):
        connection.execute(text("UPDATE alembic_version SET version_num = version_num"))


@contextmanager
def explained(url: URL) -> Iterator[None]:
    """Turn what a database can't do into an UnusableDatabase that says what to do."""
    try:
        yield
    except (DBAPIError, sqlite3.Error, OSError) as error:
        raise UnusableDatabase(_explain(url, error)) from error


@contextmanager
def locked(url: URL) -> Iterator[Connection]:
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


def version(connection: Connection) -> str | None:
    """Return the version of the tables, None where there are none of ours."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def _check(connection: Connection, url: URL, folders: tuple[Path, ...]) -> str | None:
    """Return the version of the tables.

    Raises UnusableDatabase for tables of other programs and those that are newer than this code.
    """
    current, where = version(connection), shown_name(url)
    foreign = current is None and inspect(connection).has_table("workflows")
    if foreign and not hold_old_tables(connection):
        raise UnusableDatabase(
            f"{where} holds another program's tables: move it away, or name another database with "
            "--db-url."
        )
    known = [path for folder in folders for path in folder.glob(f"{current}_*.py")]
    if current is not None and not known:
        raise UnusableDatabase(
            f"{where} was written by a newer panoptes (version {current} of its tables): "
            "upgrade panoptes, or name another database with --db-url."
        )
    return current


def _make_tables(connection: Connection) -> None:
    Run.metadata.create_all(connection)
    _VERSION.create(connection)
    connection.execute(insert(_VERSION).values(version_num=HEAD))


def _copy_file(url: URL, current: str) -> None:
    """Keep a copy of a SQLite file as it was before its upgrade."""
    if not files.is_file(url):
        return
    copy = Path(f"{url.database}.before-{current}")
    files.copy(Path(str(url.database)), copy)
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
    _refuse_broken(connection)


def _refuse_broken(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        if broken:
            raise UnusableDatabase(f"The upgrade would leave {len(broken)} rows without parent.")


def _explain(url: URL, error: DBAPIError | sqlite3.Error | OSError) -> str:
    cause = str(error.orig if isinstance(error, DBAPIError) else error).strip().splitlines()[0]
    return _explained(url, cause)


def _explained(url: URL, cause: str) -> str:
    return f"The database {shown_name(url)} can't be used ({cause}): {_hint(url, cause)}"


def _hint(url: URL, cause: str) -> str:
    if not files.is_file(url):
        return "is the server up, and does --db-url fit?"
    if "unable to open" in cause and _lacks_shared_memory(Path(str(url.database))):
        return "is it on a network file system? Move it to a local disk."
    hints = {
        "unable to open": "may its folder be written to?",
        "readonly": "may the file and its folder be written to?",
        "not a database": "name another file with --db-url.",
        "malformed": "restore it from a copy, or name another file with --db-url.",
        "disk": "is its disk full, or broken?",
        "No space": "is its disk full?",
        "locked": "does another program hold it?",
    }
    return next((hint for words, hint in hints.items() if words in cause), "check --db-url.")


def _lacks_shared_memory(path: Path) -> bool:
    """Guess why a file can't be opened that may be: WAL mode needs what the file system lacks."""
    may_be_opened = os.access(path, os.R_OK | os.W_OK) and os.access(path.parent, os.W_OK)
    return may_be_opened and files.is_in_wal_mode(path)
