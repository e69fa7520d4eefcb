"""Runs of real Nextflows, sent again in all the ways in which requests can arrive.

`tests/recordings/README.md` describes the files.
"""

import gzip
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

FOLDER = Path(__file__).parents[2] / "recordings/nextflow"
EXPECTED: dict[str, Any] = json.loads((FOLDER / "expected.json").read_text())
RECORDED_ID = "abc123"
# The recordings' word for a task -> ours for a job.
_STATUSES = {
    "COMPLETED": "Done",
    "CACHED": "Done",
    "FAILED": "Error",
    "ABORTED": "Cancelled",
    "RUNNING": "Running",
}


@dataclass(frozen=True)
class Recorded:
    """A request as the client sent it."""

    method: str
    path: str
    headers: dict[str, str]
    body: str

    @property
    def is_create(self) -> bool:
        return self.path.partition("?")[0].endswith("/create")


def recording(version: str, protocol: str, scenario: str) -> list[Recorded]:
    """Return the requests of a run."""
    path = FOLDER / version / protocol / f"{scenario}.jsonl.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [Recorded(row["method"], row["path"], row["headers"], row["body"]) for row in rows]


def renamed(requests: Sequence[Recorded], suffix: str) -> list[Recorded]:
    """Return a recording as another run's, whose session is another one."""
    (session,) = {
        found
        for request in requests
        for found in re.findall(r'"(?:sessionId|runId)": "([^"]+)"', request.body)
    }
    return [
        replace(request, body=request.body.replace(session, f"{session}-{suffix}"))
        for request in requests
    ]


class Player:
    """Sends requests of one run, with the id that our server gave it."""

    def __init__(self, web: FlaskClient, headers: dict[str, str] | None = None) -> None:
        self.web = web
        self.headers = headers or {}
        self.id = RECORDED_ID
        self.place: tuple[int, int] | None = None
        self.name = ("", "")

    def send(self, request: Recorded) -> TestResponse:
        answer = self.web.open(
            request.path.replace(RECORDED_ID, self.id),
            method=request.method,
            data=request.body.encode(),
            headers={**request.headers, **self.headers},
        )
        assert answer.status_code == 200, (request.path, answer.text)
        told = answer.get_json()
        if request.is_create:
            assert 0 < len(told["workflowId"]) <= 16
            self.id = told["workflowId"]
        place = re.search(r"/workflow/(\d+)\?run=(\d+)$", told.get("watchUrl", ""))
        self.place = (int(place[1]), int(place[2])) if place else self.place
        session = re.search(r'"(?:sessionId|runId)": "([^"]+)"', request.body)
        name = re.search(r'"runName": "([^"]+)"', request.body)
        self.name = (session[1], name[1]) if session and name else self.name
        return answer

    def play(self, requests: Sequence[Recorded]) -> "Player":
        for request in requests:
            self.send(request)
        return self

    @property
    def run(self) -> dict[str, Any]:
        """The run in the API."""
        workflow_id, number = self.place = self.place or self._find()
        answer = self.web.get(f"/api/workflow/{workflow_id}?run={number}")
        found: dict[str, Any] = answer.get_json()["workflow"]
        return found

    def _find(self) -> tuple[int, int]:
        (place,) = [
            (workflow["id"], run["run"])
            for workflow in self.web.get("/api/workflows").get_json()["workflows"]
            for run in self.web.get(f"/api/workflow/{workflow['id']}/runs").get_json()["runs"]
            if (run["session"], run["run_name"]) == self.name
        ]
        return place

    @property
    def jobs(self) -> dict[str, dict[str, Any]]:
        """The run's jobs in the API, by the names of their tasks."""
        run = self.run
        address = f"/api/workflow/{run['id']}/jobs?run={run['run']}"
        return {job["jobid"]: job for job in self.web.get(address).get_json()["jobs"]}


def end_state(player: Player) -> dict[str, Any]:
    """Return how a run stands, in the terms of `true_end`."""
    run, jobs = player.run, player.jobs
    return {
        "status": run["status"],
        "done": run["jobs_done"],
        "cached": sum(job["cached"] for job in jobs.values()),
        "jobs": {
            name: (
                job["name"],
                job["wildcards"].get("tag"),
                len(job["attempts"]),
                job["status"],
                job["ignored"],
            )
            for name, job in jobs.items()
        },
    }


def true_end(expected: dict[str, Any]) -> dict[str, Any]:
    """Return how a run really ended."""
    has_run = expected["done"] or expected["engine_said"] is not True
    has_ended = expected["engine_said"] is not None
    return {
        "status": expected["status"] if has_run else "No Execution",
        "done": expected["done"],
        "cached": expected["cached"],
        "jobs": {
            name: (
                job["process"],
                job["tag"],
                job["attempts"],
                # 24.10 said nothing more of a task that ran when another one failed.
                "Error" if has_ended and job["last"] == "RUNNING" else _STATUSES[job["last"]],
                job["ignored"],
            )
            for name, job in expected["jobs"].items()
        },
    }


def neighbours_swapped(requests: Sequence[Recorded], first: int) -> Iterator[Recorded]:
    """Yield requests pairwise in the wrong order, from the one numbered `first` on."""
    yield from requests[:first]
    for number in range(first, len(requests), 2):
        yield from reversed(requests[number : number + 2])
