"""Asks a server for a page, and tells what that took: time, bytes, memory and queries."""

import http.client
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from flask import Flask
from sqlalchemy import Engine, event

from benchmarks import memory
from devtools.running import Server
from panoptes.database.connections import sql_engine

PATIENCE = 600.0
CHUNK = 2**20


class Answer(NamedTuple):
    """What came: the status code, the time in seconds and the size of the body in bytes."""

    status: int
    seconds: float
    size: int


def ask(server: Server, path: str) -> Answer:
    """Ask for a page over a connection of its own and read all of it, holding little."""
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=PATIENCE)
    begun = time.perf_counter()
    connection.request("GET", path)
    answer = connection.getresponse()
    size = 0
    while chunk := answer.read(CHUNK):
        size += len(chunk)
    seconds = time.perf_counter() - begun
    connection.close()
    return Answer(answer.status, seconds, size)


def growth(server: Server, path: str) -> float:
    """Return by how many MB the server's memory grew at most while it made a page."""
    before = memory.resident(server.process.pid)
    memory.forget_peak(server.process.pid)
    ask(server, path)
    return memory.peak(server.process.pid) - before


def queries(app: Flask, path: str) -> int:
    """Return how many statements a page sends to the database."""
    with app.app_context():
        engine = sql_engine()
    app.test_client().get(path)  # Once a second a process asks for tokens, whatever it is asked.
    with _counted(engine) as seen:
        answer = app.test_client().get(path, buffered=False)
        for _ in answer.response:
            pass
    return len(seen)


@contextmanager
def _counted(engine: Engine) -> Iterator[list[str]]:
    seen: list[str] = []
    own = threading.get_ident()  # Housekeeping asks in a thread of its own.

    def listen(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if threading.get_ident() == own and not statement.startswith("BEGIN"):
            seen.append(statement)

    event.listen(engine, "before_cursor_execute", listen)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", listen)
