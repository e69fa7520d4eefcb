"""Engines that report job after job and remember what each event was answered."""

import http.client
import json
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode, urlsplit

from devtools.hanging import FORM
from devtools.running import get

PATIENCE = 60.0


class Reporter(threading.Thread):
    """Reports the jobs of one run until it is told to stop.

    `keeps`: it keeps its connection, as Snakemake 9 does; `pause` are the seconds between events.
    """

    def __init__(self, url: str, *, keeps: bool = True, pause: float = 0.0) -> None:
        super().__init__(daemon=True)
        address = urlsplit(url)
        self.connection = http.client.HTTPConnection(
            str(address.hostname), address.port, timeout=PATIENCE
        )
        self.keeps = keeps
        self.pause = pause
        self.enough = threading.Event()
        self.workflow_id = int(get(url, "/create_workflow")["id"])
        self.announced: set[int] = set()
        self.finished: set[int] = set()
        self.answers: Counter[int] = Counter()
        self.unanswered: list[str] = []

    def run(self) -> None:
        """Report, whatever becomes of it."""
        jobid = 0
        while not self.enough.wait(self.pause):
            jobid += 1
            event = {"jobid": jobid, "name": "align", "input": ["a"], "output": [f"{jobid}"]}
            if self.send({"level": "job_info", **event}) != 200:
                continue  # It may be there or not; the next job is told whole.
            self.announced.add(jobid)
            if self.send({"level": "job_finished", "jobid": jobid}) == 200:
                self.finished.add(jobid)
        self.connection.close()

    def send(self, event: dict[str, Any]) -> int | None:
        form = urlencode({"msg": json.dumps(event), "timestamp": "t", "id": self.workflow_id})
        try:
            self.connection.request("POST", "/update_workflow_status", form, FORM)
            answer = self.connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException) as error:
            self.unanswered.append(repr(error))
            self.connection.close()
            return None
        if not self.keeps:
            self.connection.close()
        self.answers[answer.status] += 1
        return answer.status


@contextmanager
def reporting(reporters: Sequence[Reporter]) -> Iterator[None]:
    """Let them report meanwhile."""
    for reporter in reporters:
        reporter.start()
    try:
        yield
    finally:
        for reporter in reporters:
            reporter.enough.set()
    for reporter in reporters:
        reporter.join(PATIENCE)
        assert not reporter.is_alive()


def lost(url: str, reporter: Reporter) -> set[int]:
    """Return the jobs of which the server has not all that it acknowledged."""
    jobs = get(url, f"/api/workflow/{reporter.workflow_id}/jobs")["jobs"]
    done = {job["jobid"] for job in jobs if job["status"] == "Done"}
    return reporter.announced - {job["jobid"] for job in jobs} | reporter.finished - done
