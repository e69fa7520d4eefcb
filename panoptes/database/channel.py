"""The way of a prepared statement to the database, on one connection."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection

# Where SQLAlchemy keeps the channel of a connection, among what is known of it.
CHANNEL = "panoptes_channel"


class Answer(NamedTuple):
    """The rows of an answer, and the driver's types of its columns (SQLite has none)."""

    rows: Sequence[tuple[Any, ...]]
    types: Sequence[int | None]


class Channel:
    """Executes each statement at once, as is best for SQLite; PostgreSQL's are a `Pipeline`.

    The driver's own exceptions come out of it.
    """

    def __init__(self, driver: Any) -> None:
        self._driver = driver

    def add(self, sql: str, values: Sequence[Any]) -> None:
        """Execute a statement whose answer nobody needs, now or with the next that is asked."""
        self._driver.execute(sql, values)

    def insert(self, sql: str, values: Sequence[Any]) -> int:
        """Insert a row, and return its id."""
        return int(self._driver.execute(sql, values).lastrowid)

    def ask(self, sql: str, values: Sequence[Any]) -> Answer:
        """Ask a question."""
        cursor = self._driver.execute(sql, values)
        return Answer(cursor.fetchall(), [None] * len(cursor.description))

    def ask_alone(self, sql: str, values: Sequence[Any]) -> Answer:
        """Ask a question outside of any transaction."""
        return self.ask(sql, values)

    def send(self) -> None:
        """Execute what was added and not yet executed."""

    def commit(self) -> None:
        """Execute it, before the transaction is committed or with that."""

    def forget(self) -> None:
        """Never execute it, for the transaction is taken back."""


def send(connection: Connection) -> None:
    """Let the database say now if it refuses what was added by prepared statements."""
    connection.info[CHANNEL].send()
