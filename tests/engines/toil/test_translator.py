"""What is kept of a run of Toil between two events."""

import json
from typing import Any

from flask.testing import FlaskClient

from panoptes.engines.toil.translator import TOIL_CWL_BATCHES

INFO = "[2026-11-28T04:09:26+0000] [MainThread] [I] [toil] "


class Nothing:
    """A lookup that knows of no job."""

    @property
    def run(self) -> "Nothing":
        """Return a run, which has no error."""
        return self

    error = None

    def job(self, _job: object) -> None:
        """Return that there is none."""

    def namesakes(self, _job: object, *, later: bool) -> list[Any]:
        """Return that there are none."""
        return []

    def running_jobs(self) -> list[Any]:
        """Return that there are none."""
        return []


def test_however_much_is_told_little_is_kept() -> None:
    name = "long" * 500
    said = [{"event": "line", "text": f"{INFO}Running Toil version 9.6.0 on host vm."}]
    for number in range(2_500):
        job = f"main.{number}.{name}\tkind-CWLJob/{number}{name}"
        asked = f"Issued job 'CWLJob' a.cwl kind-CWLJob/b v1 with job batch system ID: 7{number}"
        asked += " and cores: 1"
        said += [
            {"event": "message", "text": f"toil.bus.JobIssuedMessage\t{job}\t{number}"},
            {"event": "message", "text": f"toil.bus.JobCompletedMessage\t{job}\t1"},
            {"event": "line", "text": INFO + asked},
            {"event": "line", "text": name},
        ]
    said += [
        {"event": "line", "text": f"{INFO}a.stderr follows:"},
        {"event": "line", "text": "=========>"},
    ]
    said += [{"event": "line", "text": f"\t{name}"}] * 10
    state: Any = {}
    for event in said:
        state, _ = TOIL_CWL_BATCHES.engine.translate(
            state,
            TOIL_CWL_BATCHES.read(event),
            Nothing(),  # type: ignore[arg-type]
        )
    assert len(json.dumps(state)) < 1_800_000


def test_a_client_may_send_anything(client: FlaskClient) -> None:
    for engine in ("toil-cwl", "toil-wdl"):
        client.post("/api/runs", json={"id": engine, "engine": engine, "description": {}})
        texts = [
            "",
            "\t",
            "=========>",
            "<=========",
            "x" * 200_000,
            "\x00\ud800",
            INFO,
            f"{INFO}.stderr follows:",
        ]
        good = [
            {"event": kind, "text": text, "time": time}
            for kind in ("line", "message")
            for text in texts
            for time in (None, 1e300, "now", 1_795_840_000)
        ]
        good.append({"event": "exit", "status": "odd", "signal": ["x"]})
        answer = client.post(
            f"/api/runs/{engine}/events", data=json.dumps({"first": 1, "events": good})
        )
        assert (answer.status_code, answer.get_json()["stored"]) == (200, len(good))
        for bad in ({}, {"event": "line"}, {"event": "message", "text": 3}, {"event": "record"}):
            batch = {"first": len(good) + 1, "events": [bad]}
            assert client.post(f"/api/runs/{engine}/events", json=batch).status_code == 400
