"""What real clients sent ends as what really happened, whichever client it was."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from devtools.replay import requests
from tests.recorded import EXPECTED, FOLDER, MORE, replay, send

RECORDINGS = [(client, scenario) for client in EXPECTED for scenario in EXPECTED[client]]
# Those whose events carry the client's time.
TIMED = [(client, scenario) for client, scenario in RECORDINGS if client in ("a78", "sm7", "sm8")]
MORE_RECORDINGS = [(client, scenario) for client in MORE for scenario in MORE[client]]
# The recordings' own word for a job that a dry run announced.
JOB_STATUS = {"Not executed": "Planned"}


@pytest.mark.parametrize(("name", "scenario"), RECORDINGS)
def test_a_recording_ends_as_the_run_did(client: FlaskClient, name: str, scenario: str) -> None:
    replayed = replay(client, name, scenario)
    assert {answer.status_code for answer in replayed.answers} <= {200}
    expected = EXPECTED[name][scenario]["workflows"]
    assert [end_state(client, each) for each in replayed.ids] == [
        true_end(each) for each in expected
    ]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "scenario"), TIMED)
def test_copies_of_events_change_nothing(client: FlaskClient, name: str, scenario: str) -> None:
    """Each event of Snakemake 8 comes twice at least; here, also those of 7 and 8 once more."""
    replayed = replay(client, name, scenario, copies=2)
    expected = EXPECTED[name][scenario]["workflows"]
    assert [end_state(client, each) for each in replayed.ids] == [
        true_end(each) for each in expected
    ]


@pytest.mark.parametrize(("name", "scenario"), MORE_RECORDINGS)
def test_every_kind_of_end_is_told_as_it_was(client: FlaskClient, name: str, scenario: str) -> None:
    replayed = replay(client, f"more/{name}", scenario)
    assert {answer.status_code for answer in replayed.answers} <= {200, 201}
    assert [brief_state(client, each) for each in replayed.ids] == (
        [MORE[name][scenario]] if MORE[name][scenario] else []
    )


@pytest.mark.slow
@pytest.mark.parametrize("scenario", MORE["panoptes-ui"])
def test_numbered_events_count_once_however_often_they_come(
    client: FlaskClient, scenario: str
) -> None:
    recording = list(requests(FOLDER / f"more/panoptes-ui/{scenario}.jsonl"))
    again = [request for each in zip(recording, recording, strict=True) for request in each]
    ids = {*send(client, again).ids, *send(client, recording).ids}
    assert [brief_state(client, each) for each in ids] == (
        [MORE["panoptes-ui"][scenario]] if recording else []
    )


@pytest.mark.parametrize(
    ("name", "ids"),
    [
        ("sm7", [["4711008", "4711010"], ["4711009", "4711011"], ["4711007"]]),
        ("sm8", [["4711002", "4711004"], ["4711003", "4711005"], ["4711001"]]),
    ],
)
def test_each_attempt_has_the_id_and_the_log_that_slurm_gave_it(
    client: FlaskClient, name: str, ids: list[list[str]]
) -> None:
    (workflow_id,) = replay(client, f"more/{name}", "slurm").ids
    found = client.get(f"/api/workflow/{workflow_id}/jobs").get_json()["jobs"]
    jobs = {job["jobid"]: job for job in found}
    flaky, failed_group, good_group = ids
    for keys, expected in (([1], flaky), ([2, 3], failed_group), ([4, 5], good_group)):
        for job in (jobs[key] for key in keys):
            assert job["external_id"] == expected[-1]
            assert [attempt["external_id"] for attempt in job["attempts"]] == expected
            for attempt in job["attempts"]:
                assert attempt["log"][-1].endswith(f"/{attempt['external_id']}.log")
    assert jobs[1]["log"][0] == "logs/flaky.log"


@pytest.mark.parametrize("name", ["sm7", "sm8", "sm9"])
def test_a_run_goes_on_while_one_of_its_jobs_has_no_output(client: FlaskClient, name: str) -> None:
    """With --keep-going: of the job whose `ensure` isn't met no job_error comes."""
    recording = list(requests(FOLDER / f"more/{name}/ensure.jsonl"))
    end_of_last = next(
        number for number, request in enumerate(recording) if "job_finished" in request.body
    )
    (workflow_id,) = send(client, recording[:end_of_last]).ids
    state = brief_state(client, workflow_id)
    assert not state["ended"]
    assert [0, 2, "slow", "Running", 1] in state["jobs"]
    if name != "sm9":  # Its error doesn't say whose it is.
        assert [0, 1, "empty", "Error", 1] in state["jobs"]


