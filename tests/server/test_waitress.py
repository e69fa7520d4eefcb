"""The server, seen from outside: real processes, real signals, real connections."""

from __future__ import annotations

import http.client
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import panoptes
from panoptes.server import waitress as panoptes_server

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow

# It says on its output where it listens, when a request reaches it and that serve() returned.
PROGRAM = """
import signal, sys, time
from panoptes.server import socket_activation, waitress

def say(*words):
    print(" ".join(map(str, words)) + "\\n", end="", flush=True)  # at once: there are two threads

def app(environ, start_response):
    body = environ["wsgi.input"].read()
    if environ["PATH_INFO"] == "/sleep":
        say("asleep")
        time.sleep(float(environ["QUERY_STRING"]))
    if environ["PATH_INFO"] == "/crash":
        raise LookupError("secret")
    if environ["PATH_INFO"] == "/unchanged":
        start_response("304 NOT MODIFIED", [("ETag", '"mark"')])
        return []
    if environ["PATH_INFO"] == "/large":
        start_response("200 OK", [("Content-Length", "8000000")])
        return [b"x" * 8000000]
    if environ["PATH_INFO"] == "/stream":
        start_response("200 OK", [])
        return (b"x" * 2**20 for _ in range(40))
    answer = b"%d bytes for %s" % (len(body), environ.get("HTTP_X_FORWARDED_FOR", "-").encode())
    start_response("200 OK", [("Content-Length", str(len(answer)))])
    return [answer]

exec(sys.argv[1])
socket_activation.hold_restarts()
sockets = socket_activation.receive() or socket_activation.Sockets(waitress.listen("127.0.0.1", 0))
say(sockets.listener.getsockname()[1])
before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
left = waitress.serve(app, sockets, threads=2)
if left:
    socket_activation.run_again(left)
after = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
say("returned", "and restored" if before == after else "")
"""


