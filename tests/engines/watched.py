"""Runs of real commands that `panoptes run` watched, sent again in all the ways they can arrive.

`tests/recordings/README.md` describes the files; what all versions of an engine came to is in the
`expected.json` beside them.
"""

import gzip
import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient

from panoptes.queries.database import faults

RECORDINGS = Path(__file__).parents[1] / "recordings"
Request = Mapping[str, Any]


class Recordings:
    """The recordings of an engine, by version and scenario."""

    def __init__(self, engine: str) -> None:
        self.folder = RECORDINGS / engine
        self.expected: dict[str, Any] = json.loads((self.folder / "expected.json").read_text())
        self.versions = sorted(path.name for path in self.folder.glob("v*"))

    def scenarios(self, version: str) -> list[str]:
        """Return what was recorded of a version: of the newest, all that is expected."""
        return sorted(path.name.split(".")[0] for path in (self.folder / version).glob("*.gz"))

    def requests(self, version: str, scenario: str) -> list[Request]:
        """Return what was sent of a run: the path and the body of each request."""
        path = self.folder / version / f"{scenario}.jsonl.gz"
        rows = map(json.loads, gzip.decompress(path.read_bytes()).decode().splitlines())
        return [{"path": row["path"], **json.loads(row["body"])} for row in rows]

    def check(self, client: FlaskClient, version: str) -> None:
        """All runs of a version end as they did."""
        for scenario in self.scenarios(version):
            player = Player(client, f"{version}-{scenario}")
            for request in self.requests(version, scenario):
                player.send(request)
            assert player.end_state == self.expected[scenario], (version, scenario)
        assert_sound(client)

    def check_cut_off(self, client: FlaskClient, version: str, scenarios: Sequence[str]) -> None:
        """Wherever a run is cut off, it hasn't ended, and nothing is done that wasn't."""
        for scenario in scenarios:
            expected = self.expected[scenario]
            player, done = Player(client, f"{version}-{scenario}-cut"), 0
            for request in one_by_one(self.requests(version, scenario)):
                assert not player.has_ended, scenario
                player.send(request)
                assert done <= player.run["jobs_done"] <= expected["done"], scenario
                done = player.run["jobs_done"]
                if any(event["event"] == "exit" for event in request.get("events", ())):
                    break
                if player.has_ended:  # Only how the process ended comes behind the last word.
                    break
            assert player.run["status"] == expected["status"], scenario

    def check_doubled_and_mixed(
        self, client: FlaskClient, version: str, scenarios: Sequence[str], other: str
    ) -> None:
        """Copies of requests, and those of another run in between, change no end."""
        for scenario in scenarios:
            expected = self.expected[scenario]
            players = Player(client, f"{scenario}-mixed"), Player(client, f"beside-{scenario}")
            runs = self.requests(version, scenario), self.requests(version, other)
            for pair in itertools.zip_longest(*runs):
                for player, request in zip(players, pair, strict=True):
                    if request is not None:
                        player.send(request)
                        player.send(request)
            assert [player.end_state for player in players] == [expected, self.expected[other]]
        assert_sound(client)


class Player:
    """Sends a recording as a run of its own."""

    def __init__(self, client: FlaskClient, uid: str) -> None:
        self._client, self._uid = client, uid
        self.workflow_id = 0

    def send(self, request: Request) -> None:
        """Send a request."""
        body = {name: value for name, value in request.items() if name != "path"}
        if request["path"] == "/api/runs":
            body |= {"id": self._uid, "name": self._uid}
            path = "/api/runs"
        else:
            path = f"/api/runs/{self._uid}/events"
        answer = self._client.post(path, json=body)
        assert answer.status_code in (200, 201), answer.get_data(as_text=True)
        if path == "/api/runs":
            self.workflow_id = answer.get_json()["id"]

    def get(self, what: str = "") -> Any:
        """Return what the API says of the run."""
        return self._client.get(f"/api/workflow/{self.workflow_id}{what}").get_json()

    @property
    def run(self) -> dict[str, Any]:
        """The run."""
        run: dict[str, Any] = self.get()["workflow"]
        return run

    @property
    def jobs(self) -> list[dict[str, Any]]:
        """Its jobs."""
        jobs: list[dict[str, Any]] = self.get("/jobs?limit=1000")["jobs"]
        return jobs

    @property
    def has_ended(self) -> bool:
        """Whether it has."""
        return bool(self.workflow_id) and self.run["completed_at"] is not None

    @property
    def end_state(self) -> dict[str, Any]:
        """How it ended, in the form of `expected.json`."""
        run = self.run
        jobs = [
            [
                job["name"],
                " ".join(f"{name}={value}" for name, value in sorted(job["wildcards"].items())),
                job["status"],
                len(job["attempts"]),
            ]
            for job in self.jobs
        ]
        return {
            "status": run["status"],
            "ended": run["completed_at"] is not None,
            "done": run["jobs_done"],
            "error": run["error"] and run["error"].split("\n")[0],
            "jobs": sorted(jobs),
        }


def one_by_one(requests: Sequence[Request]) -> Iterator[Request]:
    """Yield requests with one event each."""
    for request in requests:
        if "events" not in request:
            yield request
            continue
        for number, event in enumerate(request["events"], request["first"]):
            yield {"path": request["path"], "first": number, "events": [event]}


def assert_sound(client: FlaskClient) -> None:
    """The counts in the database are those of its rows."""
    with client.application.app_context():
        assert list(faults()) == []
