"""However events come, the counts that pages read are those of the jobs."""

from collections import Counter
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import recorded
from tests.conftest import Clock
from tests.engine import Engine
from tests.recount import counts, recounted

KEYS = st.integers(0, 3)
RULES = st.sampled_from(["align", "sort", ""])
WILDCARDS = st.dictionaries(st.sampled_from("st"), st.sampled_from(["K1", "K2", ""]))
EVENTS = st.one_of(
    st.tuples(
        st.just("job_info"),
        st.fixed_dictionaries({"jobid": KEYS, "name": RULES, "wildcards": WILDCARDS}),
    ),
    st.tuples(st.just("job_started"), st.fixed_dictionaries({"jobs": st.lists(KEYS, max_size=3)})),
    st.tuples(st.just("job_finished"), st.fixed_dictionaries({"jobid": KEYS})),
    st.tuples(st.just("job_error"), st.fixed_dictionaries({"jobid": KEYS, "name": RULES})),
    st.tuples(
        st.just("progress"),
        st.fixed_dictionaries({"done": st.integers(0, 4), "total": st.integers(0, 4)}),
    ),
    st.tuples(
        st.just("info"),
        st.fixed_dictionaries(
            {
                "msg": st.sampled_from(
                    [
                        "Complete log: x",
                        "Nothing to be done.",
                        "This was a dry-run (flag -n).",
                        "Trying to restart job 1.",
                        "Executing subworkflow a.",
                        "Executing main workflow.",
                        "Will exit after finishing currently running jobs.",
                        "Building DAG of jobs...",
                    ]
                )
            }
        ),
    ),
    st.tuples(
        st.just("error"),
        st.fixed_dictionaries({"msg": st.sampled_from(["RuleException", "WorkflowError", "x"])}),
    ),
    st.tuples(st.just("workflow_success"), st.just({})),
    st.tuples(st.just("debug"), st.just({"msg": "removed all locks"})),
)
COUNTED = {"running": "Running", "done": "Done", "error": "Error", "cancelled": "Cancelled"}


@given(st.lists(EVENTS, max_size=25), st.booleans())
@settings(max_examples=3 * settings.default.max_examples // 2)
def test_counts_are_those_of_the_jobs(
    client: FlaskClient, sent: list[tuple[str, dict[str, Any]]], cancelled: bool
) -> None:
    engine = Engine(client)
    for level, told in sent:
        assert engine.send(level, **told).status_code == 200
    if cancelled:
        client.post(f"/api/workflow/{engine.id}/cancel")
    jobs = client.get(f"/api/workflow/{engine.id}/jobs").get_json()["jobs"]
    workflow = engine.workflow
    states = Counter(job["status"] for job in jobs)
    assert workflow["jobs_running"] == states["Running"]
    assert workflow["jobs_failed"] == states["Error"]
    assert workflow["jobs_done"] >= states["Done"]
    assert workflow["jobs_total"] >= states["Done"] + states["Running"] + states["Error"]
    assert workflow["jobs_retried"] == sum(len(job["attempts"]) > 1 for job in jobs)
    for name, rule in engine.rules.items():
        own = [job for job in jobs if job["name"] == name]
        found = Counter(job["status"] for job in own)
        assert {state: rule[state] for state in COUNTED} == {
            state: found[status] for state, status in COUNTED.items()
        }
        assert rule["attempts"] == sum(len(job["attempts"]) for job in own)
        assert rule["retried"] == sum(len(job["attempts"]) > 1 for job in own)
        known = len(own) - found["Planned"]
        assert rule["running"] + rule["done"] + rule["error"] + rule["cancelled"] == known
    if workflow["status"] in ("Done", "No Execution", "Cancelled"):
        assert states["Running"] == 0


@given(st.lists(EVENTS, max_size=25), st.booleans())
def test_counts_of_rules_and_wildcards_are_those_that_a_migration_finds(
    app: Flask,
    client: FlaskClient,
    time: Clock,
    sent: list[tuple[str, dict[str, Any]]],
    cancelled: bool,
) -> None:
    client.delete("/api/workflows/all")
    engine = Engine(client)
    for level, told in sent:
        assert engine.send(level, **told).status_code == 200
    if cancelled:
        client.post(f"/api/workflow/{engine.id}/cancel")
    found, anew = counts(app), recounted(app)
    # Jobs of one rule have the same wildcards, but for these.
    del found["wildcards"], anew["wildcards"]
    assert found == anew


def test_jobs_of_a_dry_run_lose_their_start_in_the_counts_too(
    app: Flask, client: FlaskClient
) -> None:
    engine = Engine(client)
    engine.job(1, "align")
    engine.failed(1, "align")
    engine.job(1, "align")
    engine.job(2, "sort")
    engine.info("This was a dry-run (flag -n).")
    assert {job["status"] for job in engine.jobs.values()} == {"Planned"}
    assert counts(app) == recounted(app)
    engine.finished(2)
    assert counts(app) == recounted(app)


def test_attempts_that_came_before_a_jobs_rule_was_known_are_counted_too(
    app: Flask, client: FlaskClient, time: Clock
) -> None:
    engine = Engine(client)
    for level, told in (
        ("job_started", {"jobs": [1]}),
        ("job_error", {"jobid": 1}),
        ("job_started", {"jobs": [1]}),
        ("job_info", {"jobid": 1, "name": "align"}),
    ):
        time.move(seconds=1)
        engine.send(level, **told)
    assert engine.rules["align"]["attempts"] == 2
    assert counts(app) == recounted(app)


@given(st.lists(EVENTS, max_size=25), st.integers(0, 25))
def test_a_run_that_was_cancelled_by_mistake_is_as_one_that_was_not(
    app: Flask, client: FlaskClient, time: Clock, sent: list[tuple[str, dict[str, Any]]], at: int
) -> None:
    """Whatever came before it was cancelled, and while it was."""
    client.delete("/api/workflows/all")
    spared, other = Engine(client), Engine(client)
    cancel, status = f"/api/workflow/{other.id}/cancel", 409
    for number in range(len(sent) + 1):
        if number == min(at, len(sent)):
            status = client.post(cancel).status_code
        time.move(seconds=1)
        for engine in (spared, other) if number < len(sent) else ():
            engine.send(sent[number][0], **sent[number][1])
    if status == 200:
        assert other.status == "Cancelled"
    assert client.delete(cancel).status_code == 200
    assert everything_of(other) == everything_of(spared)
    found, anew = counts(app), recounted(app)
    assert found["rules"] == anew["rules"]


def everything_of(run: Engine) -> list[Any]:
    """Return what the API says of a run, but for what tells it from another, and its last word."""
    of_its_own = {"id", "name", "updated_at", "workflow_id"}
    log = run.web.get(f"/api/workflow/{run.id}/messages").get_json()["messages"]
    rows = [
        {name: value for name, value in row.items() if name not in of_its_own}
        for row in (run.workflow, *run.jobs.values())
    ]
    return [rows, run.rules, [(line["time"], line["msg"]) for line in log]]


@pytest.mark.parametrize("name", ["a28", "a78", "sm7", "sm8", "sm9"])
def test_recorded_runs_are_counted_as_a_migration_does(
    app: Flask, client: FlaskClient, name: str
) -> None:
    for scenario in ("ok", "fail", "retry", "checkpoint", "odd", "dryrun"):
        recorded.replay(client, name, scenario)
    found = counts(app)
    assert found["cells"]
    assert found == recounted(app)
