"""Which job runs longest, and whether that is long."""

from flask import Flask
from flask.testing import FlaskClient

from panoptes.queries import runs
from panoptes.queries.jobs import longest_jobs
from panoptes.queries.results import LongJob
from panoptes.web.request_time import request_time
from tests.conftest import Clock
from tests.engine import Engine


def longest(app: Flask, *engines: Engine) -> list[LongJob | None]:
    with app.test_request_context():
        found = [runs.workflow(request_time(), engine.id) for engine in engines]
        views = [run for run in found if run is not None]
        jobs = longest_jobs(request_time(), views)
        return [jobs.get(run.run_id) for run in views]


def done(run: Engine, time: Clock, jobid: int, seconds: float, rule: str = "align") -> None:
    run.job(jobid, rule)
    time.move(seconds=seconds)
    run.finished(jobid)


def test_each_run_has_its_own_longest_job(app: Flask, client: FlaskClient, time: Clock) -> None:
    first, second, idle = (Engine(client, name) for name in ("a", "b", "c"))
    first.job(1)
    time.move(seconds=10)
    second.job(2)
    first.job(3, "sort")
    time.move(seconds=5)
    found = longest(app, first, second, idle)
    assert [job and job.job.key for job in found] == ["1", "2", None]
    assert [job and job.job.seconds for job in found] == [15.0, 5.0, None]
    assert [job and job.usual for job in found] == [None, None, None]


def test_what_is_usual_is_the_median_of_the_same_rule(
    app: Flask, client: FlaskClient, time: Clock
) -> None:
    run = Engine(client)
    for jobid, seconds in enumerate((10, 30, 500)):
        done(run, time, jobid, seconds)
    done(run, time, 8, 1, "sort")
    run.job(9)
    [found] = longest(app, run)
    assert found is not None
    assert found.usual == 30


def test_a_job_is_slow_after_three_times_the_usual(
    app: Flask, client: FlaskClient, time: Clock
) -> None:
    run = Engine(client)
    done(run, time, 1, 30)
    run.job(2)
    for seconds, slow in ((90, False), (1, True)):
        time.move(seconds=seconds)
        [found] = longest(app, run)
        assert found is not None
        assert found.is_slow is slow


def test_a_job_of_seconds_is_not_slow(app: Flask, client: FlaskClient, time: Clock) -> None:
    run = Engine(client)
    done(run, time, 1, 0.2)
    run.job(2)
    time.move(seconds=50)
    [found] = longest(app, run)
    assert found is not None
    assert not found.is_slow


def test_the_latest_jobs_say_what_is_usual(app: Flask, client: FlaskClient, time: Clock) -> None:
    run = Engine(client)
    for jobid in range(100):
        done(run, time, jobid, 900 if jobid < 50 else 100.125)
    run.job("last")
    [found] = longest(app, run)
    assert found is not None
    assert found.usual == 100.125


def test_jobs_without_a_start_or_a_rule_are_left_out(
    app: Flask, client: FlaskClient, time: Clock
) -> None:
    run = Engine(client)
    run.send("job_started", jobs=[77])
    assert longest(app, run) == [None]
    with app.test_request_context():
        assert longest_jobs(request_time(), []) == {}