class Server:
    """A process that serves, and the questions the tests ask it."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.port = int(self.line())

    def line(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline().strip()

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=10)

    def client(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)

    def signal(self, number: int = signal.SIGTERM) -> None:
        self.process.send_signal(number)

    def wait_until_it_refuses(self) -> None:
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            try:
                self.connect().close()
            except ConnectionError:
                return
            time.sleep(0.01)
        pytest.fail("it goes on accepting connections")

    def seconds_to_stop(self) -> float:
        started = time.monotonic()
        self.process.wait(10)
        return time.monotonic() - started


@contextmanager
def running(settings: str = "") -> Iterator[Server]:
    """Start a server, after the given lines of Python."""
    command = [sys.executable, "-c", PROGRAM, settings]
    environment = {**os.environ, "PYTHONPATH": str(Path(panoptes.__file__).parents[1])}
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=pipe,
        stderr=pipe,
        text=True,
    ) as process:
        # A server that hangs makes a test fail, not wait.
        alarm = threading.Timer(20, process.kill)
        alarm.start()
        try:
            started = Server(process)
            with closing(started.client()) as client:
                one_answer(client)  # before that it may not have its signal handlers
            yield started
        finally:
            alarm.cancel()
            process.kill()


@pytest.fixture
def server() -> Iterator[Server]:
    with running() as started:
        yield started


def request(path: str = "/", method: str = "GET", *headers: str) -> bytes:
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: test", *headers, "", ""]).encode()


def trickle(connection: socket.socket) -> None:
    """Send a byte now and then, until the server closes."""
    with suppress(ConnectionError):
        for _ in range(200):
            connection.sendall(b"x")
            time.sleep(0.05)


def everything_from(connection: socket.socket) -> str:
    """Read until the server closes."""
    with connection.makefile("rb") as stream:
        return stream.read().decode()


def one_answer(client: http.client.HTTPConnection, path: str = "/") -> http.client.HTTPResponse:
    client.request("GET", path)
    answer = client.getresponse()
    answer.read()
    return answer


# Stopping


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_requests_under_way_are_finished_and_the_process_ends_with_zero(
    server: Server, number: int
) -> None:
    with closing(server.client()) as client:
        client.request("GET", "/sleep?0.3")
        assert server.line() == "asleep"
        server.signal(number)
        answer = client.getresponse()
        assert (answer.status, answer.read()) == (200, b"0 bytes for -")
        assert answer.getheader("Connection") == "close"
    assert server.line() == "returned and restored"
    assert server.process.wait(10) == 0


def test_requests_that_wait_for_a_thread_are_answered_too_and_nothing_is_logged(
    server: Server,
) -> None:
    with ExitStack() as stack:
        clients = [stack.enter_context(closing(server.client())) for _ in range(7)]
        for client in clients:
            client.request("GET", "/sleep?0.1")
        assert server.line() == "asleep"
        server.signal()
        assert [client.getresponse().status for client in clients] == [200] * 7
    assert server.process.communicate()[1] == ""
    assert server.process.returncode == 0


def test_a_request_whose_body_still_arrives_is_answered(server: Server) -> None:
    with closing(server.connect()) as connection:
        connection.sendall(request("/", "POST", "Content-Length: 8") + b"half")
        server.signal()
        server.wait_until_it_refuses()
        time.sleep(0.3)  # An idle connection would be closed by now.
        connection.sendall(b"half")
        answer = everything_from(connection)
    assert "Connection: close" in answer
    assert answer.endswith("8 bytes for -")
    assert server.process.wait(10) == 0


def test_requests_sent_in_one_go_are_all_answered(server: Server) -> None:
    with closing(server.connect()) as connection:
        connection.sendall(request("/sleep?0.2") * 3)
        assert server.line() == "asleep"
        server.signal()
        answers = everything_from(connection)
    assert answers.count("200 OK") == 3
    assert answers.count("Connection: close") == 1


def test_connections_that_the_system_had_let_in_before_the_signal_are_served(
    server: Server,
) -> None:
    server.signal(signal.SIGSTOP)
    with ExitStack() as stack:
        connections = [stack.enter_context(closing(server.connect())) for _ in range(9)]
        for connection in connections:
            connection.sendall(request())
        server.signal()
        server.signal(signal.SIGCONT)
        assert ["200 OK" in everything_from(connection) for connection in connections] == [True] * 9
    assert server.process.wait(10) == 0


def test_new_connections_are_refused_while_requests_are_finished(server: Server) -> None:
    with closing(server.client()) as client:
        client.request("GET", "/sleep?0.5")
        assert server.line() == "asleep"
        server.signal()
        server.wait_until_it_refuses()
        assert server.process.poll() is None
        assert client.getresponse().status == 200


def test_idle_connections_do_not_delay_the_stop(server: Server) -> None:
    with ExitStack() as stack:
        for _ in range(20):
            one_answer(stack.enter_context(closing(server.client())))
            stack.enter_context(closing(server.connect()))
        server.signal()
        assert server.seconds_to_stop() < 1
    assert server.process.returncode == 0


def test_a_client_in_the_middle_of_a_burst_is_told_to_close(server: Server) -> None:
    with closing(server.client()) as client:
        one_answer(client)
        server.signal()
        deadline = time.monotonic() + 5
        while one_answer(client).getheader("Connection") != "close":
            assert time.monotonic() < deadline


def test_a_request_that_stays_half_sent_does_not_hold_up_the_stop() -> None:
    with running("waitress.STALLED = 0.3") as server, closing(server.connect()) as connection:
        connection.sendall(b"GET / HT")
        server.signal()
        assert server.seconds_to_stop() < 2
        assert server.process.returncode == 0


def test_a_request_that_trickles_does_not_hold_up_the_stop() -> None:
    with running("waitress.STALLED = 0.5") as server, closing(server.connect()) as client:
        client.sendall(request("/", "POST", "Content-Length: 9999"))
        server.signal()
        trickle(client)
        assert server.seconds_to_stop() < 2
        assert server.process.returncode == 0


def test_an_answer_that_nobody_reads_does_not_hold_up_the_stop() -> None:
    with running("waitress.STALLED = 0.3") as server, closing(server.connect()) as connection:
        connection.sendall(request("/large"))
        assert connection.recv(1)
        server.signal()
        assert server.seconds_to_stop() < 3
        assert server.process.returncode == 0


def test_a_request_that_outlasts_the_limit_is_given_up_with_a_warning() -> None:
    with running("waitress.DRAIN_LIMIT = 0.3") as server, closing(server.client()) as client:
        client.request("GET", "/sleep?30")
        assert server.line() == "asleep"
        server.signal()
        assert server.seconds_to_stop() < 2
        assert "1 connections still in use" in server.process.communicate()[1]


def test_a_second_signal_ends_at_once(server: Server) -> None:
    with closing(server.client()) as client:
        client.request("GET", "/sleep?30")
        assert server.line() == "asleep"
        server.signal()
        server.wait_until_it_refuses()
        server.signal()
        assert server.seconds_to_stop() < 1
        assert server.process.returncode == 0


# Serving


@pytest.fixture
def room_for_300_connections() -> Iterator[None]:
    """Allow this process its own ends of so many connections."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (1024, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.mark.usefixtures("room_for_300_connections")
def test_300_idle_connections_do_not_stop_others() -> None:
    as_on_macos = """
import resource
resource.setrlimit(resource.RLIMIT_NOFILE, (256, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
"""
    with running(as_on_macos) as server, ExitStack() as stack:
        for _ in range(300):
            one_answer(stack.enter_context(closing(server.client())))
        assert one_answer(stack.enter_context(closing(server.client()))).status == 200


