"""Which running job is to be looked at, and whether it is late."""

from flask import Flask
from flask.testing import FlaskClient

from panoptes.queries import runs
from panoptes.queries.jobs import slowest_jobs
from panoptes.queries.results import JobView
from panoptes.web.request_time import request_time
from tests.conftest import Clock
from tests.engine import Engine

END = {"event": "end", "status": "done"}


def slowest(app: Flask, *engines: Engine) -> list[JobView | None]:
    with app.test_request_context():
        found = [runs.workflow(request_time(), engine.id) for engine in engines]
        views = [run for run in found if run is not None]
        jobs = slowest_jobs(request_time(), views)
        return [jobs.get(run.run_id) for run in views]


def usually(job: JobView | None) -> float | None:
    assert job is not None
    return job.usual and job.usual.seconds


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
    found = slowest(app, first, second, idle)
    assert [job and job.key for job in found] == ["1", "2", None]
    assert [job and job.seconds for job in found] == [15.0, 5.0, None]
    assert [job and job.usual for job in found] == [None, None, None]


def test_what_is_usual_is_the_median_of_the_same_rule(
    app: Flask, client: FlaskClient, time: Clock
) -> None:
    run = Engine(client)
    for jobid, seconds in enumerate((10, 30, 500)):
        done(run, time, jobid, seconds)
    done(run, time, 8, 1, "sort")
    run.job(9)
    [found] = slowest(app, run)
    assert usually(found) == 30


def test_where_few_are_known_a_job_is_late_after_three_times_the_usual(
    app: Flask, client: FlaskClient, time: Clock
) -> None:
    run = Engine(client)
    done(run, time, 1, 30)
    run.job(2)
    for seconds, late in ((90, False), (1, True)):
        time.move(seconds=seconds)
        [found] = slowest(app, run)
        assert found is not None
        assert found.is_late is late


def test_a_job_of_seconds_is_not_late(app: Flask, client: FlaskClient, time: Clock) -> None:
    run = Engine(client)
    done(run, time, 1, 0.2)
    run.job(2)
    time.move(seconds=50)
    [found] = slowest(app, run)
    assert found is not None
    assert not found.is_late


def test_the_latest_jobs_say_what_is_usual(app: Flask, client: FlaskClient, time: Clock) -> None:
    run = Engine(client)
    for jobid in range(100):
        done(run, time, jobid, 900 if jobid < 50 else 100.125)
    run.job("last")
    [found] = slowest(app, run)
    assert usually(found) == 100.125


def test_jobs_without_a_start_or_a_rule_are_left_out(
    app: Flask, client: FlaskClient, time: Clock
) -> None:
    run = Engine(client)
    run.send("job_started", jobs=[77])
    assert slowest(app, run) == [None]
    with app.test_request_context():
        assert slowest_jobs(request_time(), []) == {}


def test_a_late_job_comes_before_one_that_only_runs_longer(
    app: Flask, client: FlaskClient, time: Clock
) -> None:
    run = Engine(client)
    done(run, time, 1, 3600)
    done(run, time, 2, 10, "sort")
    run.job(3)
    time.move(seconds=600)
    run.job(4, "sort")
    run.job(5, "sort")
    time.move(seconds=90)
    [found] = slowest(app, run)
    assert found is not None
    assert (found.key, found.is_late) == ("4", True)


def test_a_late_job_is_found_behind_many_that_began_before(
    app: Flask, client: FlaskClient, time: Clock
) -> None:
    run = Engine(client)
    done(run, time, 1, 3600)
    done(run, time, 2, 10, "sort")
    for jobid in range(10, 60):
        run.job(jobid)
    run.job(3, "sort")
    time.move(seconds=90)
    [found] = slowest(app, run)
    assert found is not None
    assert (found.key, found.is_late) == ("3", True)


def test_earlier_runs_say_what_is_usual_together_with_this_one(
    app: Flask, client: FlaskClient, time: Clock
) -> None:
    for name, rule, seconds in (
        *(("nightly", "align", 10), ("nightly", "align", 30)),
        *(("nightly", "sort", 700), ("other", "align", 500)),
    ):
        earlier = Engine(client, name)
        done(earlier, time, 1, seconds, rule)
        earlier.progress(1, 1)
    run = Engine(client, "nightly")
    run.job(1)
    time.move(seconds=61)
    [found] = slowest(app, run)
    assert found is not None
    assert (usually(found), found.is_late) == (20, True)
    done(run, time, 2, 600)
    [found] = slowest(app, run)
    assert found is not None
    assert (usually(found), found.is_late) == (30, True)


def test_runs_of_other_engines_say_nothing(app: Flask, client: FlaskClient, time: Clock) -> None:
    client.post("/api/runs", json={"id": "r1", "engine": "generic", "name": "nightly"})
    job = {"event": "job", "id": "1", "rule": "align"}
    events = [{**job, "status": "running", "time": 10}, {**job, "status": "done", "time": 20}]
    client.post("/api/runs/r1/events", json={"first": 1, "events": [*events, END]})
    run = Engine(client, "nightly")
    run.job(1)
    [found] = slowest(app, run)
    assert usually(found) is None


def test_a_run_of_long_ago_says_nothing(app: Flask, client: FlaskClient, time: Clock) -> None:
    for number in range(11):
        earlier = Engine(client, "nightly")
        done(earlier, time, 1, 20, "sort" if number else "align")
        earlier.progress(1, 1)
    run = Engine(client, "nightly")
    assert run.workflow["run"] == 12
    run.job(1)
    [found] = slowest(app, run)
    assert usually(found) is None