def test_each_run_block_that_fails_has_its_own_words(client: FlaskClient) -> None:
    """Nine of them failed at once; each text quotes the call of one of them."""
    (workflow_id,) = replay(client, "more/sm8", "runblocks").ids
    jobs = client.get(f"/api/workflow/{workflow_id}/jobs").get_json()["jobs"]
    calls = {job["jobid"]: f"'{job['name']}:s={job['wildcards']['s']}'" for job in jobs}
    assert len(calls) == 9
    for job in jobs:
        assert f"--target-jobs {calls[job['jobid']]}" in job["error"]


def test_the_members_of_a_pipe_are_not_given_each_others_words(client: FlaskClient) -> None:
    (workflow_id,) = replay(client, "more/sm7", "pipe").ids
    jobs = client.get(f"/api/workflow/{workflow_id}/jobs").get_json()["jobs"]
    assert {job["name"]: job["error"].partition("exit status ")[2] for job in jobs} == {
        "produce": "7.",
        "consume": "8.",
    }


def brief_state(client: FlaskClient, workflow_id: int) -> dict[str, Any]:
    workflow = client.get(f"/api/workflow/{workflow_id}").get_json()["workflow"]
    jobs = client.get(f"/api/workflow/{workflow_id}/jobs").get_json()["jobs"]
    return {
        "status": workflow["status"],
        "ended": workflow["completed_at"] is not None,
        "done": workflow["jobs_done"],
        "total": workflow["jobs_total"],
        "error": workflow["error"] and workflow["error"].split("\n")[0],
        "jobs": sorted(
            [job["part"], job["jobid"], job["name"], job["status"], len(job["attempts"])]
            for job in jobs
        ),
    }


def end_state(client: FlaskClient, workflow_id: int) -> dict[str, Any]:
    workflow = client.get(f"/api/workflow/{workflow_id}").get_json()["workflow"]
    jobs = client.get(f"/api/workflow/{workflow_id}/jobs").get_json()["jobs"]
    errors = client.get(f"/api/workflow/{workflow_id}/messages?level=error").get_json()
    return {
        "status": workflow["status"],
        "done": workflow["jobs_done"],
        "total": workflow["jobs_total"],
        "metadata": {
            name: workflow[name]
            for name in ("snakefile", "command", "workdir")
            if workflow[name] is not None
        },
        "error_texts": [line["msg"] for line in errors["messages"]],
        "jobs": by_id(
            {
                "jobid": job["jobid"],
                "rule": job["name"],
                "wildcards": job["wildcards"],
                "attempts": len(job["attempts"]),
                "status": job["status"],
            }
            for job in jobs
        ),
    }


def true_end(expected: dict[str, Any]) -> dict[str, Any]:
    return {
        "status": expected["status"],
        "done": expected["jobs_done"],
        "total": expected["jobs_total"],
        "metadata": expected["metadata"],
        "error_texts": expected["error_texts"],
        "jobs": by_id(
            {
                name: JOB_STATUS.get(job[name], job[name]) if name == "status" else job[name]
                for name in ("jobid", "rule", "wildcards", "attempts", "status")
            }
            for job in expected["jobs"]
        ),
    }


def by_id(jobs: Any) -> list[dict[str, Any]]:
    return sorted(jobs, key=lambda job: job["jobid"])