def test_half_sent_requests_do_not_stop_others(server: Server) -> None:
    with ExitStack() as stack:
        for half in [b"GET / HT", request("/", "POST", "Content-Length: 8") + b"half"] * 20:
            stack.enter_context(closing(server.connect())).sendall(half)
        assert one_answer(stack.enter_context(closing(server.client()))).status == 200


@pytest.mark.parametrize(
    "begin",
    [b"GET / HT", request("/", "POST", "Content-Length: 99") + b"x", b""],
    ids=["head", "body", "nothing"],
)
def test_of_many_half_sent_requests_of_an_address_the_oldest_are_closed(begin: bytes) -> None:
    few = "waitress.HALF_SENT, waitress.UNFINISHED_AFTER = 2, 0.1"
    with running(few) as server, ExitStack() as stack:
        kept = [stack.enter_context(closing(server.client())) for _ in range(4)]
        for client in kept:
            one_answer(client)
        half_sent = []
        for _ in range(5):
            half_sent.append(stack.enter_context(closing(server.connect())))
            half_sent[-1].sendall(begin)
            time.sleep(0.02)
        assert [connection.recv(1) for connection in half_sent[:3]] == [b"", b"", b""]
        half_sent[4].sendall(request("/") if begin != b"GET / HT" else request("/")[len(begin) :])
        for client in kept:
            assert one_answer(client).status == 200


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere 127.0.0.2 is no address")
def test_where_few_more_could_connect_the_longest_idle_of_the_fullest_address_are_closed() -> None:
    with running("waitress.ROOMY = 8") as server, ExitStack() as stack:

        def kept(own: str) -> http.client.HTTPConnection:
            client = stack.enter_context(closing(server.client()))
            client.source_address = (own, 0)
            one_answer(client)
            return client

        others = [kept("127.0.0.2") for _ in range(2)]
        many = [kept("127.0.0.1") for _ in range(9)]
        assert [client.sock.recv(1) for client in many[:2]] == [b""] * 2
        # Which one goes last is a matter of microseconds.
        for client in others + many[4:]:
            ours = client.sock
            assert one_answer(client).status == 200
            assert client.sock is ours


def test_a_request_that_trickles_is_closed_in_the_end() -> None:
    with running("waitress.ARRIVES_WITHIN = 1.0") as server, closing(server.connect()) as client:
        began = time.monotonic()
        client.sendall(request("/", "POST", "Content-Length: 9999"))
        trickle(client)
        assert 1 <= time.monotonic() - began < 5


def test_a_large_body_has_the_time_that_it_needs() -> None:
    settings = "waitress.ARRIVES_WITHIN, waitress.SLOWEST = 0.3, 1000"
    with running(settings) as server, closing(server.connect()) as client:
        client.sendall(request("/", "POST", "Content-Length: 10000"))
        for _ in range(20):
            client.sendall(b"x" * 500)
            time.sleep(0.1)
        assert client.recv(100).startswith(b"HTTP/1.1 200")


def test_who_holds_most_is_closed_where_all_hold_too_much() -> None:
    with running("waitress.HELD = 3_000_000") as server, ExitStack() as stack:
        sizes = [1_500_000, 2_000_000, 100_000]
        clients = [stack.enter_context(closing(server.connect())) for _ in sizes]
        for client, size in zip(clients, sizes, strict=True):
            client.sendall(request("/", "POST", f"Content-Length: {size + 1}") + b"x" * size)
        assert clients[1].recv(1) == b""
        for client in (clients[0], clients[2]):
            client.sendall(b"x")
            assert client.recv(100).startswith(b"HTTP/1.1 200")


def test_of_a_body_that_is_too_large_only_the_length_is_kept(server: Server) -> None:
    size = 40 * 2**20
    with closing(server.connect()) as client:
        client.sendall(request("/", "POST", f"Content-Length: {size}"))
        client.sendall(b"x" * (size - 1))
        files = Path(f"/proc/{server.process.pid}/fd").iterdir()
        assert sum(file.stat().st_size for file in files if file.is_file()) == 0
        client.sendall(b"x")
        client.shutdown(socket.SHUT_WR)
        assert everything_from(client).endswith("0 bytes for -")


def test_those_who_read_nothing_of_long_answers_keep_no_thread(server: Server) -> None:
    with ExitStack() as stack:
        for _ in range(4):  # It has two threads.
            reader = stack.enter_context(closing(server.connect()))
            reader.sendall(request("/stream"))
            assert reader.recv(1)
        assert one_answer(stack.enter_context(closing(server.client()))).status == 200


