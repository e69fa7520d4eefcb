"""A light generator of load: raw sockets, prepared bytes, all clients in one loop of one thread.

It costs a server next to nothing: what it needs of a core itself is part of each measurement.
"""

import heapq
import re
import selectors
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from urllib.parse import urlsplit

PATIENCE = 60.0  # seconds without any answer after which a measurement is given up
CHUNK = 2**18
_STATUS = slice(9, 12)
_NO_HEADERS: Mapping[str, str] = MappingProxyType({})
_LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)", re.IGNORECASE)
_CLOSES = re.compile(rb"\r\nconnection: *close|^HTTP/1\.0", re.IGNORECASE)


@dataclass(slots=True)
class Answer:
    """What a server answered: its head, the size of its body in bytes, the time in seconds."""

    head: bytes
    size: int
    seconds: float
    at: float

    @property
    def status(self) -> int:
        """The status code."""
        return int(self.head[_STATUS])

    def header(self, name: str) -> str:
        """Return a header's value, empty where it isn't there."""
        found = re.search(rb"\r\n%s: *([^\r]*)" % name.encode(), self.head, re.IGNORECASE)
        return found[1].decode() if found else ""


@dataclass(eq=False, slots=True)
class Client:
    """Sends its requests one after the other, each when the last one is answered.

    With a `period` in seconds it waits until that long after the last one was due. One with
    `next_due` is asked after each answer when its next request is due, in seconds since the load
    began. One that doesn't keep its answers looks at them in `on_answer`, where `body` is there.
    """

    requests: Iterator[bytes]
    keep_alive: bool = True
    period: float = 0.0
    due: float = 0.0
    on_answer: Callable[[Answer], None] | None = None
    next_due: Callable[[], float] | None = None
    keeps: bool = True
    answers: list[Answer] = field(default_factory=list)
    connection: socket.socket | None = None
    sent: float = 0.0
    received: bytes = b""
    is_waiting: bool = False
    # What is sent again where a kept connection turns out to be closed.
    again: bytes = b""

    @property
    def body(self) -> bytes:
        """The body of the last answer."""
        return self.received.partition(b"\r\n\r\n")[2]


@dataclass(frozen=True)
class Measured:
    """What came of a load: times in seconds, `busy` is the generator's share of one core."""

    answers: Sequence[Answer]
    seconds: float
    busy: float

    @property
    def rate(self) -> float:
        """Answers a second, until the load ended."""
        return sum(answer.at <= self.seconds for answer in self.answers) / self.seconds

    @property
    def statuses(self) -> Counter[int]:
        """How often each status code came."""
        return Counter(answer.status for answer in self.answers)

    def percentile(self, share: float) -> float:
        """Return the time in seconds within which this share of the answers came."""
        times = sorted(answer.seconds for answer in self.answers)
        return times[min(len(times) - 1, int(share * len(times)))]

    def of(self, clients: Sequence[Client]) -> "Measured":
        """Return the part of it that these clients saw."""
        answers = [answer for client in clients for answer in client.answers]
        return Measured(answers, self.seconds, self.busy)


def measure(url: str, clients: Sequence[Client], seconds: float) -> Measured:
    """Let clients send for so many seconds, wait for the last answers and return what came."""
    loop = _Loop(url, seconds)
    used = time.process_time()
    loop.run(clients)
    ended = time.perf_counter() - loop.begun
    busy = (time.process_time() - used) / ended
    # A client that has said everything ends before its time.
    return Measured([], min(seconds, loop.last), busy).of(clients)


