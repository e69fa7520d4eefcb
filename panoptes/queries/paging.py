"""Counting, paging, sorting and text search, the same way everywhere."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    Text,
    bindparam,
    cast,
    nulls_first,
    nulls_last,
    or_,
)

from panoptes.database.connections import db

if TYPE_CHECKING:
    from typing_extensions import Unpack

    # A question, and a row of an answer, of whichever columns.
    Query = Select[Unpack[tuple[Any, ...]]]
    QueryRow = Row[Unpack[tuple[Any, ...]]]
else:  # SQLAlchemy 2.0 takes no columns here.
    Query, QueryRow = Select, Row


def count(query: Query) -> int:
    """Return the number that a counting query gives."""
    return int(db.session.scalar(query) or 0)


def clamp(number: int, total: int, per_page: int) -> int:
    """Return the page that is nearest to page `number` and exists."""
    last = max(1, -(-total // per_page))
    return min(max(1, number), last)


@dataclass(frozen=True, slots=True)
class Key:
    """A column to sort by; what has no value comes last, whichever way it is turned."""

    column: ColumnElement[Any]
    descending: bool = False

    def order(self, *, backwards: bool = False) -> ColumnElement[Any]:
        """Return what stands in the query; `backwards` gives the rows from the end."""
        ordered: ColumnElement[Any] = (
            self.column.desc() if self.descending != backwards else self.column.asc()
        )
        if not getattr(self.column, "nullable", False):
            return ordered
        empty: ColumnElement[Any] = nulls_first(ordered) if backwards else nulls_last(ordered)
        return empty


@dataclass(frozen=True, slots=True)
class Slice:
    """Page `number` of `total` rows."""

    number: int
    per_page: int
    total: int


@dataclass(frozen=True, slots=True)
class ScanWindow:
    """How rows are looked through: `step` at a time, by their `place`, until `per_page` match."""

    place: ColumnElement[int]
    step: int
    per_page: int
    after: int | None


def keys(sorts: Mapping[str, Sequence[ColumnElement[Any]]], wanted: str) -> list[Key]:
    """Return what to sort by for `name` or, descending, `-name`."""
    return [Key(column, wanted.startswith("-")) for column in sorts[wanted.removeprefix("-")]]


def read_page(query: Query, order: Sequence[Key], wanted: Slice) -> list[QueryRow]:
    """Return the rows of a page.

    The database walks over those before it; pages of the second half it reaches from the end.
    """
    start = (wanted.number - 1) * wanted.per_page
    size = min(wanted.per_page, wanted.total - start)
    if size <= 0:
        return []
    behind = wanted.total - start - size
    backwards = behind < start
    ordered = query.order_by(*(key.order(backwards=backwards) for key in order))
    rows = db.session.execute(ordered.limit(size).offset(behind if backwards else start)).all()
    return list(reversed(rows)) if backwards else list(rows)


def only(query: Query, column: ColumnElement[Any]) -> Query:
    """Return the query of one column of the same rows."""
    return query.with_only_columns(column, maintain_column_froms=True)


def look_through(
    pool: Query, matching: ColumnElement[bool], steps: ScanWindow
) -> tuple[list[QueryRow], int | None]:
    """Return which rows of the next step match, and the place from which to go on, if any.

    `pool` are the rows that may match, with their `id`.
    """
    pool = pool.where(steps.place > (steps.after or 0)).order_by(steps.place)
    places = only(pool, steps.place)
    last = db.session.scalar(places.offset(steps.step - 1).limit(1))
    query = pool.where(matching)
    if last is not None:
        query = query.where(steps.place <= last)
    rows = list(db.session.execute(query.limit(steps.per_page + 1)))
    if len(rows) > steps.per_page:
        last = rows[steps.per_page - 1].id
    return rows[: steps.per_page], last


def one_of(column: Any, numbers: Sequence[int]) -> ColumnElement[bool]:
    """Return the condition that a column is one of any number of numbers: they stand in the text.

    A database takes no more than some thousand parameters.
    """
    found: ColumnElement[bool] = column.in_(
        bindparam(None, numbers, expanding=True, literal_execute=True)
    )
    return found


def contains(column: Any, text: str) -> ColumnElement[bool]:
    """Return the condition that a text column holds `text`, small and capital letters alike.

    SQLite's LIKE takes them as alike, but of ASCII only: other letters are looked for as they may
    be written.
    """
    if text.isascii():
        pattern = "%" + re.sub(r"([/%_])", r"/\1", text) + "%"
        found: ColumnElement[bool] = _like(column)(pattern, escape="/")
        return found
    written = {text, text.lower(), text.upper(), text.capitalize()}
    return or_(*(column.contains(each, autoescape=True) for each in sorted(written)))


def _like(column: Any) -> Any:
    # In SQLite, ilike() would make a copy of every text in small letters: more than half the time.
    return column.like if db.engine.dialect.name == "sqlite" else column.ilike


def json_contains(column: Any, text: str) -> ColumnElement[bool]:
    """The same for a JSON column, in whose text quotes and backslashes are escaped."""
    return contains(cast(column, Text), json.dumps(text, ensure_ascii=False)[1:-1])


def any_contains(
    texts: tuple[Any, ...], jsons: tuple[Any, ...], wanted: str
) -> ColumnElement[bool]:
    """Return the condition that one of the columns holds the wanted text."""
    return or_(
        *(contains(column, wanted) for column in texts),
        *(json_contains(column, wanted) for column in jsons),
    )
