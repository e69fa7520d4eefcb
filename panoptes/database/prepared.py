"""Statements of the intake, compiled once, so that an event costs the driver's time alone.

SQLAlchemy works out anew at each execution what these know: their text, the order of their values
and how each is converted. That takes four fifths of an event's time in the database.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from sqlalchemy import ClauseElement, Connection, Dialect, Engine, Select
from sqlalchemy.dialects import postgresql, sqlite

from panoptes.database.connections import Base

Convert = Callable[[Any], Any]
Row = TypeVar("Row", bound=tuple[Any, ...])
# The databases word what goes beyond the standard alike, SQLAlchemy has a class for each.
_INSERTS: Mapping[str, Callable[[Any], Any]] = {
    "sqlite": sqlite.insert,
    "postgresql": postgresql.insert,
}


class _Text:
    """A statement's text for one kind of database, with what turns our values into the driver's."""

    def __init__(self, compiled: Any, dialect: Dialect) -> None:
        self.sql: str = compiled.string
        self._constants: Mapping[str, Any] = compiled.params
        self._order: Sequence[str] | None = compiled.positiontup if compiled.positional else None
        self._converters = [
            (name, convert)
            for name, bound in compiled.binds.items()
            if (convert := bound.type.dialect_impl(dialect).bind_processor(dialect))
        ]

    def parameters(self, values: Mapping[str, Any]) -> Sequence[Any] | Mapping[str, Any]:
        """Return the driver's parameters for the values of the bound names."""
        converted = {**self._constants, **values}
        for name, convert in self._converters:
            converted[name] = convert(converted[name])
        if self._order is None:
            return converted
        return [converted[name] for name in self._order]


class PreparedUpdate:
    """An UPDATE (or what its heirs are) with bound names.

    It runs inside the transaction of a SQLAlchemy connection. The driver's own exceptions come out
    of it: `db.writing` says what becomes of them.
    """

    def __init__(self, statement: ClauseElement) -> None:
        self._statement = statement
        self._texts: dict[str, _Text] = {}

    def run(self, connection: Connection, values: Mapping[str, Any]) -> int:
        """Execute it with a value for each bound name; return how many rows it changed."""
        count: int = self._execute(connection, values).rowcount
        return count

    def _execute(self, connection: Connection, values: Mapping[str, Any]) -> Any:
        """Return the driver's cursor after the execution."""
        text = self._text(connection.dialect)
        cursor = connection.connection.cursor()
        cursor.execute(text.sql, text.parameters(values))
        return cursor

    def _text(self, dialect: Dialect) -> _Text:
        text = self._texts.get(dialect.name)
        if text is None:
            text = self._texts[dialect.name] = _Text(self._compile(dialect), dialect)
        return text

    def _compile(self, dialect: Dialect) -> Any:
        return self._statement.compile(dialect=dialect)


class PreparedSelect(PreparedUpdate, Generic[Row]):
    """A SELECT whose rows are named tuples of a type, the columns in the order of its fields."""

    def __init__(self, statement: Select[Any], row: type[Row]) -> None:
        super().__init__(statement)
        self._columns = statement.selected_columns
        self._make: Callable[[Iterable[Any]], Row] = row._make  # type: ignore[attr-defined]
        self._converters: dict[str, list[tuple[int, Convert]]] = {}

    def first(self, connection: Connection, values: Mapping[str, Any]) -> Row | None:
        """Return the first row, None where there is none."""
        cursor = self._execute(connection, values)
        row = cursor.fetchone()
        return None if row is None else self._read(row, self._of_driver(connection, cursor))

    def all(self, connection: Connection, values: Mapping[str, Any]) -> list[Row]:
        """Return all rows."""
        cursor = self._execute(connection, values)
        converters = self._of_driver(connection, cursor)
        return [self._read(row, converters) for row in cursor.fetchall()]

    def _read(self, row: Sequence[Any], converters: list[tuple[int, Convert]]) -> Row:
        values = list(row)
        for place, convert in converters:
            values[place] = convert(values[place])
        return self._make(values)

    def _of_driver(self, connection: Connection, cursor: Any) -> list[tuple[int, Convert]]:
        dialect = connection.dialect
        converters = self._converters.get(dialect.name)
        if converters is None:
            kinds = (column.type.dialect_impl(dialect) for column in self._columns)
            processors = (
                kind.result_processor(dialect, described[1])
                for kind, described in zip(kinds, cursor.description, strict=True)
            )
            converters = [(place, convert) for place, convert in enumerate(processors) if convert]
            self._converters[dialect.name] = converters
        return converters


class PreparedQuestion(PreparedUpdate):
    """A SELECT of one row that is read outside of any transaction, as the database has it."""

    def peek(self, engine: Engine, values: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """Return the first row.

        None where there is none or the database doesn't answer: whoever then asks for more learns
        why.
        """
        text = self._text(engine.dialect)
        failed = engine.dialect.loaded_dbapi.Error
        try:
            connection = engine.raw_connection()
        except failed:
            return None
        try:
            cursor = connection.cursor()
            cursor.execute(text.sql, text.parameters(values))
            row: tuple[Any, ...] | None = cursor.fetchone()
            cursor.close()
            connection.rollback()
        except failed:
            connection.invalidate()  # The pool would try to end its transaction, and log why not.
            return None
        else:
            return row
        finally:
            connection.close()


class PreparedInsert(PreparedUpdate):
    """An INSERT of a row into a model's table; the bound names are those of the columns.

    The database numbers the row where the table's key is `id`. `extend` adds to the statement what
    is done where the row is there already.
    """

    def __init__(
        self, model: type[Base], extend: Callable[[Any], Any] = lambda statement: statement
    ) -> None:
        self._table: Any = model.__table__
        super().__init__(self._table)
        self._extend, self._id = extend, self._table.c.get("id")
        self._names = [column.name for column in self._table.c if column is not self._id]

    def run(self, connection: Connection, values: Mapping[str, Any]) -> int:
        """Insert a row, with a value for each column; return its id, 0 where it has none."""
        cursor = self._execute(connection, values)
        if self._id is None:
            return 0
        # SQLite has no RETURNING before 3.35.
        is_sqlite = connection.dialect.name == "sqlite"
        return int(cursor.lastrowid if is_sqlite else cursor.fetchone()[0])

    def _compile(self, dialect: Dialect) -> Any:
        statement = self._extend(_INSERTS[dialect.name](self._table))
        returns = self._id is not None and dialect.name != "sqlite"
        statement = statement.returning(self._id) if returns else statement.inline()
        return statement.compile(dialect=dialect, column_keys=self._names)
