"""The HTTP server: waitress with our limits; neither stop nor restart loses a request under way."""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

# waitress ships no type hints, so its classes are Any to mypy.
from waitress import wasyncore  # type: ignore[import-untyped]
from waitress.channel import HTTPChannel  # type: ignore[import-untyped]
from waitress.server import TcpWSGIServer  # type: ignore[import-untyped]
from waitress.task import WSGITask  # type: ignore[import-untyped]

from panoptes.server.socket_activation import (
    BACKLOG,
    Sockets,
    restarts_let_through,
    restarts_on_hangup,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from _typeshed.wsgi import WSGIApplication

OPEN_FILES = 4096  # room for every connection, its buffers and the database
DRAIN_LIMIT = 30.0  # seconds that requests under way have to finish
STALLED = 5.0  # seconds of silence after which a stop gives up a half-sent request
IDLE = 0.1  # the same between two requests: whoever sends a burst gets his turn
AT_A_TURN = 16  # connections
GATHERING = 0.0005  # seconds in which requests come together while no thread is free for them
STOPPING = (signal.SIGINT, signal.SIGTERM)

# TCP_NODELAY isn't here because waitress sets it: head and body never wait for an ACK.
SETTINGS: dict[str, Any] = {
    "backlog": BACKLOG,
    "connection_limit": 1000,  # idle keep-alive connections count too
    "channel_timeout": 75,
    "asyncore_use_poll": True,  # the alternative fails above file number 1023
    "outbuf_high_watermark": 4 * 2**20,  # after so much an answer goes on in another buffer
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


def serve(app: WSGIApplication, sockets: Sockets, *, threads: int = 8) -> Sockets | None:
    """Serve until a signal comes, and finish what is under way; main thread only.

    After SIGHUP, returns the sockets that the next process has to serve; clients who ask meanwhile
    wait for it. After SIGINT and SIGTERM there is none, and so None.
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
        server.run()
    idle = server.finish()
    return None if server.stops else Sockets(listener, idle)


class _Task(WSGITask):  # type: ignore[misc]
    def build_response_header(self) -> Any:
        """Say `Connection: close` once the server drains."""
        # Not before the last of the requests that were sent in one go (pipelined).
        if not self.channel.server.accepting and len(self.channel.requests) == 1:
            # As if the client had asked for it: waitress does the rest.
            self.request.headers["CONNECTION"] = "close"
        return super().build_response_header()

    def set_close_on_finish(self) -> None:
        """Keep the connection after an answer that has no body: where it ends is plain.

        As it comes, waitress closes it. Open pages hear every two seconds that nothing changed.
        """
        wants_close = self.request.headers.get("CONNECTION", "").lower() == "close"
        if self.has_body or self.version != "1.1" or wants_close:
            super().set_close_on_finish()


class _Channel(HTTPChannel):  # type: ignore[misc]
    task_class = _Task

    def _flush_outbufs_below_high_watermark(self) -> None:
        """Wait for no slow reader: he would keep the thread.

        What he has yet to get goes to temporary files, one for each buffer.
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

    def is_done(self) -> bool:
        """Tell whether closing this connection now takes nothing from a client who still cares."""
        if self.requests:
            return False
        patience = STALLED if self.request is not None or self.total_outbufs_len else IDLE
        return bool(time.time() - self.last_activity > patience)

    def rest(self) -> socket.socket:
        """Leave the connection as it is, for somebody else to serve."""
        self.del_channel()
        return self.socket  # type: ignore[no-any-return]


class _Server(TcpWSGIServer):  # type: ignore[misc]
    channel_class = _Channel

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.stops = 0
        self.restarts = False
        self.resting: list[socket.socket] = []

    def stop(self, *_: object) -> None:
        self.stops += 1

    def restart(self, *_: object) -> None:
        self.restarts = True

    def maintenance(self, now: float) -> None:
        """Close what is idle, and connections whose client takes nothing of his answer.

        Those waitress would close once they take more.
        """
        super().maintenance(now)
        for channel in list(self.active_channels.values()):
            is_silent = channel.last_activity < now - self.adj.channel_timeout
            if channel.total_outbufs_len and is_silent:
                channel.handle_close()

    def handle_accept(self) -> None:
        """Let in who waits, several at a turn where many come and go: a turn costs as much."""
        for _ in range(max(1, min(AT_A_TURN, len(self.active_channels)))):
            known = len(self.active_channels)
            super().handle_accept()
            if len(self.active_channels) == known:
                return

    def run(self) -> None:
        """Serve until a signal comes; then drain."""
        while not (self.stops or self.restarts):
            self._turn(1.0)
        self.accepting = False
        if not self.stops:
            self._drain()  # Who comes now waits outside for the next process.
        if self.stops:
            self.take_in(self.resting)
            self._stop_listening()
            self._drain()

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
            self.channel_class(self, client, address, self.adj, map=self._map)

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
        # A thread that goes on might write to a file whose number was given to one of them.
        return [] if left else self.resting

    def _turn(self, timeout: float) -> None:
        # To take up another request for each that is answered would keep the interpreter from those
        # who answer: they wait for its lock after every call of SQLite, up to 5 ms.
        if self._all_threads_are_busy():
            time.sleep(GATHERING)
        wasyncore.loop(timeout, use_poll=self.adj.asyncore_use_poll, map=self._map, count=1)

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

    def _drain(self) -> None:
        """Go on until all is answered, to the limit or until somebody asks (again) for a stop."""
        stops, limit = self.stops, time.monotonic() + DRAIN_LIMIT
        self._turn(0)  # On a busy machine, what has come may not have been read for long.
        while self._in_use() and self.stops == stops and time.monotonic() < limit:
            self._turn(IDLE / 2)

    def _in_use(self) -> bool:
        for channel in list(self.active_channels.values()):
            if not self.stops and channel.is_at_rest():
                self.resting.append(channel.rest())
            elif channel.is_done():
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
