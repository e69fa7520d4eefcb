"""Sockets that outlive their process: a restart by SIGHUP, and sockets that systemd opened."""

from __future__ import annotations

import os
import pty
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from devtools.running import ROOT, get
from panoptes.server import socket_activation
from tests.faults.service import ACTIVATE, running_service
from tests.server.test_waitress import Server, one_answer, request, running

pytestmark = pytest.mark.slow

# Restarting


def restart(server: Server) -> None:
    """Ask for a restart and wait until the next process says that it begins."""
    server.signal(signal.SIGHUP)
    assert int(server.line()) == server.port


def test_a_request_under_way_is_finished_before_the_same_process_serves_anew() -> None:
    with running() as server, closing(server.client()) as client:
        client.request("GET", "/sleep?0.3")
        assert server.line() == "asleep"
        restart(server)
        answer = client.getresponse()
        assert (answer.status, answer.read()) == (200, b"0 bytes for -")
        ours = client.sock
        assert one_answer(client).status == 200
        assert client.sock is ours
        with closing(server.client()) as later:
            assert one_answer(later).status == 200
        assert server.process.poll() is None


@pytest.mark.parametrize(
    "slow", [request("/sleep?3"), request("/", "POST", "Content-Length: 8"), request("/large")]
)
def test_nobody_waits_for_a_request_that_takes_long_before_a_restart(slow: bytes) -> None:
    with running() as server, closing(server.connect()) as connection:
        connection.sendall(slow)
        time.sleep(0.2)
        server.signal(signal.SIGHUP)
        time.sleep(0.2)
        began = time.monotonic()
        with closing(server.client()) as other:
            assert one_answer(other).status == 200
        assert time.monotonic() - began < 1


def test_who_comes_meanwhile_waits_for_the_next_process() -> None:
    with running() as server, closing(server.client()) as first, ExitStack() as stack:
        first.request("GET", "/sleep?0.5")
        assert server.line() == "asleep"
        server.signal(signal.SIGHUP)
        later = [stack.enter_context(closing(server.client())) for _ in range(20)]
        for client in later:
            client.request("GET", "/")
        assert [client.getresponse().status for client in later] == [200] * 20
        assert first.getresponse().status == 200


def test_connections_at_rest_outlive_the_restart() -> None:
    with running() as server, ExitStack() as stack:
        clients = [stack.enter_context(closing(server.client())) for _ in range(30)]
        for client in clients:
            one_answer(client)
        for _ in range(2):
            ours = [client.sock for client in clients]
            restart(server)
            assert [one_answer(client).status for client in clients] == [200] * 30
            assert [client.sock for client in clients] == ours


def test_clients_that_leave_meanwhile_are_not_missed() -> None:
    with running() as server:
        leaving = [server.connect() for _ in range(5)]
        with closing(server.client()) as client:
            one_answer(client)
            server.signal(signal.SIGHUP)
            for connection in leaving:
                connection.close()
            assert one_answer(client).status == 200


def test_a_request_whose_body_still_arrives_is_answered() -> None:
    """By the process that read its beginning; by the next one where none did."""
    with running() as server, closing(server.connect()) as connection:
        connection.sendall(request("/", "POST", "Content-Length: 8") + b"half")
        server.signal(signal.SIGHUP)
        time.sleep(0.3)  # The next process would be there by now.
        connection.sendall(b"half")
        answer = b""
        while not answer.endswith(b"8 bytes for -"):
            received = connection.recv(1000)
            assert received
            answer += received
        assert int(server.line()) == server.port


def test_a_restart_that_is_asked_for_while_another_begins_follows_it() -> None:
    with running() as server:
        restart(server)
        restart(server)
        restart(server)
        with closing(server.client()) as client:
            assert one_answer(client).status == 200


