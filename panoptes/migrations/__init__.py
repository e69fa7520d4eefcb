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
from sqlalchemy.exc import DBAPIError, NoSuchTableError

from panoptes.database.connections import WRITING, UnusableDatabase, own_transactions, shown_name
from panoptes.legacy import hold_old_tables, take_over
from panoptes.legacy.old_tables import names
from panoptes.migrations import files
from panoptes.migrations.preserve_old_tables import preserved
from panoptes.models import Run
from panoptes.models.token import are_in_use

# The newest version; a test compares it with the files.
HEAD = "0001"
SCRIPTS = Path(__file__).parent
# Where the migrations are, each named VERSION_….py.
FOLDERS = (SCRIPTS / "versions",)
# Alembic's own table, as it makes it.
_VERSION = Table("alembic_version", MetaData(), Column("version_num", String(32), primary_key=True))
_LOCK = 0x70616E6F  # Any number that nobody else locks: "pano".
# Foreign keys stay off: with them, rebuilding a table would delete every row that refers to it.
_PRAGMAS = ("busy_timeout = 30000",)

log = logging.getLogger(__name__)


def upgrade(url: URL) -> None:
    """Bring the database to version HEAD, that of panoptes-ui before 2.0 included.

    Raises UnusableDatabase; the tables are as they were then, and a file that isn't ours is
    untouched.
    """
    _refuse_unusable(url)
    with explained(url):
        files.use_wal(url)
        with locked(url) as connection:
            _upgrade(connection, url)


def _refuse_unusable(url: URL) -> None:
    """Refuse what can't be used before anything is done to it."""
    path = Path(str(url.database))
    if files.is_file(url) and path.exists() and not os.access(path, os.W_OK):
        # SQLite would find out, but leave files of its own beside it.
        raise _unusable(url, "a readonly file")
    seems_foreign = False
    try:
        with files.looking(url) as connection:
            if connection is not None and version(connection) is None:
                seems_foreign = bool(_foreign_tables(connection))
            elif connection is not None:
                _known_version(connection, url)
    except (DBAPIError, NoSuchTableError) as error:
        # Whoever starts in the same moment may write: what is really wrong shows itself again.
        log.debug("The database could not be looked at: %s", error)
    if seems_foreign:
        # Or somebody who starts in the same moment has made some of the tables: that is waited for.
        with explained(url), locked(url) as connection:
            _known_version(connection, url)


def _upgrade(connection: Connection, url: URL) -> None:
    # Another process may have been here since it was looked at.
    current = _known_version(connection, url)
    if current == HEAD:
        _refuse_readonly(connection)
    elif current is not None:
        if files.is_file(url):
            copy = Path(f"{url.database}.before-{current}")
            files.copy(Path(str(url.database)), copy)
            log.warning("The database is upgraded; %s is a copy of it as it was.", copy)
        _migrate(connection)
    elif hold_old_tables(connection):
        with preserved(connection, url) as old_tables:
            _make_tables(connection)
            log.warning("%s", take_over(old_tables, connection))
        _refuse_broken(connection)
    else:
        _make_tables(connection)


def _refuse_readonly(connection: Connection) -> None:
    """Let a database that can only be read show it here, and not to the first workflow.

    But a standby of PostgreSQL is there to be read.
    """
    is_sqlite = connection.dialect.name == "sqlite"
    if is_sqlite or not connection.scalar(text("SELECT pg_is_in_recovery()")):
        connection.execute(text("UPDATE alembic_version SET version_num = version_num"))


@contextmanager
def explained(url: URL) -> Iterator[None]:
    """Turn what a database can't do into an UnusableDatabase that says what to do."""
    try:
        yield
    except (DBAPIError, sqlite3.Error, OSError) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        raise _unusable(url, str(cause).strip().splitlines()[0]) from error


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


def refuse_changed(url: URL, *, needs_tokens: bool) -> None:
    """Refuse a database that isn't the one that is being served: whoever begins anew would use it.

    `needs_tokens`: nobody gets in without one now, so one without any would let everybody in.
    Raises UnusableDatabase.
    """
    with explained(url), files.looking(url) as connection:
        if connection is None or version(connection) is None:
            raise UnusableDatabase(f"The database {shown_name(url)} is gone: put it back.")
        if needs_tokens and not are_in_use(connection):
            raise UnusableDatabase(
                f"{shown_name(url)} is another database, in which there are no tokens: stop"
                " panoptes before you put it there."
            )


def version(connection: Connection) -> str | None:
    """Return the version of the tables, None where there are none of ours."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    current: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return current


def _known_version(connection: Connection, url: URL) -> str | None:
    """Return the version of the tables.

    Raises UnusableDatabase for tables of other programs and those that are newer than this code.
    """
    current = version(connection)
    if current is None:
        if foreign := _foreign_tables(connection):
            raise UnusableDatabase(
                f"{shown_name(url)} holds another program's tables ({', '.join(foreign)}): move it"
                " away, or name another database with --db-url."
            )
    elif not any(next(folder.glob(f"{current}_*.py"), None) for folder in FOLDERS):
        raise UnusableDatabase(
            f"{shown_name(url)} was written by a newer panoptes (version {current} of its tables): "
            "upgrade panoptes, or name another database with --db-url."
        )
    return current


def _foreign_tables(connection: Connection) -> list[str]:
    """Return which of our tables' names others have, in a database without any of ours.

    Beside the tables of panoptes-ui before 2.0, which make room, somebody may have made some.
    """
    own = names(connection) if hold_old_tables(connection) else []
    inspector = inspect(connection)
    wanted = sorted(Run.metadata.tables.keys() - own)
    return [table for table in wanted if inspector.has_table(table)]


def _make_tables(connection: Connection) -> None:
    Run.metadata.create_all(connection)
    _VERSION.create(connection)
    connection.execute(insert(_VERSION).values(version_num=HEAD))


def _migrate(connection: Connection) -> None:
    from alembic import command  # Loading it takes longer than a normal start.
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", "\n".join(map(str, FOLDERS)))
    config.attributes["connection"] = connection
    command.upgrade(config, HEAD)
    _refuse_broken(connection)


def _refuse_broken(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        if broken:
            raise UnusableDatabase(f"The upgrade would leave {len(broken)} rows without parent.")


_HINTS = {
    "unable to open": "may its folder be written to?",
    "readonly": "may the file and its folder be written to?",
    "not a database": "name another file with --db-url.",
    "malformed": "restore it from a copy, or name another file with --db-url.",
    "disk": "is its disk full, or broken?",
    "No space": "is its disk full?",
    "locked": "does another program hold it?",
}


def _unusable(url: URL, cause: str) -> UnusableDatabase:
    hints = (hint for words, hint in _HINTS.items() if words in cause)
    hint = next(hints, "check --db-url.")
    if not files.is_file(url):
        hint = "is the server up, and does --db-url fit?"
    elif of_others := files.of_others(Path(str(url.database))):
        user, names = files.user_name(os.geteuid()), " ".join(map(str, of_others))
        owner = files.user_name(of_others[0].stat().st_uid)
        hint = f"it belongs to {owner}, but panoptes runs as {user}: sudo chown {user} {names}"
    elif "unable to open" in cause and files.has_no_room(Path(str(url.database))):
        hint = "its disk has no room for another file: delete some."
    elif "unable to open" in cause and files.lacks_shared_memory(Path(str(url.database))):
        hint = "is it on a network file system? Move it to a local disk."
    return UnusableDatabase(f"The database {shown_name(url)} can't be used ({cause}): {hint}")
