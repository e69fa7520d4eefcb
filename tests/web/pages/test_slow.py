"""A job that takes much longer than usual is marked wherever it is shown."""

import pytest
from flask.testing import FlaskClient

from tests.conftest import Clock
from tests.engine import Engine
from tests.web.pages.conftest import Open


@pytest.fixture
def run(client: FlaskClient, time: Clock) -> Engine:
    """A run with a failure goes on: job 3 is slow, job 4 has just begun."""
    run = Engine(client, "nightly")
    run.job(1)
    time.move(minutes=9)
    run.finished(1)
    run.job(2)
    run.failed(2)
    run.job(3, wildcards={"s": "K3"})
    time.move(minutes=28)
    run.job(4, wildcards={"s": "K4"})
    return run


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("/", "◷ slow: align s=K3 for 28 min , usually 9 min"),
        ("/workflow/{id}", "◷ slow 28 min"),
        ("/workflow/{id}/job/3", "28 min · usually 9 min · ◷ slow"),
        ("/workflow/{id}/timeline", "has been running for 28 min, slow: usually 9 min"),
        ("/workflow/{id}/report.html", "has been running for 28 min, slow: usually 9 min"),
    ],
)
def test_a_slow_job_is_marked_also_in_a_run_with_failures(
    run: Engine, read: Open, page: str, words: str
) -> None:
    text = read(page.format(id=run.id)).text
    assert text.count("◷ slow") + text.count(", slow:") == 1
    assert words in text


def test_a_job_tells_what_is_usual_whether_it_is_slow_or_not(run: Engine, read: Open) -> None:
    for jobid in (1, 2, 4):
        text = read(f"/workflow/{run.id}/job/{jobid}").text
        assert "· usually 9 min" in text
        assert "◷" not in text


def test_a_slow_job_that_ends_is_slow_no_more(run: Engine, read: Open) -> None:
    run.finished(3)
    assert "◷" not in read(f"/workflow/{run.id}").text


def test_in_a_run_that_fell_silent_nothing_is_slow(run: Engine, read: Open, time: Clock) -> None:
    time.move(hours=72)
    for page in ("/", f"/workflow/{run.id}", f"/workflow/{run.id}/job/3"):
        assert "slow" not in read(page).text


def test_the_api_marks_slow_jobs(run: Engine, client: FlaskClient) -> None:
    for address in (f"/api/workflow/{run.id}/jobs", f"/workflow/{run.id}/jobs.json"):
        jobs = {job["jobid"]: job for job in client.get(address).get_json()["jobs"]}
        assert [jobs[jobid]["is_late"] for jobid in (1, 2, 3, 4)] == [False, False, True, False]
        assert [jobs[jobid]["usual"] for jobid in (1, 3)] == [None, 540.0]


@pytest.fixture
def late(client: FlaskClient, time: Clock) -> Engine:
    """A run that takes much longer than the three good ones before it."""
    for minutes in (10, 11, 12):
        earlier = Engine(client, "weekly")
        earlier.job(1)
        time.move(minutes=minutes)
        earlier.finished(1)
        earlier.progress(1, 1)
    run = Engine(client, "weekly")
    time.move(minutes=34)
    run.job(1, "sort")
    return run


@pytest.mark.parametrize("page", ["/", "/wall", "/workflows/", "/workflow/{id}"])
def test_a_run_that_is_late_is_marked(late: Engine, read: Open, page: str) -> None:
    assert "◷ late" in read(page.format(id=late.id)).text


def test_a_run_that_is_not_late_isn_t_marked(late: Engine, read: Open) -> None:
    late.finished(1)
    late.progress(1, 1)
    assert "◷" not in read("/").text
    assert "◷" not in read(f"/workflow/{late.id}").text


def test_the_api_marks_a_late_run(late: Engine, client: FlaskClient) -> None:
    found = client.get(f"/api/workflow/{late.id}").get_json()["workflow"]
    assert (found["usual"], found["is_late"]) == (660.0, True)
    earlier = client.get(f"/api/workflow/{late.id}?run=3").get_json()["workflow"]
    assert (earlier["usual"], earlier["is_late"]) == (None, False)


def test_runs_that_failed_or_are_of_another_engine_don_t_say_what_is_usual(
    client: FlaskClient, time: Clock
) -> None:
    failed = Engine(client, "weekly")
    failed.job(1)
    failed.failed(1)
    failed.info("Complete log: x")
    client.post("/api/runs", json={"id": "r1", "engine": "generic", "name": "weekly"})
    events = [{"event": "end", "status": "done"}]
    client.post("/api/runs/r1/events", json={"first": 1, "events": events})
    run = Engine(client, "weekly")
    time.move(hours=3)
    assert run.workflow["usual"] is None