@pytest.mark.parametrize("name", ["{folder}/told", "@{folder}"])
def test_a_restart_can_be_asked_for_as_soon_as_systemd_is_told(tmp_path: Path, name: str) -> None:
    address = name.format(folder=tmp_path)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
        told.settimeout(30)
        told.bind(address.replace("@", "\0"))
        with subprocess.Popen(
            [sys.executable, "-m", "panoptes", "--port", "0"],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT), "NOTIFY_SOCKET": address},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            assert told.recv(100) == b"READY=1"
            process.send_signal(signal.SIGHUP)
            assert process.stdout
            # Of this process, then of the one that it becomes.
            for _ in range(2):
                assert any(" serves " in line for line in process.stdout)
            process.terminate()


def test_a_stop_while_requests_are_finished_for_a_restart_is_a_stop() -> None:
    with running() as server, closing(server.client()) as busy, closing(server.client()) as idle:
        one_answer(idle)
        busy.request("GET", "/sleep?0.5")
        assert server.line() == "asleep"
        server.signal(signal.SIGHUP)
        server.signal(signal.SIGTERM)
        assert busy.getresponse().status == 200
        assert server.line() == "returned and restored"
        assert server.process.wait(10) == 0


def test_what_outlasts_the_limit_is_given_up_and_all_others_outlive_the_restart() -> None:
    with running("waitress.DRAIN_LIMIT = waitress.STALLED = 0.3") as server, ExitStack() as stack:
        busy, *kept = [stack.enter_context(closing(server.client())) for _ in range(20)]
        for client in kept:
            one_answer(client)
        ours = [client.sock for client in kept]
        busy.request("GET", "/sleep?30")
        assert server.line() == "asleep"
        restart(server)
        assert [one_answer(client).status for client in kept] == [200] * 19
        assert [client.sock for client in kept] == ours
        with pytest.raises(ConnectionError):
            busy.getresponse()


def test_a_terminal_that_closes_ends_the_server_and_does_not_restart_it(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "panoptes", "--port", "0"]
    with subprocess.Popen(
        command,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        # Whoever runs the tests may ignore it, as nohup does.
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),
    ) as process:
        assert process.stdout
        assert b"serves" in process.stdout.readline()
        process.send_signal(signal.SIGHUP)
        assert process.wait(20) == -signal.SIGHUP
    os.close(ours)
    os.close(theirs)


# A socket that systemd opened


def test_a_socket_that_is_handed_over_is_served_and_not_the_settings_address(
    tmp_path: Path, sqlite_url: str
) -> None:
    with running_service(tmp_path, sqlite_url) as service:
        assert get(service.url, "/api/service-info")["status"] == "running"
        assert f"serves {service.url}\n" in service.output.read_text()


def test_it_is_taken_once_and_only_by_whom_it_is_for() -> None:
    environ = {"LISTEN_PID": "1", "LISTEN_FDS": "1", "LISTEN_FDNAMES": "x", "HOME": "/"}
    assert socket_activation.receive(environ) is None
    assert environ == {"HOME": "/"}


@pytest.mark.parametrize("kind", ["unix", "udp", "no socket"])
def test_what_cannot_be_served_is_refused_in_one_line(tmp_path: Path, kind: str) -> None:
    with ExitStack() as stack:
        given: socket.socket | int
        if kind == "unix":
            given = stack.enter_context(socket.socket(socket.AF_UNIX))
            given.bind(str(tmp_path / "socket"))
        elif kind == "udp":
            given = stack.enter_context(socket.socket(type=socket.SOCK_DGRAM))
        else:
            given = stack.enter_context((tmp_path / "file").open("w")).fileno()
        file = given if isinstance(given, int) else given.fileno()
        result = subprocess.run(
            [sys.executable, "-c", ACTIVATE, str(file), sys.executable, "-m", "panoptes"],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            pass_fds=[file],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    (line,) = result.stderr.splitlines()
    assert (result.returncode, result.stdout) == (2, "")
    assert "ListenStream=127.0.0.1:5000" in line


def test_more_than_one_socket_is_refused() -> None:
    environ = {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "2"}
    with pytest.raises(socket_activation.BadHandover, match="2 sockets"):
        socket_activation.receive(environ)
