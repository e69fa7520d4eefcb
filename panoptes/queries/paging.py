"""Counting, paging, sorting and text search, the same way everywhere."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from sqlalchemy import (
    ColumnClause,
    ColumnElement,
    Integer,
    Row,
    Select,
    bindparam,
    case,
    func,
    literal,
    nulls_first,
    nulls_last,
    or_,
    select,
)

from panoptes.database.connections import end_reading, reading, sql_engine
from panoptes.queries.asking import ask
from panoptes.queries.results import Page

if TYPE_CHECKING:
    from typing_extensions import Unpack

    # A question, and a row of an answer, of whichever columns.
    Query = Select[Unpack[tuple[Any, ...]]]
    QueryRow = Row[Unpack[tuple[Any, ...]]]
else:  # SQLAlchemy 2.0 takes no columns here.
    Query, QueryRow = Select, Row

T = TypeVar("T")

# So much is read of jobs for one page: opening lists of as many letters takes 0.1 s.
ENOUGH_LETTERS = 4_000_000
_SIZE, _OFFSET = (bindparam(name, type_=Integer) for name in ("piece_size", "piece_offset"))


def count(query: Query) -> int:
    """Return the number that a counting query gives."""
    return int(reading().scalar(query) or 0)


def clamp(number: int, total: int, per_page: int) -> int:
    """Return the page that is nearest to page `number` and exists."""
    return min(max(1, number), max(1, -(-total // per_page)))


def page_start(number: int, total: int, per_page: int) -> tuple[int, int]:
    """Return the page that is nearest to page `number` and exists, and where it starts."""
    number = clamp(number, total, per_page)
    return number, (number - 1) * per_page


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


def keys(sorts: Mapping[str, Sequence[ColumnElement[Any]]], wanted: str) -> list[Key]:
    """Return what to sort by for `name` or, descending, `-name`."""
    return [Key(column, wanted.startswith("-")) for column in sorts[wanted.removeprefix("-")]]


def read_page(
    query: Query,
    order: Sequence[Key],
    make: Callable[[QueryRow], T],
    total: int,
    number: int,
    per_page: int,
) -> Page[T]:
    """Return page `number` of `total` rows, or the nearest that exists, as `make` returns it."""
    place = place_of_page(number, total, per_page)
    wanted = piece(query, order, backwards=place.is_backwards)
    rows = ask(wanted, **place.values).all() if place.size else []
    return Page([make(row) for row in place.in_order(rows)], total, place.number, per_page)


class Place(NamedTuple):
    """Where the rows of a page stand: behind `offset` others, from the end where `is_backwards`."""

    number: int
    size: int
    offset: int
    is_backwards: bool

    @property
    def values(self) -> dict[str, int]:
        """The values of the parameters of a `piece`."""
        return {"piece_size": self.size, "piece_offset": self.offset}

    def in_order(self, rows: Sequence[QueryRow]) -> Sequence[QueryRow]:
        """Return rows that were read so in their order."""
        return rows[::-1] if self.is_backwards else rows


def place_of_page(number: int, total: int, per_page: int) -> Place:
    """Return the place of page `number` of `total` rows, or of the nearest page that exists."""
    number, start = page_start(number, total, per_page)
    return place_of(total, start, max(0, min(per_page, total - start)), number)


def place_of(total: int, start: int, size: int, number: int = 1) -> Place:
    """Return the place of `size` of `total` rows from `start` on, which are page `number`.

    The database walks over those before them; those of the second half it reaches from the end.
    """
    behind = total - start - size
    return Place(number, size, min(start, behind), behind < start)


def piece(query: Query, order: Sequence[Key], *, backwards: bool) -> Query:
    """Return the query of a piece of ordered rows; which one, the `values` of a `Place` say."""
    ordered = query.order_by(*(key.order(backwards=backwards) for key in order))
    return ordered.limit(_SIZE).offset(_OFFSET)


def read_chunks(
    query: Query, place: ColumnClause[int], name: str, size: int, **values: object
) -> Iterator[Sequence[QueryRow]]:
    """Yield all rows by their `place`, a column that they have under a name, few at a time.

    Each chunk is read in a transaction of its own: whoever reads slowly holds none open.
    """
    query = query.where(place > bindparam("last")).order_by(place).limit(size)
    last = 0
    while True:
        rows = ask(query, last=last, **values).all()
        end_reading()
        if not rows:
            return
        yield rows
        last = getattr(rows[-1], name)


def only(query: Query, column: ColumnElement[Any]) -> Query:
    """Return the query of one column of the same rows."""
    return query.with_only_columns(column, maintain_column_froms=True)


def look_through(
    pool: Query,
    place: ColumnElement[int],
    matching: ColumnElement[bool],
    step: int,
    per_page: int,
    after: int | None,
    letters: ColumnElement[int] | None = None,
) -> tuple[Sequence[QueryRow], int | None]:
    """Return which of the next `step` rows match, and the place from which to go on, if any.

    `pool` are the rows that may match, with their `id`; their `place` orders them. Where `letters`
    tell how much there is to read of each, they are fewer, if that is enough.
    """
    pool = pool.where(place > (after or 0)).order_by(place)
    next_rows = pool.with_only_columns(
        place.label("place"),
        (literal(0) if letters is None else letters).label("letters"),
        maintain_column_froms=True,
    ).limit(step)
    chosen = until_enough(next_rows, descending=False).subquery().c
    last, furthest, rows_ahead = (
        reading()
        .execute(
            select(
                func.max(case((chosen.is_enough, None), else_=chosen.place)),
                func.max(chosen.place),
                func.count(),
            )
        )
        .one()
    )
    if last == furthest and rows_ahead < step:
        last = None
    query = pool.where(matching)
    if last is not None:
        query = query.where(place <= last)
    rows = reading().execute(query.limit(per_page + 1)).all()
    if len(rows) > per_page:
        last = rows[per_page - 1].id
    return rows[:per_page], last


def until_enough(rows: Query, *, descending: bool) -> Query:
    """Return the `place` of each row, and whether what is to be read before it `is_enough`.

    `rows` have a `place` and `letters`.
    """
    columns = rows.subquery().c
    order = columns.place.desc() if descending else columns.place
    before = func.sum(columns.letters).over(order_by=order) - columns.letters
    return select(columns.place, (before >= ENOUGH_LETTERS).label("is_enough"))


def one_of(column: Any, numbers: Sequence[int] | str) -> ColumnElement[bool]:
    """Return the condition that a column is one of any number of numbers: they stand in the text.

    A database takes no more than some thousand parameters. Of a query that is built once, give
    the name of the parameter.
    """
    name, known = (numbers, None) if isinstance(numbers, str) else (None, numbers)
    found: ColumnElement[bool] = column.in_(
        bindparam(name, known, expanding=True, literal_execute=True)
    )
    return found


def contains(column: Any, text: str) -> ColumnElement[bool]:
    """Return the condition that a text column holds `text`, small and capital letters alike.

    SQLite's LIKE takes them as alike, but of ASCII only: other letters are looked for as they may
    be written.
    """
    if text.isascii():
        pattern = "%" + re.sub(r"([/%_])", r"/\1", text) + "%"
        # In SQLite, ilike() would copy every text in small letters: more than half the time.
        like = column.like if sql_engine().dialect.name == "sqlite" else column.ilike
        found: ColumnElement[bool] = like(pattern, escape="/")
        return found
    written = {text, text.lower(), text.upper(), text.capitalize()}
    return or_(*(column.contains(each, autoescape=True) for each in sorted(written)))
