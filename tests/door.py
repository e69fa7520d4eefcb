"""A server that takes batches as docs/api.md says, and anything that can go wrong with one."""

import gzip
import json
import socket
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic, sleep
from typing import Any

PATIENCE = 20.0
# Faults that are no answer: silence, a byte now and then, a lost connection, words of a stranger.
HANG, DRIBBLE, CUT, GARBAGE = "hang", "dribble", "cut", "garbage"
Fault = int | str | tuple[int, dict[str, Any]]


class Door:
    """Keeps runs and their events by number; `faults` come before any right answer.

    `always` is a fault that doesn't pass. `extra` goes with each answer to a batch.
    """

    def __init__(self, port: int = 0) -> None:
        self.port = port
        self.runs: dict[str, dict[str, Any]] = {}
        self.events: dict[str, dict[int, dict[str, Any]]] = {}
        self.faults: deque[Fault] = deque()
        self.always: Fault | None = None
        self.extra: dict[str, Any] = {}
        self.bad: set[str] = set()
        self.headers: list[dict[str, str]] = []
        self.repeated = 0
        self.requests = 0
        self.largest = 10_000_000
        self._server: _Server | None = None

    def open(self) -> None:
        """Begin to answer, at the same address as before."""
        self._server = _Server(self)
        self.port = self._server.server_port
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        ).start()

    def close(self) -> None:
        """Be gone, as a server that was killed."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server.cut_all()
            self._server = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def told(self) -> list[dict[str, Any]]:
        """The events of the only run, in the order of their numbers."""
        (events,) = self.events.values() if self.events else ({},)
        return [events[number] for number in sorted(events)]

    def wait_for(self, number: int) -> list[dict[str, Any]]:
        """Return the events of the only run, once there are so many."""
        deadline = monotonic() + PATIENCE
        while len(self.told) < number and monotonic() < deadline:
            sleep(0.01)
        assert len(self.told) >= number
        return self.told

    def answer(self, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Answer a request that came whole."""
        if path == "/api/runs":
            known = body["id"] in self.runs
            self.runs.setdefault(body["id"], body)
            self.events.setdefault(body["id"], {})
            url = f"{self.url}/workflow/1"
            stored = max(self.events[body["id"]], default=0)
            return 200 if known else 201, {"id": 1, "run": 1, "url": url, "stored": stored}
        run = path.removeprefix("/api/runs/").removesuffix("/events")
        if run not in self.runs:
            return 404, {"msg": "There is no such run."}
        return self._take(self.events[run], body)

    def _take(
        self, known: dict[int, dict[str, Any]], body: dict[str, Any]
    ) -> tuple[int, dict[str, Any]]:
        stored = max(known, default=0)
        for number, event in enumerate(body["events"], body["first"]):
            if number <= stored:
                self.repeated += 1
                continue
            if event["event"] in self.bad:
                return 400, {"msg": "Bad.", "bad": number, "stored": max(known, default=0)}
            known[number] = event
        return 200, {"stored": max(known, default=0), "logs": [], "stop": False, **self.extra}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 50

    def __init__(self, door: Door) -> None:
        super().__init__(("127.0.0.1", door.port), _Handler)
        self.door = door
        self.lock = threading.Lock()
        self.open: set[socket.socket] = set()

    def cut_all(self) -> None:
        """Close the connections that there are."""
        for connection in list(self.open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, *_args: object) -> None:
        """A client that left is nothing to speak of."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.server.open.add(self.connection)

    def finish(self) -> None:
        self.server.open.discard(self.connection)
        with suppress(OSError):
            super().finish()

    def do_POST(self) -> None:
        door = self.server.door
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        door.requests += 1
        door.headers.append(dict(self.headers))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        with self.server.lock:
            fault = door.always
            if fault is None and door.faults and door.faults[0] is not None:
                fault = door.faults.popleft()
            if fault is None and len(body) > door.largest:
                fault = 413
            if fault is None:
                status, content = door.answer(self.path, json.loads(body))
                return self.send(status, content)
        return self.fail(fault)

    def fail(self, fault: Fault) -> None:
        if isinstance(fault, tuple):
            return self.send(*fault)
        if isinstance(fault, int):
            return self.send(fault, {"msg": "No."})
        if fault == GARBAGE:
            self.wfile.write(b"\0\xff not http at all\r\n\r\n")
        elif fault == HANG:
            sleep(PATIENCE)
        elif fault == DRIBBLE:
            for letter in b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + b" " * 1000:
                self.wfile.write(bytes([letter]))
                sleep(0.1)
        self.close_connection = True
        return None

    def send(self, status: int, content: dict[str, Any]) -> None:
        body = json.dumps(content).encode()
        head = f"HTTP/1.1 {status} .\r\nContent-Length: {len(body)}\r\n"
        if "retry_after" in content:
            head += f"Retry-After: {content['retry_after']}\r\n"
        if "location" in content:
            head += f"Location: {content['location']}\r\n"
        self.wfile.write(head.encode() + b"\r\n" + body)

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


@contextmanager
def open_door(port: int = 0) -> Iterator[Door]:
    """Yield a server that answers, and close it at the end."""
    door = Door(port)
    door.open()
    try:
        yield door
    finally:
        door.close()
