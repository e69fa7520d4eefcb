"""Sends hostile requests to a real server in pieces, many at a time, and leaves some halfway."""

import socket
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing, suppress
from itertools import islice
from random import Random
from urllib.parse import urlsplit

from tests.faults import inputs

PIECES = 4
# Below the number of half-sent requests that an address may have.
AT_ONCE = 40
ONE_OF = 4  # envelopes
# What the server says of a request that is none, and where it says nothing.
BROKEN = {0, 431, 501}

FIRST = "POST /update_workflow_status HTTP/1.1\r\nHost: 127.0.0.1\r\n"
HEADS = [
    *(f"Content-Length: {length}" for length in ("-1", "+5", "5, 5", "1e9", "0x5", "5", "9" * 30)),
    *(f"Content-Length{space}: 5" for space in (" ", "\t", "\0", "\x0b")),
    "Content-Length: 5\r\nContent-Length: 6",
    "Content-Length: 5\r\nTransfer-Encoding: chunked",
    *(f"Transfer-Encoding: {way}" for way in ("gzip, chunked", "\x0bchunked", "x", "chunked, x")),
    "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
    *(f"Expect: {what}" for what in ("100-continue", "x")),
    "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA",
    *("no colon", ": x", "X: \0", "X:\r\n\tfolded", " X: y", "X: y\nZ: z", "X: y\rZ: z", "X_Y: z"),
    *("X: " + "x" * 300_000, "x" * 300_000 + ": x", "X: y\r\n" * 20_000),
]
CHUNKS = [
    *("ffffffffffffffff\r\nx", "-1\r\nx", "0x5\r\nhello\r\n0\r\n\r\n", "\r\n", "5\nhello\n0\n\n"),
    *("5;" + "x" * 20_000 + "\r\nhello\r\n0\r\n\r\n", "5\r\nhello!\r\n0\r\n\r\n", "5" * 5_000),
    *("1\r\nx\r\n" * 5_000 + "0\r\n\r\n", "0\r\nX: y\r\n\r\n", "0\r\n" + "X: y\r\n" * 5_000),
    *(
        "g\r\n",
        "5 \r\nhello\r\n0\r\n\r\n",
        "+5\r\nhello\r\n0\r\n\r\n",
        "00000005\r\nhello\r\n0\r\n\r\n",
    ),
]
NO_HTTP = [
    *("\x16\x03\x01\x02\x00\x01", "SSH-2.0-x\r\n", "\0" * 1_000, "\r\n" * 5_000, "{}\r\n\r\n"),
    *("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET /\r\n\r\n", "GET\r\n\r\n"),
    *("CONNECT x:1 HTTP/1.1\r\n\r\n", "OPTIONS * HTTP/1.1\r\n\r\n", "get / http/1.1\r\n\r\n"),
]


def whole_requests(workflow_id: int) -> Iterator[bytes]:
    """Yield updates that are attacks, by HTTP as it should be, with their length or in chunks."""
    envelopes = islice(inputs.envelopes(workflow_id), None, None, ONE_OF)
    for number, (body, content_type) in enumerate(envelopes):
        if not content_type.isprintable() or not content_type.isascii():
            content_type = ""
        head = f"{FIRST}Content-Type: {content_type}\r\n"
        if number % 3:
            yield f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
        else:
            middle = len(body) // 2
            halves = (body[:middle], body[middle:])
            sent = b"".join(b"%x\r\n%s\r\n" % (len(half), half) for half in halves if half)
            yield f"{head}Transfer-Encoding: chunked\r\n\r\n".encode() + sent + b"0\r\n\r\n"


def broken_requests(workflow_id: int) -> Iterator[bytes]:
    """Yield what isn't HTTP, or isn't clear about where it ends, and updates that never end."""
    yield from (f"{FIRST}{head}\r\n\r\nhello".encode() for head in HEADS)
    chunked = f"{FIRST}Transfer-Encoding: chunked\r\n\r\n"
    yield from ((chunked + chunks).encode() for chunks in CHUNKS)
    yield from (text.encode() for text in NO_HTTP)
    for request in islice(whole_requests(workflow_id), None, None, ONE_OF):
        yield request[: len(request) * 2 // 3]


def statuses(url: str, requests: Iterable[bytes], *, are_whole: bool) -> Counter[int]:
    """Send them in pieces; count what is answered, 0 where a broken one is not."""
    place = urlsplit(url)
    address = (str(place.hostname), place.port or 0)
    random, waiting = Random(0), iter(requests)
    found: Counter[int] = Counter()
    while batch := list(islice(waiting, AT_ONCE)):
        with ExitStack() as stack:
            connections = [
                stack.enter_context(closing(socket.create_connection(address, timeout=30)))
                for _ in batch
            ]
            cut = [list(_pieces(request, random)) for request in batch]
            for number in range(PIECES):
                for connection, pieces in zip(connections, cut, strict=True):
                    with suppress(ConnectionError):  # It was refused before it was all sent.
                        connection.sendall(pieces[number])
            for connection in connections:
                found[_status(connection, is_whole=are_whole)] += 1
    return found


def _pieces(request: bytes, random: Random) -> Iterator[bytes]:
    ends = sorted(random.randrange(len(request) + 1) for _ in range(PIECES - 1))
    for start, end in zip([0, *ends], [*ends, len(request)], strict=True):
        yield request[start:end]


def _status(connection: socket.socket, *, is_whole: bool) -> int:
    """Return the status of the answer, 0 where there is none."""
    try:
        if not is_whole:
            connection.shutdown(socket.SHUT_WR)
        answer = connection.recv(12)
    except OSError:
        if is_whole:
            raise
        return 0
    return int(answer.split()[1]) if answer else 0
