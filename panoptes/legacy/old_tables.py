"""The tables of panoptes-ui before 2.0: whether they are there, and their rows as they are."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, NullPool, create_engine, event, inspect, text

# Each with columns that every version has.
TABLES: dict[str, frozenset[str]] = {
    "workflow_messages": frozenset({"id", "wf_id", "msg"}),
    "workflow_jobs": frozenset({"id", "jobid", "wf_id", "name", "input", "wildcards", "status"}),
    "workflows": frozenset({"id", "name", "status", "done", "total", "started_at", "completed_at"}),
}
# Made by every version and used by none; not needed to know the others by.
USERS = ("users", frozenset({"id", "name", "email"}))

Values = dict[str, Any]


def hold_old_tables(connection: Connection) -> bool:
    """Return whether a database has all tables of panoptes-ui before 2.0."""
    return all(_has(connection, table, columns) for table, columns in TABLES.items())


def names(connection: Connection) -> list[str]:
    """Return the old tables that are there, those that refer to others first."""
    known = (*TABLES.items(), USERS)
    return [table for table, columns in known if _has(connection, table, columns)]


def _has(connection: Connection, table: str, columns: frozenset[str]) -> bool:
    inspector = inspect(connection)
    if not inspector.has_table(table):
        return False
    return columns <= {column["name"] for column in inspector.get_columns(table)}


class OldTables:
    """The old tables as `connection` sees them, in a schema of their own where it has one."""

    def __init__(self, connection: Connection, schema: str | None = None) -> None:
        self._connection = connection
        self._prefix = f"{schema}." if schema else ""

    def workflows(self) -> Iterator[Values]:
        """Yield the rows of the workflows by their ids."""
        return self._rows("workflows", "id")

    def jobs(self) -> Iterator[Values]:
        """Yield the rows of all jobs, those of a workflow together and as they came."""
        return self._rows("workflow_jobs", "wf_id, id")

    def messages(self) -> Iterator[Values]:
        """Yield the rows of all messages, those of a workflow together and as they came."""
        return self._rows("workflow_messages", "wf_id, id")

    def _rows(self, table: str, order: str) -> Iterator[Values]:
        # Only names of our own stand in the statement.
        query = text(f"SELECT * FROM {self._prefix}{table} ORDER BY {order}")  # noqa: S608  # nosec B608
        found = self._connection.execute(query, execution_options={"yield_per": 1000})
        return (dict(row) for row in found.mappings())


@contextmanager
def opened_file(path: Path) -> Iterator[Connection]:
    """Open a SQLite file that is only read; text that is none keeps its bytes (surrogates)."""
    address = f"file:{quote(str(path))}?mode=ro"
    engine = create_engine(
        "sqlite://", poolclass=NullPool, creator=lambda: sqlite3.connect(address, uri=True)
    )

    @event.listens_for(engine, "connect")
    def connect(connection: sqlite3.Connection, _record: Any) -> None:
        connection.text_factory = lambda text: text.decode("utf-8", "surrogateescape")

    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()
