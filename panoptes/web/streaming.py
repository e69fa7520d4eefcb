"""Answers that are sent while they are made: however long, they need no more memory."""

import json
from collections.abc import Iterable, Iterator
from itertools import chain

from flask import Response, stream_with_context

# A value in JSON, in one line.
compact = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
# Characters that go out at once: each piece that goes out alone costs the network a turn.
BLOCK = 64 * 1024


def streamed(pieces: Iterator[str], mimetype: str) -> Response:
    """Return the answer of these pieces.

    The first block is made before the status goes out, so that what fails there has its own.
    """
    blocks = _in_blocks(pieces)
    first = next(blocks)
    response = Response(stream_with_context(chain([first], blocks)), mimetype=mimetype)
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def _in_blocks(pieces: Iterator[str]) -> Iterator[str]:
    waiting: list[str] = []
    length = 0
    for piece in pieces:
        waiting.append(piece)
        length += len(piece)
        if length >= BLOCK:
            yield "".join(waiting)
            waiting, length = [], 0
    yield "".join(waiting)


def json_list(name: str, items: Iterable[str], count: int | None = None) -> Iterator[str]:
    """Yield `{"name": [...], "count": n}` of items in JSON; n as many as they are, unless given."""
    yield f'{{"{name}":['
    number = 0
    for number, item in enumerate(items, 1):
        yield item if number == 1 else f",{item}"
    yield f'],"count":{number if count is None else count}}}\n'
