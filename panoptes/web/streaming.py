"""Answers that are sent while they are made: however long, they need no more memory."""

from collections.abc import Iterable, Iterator
from itertools import chain

from flask import Response, stream_with_context

# Bytes that go out at once: each piece that goes out alone costs the network a turn.
BLOCK = 64 * 1024


def streamed(pieces: Iterator[bytes], mimetype: str) -> Response:
    """Return the answer of these pieces.

    The first block is made before the status goes out, so that what fails there has its own.
    """
    blocks = _in_blocks(pieces)
    first = next(blocks)
    response = Response(stream_with_context(chain([first], blocks)), mimetype=mimetype)
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def _in_blocks(pieces: Iterator[bytes]) -> Iterator[bytes]:
    waiting: list[bytes] = []
    length = 0
    for piece in pieces:
        waiting.append(piece)
        length += len(piece)
        if length >= BLOCK:
            yield b"".join(waiting)
            waiting, length = [], 0
    yield b"".join(waiting)


def json_list(name: str, items: Iterable[bytes], count: int | None = None) -> Iterator[bytes]:
    """Yield `{"name": [...], "count": n}` of items in JSON; n as many as they are, unless given."""
    yield f'{{"{name}":['.encode()
    number = 0
    for number, item in enumerate(items, 1):
        yield item if number == 1 else b"," + item
    yield f'],"count":{number if count is None else count}}}\n'.encode()
