"""The database: connections, transactions and column types."""

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import quote

import orjson
from flask import Flask, current_app, g
from sqlalchemy import (
    URL,
    Connection,
    DateTime,
    Dialect,
    Engine,
    TypeDecorator,
    create_engine,
    event,
    make_url,
)
from sqlalchemy.exc import ArgumentError, DBAPIError, DisconnectionError

from panoptes.common.errors import CannotRun
from panoptes.common.text import without_passwords, without_secret_parameters
from panoptes.database.channel import CHANNEL, Channel
from panoptes.database.writer import SqliteWriter, Writer

SQLITE_PRAGMAS = (
    "foreign_keys = ON",
    "synchronous = NORMAL",
    "busy_timeout = 4000",
    # Pages (16 MB): the log is worked into the file every 700 events, not every 180.
    "wal_autocheckpoint = 4000",
)
# PostgreSQL's server may vanish without a word: seconds until a new connection and milliseconds
# until an open one is given up. The system's own patience is minutes, in which engines wait.
POSTGRES_PATIENCE = {"connect_timeout": 4, "tcp_user_timeout": 8000}
# Prepared statements are ours (`database/pipeline.py`): the driver drops its own, and all others of
# the connection, at each rollback.
POSTGRES_OPTIONS = POSTGRES_PATIENCE | {"prepare_threshold": None}
# Milliseconds that an event waits for whoever holds its run (a `VACUUM FULL`, another host), and
# after which the server gives up a transaction in which nothing more was asked: its host froze.
POSTGRES_LIMITS = {"lock_timeout": 4000, "idle_in_transaction_session_timeout": 60_000}
# The server's threads, and some for whoever else opens a connection.
POOL_SIZE = 16
# Seconds after which an unused connection may have been cut.
IDLE = 1.0
# A connection that asks for this execution option begins by taking the write lock.
WRITING = "panoptes_writing"

log = logging.getLogger(__name__)


class UnusableDatabase(CannotRun):
    """The database can't be used; the message says why and what to do."""


class UTCDateTime(TypeDecorator[datetime]):
    """A time with its zone, kept in UTC (SQLite itself has no zones)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Convert to UTC; a time without a zone is a mistake."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("A time needs its zone.")
        value = value.astimezone(timezone.utc)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        """Return what gives the zone back; to SQLite's text at once, for lists have very many."""
        if dialect.name == "sqlite":
            return _utc
        return super().result_processor(dialect, coltype)

    def process_result_value(
        self,
        value: datetime | None,
        dialect: Dialect,  # noqa: ARG002
    ) -> datetime | None:
        """Give the zone back."""
        return None if value is None else value.astimezone(timezone.utc)


