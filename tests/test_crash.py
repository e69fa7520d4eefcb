"""`kill -9` of the server in the middle of a thousand events."""

import http.client
import json
import sqlite3
import threading
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from tests.running import Server, running_server

EVENTS = 1000
RUNS = 4


class Reporter(threading.Thread):
    """Reports one run's jobs, one after the other, and remembers what was acknowledged."""

    def __init__(self, server: Server) -> None:
        super().__init__()
        self.server = server
        self.workflow_id = server.get("/create_workflow")["id"]
        self.acknowledged: list[int] = []
        self.halfway = threading.Event()

    def run(self) -> None:
        address = urlsplit(self.server.url)
        connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=20)
        try:
            for jobid in range(EVENTS):
                if send(connection, self.workflow_id, jobid) != 200:
                    return
                self.acknowledged.append(jobid)
                if jobid == EVENTS // RUNS // 2:
                    self.halfway.set()
        except (OSError, http.client.HTTPException):
            return  # The server was killed.
        finally:
            connection.close()


def send(connection: http.client.HTTPConnection, workflow_id: int, jobid: int) -> int:
    event = {"level": "job_info", "jobid": jobid, "name": "align", "input": ["a"], "output": ["b"]}
    form = urlencode({"msg": json.dumps(event), "timestamp": "t", "id": workflow_id})
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/update_workflow_status", form, headers)
    answer = connection.getresponse()
    answer.read()
    return answer.status


def test_no_acknowledged_event_is_lost_when_the_server_is_killed(tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        reporters = [Reporter(server) for _ in range(RUNS)]
        for reporter in reporters:
            reporter.start()
        for reporter in reporters:
            assert reporter.halfway.wait(30)
        server.process.kill()
        for reporter in reporters:
            reporter.join()
    assert any(len(reporter.acknowledged) < EVENTS for reporter in reporters)
    assert intact(tmp_path / "panoptes.db")
    with running_server(tmp_path) as server:
        for reporter in reporters:
            jobs = server.get(f"/api/workflow/{reporter.workflow_id}/jobs")["jobs"]
            there = {job["jobid"] for job in jobs}
            # One more may be there: stored, but killed before its answer.
            assert set(reporter.acknowledged) <= there
            assert len(there) - len(reporter.acknowledged) <= 1
            rules = server.get(f"/api/workflow/{reporter.workflow_id}/rules")["rules"]
            assert rules[0]["running"] == len(there)
        goes_on(server, reporters[0])


def goes_on(server: Server, reporter: Reporter) -> None:
    address = urlsplit(server.url)
    connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=20)
    assert send(connection, reporter.workflow_id, EVENTS + 1) == 200
    connection.close()
    shown = server.get(f"/api/workflow/{reporter.workflow_id}")["workflow"]
    assert shown["status"] == "Running"


def intact(database: Path) -> bool:
    connection = sqlite3.connect(database)
    try:
        return bool(connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)])
    finally:
        connection.close()
