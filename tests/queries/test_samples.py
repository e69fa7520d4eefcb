"""What the database tells of samples."""

from collections.abc import Callable

from flask import Flask
from flask.testing import FlaskClient

from panoptes.moment import now_here
from panoptes.queries import runs
from panoptes.queries.samples import pending, sample_jobs
from panoptes.queries.views import RunView
from panoptes.samples import SampleJob
from tests.engine import Engine

Replay = Callable[[str, str], int]


def found(workflow_id: int) -> RunView:
    run = runs.workflow(now_here(), workflow_id)
    assert run is not None
    return run


def test_announced_jobs_come_in_their_order(app: Flask, client: FlaskClient) -> None:
    run, other = Engine(client, "nightly"), Engine(client, "other")
    run.job(5, "trim", wildcards={"s": "K1", "rep": 1})
    other.job(1, "other", wildcards={"s": "K2"})
    run.job(3, "all")
    run.send("job_started", jobs=[77])
    run.finished(5)
    with app.test_request_context():
        assert sample_jobs(found(run.id), most=9) == [
            SampleJob("trim", "Done", "5", 0, {"s": "K1", "rep": "1"}),
            SampleJob("all", "Running", "3", 0, {}),
        ]
        assert [job.rule for job in sample_jobs(found(run.id), most=1)] == ["trim"]


def test_jobs_without_wildcards_have_none(app: Flask, client: FlaskClient) -> None:
    run = Engine(client, "nightly")
    run.send("job_info", jobid=1, name="trim")
    with app.test_request_context():
        assert sample_jobs(found(run.id), most=9) == [SampleJob("trim", "Running", "1", 0, {})]


def test_what_is_planned_and_not_announced_is_still_to_come(
    app: Flask, client: FlaskClient
) -> None:
    run = Engine(client, "nightly")
    run.plan(trim=3, all=1)
    run.job(1, "trim")
    run.job(2, "unplanned")
    with app.test_request_context():
        assert pending(found(run.id)) == {"all": 1, "trim": 2}


def test_without_a_plan_nobody_knows_what_is_to_come(app: Flask, client: FlaskClient) -> None:
    run = Engine(client, "nightly")
    run.job(1, "trim")
    with app.test_request_context():
        assert pending(found(run.id)) is None
    run.send("workflow_success")
    with app.test_request_context():
        assert pending(found(run.id)) == {}


def test_of_a_run_that_is_done_nothing_is_to_come(app: Flask, replay: Replay) -> None:
    workflow_id = replay("a28", "checkpoint")
    with app.test_request_context():
        assert pending(found(workflow_id)) == {}
