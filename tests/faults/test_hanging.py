"""Clients that hang take nothing from those that don't."""

import signal
import socket
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from devtools.hanging import BUSY, HALF, IDLE, TRICKLING, busy, hanging, trickling
from devtools.running import running_server

pytestmark = pytest.mark.slow

EVENTS = 20


@pytest.mark.parametrize(
    ("beside", "others"),
    [
        (hanging, f"{IDLE} idle and {HALF} half-sent"),
        (trickling, f"{TRICKLING} that trickle and are begun again"),
    ],
)
def test_64_busy_engines_are_answered_while_others_hang(
    tmp_path: Path,
    tell: Callable[[str], None],
    beside: Callable[[str], AbstractContextManager[None]],
    others: str,
) -> None:
    with running_server(tmp_path) as server, beside(server.url):
        answers = busy(server.url, EVENTS)
        workflows = server.get("/api/workflows")["workflows"]
    assert [answer.status for answer in answers] == [200] * BUSY * EVENTS
    assert [workflow["jobs_running"] for workflow in workflows] == [EVENTS] * BUSY
    tell(f"{len(answers)} events of {BUSY} engines beside {others}, 0 lost")


def test_a_client_that_gave_up_waiting_registers_nothing(tmp_path: Path) -> None:
    """Snakemake 9 waits for 10 seconds, then asks anew with its next event."""
    asked = b"GET /create_workflow?workflow_id=nightly HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    with running_server(tmp_path) as server:
        place = urlsplit(server.url)
        address = (place.hostname or "", place.port or 0)
        server.process.send_signal(signal.SIGSTOP)
        for _ in range(5):
            with closing(socket.create_connection(address)) as connection:
                connection.sendall(asked)
        with closing(socket.create_connection(address, timeout=30)) as connection:
            connection.sendall(asked)
            server.process.send_signal(signal.SIGCONT)
            assert b" 200 OK" in connection.recv(1000)
        (workflow,) = server.get("/api/workflows")["workflows"]
    assert (workflow["name"], workflow["runs"]) == ("nightly", 1)
