"""The tables of panoptes-ui before 2.0: whether they are there, and their rows as they are."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, NullPool, create_engine, inspect, text

# Each with columns that every version has; those that refer to others come first.
TABLES: dict[str, frozenset[str]] = {
    "workflow_messages": frozenset({"id", "wf_id", "msg"}),
    "workflow_jobs": frozenset({"id", "jobid", "wf_id", "name", "input", "wildcards", "status"}),
    "workflows": frozenset({"id", "name", "status", "done", "total", "started_at", "completed_at"}),
}
# Made by every version and used by none; not needed to know the others by.
USERS = {"users": frozenset({"id", "name", "email"})}

Values = dict[str, Any]


def names(connection: Connection) -> list[str]:
    """Return the old tables that are there, those that refer to others first."""
    tables, inspector = [], inspect(connection)
    # A view of that name may have no end.
    there = inspector.get_table_names()
    for table, columns in (TABLES | USERS).items():
        if table in there:
            present = {column["name"] for column in inspector.get_columns(table)}
            tables += [table] if columns <= present else []
    return tables


def hold_old_tables(connection: Connection) -> bool:
    """Return whether a database has all tables of panoptes-ui before 2.0."""
    return TABLES.keys() <= set(names(connection))


@dataclass(frozen=True, slots=True)
class OldTables:
    """The old tables as `connection` sees them, in a `schema` of their own where they have one.

    `place` says where people find them afterwards; rows that can't be read go to the file
    `rejected_rows`, or to the log.
    """

    connection: Connection
    place: str
    rejected_rows: Path | None = None
    schema: str | None = None

    def rows(self, table: str, key: str) -> Iterator[Values]:
        """Yield a table's rows ordered by `key` and then as they came, those without a key last."""
        name = f"{self.schema}.{table}" if self.schema else table
        # Only names of our own stand in the statement.
        query = f"SELECT * FROM {name} ORDER BY {key} IS NULL, {key}, id"  # noqa: S608  # nosec B608
        result = self.connection.execute(text(query), execution_options={"yield_per": 1000})
        return (dict(row) for row in result.mappings())


@contextmanager
def opened_file(path: Path) -> Iterator[Connection]:
    """Open a SQLite file that is only read; text that is none keeps its bytes (surrogates)."""

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)
        connection.text_factory = lambda text: text.decode("utf-8", "surrogateescape")
        return connection

    engine = create_engine("sqlite://", poolclass=NullPool, creator=connect)
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()
