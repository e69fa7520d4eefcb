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
