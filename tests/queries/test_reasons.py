"""Why the jobs of a run ran, summed by the database."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from panoptes.moment import now_here
from panoptes.queries import runs
from panoptes.queries.reasons import why_jobs_ran
from panoptes.reasons import Kind
from tests.engine import Engine
from tests.test_reasons import TEXTS

Replay = Callable[[str, str], int]


def why(workflow_id: int) -> dict[Kind, int]:
    run = runs.workflow(now_here(), workflow_id)
    assert run is not None
    return dict(why_jobs_ran(run))


@pytest.mark.parametrize("text", TEXTS)
def test_the_database_cuts_every_reason_where_its_kind_is_told(
    app: Flask, client: FlaskClient, text: str
) -> None:
    run = Engine(client, "nightly")
    run.job(1, reason=text)
    with app.test_request_context():
        assert why(run.id) == {TEXTS[text]: 1}


def test_jobs_of_one_run_are_summed_by_kind(app: Flask, client: FlaskClient) -> None:
    run, other = Engine(client, "nightly"), Engine(client, "other")
    for jobid in range(5):
        run.job(jobid, reason=f"Missing output files: {jobid}.txt")
    run.job(5, reason="Forced execution")
    run.job(6)
    run.send("job_started", jobs=[77])
    other.job(1, reason="Code has changed since last execution")
    with app.test_request_context():
        assert why(run.id) == {Kind.MISSING: 5, Kind.FORCED: 1, Kind.UNTOLD: 1}


@pytest.mark.parametrize("name", ["a28", "a78", "sm7", "sm8", "sm9"])
def test_recorded_runs_tell_why(app: Flask, replay: Replay, name: str) -> None:
    workflow_id = replay(name, "ok")
    with app.test_request_context():
        found = why(workflow_id)
    assert found
    assert not {Kind.OTHER, Kind.UNTOLD} & found.keys()
