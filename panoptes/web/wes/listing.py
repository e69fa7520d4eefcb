"""Sends a page of a list as WES has them: however long its items are, few of them are in memory."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from flask import Response
from orjson import dumps

from panoptes.database.connections import end_reading
from panoptes.web.streaming import streamed
from panoptes.web.wes.parameters import Slice, token_behind

# So many items are read at a time: each may have long texts.
CHUNK = 100


class Item(NamedTuple):
    """An item of a list, with the id of the row by which it is found again."""

    row_id: int
    shape: dict[str, Any]


# Gives at most so many items that come behind the one of a row; None: the first ones.
Read = Callable[[int | None, int], list[Item]]


def page_of(name: str, wanted: Slice, read: Read) -> Response:
    """Return the part of a list that is asked for, under its name, and what asks for the next."""
    return streamed(_pieces(name, wanted, read), "application/json")


def _pieces(name: str, wanted: Slice, read: Read) -> Iterator[bytes]:
    last, following, separator = wanted.last, "", b""
    yield f'{{"{name}":['.encode()
    for start in range(0, wanted.size, CHUNK):
        size = min(CHUNK, wanted.size - start)
        found = read(last, size + 1)
        end_reading()  # Whoever reads slowly holds no transaction open.
        for item in found[:size]:
            yield separator + dumps(item.shape)
            separator, last = b",", item.row_id
        following = token_behind(last) if last is not None and len(found) > size else ""
        if not following:
            break
    yield b'],"next_page_token":' + dumps(following) + b"}\n"
