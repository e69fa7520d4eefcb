"""Questions about the log of a run: in pages, looked through piece by piece, or all of it."""

from collections.abc import Iterator

from sqlalchemy import ColumnElement, bindparam, func, select

from panoptes.models.message import Message
from panoptes.queries.asking import ask, built_once
from panoptes.queries.paging import (
    Key,
    Query,
    QueryRow,
    contains,
    count,
    look_through,
    only,
    piece,
    place_of_page,
    read_chunks,
    read_page,
)
from panoptes.queries.results import PER_PAGE, MessageView, Page, PartialScan, RunView

# A page looks through so many lines for a text.
LOOKED_THROUGH = 2500
# All lines are read so many at a time.
CHUNK = 1000

_LINES = select(Message.id, Message.time, Message.level, Message.text)
_IN_ORDER = (Key(Message.id),)


def messages(
    run: RunView, level: str | None = None, page: int = 1, per_page: int = PER_PAGE
) -> Page[MessageView]:
    """Return a page of a run's log, the oldest line first.

    `level` is one of LEVELS, None for all of them.
    """
    total = _number(run, level)
    place = place_of_page(page, total, per_page)
    query = _page(level, place.is_backwards)
    rows = ask(query, run_id=run.run_id, **place.values).all() if place.size else []
    return Page(list(map(_view, place.in_order(rows))), total, place.number, per_page)


@built_once
def _page(level: str | None, is_backwards: bool) -> Query:
    of_run = [Message.run_id == bindparam("run_id")]
    if level is not None:
        of_run.append(Message.level == level)
    return piece(_LINES.where(*of_run), _IN_ORDER, backwards=is_backwards)


def messages_with(
    run: RunView, text: str, level: str | None = None, page: int = 1, after: int | None = None
) -> Page[MessageView] | PartialScan[MessageView]:
    """Return lines that hold a text; of a long log, as many as can be looked through at once."""
    lines, number = _LINES.where(*_of(run, level)), _number(run, level)
    has_text = contains(Message.text, text)
    if number > LOOKED_THROUGH:
        place = Message.id
        rows, following = look_through(lines, place, has_text, LOOKED_THROUGH, PER_PAGE, after)
        return PartialScan(list(map(_view, rows)), LOOKED_THROUGH, number, after, following)
    lines = lines.where(has_text)
    return read_page(lines, _IN_ORDER, _view, count(only(lines, func.count())), page, PER_PAGE)


def all_messages(run: RunView, level: str | None = None) -> Iterator[list[MessageView]]:
    """Yield a run's log, few lines at a time."""
    for rows in read_chunks(_LINES.where(*_of(run, level)), Message.id, "id", CHUNK):
        yield list(map(_view, rows))


def _number(run: RunView, level: str | None) -> int:
    return sum(run.lines.values()) if level is None else run.lines[level]


def _of(run: RunView, level: str | None) -> list[ColumnElement[bool]]:
    of_run = [Message.run_id == run.run_id]
    return of_run if level is None else [*of_run, Message.level == level]


def _view(row: QueryRow) -> MessageView:
    return MessageView(row.time, row.level, row.text)
