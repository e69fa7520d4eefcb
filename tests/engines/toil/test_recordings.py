"""What real Toils sent ends as what really happened, and nothing stands wrong before that."""

import json
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient

from devtools.replay import Request, requests
from panoptes.queries.database import faults
from tests.recorded import FOLDER, send

TOIL = FOLDER / "toil"
EXPECTED: dict[str, Any] = json.loads((TOIL / "expected.json").read_text())


@pytest.mark.parametrize("version", EXPECTED)
def test_a_recording_ends_as_the_run_did_and_stands_right_wherever_it_is_cut_off(
    client: FlaskClient, version: str
) -> None:
    for scenario, expected in EXPECTED[version].items():
        begin, *batches = recording(version, scenario)
        (workflow,) = send(client, [begin]).ids
        done = 0
        for batch in batches:
            assert send(client, [batch]).answers[0].status_code == 200, scenario
            run = run_of(client, workflow)
            assert done <= run["jobs_done"] <= expected["done"], scenario
            done = run["jobs_done"]
        assert end_state(client, workflow) == expected, scenario
    assert_sound(client)


def test_batches_that_come_again_or_among_those_of_another_run_change_no_end(
    client: FlaskClient,
) -> None:
    expected = EXPECTED["9.6.0"]
    scenarios = "fail", "chain", "wdl_fail"
    recordings = [recording("9.6.0", scenario) for scenario in scenarios]
    ids = [send(client, [each[0]]).ids[0] for each in recordings]
    for number in range(1, max(map(len, recordings))):
        for each in recordings:
            send(client, [*each[max(number - 2, 1) : number + 1]], copies=2)
    for workflow, scenario in zip(ids, scenarios, strict=True):
        assert end_state(client, workflow) == expected[scenario]
    assert_sound(client)


@pytest.mark.parametrize(("late", "seconds"), [("message", 0.02), ("line", 1.5)])
def test_it_doesnt_matter_whether_the_bus_or_the_log_is_ahead(
    client: FlaskClient, late: str, seconds: float
) -> None:
    """Both are read as they come; what is written last may come first."""
    for scenario in ("ok", "fail", "chain", "samples", "wdl_fail"):
        begin, *batches = recording("9.6.0", scenario)
        events = [event for batch in batches for event in json.loads(batch.body)["events"]]
        events.sort(
            key=lambda event: (
                event["event"] == "exit",
                event["time"] + seconds * (event["event"] == late),
            )
        )
        batch = replace(batches[0], body=json.dumps({"first": 1, "events": events}))
        (workflow,) = send(client, [begin, batch]).ids
        assert end_state(client, workflow) == EXPECTED["9.6.0"][scenario], (scenario, late)
    assert_sound(client)


def test_a_workers_words_and_log_are_shown_of_each_job_that_failed(client: FlaskClient) -> None:
    (workflow,) = send(client, recording("9.6.0", "fail")).ids
    jobs = jobs_of(client, workflow)
    failed = [job for job in jobs if job["status"] == "Error"]
    assert len(failed) == 2
    for job in failed:
        assert job["error"].splitlines()[0] == "greeting bad"
        assert job["shell_command"].startswith("sh -c 'echo ")
        path = f"/api/workflow/{workflow}/job/{job['jobid']}/log"
        shown = [
            client.get(path, query_string={"part": job["part"], "attempt": 2, "log": number}).text
            for number in range(1, len(job["log"]) + 1)
        ]
        assert any("TOIL WORKER OUTPUT LOG" in text for text in shown)
        assert all("greeting bad" in text for text in shown)


def test_what_was_asked_for_and_who_has_a_job_is_known(client: FlaskClient) -> None:
    (workflow,) = send(client, recording("9.6.0", "ok")).ids
    for job in jobs_of(client, workflow):
        assert job["requested_memory"] == 2**28
        assert job["resources"] == {"memory": 2**28, "disk": 3 * 2**30, "cores": 1}
        assert job["threads"] == 1
        assert job["external_id"].isdecimal()
        assert "kind-CWLJob/instance-" in job["msg"]
        assert job["queued_at"] <= job["started_at"] <= job["completed_at"]
    assert run_of(client, workflow)["engine_version"] == "9.6.0"


def recording(version: str, scenario: str) -> list[Request]:
    """Return the requests of a run, as those of a workflow of its own."""
    begin, *batches = requests(TOIL / version / f"{scenario}.jsonl")
    named = json.loads(begin.body) | {"name": f"{version} {scenario}"}
    return [replace(begin, body=json.dumps(named)), *batches]


def run_of(client: FlaskClient, workflow: int) -> dict[str, Any]:
    run: dict[str, Any] = client.get(f"/api/workflow/{workflow}").get_json()["workflow"]
    return run


def jobs_of(client: FlaskClient, workflow: int) -> list[dict[str, Any]]:
    jobs: list[dict[str, Any]] = client.get(f"/api/workflow/{workflow}/jobs").get_json()["jobs"]
    return jobs


def end_state(client: FlaskClient, workflow: int) -> dict[str, Any]:
    """Return how a run stands: of jobs rule, wildcards, status, attempts, exit status, logs."""
    run = run_of(client, workflow)
    states = [
        [
            job["name"],
            job["wildcards"],
            job["status"],
            len(job["attempts"]),
            job["exit_status"],
            sorted(job["log"]),
        ]
        for job in jobs_of(client, workflow)
    ]
    return {
        "status": run["status"],
        "ended": run["completed_at"] is not None,
        "done": run["jobs_done"],
        "error": (run["error"] or "").split("\n")[0],
        "jobs": sorted(states, key=str),
    }


def assert_sound(client: FlaskClient) -> None:
    with client.application.app_context():
        assert list(faults()) == []