def test_an_answer_that_nobody_reads_is_given_up_in_the_end() -> None:
    impatient = "waitress.SETTINGS |= {'channel_timeout': 1, 'cleanup_interval': 1}"
    with running(impatient) as server, closing(server.connect()) as connection:
        connection.sendall(request("/large"))
        assert connection.recv(1)
        time.sleep(0.5)  # The connection by which the start was seen is closed by now.
        open_files = Path(f"/proc/{server.process.pid}/fd")
        before = len(list(open_files.iterdir()))
        deadline = time.monotonic() + 8
        while len(list(open_files.iterdir())) == before:
            assert time.monotonic() < deadline, "it keeps the connection"
            time.sleep(0.1)


def test_answers_do_not_wait_for_acknowledgements(server: Server) -> None:
    with closing(server.client()) as client:
        started = time.monotonic()
        for _ in range(50):
            one_answer(client)
        # Where head and body wait for an ACK, each answer takes 40 ms.
        assert time.monotonic() - started < 50 * 0.02


def test_a_connection_is_kept_after_nothing_changed(server: Server) -> None:
    with closing(server.client()) as client:
        client.connect()
        port = client.sock.getsockname()
        for path in ["/unchanged"] * 3 + ["/"]:
            client.request("GET", path)
            client.getresponse().read()
            assert client.sock
            assert client.sock.getsockname() == port


def test_whoever_wants_no_connection_kept_gets_it_closed_after_nothing_changed(
    server: Server,
) -> None:
    with server.connect() as connection:
        connection.sendall(b"GET /unchanged HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert b"Connection: close" in connection.makefile("rb").read()


def test_a_body_of_more_than_64_megabytes_is_refused(server: Server) -> None:
    for size, status in [(64 * 2**20 + 1, 413), (11 * 2**20, 200)]:
        with closing(server.client()) as client:
            client.putrequest("POST", "/")
            client.putheader("Content-Length", str(size))
            client.endheaders()
            if status == 200:
                client.send(b"x" * size)
            assert client.getresponse().status == status


def test_a_head_of_more_than_256_kilobytes_is_refused(server: Server) -> None:
    for size, status in [(300 * 2**10, 431), (60 * 2**10, 200)]:
        with closing(server.connect()) as connection:
            connection.sendall(request("/", "GET", f"X: {'x' * size}", "Connection: close"))
            # It closes without having read all; what it said comes first.
            assert connection.recv(64).split()[1] == str(status).encode()


@pytest.mark.parametrize(
    ("length", "status"), [("X: y", 200), ("Content-Length: 0", 200), ("Content-Length: x", 400)]
)
def test_whoever_would_wait_for_a_word_to_go_on_but_has_sent_all_is_answered(
    server: Server, length: str, status: int
) -> None:
    with closing(server.connect()) as connection:
        connection.sendall(request("/", "POST", "Expect: 100-continue", length))
        assert connection.recv(64).split()[1] == str(status).encode()


def test_whoever_waits_for_a_word_to_go_on_gets_it(server: Server) -> None:
    with closing(server.connect()) as connection:
        connection.sendall(request("/", "POST", "Expect: 100-continue", "Content-Length: 1"))
        assert connection.recv(64) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"x")
        assert connection.recv(64).startswith(b"HTTP/1.1 200")


def test_an_answer_names_no_server_and_the_app_hears_what_proxies_say(server: Server) -> None:
    with closing(server.client()) as client:
        client.request("GET", "/", headers={"X-Forwarded-For": "192.0.2.1"})
        answer = client.getresponse()
        assert answer.read() == b"0 bytes for 192.0.2.1"
        assert answer.getheader("Server") is None


def test_a_crash_shows_no_traceback_to_the_client(server: Server) -> None:
    with closing(server.client()) as client:
        client.request("GET", "/crash")
        answer = client.getresponse()
        assert answer.status == 500
        assert b"secret" not in answer.read()


# Listening


def test_a_port_in_use_is_an_oserror() -> None:
    with panoptes_server.listen("127.0.0.1", 0) as first, pytest.raises(OSError, match="in use"):
        panoptes_server.listen("127.0.0.1", first.getsockname()[1])


def test_a_name_with_addresses_of_both_kinds_means_the_ipv4_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ipv4 = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 0))
    ipv6 = (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("::1", 0, 0, 0))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [ipv6, ipv4])
    with panoptes_server.listen("localhost", 0) as listener:
        assert listener.getsockname()[0] == "127.0.0.1"


def test_an_ipv6_address_is_listened_on() -> None:
    try:
        listener = panoptes_server.listen("::1", 0)
    except OSError:
        pytest.skip("this machine has no IPv6")
    with listener, socket.create_connection(("::1", listener.getsockname()[1]), 5):
        assert listener.family == socket.AF_INET6
