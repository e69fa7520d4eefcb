"""Runs with very many open jobs end at once, and their jobs in steps between which events go."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from panoptes.app import housekeeper
from panoptes.database.connections import writing
from panoptes.ingest import apply
from panoptes.models import job_life
from panoptes.web.intake import ENGINES, answering
from tests.conftest import Clock
from tests.engine import Engine
from tests.recount import counts, recounted

JOBS = 10
AT_ONCE = 3


@pytest.fixture(autouse=True)
def few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let ten jobs be very many."""
    monkeypatch.setattr(job_life, "MOST_AT_ONCE", AT_ONCE)


def begin(client: FlaskClient) -> Engine:
    """A run with ten jobs."""
    run = Engine(client)
    run.plan(align=JOBS)
    for number in range(JOBS):
        run.job(number, wildcards={"s": str(number)})
    return run


@pytest.fixture
def run(client: FlaskClient, time: Clock) -> Engine:
    begun = begin(client)
    time.move(minutes=1)
    return begun


def cancel(run: Engine) -> None:
    assert run.web.post(f"/api/workflow/{run.id}/cancel").status_code == 200


def undo(run: Engine) -> None:
    assert run.web.delete(f"/api/workflow/{run.id}/cancel").status_code == 200


ENDS: dict[str, Callable[[Engine], object]] = {
    "cancelled": cancel,
    "all done": lambda run: run.progress(JOBS, JOBS),
    "success": lambda run: run.send("workflow_success"),
    "failed": lambda run: (run.failed(0), run.info("Complete log: x")),
    "dry run": lambda run: run.info("This was a dry-run (flag -n)."),
}


def statuses(run: Engine) -> list[str]:
    return sorted(str(job["status"]) for job in run.jobs.values())


def steps(app: Flask) -> Iterator[None]:
    """Take the steps of the housekeeping until none is due."""
    keeper = housekeeper(app)
    while keeper.settle_step():
        yield


def ended(run: Engine) -> tuple[Any, ...]:
    """Return what its end made of a run, but for what no two runs have in common."""
    workflow = run.workflow
    told = {name: workflow[name] for name in workflow if name.startswith(("jobs", "status"))}
    jobs = [
        {name: job[name] for name in job if name not in ("workflow_id", "id")}
        for job in run.jobs.values()
    ]
    return told, workflow["completed_at"], workflow["error"], jobs, run.rules


@pytest.mark.parametrize("how", ENDS)
def test_a_run_ends_at_once_and_its_jobs_in_steps(
    app: Flask, client: FlaskClient, time: Clock, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(job_life, "MOST_AT_ONCE", JOBS)
        other = begin(client)
    run = begin(client)
    time.move(minutes=1)
    with monkeypatch.context() as patched:
        patched.setattr(job_life, "MOST_AT_ONCE", JOBS)
        ENDS[how](other)
    ENDS[how](run)
    assert run.status == other.status
    left = statuses(run).count("Running")
    assert left in (JOBS, JOBS - 1)
    assert counts(app) == recounted(app)
    for _ in steps(app):
        left = max(0, left - AT_ONCE)
        assert statuses(run).count("Running") == left
        assert counts(app) == recounted(app)
    assert left == 0
    assert ended(run) == ended(other)


def test_a_run_that_goes_on_keeps_the_jobs_that_are_still_open(app: Flask, run: Engine) -> None:
    run.progress(JOBS, JOBS)
    next(steps(app))
    run.job(JOBS, "sort")
    assert run.status == "Running"
    assert not list(steps(app))
    assert statuses(run) == ["Done"] * AT_ONCE + ["Running"] * (JOBS + 1 - AT_ONCE)
    assert counts(app) == recounted(app)


def test_cancelling_is_undone_in_steps_between_which_events_go(
    app: Flask, run: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    cancel(run)
    assert len(list(steps(app))) == 4
    run.finished(0)
    seen = []

    def meanwhile(_seconds: float) -> None:
        seen.append((run.status, statuses(run).count("Running")))
        assert counts(app) == recounted(app)
        assert not housekeeper(app).settle_step()
        run.finished(len(seen))

    monkeypatch.setattr(answering, "sleep", meanwhile)
    undo(run)
    assert seen == [("Cancelled", 3), ("Cancelled", 6), ("Cancelled", 9)]
    assert run.status == "Running"
    assert statuses(run) == ["Done"] * 4 + ["Running"] * 6
    assert counts(app) == recounted(app)
    assert not list(steps(app))


def test_an_undoing_while_jobs_are_still_being_closed(app: Flask, run: Engine) -> None:
    cancel(run)
    next(steps(app))
    undo(run)
    assert (run.status, statuses(run)) == ("Running", ["Running"] * JOBS)
    assert not list(steps(app))
    assert counts(app) == recounted(app)


def test_an_undoing_that_was_killed_halfway_is_none(app: Flask, run: Engine, time: Clock) -> None:
    cancel(run)
    list(steps(app))
    with app.app_context(), writing() as connection:
        assert not apply.undo_cancel(connection, run.id, None, ENGINES, time.now)
    assert statuses(run).count("Running") == AT_ONCE
    assert not list(steps(app))
    time.move(minutes=2)
    assert list(steps(app))
    assert (run.status, statuses(run)) == ("Cancelled", ["Cancelled"] * JOBS)
    undo(run)
    assert (run.status, statuses(run)) == ("Running", ["Running"] * JOBS)
    assert counts(app) == recounted(app)
