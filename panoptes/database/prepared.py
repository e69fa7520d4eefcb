"""Statements of the intake, compiled once, so that an event costs the driver's time alone.

SQLAlchemy works out anew at each execution what these know: their text, the order of their values
and how each is converted. That takes four fifths of an event's time in the database.
"""

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from operator import itemgetter
from typing import Any, Generic, TypeVar

from sqlalchemy import ClauseElement, Connection, Dialect, Engine, Select

from panoptes.database.channel import CHANNEL, Answer, Channel
from panoptes.database.tables import Model

Convert = Callable[[Any], Any]
Row = TypeVar("Row")


def insert_of(dialect: Dialect) -> Callable[[Any], Any]:
    """Return a database's own INSERT, which may say what is done where the row is there already.

    The databases word it alike, but SQLAlchemy has a class for each, and that of the one that isn't
    in use is not to be loaded.
    """
    insert: Callable[[Any], Any] = import_module(f"sqlalchemy.dialects.{dialect.name}").insert
    return insert


class _Text:
    """A statement's text for one kind of database, with what turns our values into the driver's.

    None is NULL to every type of a column, and needn't be converted.
    """

    def __init__(self, compiled: Any, dialect: Dialect) -> None:
        self.sql: str = compiled.string
        names = compiled.positiontup
        self._constants = {name: held for name, held in compiled.params.items() if held is not None}
        self._values = _getter(names)
        converters = {
            name: convert
            for name, bound in compiled.binds.items()
            if (convert := bound.type.dialect_impl(dialect).bind_processor(dialect))
        }
        self._converters = [
            (place, converters[name]) for place, name in enumerate(names) if name in converters
        ]

    def parameters(self, values: Mapping[str, Any]) -> list[Any]:
        """Return the driver's parameters for the values of the bound names."""
        given = {**self._constants, **values} if self._constants else values
        converted = list(self._values(given))
        for place, convert in self._converters:
            value = converted[place]
            if value is not None:
                converted[place] = convert(value)
        return converted


def _getter(names: Sequence[str]) -> Callable[[Mapping[str, Any]], Sequence[Any]]:
    """Return what gets the values of these names, which `itemgetter` does for two or more."""
    return itemgetter(*names) if len(names) > 1 else lambda values: [values[each] for each in names]


class _Prepared:
    """A statement with bound names, for whichever database it is sent to."""

    def __init__(self, statement: ClauseElement) -> None:
        self._statement = statement
        self._texts: dict[str, _Text] = {}

    def _text(self, dialect: Dialect) -> _Text:
        text = self._texts.get(dialect.name)
        if text is None:
            text = self._texts[dialect.name] = _Text(self._compile(_numbering(dialect)), dialect)
        return text

    def _compile(self, dialect: Dialect) -> Any:
        return self._statement.compile(dialect=dialect)


def _numbering(dialect: Dialect) -> Dialect:
    """Return a dialect as the database itself reads it: PostgreSQL knows values by number alone."""
    kind: Any = type(dialect)
    return dialect if dialect.positional else kind(paramstyle="numeric_dollar")


class PreparedUpdate(_Prepared):
    """An UPDATE.

    It runs inside the transaction of a SQLAlchemy connection. The driver's own exceptions come out
    of it, or of what comes behind it there: `Writer.writing` says what becomes of them.
    """

    def run(self, connection: Connection, values: Mapping[str, Any]) -> None:
        """Execute it with a value for each bound name, at the latest with the next question."""
        text = self._text(connection.dialect)
        connection.info[CHANNEL].add(text.sql, text.parameters(values))


class PreparedSelect(_Prepared, Generic[Row]):
    """A SELECT whose rows are of a type, whose fields are the columns in their order."""

    def __init__(self, statement: Select[Any], row: type[Row]) -> None:
        super().__init__(statement)
        self._columns = statement.selected_columns
        self._row = row
        self._converters: dict[str, list[tuple[int, Convert]]] = {}

    def first(self, connection: Connection, values: Mapping[str, Any]) -> Row | None:
        """Return the first row, None where there is none."""
        rows, converters = self._ask(connection, values)
        return self._read(rows[0], converters) if rows else None

    def all(self, connection: Connection, values: Mapping[str, Any]) -> list[Row]:
        """Return all rows."""
        rows, converters = self._ask(connection, values)
        return [self._read(row, converters) for row in rows]

    def _ask(
        self, connection: Connection, values: Mapping[str, Any]
    ) -> tuple[Sequence[Sequence[Any]], list[tuple[int, Convert]]]:
        text = self._text(connection.dialect)
        answer: Answer = connection.info[CHANNEL].ask(text.sql, text.parameters(values))
        return answer.rows, self._of_driver(connection.dialect, answer)

    def _read(self, row: Sequence[Any], converters: list[tuple[int, Convert]]) -> Row:
        values = list(row)
        for place, convert in converters:
            value = values[place]
            if value is not None:
                values[place] = convert(value)
        return self._row(*values)

    def _of_driver(self, dialect: Dialect, answer: Answer) -> list[tuple[int, Convert]]:
        converters = self._converters.get(dialect.name)
        if converters is None:
            kinds = (column.type.dialect_impl(dialect) for column in self._columns)
            processors = (
                kind.result_processor(dialect, of_driver)
                for kind, of_driver in zip(kinds, answer.types, strict=True)
            )
            converters = [(place, convert) for place, convert in enumerate(processors) if convert]
            self._converters[dialect.name] = converters
        return converters


class PreparedQuestion(_Prepared):
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
            channel: Channel = connection.info[CHANNEL]
            rows = channel.ask_alone(text.sql, text.parameters(values)).rows
        except failed:
            connection.invalidate()  # The pool would try to end its transaction, and log why not.
            return None
        else:
            return rows[0] if rows else None
        finally:
            connection.close()


class PreparedInsert(PreparedUpdate):
    """An INSERT of a row into a model's table; the bound names are those of the columns.

    The database numbers the row where the table's key is `id`. `extend` adds to the statement what
    is done where the row is there already.
    """

    def __init__(
        self, model: type[Model], extend: Callable[[Any], Any] = lambda statement: statement
    ) -> None:
        self._table: Any = model.__table__
        super().__init__(self._table)
        self._extend, self._id = extend, self._table.c.get("id")
        self._names = [column.name for column in self._table.c if column is not self._id]

    def new_id(self, connection: Connection, values: Mapping[str, Any]) -> int:
        """Insert a row, with a value for each column, and return its id."""
        text = self._text(connection.dialect)
        channel: Channel = connection.info[CHANNEL]
        return channel.insert(text.sql, text.parameters(values))

    def _compile(self, dialect: Dialect) -> Any:
        statement = self._extend(insert_of(dialect)(self._table))
        # SQLite has no RETURNING before 3.35.
        returns = self._id is not None and dialect.name != "sqlite"
        statement = statement.returning(self._id) if returns else statement.inline()
        return statement.compile(dialect=dialect, column_keys=self._names)
