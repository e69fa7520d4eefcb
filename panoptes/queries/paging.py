"""Counting, paging, sorting and text search, the same way everywhere."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, func, or_

from panoptes.db import AnySelect, db


def count(query: AnySelect) -> int:
    """Return the number that a counting query gives."""
    return int(db.session.scalar(query) or 0)


def clamp(number: int, total: int, per_page: int) -> int:
    """Return the page that is nearest to page `number` and exists."""
    last = max(1, -(-total // per_page))
    return min(max(1, number), last)


def slice_of(query: AnySelect, number: int, per_page: int) -> AnySelect:
    """Return the query for page `number`."""
    return query.limit(per_page).offset((number - 1) * per_page)


def order(
    sorts: Mapping[str, Sequence[ColumnElement[Any]]], wanted: str, default: str
) -> list[ColumnElement[Any]]:
    """Return the order for `name` or, descending, `-name`; what has no value comes last.

    Columns that always have one are sorted plainly, which an index can do.
    """
    wanted = wanted if wanted.removeprefix("-") in sorts else default
    columns = sorts[wanted.removeprefix("-")]
    turned = wanted.startswith("-")
    ordered = [column.desc() if turned else column.asc() for column in columns]
    empty_last = [columns[0].is_(None)] if getattr(columns[0], "nullable", False) else []
    return [*empty_last, *ordered]


def contains(column: Any, text: str) -> ColumnElement[bool]:
    """Return the condition that a text column holds `text`, small and capital letters alike.

    SQLite's own lower() knows ASCII only, so other letters are looked for as they may be written.
    """
    if text.isascii():
        return func.lower(column).contains(text.lower(), autoescape=True)
    written = {text, text.lower(), text.upper(), text.capitalize()}
    return or_(*(column.contains(each, autoescape=True) for each in sorted(written)))


def json_contains(column: Any, text: str) -> ColumnElement[bool]:
    """The same for a JSON column, in whose text quotes and backslashes are escaped."""
    return contains(cast(column, Text), json.dumps(text, ensure_ascii=False)[1:-1])


def holds_pair(column: Any, name: str, value: str) -> ColumnElement[bool]:
    """Return the condition that a JSON map of texts holds this very pair, as `db` writes it."""
    pair = f"{json.dumps(name, ensure_ascii=False)}:{json.dumps(value, ensure_ascii=False)}"
    return cast(column, Text).contains(pair, autoescape=True)


def any_contains(
    texts: tuple[Any, ...], jsons: tuple[Any, ...], wanted: str
) -> ColumnElement[bool]:
    """Return the condition that one of the columns holds the wanted text."""
    return or_(
        *(contains(column, wanted) for column in texts),
        *(json_contains(column, wanted) for column in jsons),
    )
