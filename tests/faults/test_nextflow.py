"""A server that restarts under Nextflows of three versions loses nothing and ends no pipeline."""

import json
import signal
import time
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from devtools.running import Server, running_server
from tests.engines.nextflow.fake import RULES, FakeNextflow

pytestmark = pytest.mark.slow

# Of 26.04; the others have fewer, so that it all takes seconds.
MANY, SOME = 10_000, 1_000
RESTARTS = 3


def test_runs_of_three_versions_come_through_restarts_and_dropped_connections(
    tmp_path: Path,
) -> None:
    with running_server(tmp_path) as server:
        clients = [
            FakeNextflow(server.url, rules, MANY if rules.ends_at_refusal else SOME, 0.05, name)
            for rules, name in zip(RULES, ("old", "middle", "new"), strict=True)
        ]
        for client in clients:
            client.start()
        for number in range(RESTARTS):
            _wait_for_tasks(server, (number + 1) * MANY // 10)
            _restart(server)
        for client in clients:
            client.join(timeout=300)
            assert not client.is_alive()
        for client in clients:
            assert (client.ended, client.unsent) == (None, 0), client.rules.version
            (run,) = _get(server, f"/api/workflows?name={client.name}")["workflows"]
            told = ("status", "jobs_done", "jobs_total", "jobs_retried", "runs")
            expected = ["Done", client.tasks, client.tasks, client.tasks // 20, 1]
            assert [run[name] for name in told] == expected
        found = _get(server, f"/api/workflow/{run['id']}/jobs?wildcard=tag%3Ds20")["jobs"]
        assert [(job["status"], len(job["attempts"])) for job in found] == [("Done", 2)]


def _wait_for_tasks(server: Server, number: int) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        runs = _get(server, "/api/workflows?name=new")["workflows"]
        if runs and runs[0]["jobs_done"] >= number:
            return
        time.sleep(0.05)
    raise AssertionError("It doesn't get on.")


def _restart(server: Server) -> None:
    before = server.output.read_text().count(" serves ")
    server.process.send_signal(signal.SIGHUP)
    deadline = time.monotonic() + 60
    while server.output.read_text().count(" serves ") == before:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _get(server: Server, path: str) -> Any:
    with urlopen(server.url + path, timeout=30) as answer:
        return json.load(answer)
