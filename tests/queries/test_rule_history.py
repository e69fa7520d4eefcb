"""What is kept of a run when it has ended, and what later runs are told of it."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from panoptes.app import housekeeper
from panoptes.database.connections import reading
from panoptes.models import Run
from panoptes.queries.rule_history import past_runs
from tests.conftest import Clock
from tests.engine import Engine


def run_of(
    client: FlaskClient, time: Clock, *seconds: float, end: str = "done", name: str = "nightly"
) -> Engine:
    """A run whose jobs took so long, one after the other."""
    run = Engine(client, name)
    run.plan(align=len(seconds))
    for jobid, each in enumerate(seconds):
        run.job(jobid, wildcards={"s": str(jobid)}, threads=2)
        time.move(seconds=each)
        run.finished(jobid)
    if end == "done":
        run.progress(len(seconds), len(seconds))
        run.info("Complete log: x")
    elif end == "failed":
        run.job(99)
        run.failed(99)
        run.info("Complete log: x")
    return run


def sum_up(app: Flask) -> int:
    """Keep of each run that has ended what is to be kept; return of how many."""
    number = 0
    while housekeeper(app).sum_up_step():
        number += 1
    return number


def row_of(run: Engine) -> int:
    return (
        reading()
        .scalars(select(Run.id).where(Run.workflow_id == run.id).order_by(Run.id.desc()))
        .first()
        or 0
    )


def test_a_run_is_summed_up_once_when_it_has_ended(
    app: Flask, client: FlaskClient, time: Clock
) -> None:
    run_of(client, time, 10, 20, 30)
    now = run_of(client, time, 1, end="")
    assert sum_up(app) == 1
    assert sum_up(app) == 0
    with app.test_request_context():
        (past,) = past_runs(row_of(now))
        rule = past.rules["align"]
        assert (past.is_good, past.peak, past.seconds) == (True, 2, pytest.approx(60, abs=1))
        assert rule.times is not None
        assert (rule.jobs, rule.planned, rule.times.jobs, rule.times.threads) == (3, 3, 3, 2)
        assert rule.times.mean == pytest.approx(20)
        assert [rule.times.quantiles[place] for place in (0, 10, 20)] == [10, 20, 30]
        assert len(rule.times.by_wildcards) == 3


def test_failed_runs_tell_what_their_finished_jobs_took_and_nothing_else(
    app: Flask, client: FlaskClient, time: Clock
) -> None:
    run_of(client, time, 10)
    run_of(client, time, 50, end="failed")
    now = run_of(client, time, 1, end="")
    sum_up(app)
    with app.test_request_context():
        failed, good = past_runs(row_of(now))
        assert (failed.is_good, good.is_good) == (False, True)
        assert failed.rules["align"].times is not None
        assert past_runs(row_of(now), only_good=True) == [good]


def test_runs_of_another_engine_or_another_workflow_are_left_out(
    app: Flask, client: FlaskClient, time: Clock
) -> None:
    run_of(client, time, 10, name="other")
    told = {"id": "x1", "engine": "generic", "name": "nightly"}
    client.post("/api/runs", json=told)
    events = [{"event": "start"}, {"event": "end", "status": "done"}]
    client.post("/api/runs/x1/events", json={"first": 1, "events": events})
    now = run_of(client, time, 1, end="")
    sum_up(app)
    with app.test_request_context():
        assert past_runs(row_of(now)) == []


def test_a_run_beside_one_of_its_name_has_that_one_s_history(
    app: Flask, client: FlaskClient, time: Clock
) -> None:
    run_of(client, time, 10)
    run_of(client, time, 1, end="")
    beside = run_of(client, time, 1, end="")
    sum_up(app)
    with app.test_request_context():
        assert [run.seconds for run in past_runs(row_of(beside))] == [pytest.approx(10, abs=1)]
