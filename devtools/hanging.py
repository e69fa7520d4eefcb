"""Clients that connect and then say nothing, or half of what they wanted, beside busy ones.

As a program, `python -m devtools.hanging URL`, it is the one that doesn't let go: see trickling().
"""

import http.client
import json
import resource
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit

from devtools.running import ROOT, get

IDLE, HALF, BUSY, TRICKLING = 300, 40, 64, 2000
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
HALF_SENT = (
    b"POST /update_workflow_status HTTP/1.1\r\nHost: te",
    b"POST /update_workflow_status HTTP/1.1\r\nHost: test\r\nContent-Length: 100\r\n\r\nid=1&ms",
)
FILES = 4096


class Answer(NamedTuple):
    """What a request was answered, and after how many seconds."""

    status: int
    seconds: float


@contextmanager
def hanging(url: str) -> Iterator[None]:
    """Let 300 connections idle and 40 requests be half-sent meanwhile."""
    address = urlsplit(url)
    with _room_for_files(), ExitStack() as stack:

        def connect() -> socket.socket:
            made = socket.create_connection((str(address.hostname), address.port), timeout=30)
            return stack.enter_context(made)

        for _ in range(IDLE // 2):
            connect()
            connect().sendall(b"GET /api/service-info HTTP/1.1\r\nHost: test\r\n\r\n")
        for number in range(HALF):
            connect().sendall(HALF_SENT[number % len(HALF_SENT)])
        yield


@contextmanager
def _room_for_files() -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(FILES, before[1]), before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


@contextmanager
def trickling(url: str) -> Iterator[None]:
    """Let 2,000 requests come in a byte at a time meanwhile, made anew when they are closed."""
    command = [sys.executable, "-m", "devtools.hanging", url]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout
            process.stdout.readline()
            yield
        finally:
            process.kill()


def _trickle(url: str) -> None:
    """Keep 2,000 requests half-sent for good, and say when there are so many at first."""
    address = urlsplit(url)
    place = (str(address.hostname), address.port)
    alive: list[socket.socket] = []
    with _room_for_files():
        while True:
            with suppress(OSError):  # The server can't take them as fast.
                while len(alive) < TRICKLING:
                    alive.append(socket.create_connection(place, timeout=1))
                    alive[-1].sendall(HALF_SENT[0])
                print("ready", flush=True)
            alive = [connection for connection in alive if _goes_on(connection)]
            time.sleep(0.5)


def _goes_on(connection: socket.socket) -> bool:
    """Send another byte; tell whether the server still listens."""
    try:
        connection.sendall(b"x")
        connection.recv(1, socket.MSG_DONTWAIT)
    except BlockingIOError:
        return True
    except OSError:
        pass
    connection.close()
    return False


def busy(url: str, events: int) -> list[Answer]:
    """Let 64 engines report so many events each at once, and return what they were answered."""
    together = threading.Barrier(BUSY, timeout=60)
    with ThreadPoolExecutor(BUSY) as pool:
        answers = pool.map(lambda _: _report(url, events, together), range(BUSY))
        return [answer for each in answers for answer in each]


def _report(url: str, events: int, together: threading.Barrier) -> list[Answer]:
    workflow_id = get(url, "/create_workflow")["id"]
    address = urlsplit(url)
    connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=60)
    together.wait()
    answers = []
    for jobid in range(events):
        event = {"level": "job_info", "jobid": jobid, "name": "align", "input": ["a"]}
        form = urlencode({"msg": json.dumps(event), "timestamp": "t", "id": workflow_id})
        started = time.perf_counter()
        connection.request("POST", "/update_workflow_status", form, FORM)
        answer = connection.getresponse()
        answer.read()
        answers.append(Answer(answer.status, time.perf_counter() - started))
    connection.close()
    return answers


if __name__ == "__main__":
    _trickle(sys.argv[1])
