"""The HTTP server: waitress with our limits; neither stop nor restart loses a request under way."""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
import time
from collections import defaultdict
from contextlib import contextmanager
from functools import lru_cache
from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING, Any

# waitress ships no type hints, so its classes are Any to mypy.
from waitress import wasyncore  # type: ignore[import-untyped]
from waitress.buffers import OverflowableBuffer  # type: ignore[import-untyped]
from waitress.channel import HTTPChannel  # type: ignore[import-untyped]
from waitress.parser import HTTPRequestParser  # type: ignore[import-untyped]
from waitress.server import TcpWSGIServer  # type: ignore[import-untyped]
from waitress.task import WSGITask  # type: ignore[import-untyped]
from waitress.utilities import build_http_date  # type: ignore[import-untyped]

from panoptes.server.socket_activation import (
    BACKLOG,
    Sockets,
    restarts_let_through,
    restarts_on_hangup,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from _typeshed.wsgi import WSGIApplication

OPEN_FILES = 4096  # room for every connection and the database
DRAIN_LIMIT = 30.0  # seconds that requests under way have to finish
STALLED = 5.0  # the same for what is half-sent, and for an answer that nobody reads
IDLE = 0.1  # the same between two requests: whoever sends a burst gets his turn
LARGEST_BODY = 10 * 2**20  # bytes; of a larger one only its length is kept, for the app's 413
# A request has so many seconds to arrive, and one more for each so many bytes of its body.
ARRIVES_WITHIN = 20.0
SLOWEST = 16 * 2**10
# Connections of an address with a request that is half-sent, or was never begun, for so many
# seconds; of more, the oldest are closed.
HALF_SENT = 64
UNFINISHED_AFTER = 0.5
# Of more connections than this, those that wait are closed, first of the addresses that have most.
ROOMY = 2000
# Bytes of half-sent bodies and unread answers that all connections hold together; the largest are
# closed above that.
HELD = 256 * 2**20
# So many bytes of an answer go out at a time, so that head and body of most go out together: each
# time costs as much as to read a head.
AT_A_TIME = 16 * 2**10
AT_A_TURN = 16  # connections
GATHERING = 0.0005  # seconds in which requests come together while no thread is free for them
STOPPING = (signal.SIGINT, signal.SIGTERM)

# TCP_NODELAY isn't here because waitress sets it: head and body never wait for an ACK.
SETTINGS: dict[str, Any] = {
    "backlog": BACKLOG,
    "connection_limit": 3000,  # idle keep-alive connections count too
    "channel_timeout": 75,
    "cleanup_interval": 1,
    "asyncore_use_poll": True,  # the alternative fails above file number 1023
    "outbuf_high_watermark": 4 * 2**20,  # after so much an answer goes on in another buffer
    # All that is held stays in memory: a full disk would have no room for waitress's files.
    "inbuf_overflow": HELD,
    "outbuf_overflow": HELD,
    # Far above what the app takes: a client that is cut off while it sends ends its pipeline.
    "max_request_body_size": 64 * 2**20,
    "ident": None,
    "expose_tracebacks": False,
    "clear_untrusted_proxy_headers": False,  # `proxy` knows which are to be believed
}

logger = logging.getLogger(__name__)


def listen(host: str, port: int) -> socket.socket:
    """Bind and listen; port 0 takes a free one. An OSError says why it can't be done."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    # "localhost" is both ::1 and 127.0.0.1; a client that tries only one tries the latter.
    family, _, _, _, address = min(found, key=lambda info: info[0] != socket.AF_INET)
    return socket.create_server(address, family=family, backlog=BACKLOG)


def serve(
    app: WSGIApplication,
    sockets: Sockets,
    *,
    threads: int = 8,
    may_restart: Callable[[], bool] = lambda: True,
) -> Sockets | None:
    """Serve until a signal comes, and finish what is under way; main thread only.

    After SIGHUP, returns the sockets that the next process has to serve; clients who ask meanwhile
    wait for it. (Unless `may_restart` says that this one has to go on.) After SIGINT and SIGTERM
    there is none, and so None.
    """
    _raise_file_limit()
    # It warns whenever all threads are busy, as any burst of events makes them.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    listener = sockets.listener
    place = (listener.family, listener.type, listener.proto, listener.getsockname())
    server = _Server(
        app, _sock=listener, bind_socket=False, sockinfo=place, threads=threads, **SETTINGS
    )
    server.take_in(sockets.clients)
    with _signals_reach(server), restarts_let_through():
        server.run(may_restart)
    idle = server.finish()
    return None if server.stops else Sockets(listener, idle)


class _Task(WSGITask):  # type: ignore[misc]
    def finish(self) -> None:
        """Send what was gathered of the answer."""
        super().finish()
        self.channel.send_rest()

    def build_response_header(self) -> Any:
        """Say `Connection: close` once the server drains."""
        # Not before the last of the requests that were sent in one go (pipelined).
        if not self.channel.server.accepting and len(self.channel.requests) == 1:
            # As if the client had asked for it: waitress does the rest.
            self.request.headers["CONNECTION"] = "close"
        return self._short_header() or super().build_response_header()

    def _short_header(self) -> bytes | None:
        """Return the header of an answer as the app gave it, None where there is more to say.

        Waitress takes six times as long, to capitalize and sort what is in order.
        """
        names = {name.lower() for name, _ in self.response_headers}
        wants_close = self.request.headers.get("CONNECTION", "").lower() == "close"
        if self.version != "1.1" or wants_close or not self.has_body:
            return None
        if "content-length" not in names or names & {"connection", "date", "server"}:
            return None
        lines = [f"HTTP/1.1 {self.status}"]
        lines += [f"{name}: {value}" for name, value in self.response_headers]
        lines.append(f"Date: {_date(int(self.start_time))}\r\n\r\n")
        return "\r\n".join(lines).encode("latin-1")

    def set_close_on_finish(self) -> None:
        """Keep the connection after an answer that has no body: where it ends is plain.

        As it comes, waitress closes it. Open pages hear every two seconds that nothing changed.
        """
        wants_close = self.request.headers.get("CONNECTION", "").lower() == "close"
        if self.has_body or self.version != "1.1" or wants_close:
            super().set_close_on_finish()


_date = lru_cache(1)(build_http_date)


class _Body(OverflowableBuffer):  # type: ignore[misc]
    """The body of a request, of which nothing but its length is kept once it is too large.

    It is read to its end, for a client that is cut off while it sends ends its pipeline.
    """

    total = 0
    is_too_large = False

    def append(self, data: bytes) -> None:
        self.total += len(data)
        if not self.is_too_large and self.total > LARGEST_BODY:
            self.is_too_large = True
            self.close()
            self.buf, self.strbuf = None, b""
        if not self.is_too_large:
            super().append(data)

    @property
    def held(self) -> int:
        """How many bytes of it are kept."""
        return int(super().__len__())

    def __len__(self) -> int:
        return self.total


class _Parser(HTTPRequestParser):  # type: ignore[misc]
    def parse_header(self, header_plus: bytes) -> None:
        """Read the head, and prepare for the body."""
        super().parse_header(header_plus)
        if self.body_rcv is not None:
            self.body_rcv.buf = _Body(self.adj.inbuf_overflow)
            self.body_rcv.buf.is_too_large = self.content_length > LARGEST_BODY

    def received(self, data: bytes) -> int:
        """Take what came, and say how much; whoever has sent all needs no word to go on."""
        taken = super().received(data)
        if self.completed:  # Waitress would send 100 Continue, and wait for a body that isn't due.
            self.expect_continue = False
        return int(taken)

    @property
    def held(self) -> int:
        """How many bytes are kept of what has come."""
        return len(self.header_plus) if self.body_rcv is None else self.body_rcv.getbuf().held


class _Channel(HTTPChannel):  # type: ignore[misc]
    task_class = _Task
    parser_class = _Parser
    has_asked = False  # A whole request has come, if not the last one.
    began = 0.0  # When the first byte came of the request that is half-sent.

    def received(self, data: bytes) -> bool:
        """Take what came."""
        before = self.request
        is_taken = super().received(data)
        if self.request is None:
            self.has_asked = True
        elif self.request is not before:
            self.began = time.time()
        return bool(is_taken)

    @property
    def held(self) -> int:
        """How many bytes of a half-sent body and of an unread answer it holds."""
        half_sent = self.request
        return int(self.total_outbufs_len) + (half_sent.held if half_sent is not None else 0)

    def unfinished_since(self) -> float | None:
        """Return since when its request is half-sent, or its first one is due; None if neither."""
        if self.request is not None:
            return self.began
        return None if self.has_asked else float(self.creation_time)

    def is_late(self, now: float) -> bool:
        """Tell whether its half-sent request takes too long for its size."""
        if self.request is None:
            return False
        due = self.began + ARRIVES_WITHIN + self.request.body_bytes_received / SLOWEST
        return bool(now > due)

    def send_rest(self) -> None:
        """Send what is yet to be sent, as far as the client takes it.

        While several threads are busy it is left to the loop, which sends what all of them have and
        is about to be woken anyway: a thread that sends has to wait for the interpreter again. (Not
        where the client's next request is here already, for the loop would wait for its answer.)
        """
        if self.server.task_dispatcher.active_count > 1 and len(self.requests) == 1:
            return
        with self.outbuf_lock:
            if self.total_outbufs_len:
                self._flush_exception(self._flush_some, do_close=False)

    def _flush_outbufs_below_high_watermark(self) -> None:
        """Wait for no slow reader: he would keep the thread.

        What he has yet to get stays in memory, within HELD.
        """

    def check_client_disconnected(self) -> bool:
        """Tell whether the client has closed the connection, as a task may ask at any time.

        waitress itself doesn't know while a request is under way, for it reads nothing then.
        """
        try:
            return not self.socket.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return False
        except OSError:
            return True

    def is_at_rest(self) -> bool:
        """Tell whether nothing is under way here."""
        # In this order: a thread buffers its answer before it drops the request.
        under_way = self.requests or self.total_outbufs_len or self.request is not None
        return not (under_way or self.will_close or self.close_when_flushed)

    def under_way(self) -> object:
        """Return a request that is under way or half-sent, None if there is none.

        If only an answer is yet to be read, returns self.
        """
        if not self.connected:
            return None
        first = next(iter(self.requests), None)
        return first or self.request or (self if self.total_outbufs_len else None)

    def is_done(self, stalled: bool) -> bool:
        """Tell whether closing this connection now takes nothing from a client who still cares.

        Whoever sends or reads a byte now and then has no more time than others: `stalled` says that
        it is over.
        """
        if self.requests:
            return False
        if self.request is not None or self.total_outbufs_len:
            return stalled
        return bool(time.time() - self.last_activity > IDLE)

    def rest(self) -> socket.socket:
        """Leave the connection as it is, for somebody else to serve."""
        self.del_channel()
        return self.socket  # type: ignore[no-any-return]


class _Server(TcpWSGIServer):  # type: ignore[misc]
    channel_class = _Channel

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.adj.send_bytes = AT_A_TIME  # As a setting, it is deprecated.
        self.stops = 0
        self.is_woken = False
        self.restarts = False
        self.is_to_clean_up = False
        self.resting: list[socket.socket] = []

    def pull_trigger(self) -> None:
        """Wake the loop, once for all that happens before its next turn."""
        if not self.is_woken:
            self.is_woken = True
            super().pull_trigger()

    def stop(self, *_: object) -> None:
        self.stops += 1

    def restart(self, *_: object) -> None:
        self.restarts = True

    def maintenance(self, now: float) -> None:
        """Mark what is idle, as waitress does, and note that it is time to clean up.

        Not at once, for this is called amid a poll: the number of a file that was closed since it
        was asked about is given to the next client, who would be closed in its place.
        """
        super().maintenance(now)
        self.is_to_clean_up = True

    def _clean_up(self) -> None:
        """Close what is late, and what takes too much room.

        Waitress would close those who take nothing of their answer once they take more.
        """
        self.is_to_clean_up = False
        now = time.time()
        for channel in list(self.active_channels.values()):
            if channel.requests or channel.total_outbufs_len:
                channel.began = now  # It can't send the next one before it has the answer.
            is_silent = channel.last_activity < now - self.adj.channel_timeout
            if (channel.total_outbufs_len and is_silent) or channel.is_late(now):
                channel.handle_close()
        self._close_half_sent(now - UNFINISHED_AFTER)
        self._close_largest()
        self._make_room()

    def _close_half_sent(self, before: float) -> None:
        """Close the oldest half-sent connections of each address that has too many of them."""
        unfinished = defaultdict(list)
        for channel in self.active_channels.values():
            since = channel.unfinished_since()
            if since is not None and since < before:
                unfinished[channel.addr[0]].append((since, channel))
        for channels in unfinished.values():
            channels.sort(key=itemgetter(0), reverse=True)
            for _, channel in channels[HALF_SENT:]:
                channel.handle_close()

    def _make_room(self) -> None:
        """Where only few more could connect, close those on which nothing is under way.

        Of each address, those that have waited longest go, until all addresses have as many.
        """
        surplus = len(self.active_channels) - ROOMY
        if surplus <= 0:
            return
        waiting = defaultdict(list)
        for channel in self.active_channels.values():
            if not (channel.requests or channel.total_outbufs_len):
                since = channel.unfinished_since() or channel.last_activity
                waiting[channel.addr[0]].append((since, channel))
        ranked = []
        for channels in waiting.values():
            channels.sort(key=itemgetter(0), reverse=True)
            ranked += [(rank, -since, channel) for rank, (since, channel) in enumerate(channels)]
        ranked.sort(key=itemgetter(0, 1))
        for _, _, channel in ranked[-surplus:]:
            channel.handle_close()

    def _close_largest(self) -> None:
        """Close those who hold most, where all together hold too much."""
        channels = sorted(self.active_channels.values(), key=attrgetter("held"))
        held = sum(channel.held for channel in channels)
        while held > HELD:
            largest = channels.pop()
            held -= largest.held
            largest.handle_close()

    def handle_accept(self) -> None:
        """Let in who waits, several at a turn where many come and go: a turn costs as much."""
        for _ in range(max(1, min(AT_A_TURN, len(self.active_channels)))):
            known = len(self.active_channels)
            super().handle_accept()
            if len(self.active_channels) == known:
                return

    def run(self, may_restart: Callable[[], bool]) -> None:
        """Serve until a signal comes; then drain."""
        while not self.stops:
            if self.restarts:
                self.restarts = False
                if may_restart():
                    break
            self._turn(1.0)
        waited = 0.0 if self.stops else self._let_finish()
        self.accepting = False
        if not self.stops:
            # Who comes now waits outside for the next process.
            self._drain(max(DRAIN_LIMIT - waited, STALLED), max(STALLED - waited, 1.0))
        if self.stops:
            self.take_in(self.resting)
            self._stop_listening()
            self._drain(DRAIN_LIMIT, STALLED)

    def _let_finish(self) -> float:
        """Serve until all is done that is under way now, so that nobody else has to wait for it.

        Returns how many seconds it took, within the limits that all have.
        """
        began, waited = time.monotonic(), 0.0
        begun = {channel: channel.under_way() for channel in self.active_channels.values()}
        while not self.stops and any(
            what is not None
            and channel.under_way() is what
            and waited < (DRAIN_LIMIT if channel.requests else STALLED)
            for channel, what in begun.items()
        ):
            self._turn(IDLE / 2)
            waited = time.monotonic() - began
        return waited

    def take_in(self, clients: Iterable[socket.socket]) -> None:
        """Serve connections that are open already."""
        for client in clients:
            self._take_in_one(client)

    def _take_in_one(self, client: socket.socket) -> None:
        try:
            address = client.getpeername()
        except OSError:  # It left meanwhile.
            client.close()
        else:
            channel = self.channel_class(self, client, address, self.adj, map=self._map)
            channel.has_asked = True  # of the process before

    def finish(self) -> list[socket.socket]:
        """Close what is left, and the threads; return the connections that may go on elsewhere."""
        left = list(self.active_channels.values())
        if left:
            logger.warning("Stopped with %d connections still in use", len(left))
        for channel in left:
            channel.handle_close()
        self.task_dispatcher.shutdown(timeout=0 if left else 5)
        if not left:  # else a thread may yet pull the trigger, by then another file's number
            self.trigger.close()
        return self.resting

    def _turn(self, timeout: float) -> None:
        # To take up another request for each that is answered would keep the interpreter from those
        # who answer: they wait for its lock after every call of SQLite, up to 5 ms.
        if self._all_threads_are_busy():
            time.sleep(GATHERING)
        self.is_woken = False  # What happens from here on may be too late for this turn.
        wasyncore.loop(timeout, use_poll=self.adj.asyncore_use_poll, map=self._map, count=1)
        if self.is_to_clean_up:
            self._clean_up()

    def _all_threads_are_busy(self) -> bool:
        threads = self.task_dispatcher
        return bool(threads.queue) and threads.active_count >= len(threads.threads)

    def _stop_listening(self) -> None:
        """Let in whom the system has already let in, for a close would reset them; then close."""
        known = -1
        while known < len(self.active_channels):
            known = len(self.active_channels)
            self.handle_accept()
        wasyncore.dispatcher.close(self)  # self.close() would take the trigger along

    def _drain(self, limit: float, stalled: float) -> None:
        """Go on until all is answered, to the limit or until somebody asks (again) for a stop.

        What is half-sent or unread has no more than `stalled` seconds.
        """
        stops, began = self.stops, time.monotonic()
        self._turn(0)  # On a busy machine, what has come may not have been read for long.
        while self.stops == stops and (waited := time.monotonic() - began) < limit:
            if not self._in_use(waited > stalled):
                return
            self._turn(IDLE / 2)

    def _in_use(self, stalled: bool) -> bool:
        for channel in list(self.active_channels.values()):
            if not self.stops and channel.is_at_rest():
                self.resting.append(channel.rest())
            elif channel.is_done(stalled):
                channel.handle_close()
        return bool(self.active_channels)


@contextmanager
def _signals_reach(server: _Server) -> Iterator[None]:
    """Let signals stop and restart the server, also one that comes just before a wait begins."""
    before = {number: signal.signal(number, server.stop) for number in STOPPING}
    if restarts_on_hangup():
        before[signal.SIGHUP] = signal.signal(signal.SIGHUP, server.restart)
    woken = -1
    if sys.platform != "win32":  # There the trigger is no file; signals are seen within a second.
        os.set_blocking(server.trigger.trigger, False)  # as set_wakeup_fd() wants it
        woken = signal.set_wakeup_fd(server.trigger.trigger)
    try:
        yield
    finally:
        signal.set_wakeup_fd(woken)
        for number, previous in before.items():
            # None is a handler that wasn't set from Python and can't be set back.
            signal.signal(number, signal.SIG_DFL if previous is None else previous)


def _raise_file_limit() -> None:
    """Make room for the connections: macOS gives a process 256 files, most Linuxes 1024."""
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