class _Loop:
    def __init__(self, url: str, seconds: float) -> None:
        parts = urlsplit(url)
        self.address = (parts.hostname, parts.port)
        self.seconds = seconds
        self.selector = selectors.DefaultSelector()
        self.waiting: list[tuple[float, int, Client]] = []
        self.under_way = 0
        self.last = 0.0
        self.begun = time.perf_counter()

    def run(self, clients: Sequence[Client]) -> None:
        for client in clients:
            self._wait(client, client.due)
        with self.selector:
            while self.under_way or self.waiting:
                self._send_due()
                self._receive(self._timeout())
        for client in clients:
            if client.connection is not None:
                client.connection.close()

    def _now(self) -> float:
        return time.perf_counter() - self.begun

    def _wait(self, client: Client, due: float) -> None:
        if due < self.seconds:
            heapq.heappush(self.waiting, (due, id(client), client))

    def _timeout(self) -> float:
        if not self.waiting:
            return PATIENCE
        return max(0.0, self.waiting[0][0] - self._now())

    def _send_due(self) -> None:
        now = self._now()
        while self.waiting and self.waiting[0][0] <= now:
            self._send(heapq.heappop(self.waiting)[2])

    def _send(self, client: Client) -> None:
        client.sent = self._now()
        request = next(client.requests, None)
        if request is None:
            return
        self.under_way += 1
        self._write(client, request)

    def _write(self, client: Client, request: bytes) -> None:
        client.received, client.again, client.is_waiting = b"", b"", True
        if client.connection is None:
            client.connection = socket.create_connection(self.address)
            client.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.selector.register(client.connection, selectors.EVENT_READ, client)
            client.connection.sendall(request)
            return
        try:
            client.connection.sendall(request)
        except ConnectionError:
            self._close(client)
            self._write(client, request)
        else:
            client.again = request

    def _receive(self, timeout: float) -> None:
        if not self.under_way:
            time.sleep(timeout)
            return
        ready = self.selector.select(timeout)
        if not ready and not self.waiting:
            raise TimeoutError(f"{self.address} hasn't answered for {PATIENCE:g} s")
        for key, _ in ready:
            client: Client = key.data
            chunk = _read(client)
            if not client.is_waiting:
                self._close(client)  # The server has had enough of a connection that rests.
                continue
            client.received += chunk
            if not client.received and client.again:
                self._close(client)
                self._write(client, client.again)
            elif not chunk or _is_whole(client.received):
                self._answered(client, closed=not chunk)

    def _answered(self, client: Client, *, closed: bool) -> None:
        now = self._now()
        head, _, body = client.received.partition(b"\r\n\r\n")
        if not head:
            raise ConnectionError(f"{self.address} closed a connection without an answer")
        self.under_way -= 1
        client.is_waiting = False
        self.last = now
        answer = Answer(head, len(body), now - client.sent, now)
        if client.keeps:
            client.answers.append(answer)
        if closed or not client.keep_alive or _CLOSES.search(head):
            self._close(client)
        if client.on_answer:
            client.on_answer(answer)
        if client.next_due:
            self._wait(client, max(client.next_due(), now))
        elif client.period:
            client.due += client.period
            self._wait(client, max(client.due, now))
        elif now < self.seconds:
            self._send(client)

    def _close(self, client: Client) -> None:
        if client.connection is not None:
            self.selector.unregister(client.connection)
            client.connection.close()
            client.connection = None


def _read(client: Client) -> bytes:
    """Return what came, nothing where the connection is closed."""
    if client.connection is None:
        return b""
    try:
        return client.connection.recv(CHUNK)
    except ConnectionError:
        return b""


def _is_whole(received: bytes) -> bool:
    """Tell whether a whole answer is there; one without a length ends with its connection."""
    end = received.find(b"\r\n\r\n")
    if end < 0:
        return False
    if received[_STATUS] == b"304":
        return True
    length = _LENGTH.search(received, 0, end + 2)
    return length is not None and len(received) >= end + 4 + int(length[1])


def request(
    method: str, path: str, body: bytes = b"", headers: Mapping[str, str] = _NO_HEADERS
) -> bytes:
    """Return a request as python-requests writes it, a body as a form unless `headers` differ."""
    lines = [
        f"{method} {path} HTTP/1.1",
        "Host: 127.0.0.1",
        "User-Agent: python-requests/2.34.2",
        "Accept-Encoding: gzip, deflate",
        "Accept: */*",
        "Connection: keep-alive",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    if body:
        if "Content-Type" not in headers:
            lines.append("Content-Type: application/x-www-form-urlencoded")
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body
