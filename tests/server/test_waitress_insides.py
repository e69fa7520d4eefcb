"""What `server/waitress.py` takes for granted about the insides of waitress.

What it takes for granted of tasks and of the header `Connection`, test_waitress.py sees from
outside. A new waitress that fails here needs a look at that module; until then setup.py keeps it
out.
"""

import os
import re
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from waitress import wasyncore
from waitress.buffers import OverflowableBuffer
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import TcpWSGIServer

import panoptes
from panoptes.server import waitress as ours
from panoptes.server.waitress import SETTINGS, _Channel, _Server, _Task, listen

REQUEST = b"GET / HTTP/1.1\r\nHost: test\r\n\r\n"


@pytest.fixture
def release() -> Iterator[threading.Event]:
    """What the app waits for before it answers."""
    made = threading.Event()
    yield made
    made.set()


@pytest.fixture
def server(release: threading.Event) -> Iterator[_Server]:
    """A server with one thread, which makes a turn when a test says so."""

    def app(_environ: object, start_response: Callable[..., object]) -> Iterable[bytes]:
        release.wait(10)
        start_response("200 OK", [("Content-Length", "2")])
        return [b"ok"]

    listener = listen("127.0.0.1", 0)
    place = (listener.family, listener.type, listener.proto, listener.getsockname())
    made = _Server(app, _sock=listener, bind_socket=False, sockinfo=place, threads=1, **SETTINGS)
    yield made
    release.set()
    for channel in list(made.active_channels.values()):
        channel.handle_close()
    made.finish()
    wasyncore.dispatcher.close(made)


@pytest.fixture
def client(server: _Server) -> Iterator[socket.socket]:
    """A connection that the server has let in."""
    with closing(socket.create_connection(server.getsockname(), timeout=10)) as made:
        turn_until(server, lambda: len(server.active_channels) == 1)
        yield made


def turn_until(server: _Server, is_so: Callable[[], bool]) -> None:
    """Let the server make turns until something is so."""
    deadline = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < deadline
        server._turn(0.01)


def channel_of(server: _Server) -> _Channel:
    (channel,) = server.active_channels.values()
    assert isinstance(channel, _Channel)
    return channel


def test_no_other_module_imports_it() -> None:
    package = Path(panoptes.__file__).parent
    importing = re.compile(r"^\s*(?:from|import) waitress\b", re.MULTILINE)
    found = [path for path in package.rglob("*.py") if importing.search(path.read_text())]
    assert found == [Path(ours.__file__)]


def test_what_we_override_is_there_to_be_overridden() -> None:
    for kind, names in (
        (TcpWSGIServer, ("maintenance", "handle_accept", "run", "pull_trigger", "channel_class")),
        (
            HTTPChannel,
            (
                *("_flush_outbufs_below_high_watermark", "task_class", "parser_class", "received"),
                *("_flush_exception", "_flush_some", "send"),
            ),
        ),
        (
            HTTPRequestParser,
            ("parse_header", "received", "body_bytes_received", "body_rcv", "header_plus"),
        ),
        (OverflowableBuffer, ("append", "close", "buf", "strbuf", "__len__")),
        (HTTPChannel.task_class, ("build_response_header", "set_close_on_finish", "finish")),
    ):
        assert [name for name in names if not hasattr(kind, name)] == []


def test_a_server_takes_over_a_socket_that_listens(server: _Server) -> None:
    assert server.effective_port == str(server.socket.getsockname()[1])
    assert server.accepting
    assert server.readable()


def test_a_server_that_accepts_nobody_leaves_connections_to_the_system(server: _Server) -> None:
    server.accepting = False
    assert not server.readable()
    with closing(socket.create_connection(server.getsockname(), timeout=10)):
        for _ in range(3):
            server._turn(0.01)
        assert server.active_channels == {}
        server.handle_accept()
        assert len(server.active_channels) == 1


def test_connections_are_kept_by_their_file_numbers(server: _Server, client: socket.socket) -> None:
    channel = channel_of(server)
    assert list(server.active_channels) == [channel.socket.fileno()]
    assert server._map[channel.socket.fileno()] is channel


def test_a_connection_tells_what_is_under_way(
    server: _Server, client: socket.socket, release: threading.Event
) -> None:
    channel = channel_of(server)
    assert channel.is_at_rest()
    client.sendall(REQUEST[:20])
    turn_until(server, lambda: channel.request is not None)
    assert not channel.is_at_rest()
    before = channel.last_activity
    client.sendall(REQUEST[20:])
    turn_until(server, lambda: len(channel.requests) == 1)
    assert channel.request is None
    assert channel.last_activity >= before
    release.set()
    turn_until(server, channel.is_at_rest)
    assert client.recv(1000).endswith(b"ok")


