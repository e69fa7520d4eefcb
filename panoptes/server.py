"""The HTTP server: waitress with our limits, and a stop that loses no request under way."""

from __future__ import annotations

import logging
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

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from _typeshed.wsgi import WSGIApplication

BACKLOG = 1024
OPEN_FILES = 4096  # room for every connection, its buffers and the database
DRAIN_LIMIT = 30.0  # seconds that requests under way have to finish
STALLED = 5.0  # seconds of silence after which a stop gives up a half-sent request
IDLE = 0.1  # the same between two requests: whoever sends a burst gets his turn

# TCP_NODELAY isn't here because waitress sets it: head and body never wait for an ACK.
SETTINGS: dict[str, Any] = {
    "backlog": BACKLOG,
    "connection_limit": 1000,  # idle keep-alive connections count too
    "channel_timeout": 75,
    "asyncore_use_poll": True,  # the alternative fails above file number 1023
    # Far above what the app takes: a client that is cut off while it sends ends its pipeline.
    "max_request_body_size": 64 * 2**20,
    "ident": None,
    "expose_tracebacks": False,
    "trusted_proxy": None,
    "clear_untrusted_proxy_headers": True,
}

logger = logging.getLogger(__name__)


def listen(host: str, port: int) -> socket.socket:
    """Bind and listen; port 0 takes a free one. An OSError says why it can't be done."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    # "localhost" is both ::1 and 127.0.0.1; a client that tries only one tries the latter.
    family, _, _, _, address = min(found, key=lambda info: info[0] != socket.AF_INET)
    return socket.create_server(address, family=family, backlog=BACKLOG)


def serve(app: WSGIApplication, listener: socket.socket, *, threads: int = 8) -> None:
    """Serve until SIGINT or SIGTERM, finish what is under way and return; main thread only."""
    _raise_file_limit()
    # It warns whenever all threads are busy, as any burst of events makes them.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    place = (listener.family, listener.type, listener.proto, listener.getsockname())
    server = _Server(
        app, _sock=listener, bind_socket=False, sockinfo=place, threads=threads, **SETTINGS
    )
    with _signals_call(server.count_signal):
        server.run()
    server.finish()


class _Task(WSGITask):  # type: ignore[misc]
    def build_response_header(self) -> Any:
        """Say `Connection: close` once the server drains."""
        # Not before the last of the requests that were sent in one go (pipelined).
        if not self.channel.server.accepting and len(self.channel.requests) == 1:
            # As if the client had asked for it: waitress does the rest.
            self.request.headers["CONNECTION"] = "close"
        return super().build_response_header()


class _Channel(HTTPChannel):  # type: ignore[misc]
    task_class = _Task

    def is_done(self) -> bool:
        """Tell whether closing this connection now takes nothing from its client."""
        # In this order: a thread buffers its answer before it drops the request.
        if self.requests or self.total_outbufs_len:
            return False
        patience = IDLE if self.request is None else STALLED
        return bool(time.time() - self.last_activity > patience)


class _Server(TcpWSGIServer):  # type: ignore[misc]
    channel_class = _Channel
    signals = 0

    def count_signal(self, *_: object) -> None:
        self.signals += 1
        self.pull_trigger()  # Python goes back to an interrupted poll() by itself

    def run(self) -> None:
        """Serve until a signal comes; then drain to the end, the limit or a second signal."""
        while self.accepting and not self.signals:
            self._turn(1.0)
        self._stop_listening()
        limit = time.monotonic() + DRAIN_LIMIT
        while self._in_use() and self.signals < 2 and time.monotonic() < limit:
            self._turn(IDLE / 2)

    def finish(self) -> None:
        """Close what is left, and the threads."""
        left = list(self.active_channels.values())
        if left:
            logger.warning("Stopped with %d connections still in use", len(left))
        for channel in left:
            channel.handle_close()
        self.task_dispatcher.shutdown(timeout=0 if left else 5)
        if not left:  # else a thread may yet pull the trigger, by then another file's number
            self.close()

    def _turn(self, timeout: float) -> None:
        wasyncore.loop(timeout, use_poll=self.adj.asyncore_use_poll, map=self._map, count=1)

    def _stop_listening(self) -> None:
        """Let in whom the system has already let in, for a close would reset them; then close."""
        known = -1
        while self.accepting and known < len(self.active_channels):
            known = len(self.active_channels)
            self.handle_accept()
        wasyncore.dispatcher.close(self)  # self.close() would take the trigger along

    def _in_use(self) -> bool:
        for channel in list(self.active_channels.values()):
            if channel.is_done():
                channel.handle_close()
        return bool(self.active_channels)


@contextmanager
def _signals_call(handler: Callable[..., None]) -> Iterator[None]:
    before = {number: signal.signal(number, handler) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
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