def _utc(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(f"{text}+00:00")


def database_url(text: str) -> URL:
    """Return the URL of the database, a SQLite file with its whole path.

    Raises UnusableDatabase for an unknown kind and for a folder that isn't there.
    """
    try:
        url = make_url(text)
        backend = url.get_backend_name()
    except ArgumentError:
        backend = ""
    if backend == "sqlite":
        return _sqlite_url(url)
    if backend == "postgresql":
        if find_spec("psycopg") is None:
            raise UnusableDatabase("PostgreSQL needs more: pip install 'panoptes-ui[postgres]'.")
        return url.set(drivername="postgresql+psycopg")
    raise UnusableDatabase(
        f"'{without_passwords(text)}' is no database URL: give sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME."
    )


def _sqlite_url(url: URL) -> URL:
    if not url.database or url.database == ":memory:":
        raise UnusableDatabase("A database in memory can't be shared: give sqlite:///FILE.")
    path = Path(url.database).absolute()
    if not path.parent.is_dir():
        raise UnusableDatabase(f"The folder {path.parent} of the database isn't there: make it.")
    if path.is_dir():
        raise UnusableDatabase(f"{path} is a folder: name a file in it.")
    return url.set(database=str(path))


def shown_name(url: URL) -> str:
    """Return what people call the database, without its password."""
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    return without_secret_parameters(url._replace(password=None).render_as_string())


def _to_json(value: Any) -> str:
    return orjson.dumps(value, default=list).decode()  # A named tuple as a list.


def engine_options(url: URL) -> dict[str, Any]:
    """Return how to connect."""
    options: dict[str, Any] = {
        "json_serializer": _to_json,
        "json_deserializer": orjson.loads,
        "pool_size": POOL_SIZE,
    }
    if url.get_backend_name() == "sqlite":
        (path,), arguments = url.get_dialect()().create_connect_args(url)
        arguments.update(uri=True, check_same_thread=False)
        # No new file is made where somebody moved ours away.
        options["creator"] = partial(sqlite3.connect, f"file:{quote(path)}?mode=rw", **arguments)
    else:
        options["connect_args"] = POSTGRES_OPTIONS | dict(url.query)
    return options


def init_app(app: Flask, url: URL) -> None:
    """Bind the app to its database, whose tables are there."""
    engine = create_engine(url, **engine_options(url))
    own_transactions(engine)
    _mistrust_server(engine)
    kind = SqliteWriter if engine.dialect.name == "sqlite" else Writer
    writer = kind(engine.execution_options(**{WRITING: True}))
    event.listen(engine, "engine_disposed", lambda _: writer.close())
    app.extensions["panoptes_engine"] = engine
    app.extensions["panoptes_writer"] = writer
    app.teardown_appcontext(end_reading)


def sql_engine_of(app: Flask) -> Engine:
    """Return what connects an app to its database."""
    engine: Engine = app.extensions["panoptes_engine"]
    return engine


def sql_engine() -> Engine:
    """Return what connects the app that is at work to its database."""
    return sql_engine_of(current_app)


def reading() -> Connection:
    """Return the connection that this request, or piece of work, reads with: one transaction."""
    connection: Connection | None = g.get("reading")
    if connection is None:
        connection = g.reading = sql_engine().connect()
    return connection


def end_reading(_error: BaseException | None = None) -> None:
    """Give back the connection that a request read with; what reads on gets another one.

    All that was asked for is there by now: that the database went away meanwhile must not make an
    error of the answer.
    """
    connection: Connection | None = g.pop("reading", None)
    if connection is None:
        return
    try:
        connection.rollback()
    except DBAPIError as error:
        log.warning("A connection was lost after the last answer: %s", error.orig)
        connection.invalidate()
    finally:
        connection.close()


def own_transactions(engine: Engine, pragmas: tuple[str, ...] | None = None) -> None:
    """Make the transactions of a database ours, and let prepared statements take part in them."""
    if engine.dialect.name == "sqlite":
        _begin_sqlite(engine, SQLITE_PRAGMAS if pragmas is None else pragmas)
    else:
        _send_together(engine)


def _begin_sqlite(engine: Engine, pragmas: tuple[str, ...]) -> None:
    """Begin SQLite's transactions ourselves.

    As it comes, pysqlite begins them late and loses updates; BEGIN IMMEDIATE for whoever will
    write loses none.
    """

    @event.listens_for(engine, "connect")
    def connect(connection: Any, record: Any) -> None:
        record.info[CHANNEL] = Channel(connection)
        connection.isolation_level = None
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writing = connection.get_execution_options().get(WRITING)
        connection.connection.cursor().execute("BEGIN IMMEDIATE" if writing else "BEGIN")


def _send_together(engine: Engine) -> None:
    """Let what prepared statements left for later go to PostgreSQL before all that comes behind."""
    from panoptes.database.pipeline import Pipeline  # The driver may not be installed.

    @event.listens_for(engine, "connect")
    def connect(connection: Any, record: Any) -> None:
        record.info[CHANNEL] = Pipeline(connection)

    @event.listens_for(engine, "before_cursor_execute")
    def before_cursor_execute(connection: Connection, *_: Any) -> None:
        connection.info[CHANNEL].send()

    @event.listens_for(engine, "commit")
    def commit(connection: Connection) -> None:
        connection.info[CHANNEL].commit()

    @event.listens_for(engine, "rollback")
    def rollback(connection: Connection) -> None:
        if not connection.invalidated:
            connection.info[CHANNEL].forget()

    @event.listens_for(engine, "checkout")
    def checkout(_connection: Any, record: Any, _proxy: Any) -> None:
        record.info[CHANNEL].forget()  # Left by whoever neither committed nor took it back.


def _mistrust_server(engine: Engine) -> None:
    """Wait for PostgreSQL within limits, and try a connection before it is used after a pause.

    No request waits for another one's lock for ever, and the server may have been restarted.
    SQLAlchemy's own `pool_pre_ping` tries each time, which makes an event take a quarter longer.
    """
    if engine.dialect.name == "sqlite":
        return

    @event.listens_for(engine, "connect")
    def connect(connection: Any, _record: Any) -> None:
        for name, milliseconds in POSTGRES_LIMITS.items():
            connection.execute(f"SET {name} = {milliseconds}")
        connection.commit()

    @event.listens_for(engine, "checkin")
    def checkin(_connection: Any, record: Any) -> None:
        record.info["used"] = monotonic()

    @event.listens_for(engine, "checkout")
    def checkout(connection: Any, record: Any, _proxy: Any) -> None:
        if monotonic() - record.info.get("used", monotonic()) < IDLE:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise DisconnectionError from error  # The pool opens another one.


@contextmanager
def writing() -> Iterator[Connection]:
    """Open a short transaction that writes; it commits at the end, or not at all.

    Raises errors.Unavailable where the database can't take it now.
    """
    with writer_of(current_app).writing() as connection:
        yield connection


def writer_of(app: Flask) -> Writer:
    """Return the app's way to write."""
    writer: Writer = app.extensions["panoptes_writer"]
    return writer