def test_head_and_body_go_out_together(
    server: _Server,
    client: socket.socket,
    release: threading.Event,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sent: list[bytes] = []
    channel = channel_of(server)
    send = channel.send

    def note(data: bytes, do_close: bool = True) -> int:
        sent.append(data)
        return int(send(data, do_close=do_close))

    monkeypatch.setattr(channel, "send", note)
    release.set()
    client.sendall(REQUEST)
    turn_until(server, lambda: bool(channel.requests) or bool(sent))
    turn_until(server, channel.is_at_rest)
    (answer,) = sent
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert answer.endswith(b"\r\n\r\nok")
    assert client.recv(1000) == answer


def test_a_connection_that_is_taken_out_stays_open(server: _Server, client: socket.socket) -> None:
    taken = channel_of(server).rest()
    assert server.active_channels == {}
    assert taken.fileno() not in server._map
    client.sendall(b"still here")
    with closing(taken):
        taken.settimeout(10)
        assert taken.recv(100) == b"still here"


def test_a_connection_that_is_taken_in_is_served(
    server: _Server, client: socket.socket, release: threading.Event
) -> None:
    server.take_in([channel_of(server).rest()])
    release.set()
    client.sendall(REQUEST)
    turn_until(server, lambda: bool(channel_of(server).requests))
    turn_until(server, channel_of(server).is_at_rest)
    assert client.recv(1000).endswith(b"ok")


def test_a_connection_that_is_closed_is_forgotten(server: _Server, client: socket.socket) -> None:
    channel_of(server).handle_close()
    assert server.active_channels == {}
    assert client.recv(100) == b""


def test_the_threads_tell_whether_all_of_them_are_busy(
    server: _Server, client: socket.socket, release: threading.Event
) -> None:
    assert not server._all_threads_are_busy()
    client.sendall(REQUEST)
    turn_until(server, lambda: bool(channel_of(server).requests))
    with closing(socket.create_connection(server.getsockname(), timeout=10)) as second:
        second.sendall(REQUEST)
        turn_until(server, server._all_threads_are_busy)
        release.set()
        turn_until(server, lambda: not server._all_threads_are_busy())


class _ThoroughTask(_Task):
    """A task that leaves every header to waitress."""

    def _short_header(self) -> None:
        return None


LENGTH = ("Content-Length", "2")


@pytest.mark.parametrize(
    ("request_line", "connection", "status", "headers"),
    [
        ("GET / HTTP/1.1", "keep-alive", "200 OK", [("Content-Type", "text/plain"), LENGTH]),
        ("GET / HTTP/1.1", "Close", "200 OK", [LENGTH]),
        ("GET / HTTP/1.0", "keep-alive", "200 OK", [LENGTH]),
        ("GET / HTTP/1.1", "keep-alive", "200 OK", []),
        ("GET / HTTP/1.1", "keep-alive", "200 OK", [LENGTH, ("Server", "nginx")]),
        ("GET / HTTP/1.1", "keep-alive", "304 NOT MODIFIED", [("Etag", "x")]),
    ],
)
def test_a_header_says_what_waitress_would_say(
    request_line: str,
    connection: str,
    status: str,
    headers: list[tuple[str, str]],
    server: _Server,
    client: socket.socket,
) -> None:
    said = []
    for kind in (_Task, _ThoroughTask):
        request = ours._Parser(server.adj)
        request.received(f"{request_line}\r\nConnection: {connection}\r\n\r\n".encode())
        task = kind(channel_of(server), request)
        task.status, task.response_headers, task.start_time = status, list(headers), 1e9
        said.append(sorted(task.build_response_header().split(b"\r\n")))
    assert said[0] == said[1]


def test_while_others_are_busy_the_loop_sends(
    server: _Server, client: socket.socket, release: threading.Event
) -> None:
    channel = channel_of(server)
    server.task_dispatcher.active_count += 1
    client.sendall(REQUEST)
    turn_until(server, lambda: bool(channel.requests))
    release.set()
    deadline = time.monotonic() + 10
    while channel.requests:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert channel.total_outbufs_len > 0
    turn_until(server, channel.is_at_rest)
    assert client.recv(1000).endswith(b"ok")
    server.task_dispatcher.active_count -= 1


def test_an_answer_does_not_wait_for_that_of_the_next_request(
    server: _Server, client: socket.socket
) -> None:
    channel = channel_of(server)
    server.task_dispatcher.active_count += 1
    channel.requests = [ours._Parser(server.adj), ours._Parser(server.adj)]
    channel.write_soon(b"the first answer")
    channel.send_rest()
    assert client.recv(100) == b"the first answer"
    channel.requests = []
    server.task_dispatcher.active_count -= 1


def test_the_loop_is_woken_once_before_each_turn(server: _Server) -> None:
    for _ in range(2):
        server.pull_trigger()
        server.pull_trigger()
        assert os.read(server.trigger._fds[0], 10) == b"x"
        server._turn(0)


def test_a_byte_in_the_trigger_ends_the_wait_for_requests(server: _Server) -> None:
    began = time.monotonic()
    os.write(server.trigger.trigger, b"x")
    server._turn(10)
    assert time.monotonic() - began < 5


def test_a_server_that_listens_no_more_can_still_be_woken(server: _Server) -> None:
    server._stop_listening()
    assert list(server._map.values()) == [server.trigger]
    os.write(server.trigger.trigger, b"x")
    server._turn(0)


def test_idle_connections_are_looked_for_again_and_again(
    server: _Server, client: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[float] = []
    monkeypatch.setattr(server, "maintenance", looks.append)
    server.next_channel_cleanup = 0
    server._turn(0)
    assert looks


def test_who_comes_while_others_are_closed_does_not_go_with_them(
    server: _Server, client: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system gives the numbers of files that were closed to the next ones."""
    monkeypatch.setattr(ours, "HALF_SENT", 0)
    channel_of(server).creation_time -= 1
    with closing(socket.create_connection(server.getsockname(), timeout=10)) as second:
        server.next_channel_cleanup = 0
        server._turn(10)
        assert client.recv(1) == b""
        server._turn(0)
        assert channel_of(server).addr == second.getsockname()


def test_a_task_can_ask_whether_its_client_has_left(
    server: _Server, client: socket.socket, release: threading.Event
) -> None:
    client.sendall(REQUEST)
    channel = channel_of(server)
    turn_until(server, lambda: bool(channel.requests))
    assert not channel.check_client_disconnected()
    client.close()
    turn_until(server, channel.check_client_disconnected)
    assert channel.connected
