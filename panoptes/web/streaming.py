"""Answers that are sent while they are made: however long, they need no more memory."""

import threading
from collections.abc import Iterable, Iterator
from itertools import chain

from flask import Response, stream_with_context

from panoptes.common.batches import batches
from panoptes.common.errors import Unavailable

# Bytes that go out at once: each piece that goes out alone costs the network a turn.
BLOCK = 64 * 1024
# An answer of as many bytes is a long one. Of those, no more are made at a time than leave most
# threads of the server to the engines that report meanwhile.
LONG = 4 * BLOCK
LONG_AT_ONCE = 2
# So many items are in memory, each in the large piece that orjson takes for it.
TOGETHER = 32
BUSY = f"{LONG_AT_ONCE} others are downloading very much right now; try again in a moment."

_long = threading.BoundedSemaphore(LONG_AT_ONCE)


def streamed(pieces: Iterator[bytes], mimetype: str) -> Response:
    """Return the answer of these pieces.

    A short answer, and the beginning of a long one, are made before the status goes out, so that
    what fails there has its own. Raises errors.Unavailable where too many are being made.
    """
    blocks = _in_blocks(pieces)
    response = Response(stream_with_context(_begun(blocks)), mimetype=mimetype)
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def _begun(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Return all blocks, of which the first are made; a long answer needs a place."""
    first, length = [], 0
    for block in blocks:
        first.append(block)
        length += len(block)
        if length >= LONG:
            break
    else:
        return iter(first)
    if not _long.acquire(blocking=False):
        raise Unavailable(BUSY)
    rest = _with_place(first, blocks)
    next(rest)  # From here on, whatever becomes of it ends with its place given back.
    return rest


def _with_place(first: list[bytes], blocks: Iterator[bytes]) -> Iterator[bytes]:
    try:
        yield b""
        yield from first
        yield from blocks
    finally:
        _long.release()


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


def some_at_a_time(items: Iterable[bytes]) -> Iterator[list[bytes]]:
    """Yield items in JSON, a few at a time: until it is copied, each takes ten times its length."""
    return batches(items, TOGETHER)


def json_list(
    name: str, chunks: Iterable[Iterable[bytes]], count: int | None = None
) -> Iterator[bytes]:
    """Yield `{"name": [...], "count": n}` of items in JSON, which come some at a time.

    n is as many as they are, unless it is given.
    """
    yield f'{{"{name}":['.encode()
    number = 0
    for items in some_at_a_time(chain.from_iterable(chunks)):
        yield (b"," if number else b"") + b",".join(items)
        number += len(items)
    yield f'],"count":{number if count is None else count}}}\n'.encode()
