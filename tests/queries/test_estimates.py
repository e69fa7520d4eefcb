"""When a run will be done: estimated in the background, shown while it is under way."""

from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from panoptes.app import housekeeper
from panoptes.common import clock
from panoptes.database.connections import reading
from panoptes.models import Estimate
from tests.conftest import Clock
from tests.engine import Engine
from tests.queries.test_rule_history import run_of, sum_up


def shown(client: FlaskClient, run: Engine) -> dict[str, Any]:
    """What the API says of a run."""
    found: dict[str, Any] = client.get(f"/api/workflow/{run.id}").get_json()["workflow"]
    return found


def begin(client: FlaskClient, jobs: int, name: str = "nightly") -> Engine:
    run = Engine(client, name)
    run.plan(align=jobs)
    run.job(0, wildcards={"s": "0"}, threads=2)
    return run


def estimate(app: Flask) -> bool:
    return housekeeper(app).estimate_step()


def go_on(run: Engine, time: Clock, *jobs: int, seconds: float) -> None:
    """Let jobs of a run end, each followed by the next one."""
    for jobid in jobs:
        time.move(seconds=seconds)
        run.finished(jobid)
        run.job(jobid + 1, wildcards={"s": str(jobid + 1)}, threads=2)


def left(found: dict[str, Any]) -> float:
    return float(found["estimate"]["seconds_left"])


def test_a_run_ends_when_those_before_it_say(app: Flask, client: FlaskClient, time: Clock) -> None:
    for _ in range(2):
        run_of(client, time, *[100] * 10)
    sum_up(app)
    run = begin(client, 10)
    go_on(run, time, 0, 1, 2, 3, seconds=100)
    assert shown(client, run)["estimate"] is None
    assert estimate(app)
    found = shown(client, run)["estimate"]
    assert found["seconds_left"] == pytest.approx(600, abs=40)
    assert found["low"] < found["ends_at"] < found["high"]
    assert (found["basis_runs"], found["past_error"]) == (2, None)
    assert found["rough"]  # No estimate has come true yet.
    assert found["critical_path"] == ["align"]
    lists = client.get("/api/workflows").get_json()["workflows"]
    assert found in [each["estimate"] for each in lists]


def test_a_first_run_has_none_until_three_jobs_are_done(
    app: Flask, client: FlaskClient, time: Clock
) -> None:
    run = begin(client, 10)
    go_on(run, time, 0, 1, seconds=50)
    estimate(app)
    assert shown(client, run)["estimate"] is None
    assert "3 jobs" in shown(client, run)["why_not"]
    go_on(run, time, 2, seconds=50)
    estimate(app)
    found = shown(client, run)
    assert found["why_not"] is None
    assert left(found) == pytest.approx(350, abs=60)
    assert found["estimate"]["basis_runs"] == 0
    assert found["estimate"]["rough"]


def test_a_run_that_failed_or_is_silent_has_none(
    app: Flask, client: FlaskClient, time: Clock
) -> None:
    run = begin(client, 10)
    go_on(run, time, 0, 1, 2, seconds=50)
    estimate(app)
    run.failed(3)
    assert shown(client, run)["estimate"] is None
    assert "failed" in shown(client, run)["why_not"]
    other = begin(client, 10, "other")
    go_on(other, time, 0, 1, 2, seconds=50)
    estimate(app)
    assert shown(client, other)["estimate"] is not None
    time.move(hours=49)
    assert shown(client, other)["estimate"] is None
    assert "heard" in shown(client, other)["why_not"]
    assert not estimate(app)


def test_a_run_that_has_ended_has_none_and_nothing_to_explain(
    app: Flask, client: FlaskClient, time: Clock
) -> None:
    run = run_of(client, time, 50, 50, 50)
    assert not estimate(app)
    assert (shown(client, run)["estimate"], shown(client, run)["why_not"]) == (None, None)


def test_it_is_renewed_every_ten_seconds_and_never_below_zero(
    app: Flask, client: FlaskClient, time: Clock
) -> None:
    run = begin(client, 5)
    go_on(run, time, 0, 1, 2, seconds=10)
    assert estimate(app)
    assert not estimate(app)
    time.move(seconds=9)
    assert not estimate(app)
    time.move(seconds=2)
    assert estimate(app)
    time.move(hours=3)
    found = shown(client, run)["estimate"]
    assert found["seconds_left"] == 0
    assert datetime.fromisoformat(found["ends_at"].replace("Z", "+00:00")) >= clock.utcnow()


def test_while_it_hardly_moves_open_pages_hear_that_nothing_changed(
    app: Flask, client: FlaskClient, time: Clock
) -> None:
    for _ in range(2):
        run_of(client, time, *[1000] * 10)
    sum_up(app)
    run = begin(client, 10)
    go_on(run, time, 0, 1, seconds=1000)
    estimate(app)
    time.move(seconds=60 - clock.utcnow().timestamp() % 60 + 1)  # Answers hold within a minute.
    first = client.get(f"/api/workflow/{run.id}")
    for _ in range(3):
        time.move(seconds=12)
        assert estimate(app)
        again = client.get(
            f"/api/workflow/{run.id}", headers={"If-None-Match": first.headers["ETag"]}
        )
        assert again.status_code == 304
    time.move(hours=2)  # The job takes far longer than any before it.
    estimate(app)
    assert left(shown(client, run)) > left(first.get_json()["workflow"])


def test_one_estimate_of_each_tenth_is_kept_and_corrects_later_ones(
    app: Flask, client: FlaskClient, time: Clock
) -> None:
    """Here runs take twice as long at their end as they do at their beginning."""
    for _ in range(3):
        run = begin(client, 10)
        for jobid in range(9):
            go_on(run, time, jobid, seconds=20 if jobid < 5 else 60)
            estimate(app)
            estimate(app)
        time.move(seconds=60)
        run.finished(9)
        run.progress(10, 10)
        run.info("Complete log: x")
        sum_up(app)
    with app.app_context():
        made = reading().execute(select(Estimate)).all()
        assert 6 <= len(made) <= 30
        assert all(each.low <= each.shown <= each.high for each in made)
    run = begin(client, 10)
    go_on(run, time, *range(5), seconds=20)
    estimate(app)
    found = shown(client, run)["estimate"]
    assert found["past_error"] is not None
    assert found["seconds_left"] == pytest.approx(300, abs=90)


def test_what_gathers_the_results_waits_for_jobs(
    app: Flask, client: FlaskClient, time: Clock
) -> None:
    report = {"id": "a1", "engine": "generic", "name": "wide", "description": {"cores": 2}}
    client.post("/api/runs", json=report)
    rules = {"sort": 8, "merge": 1}
    events: list[dict[str, Any]] = [{"event": "run", "rules": rules, "graph": [["sort", "merge"]]}]
    client.post("/api/runs/a1/events", json={"first": 1, "events": events})
    for number in range(4):
        job = {"event": "job", "job": number, "rule": "sort"}
        for place, status in enumerate(("running", "done")):
            first = 2 + 2 * number + place
            event = {**job, "status": status}
            client.post("/api/runs/a1/events", json={"first": first, "events": [event]})
            time.move(seconds=30)
    assert estimate(app)
    (found,) = client.get("/api/workflows").get_json()["workflows"]
    assert found["estimate"]["waits_for"] == {"rule": "merge", "jobs": 4, "of": "sort"}
    assert found["estimate"]["critical_path"] == ["sort", "merge"]
