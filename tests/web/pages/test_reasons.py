"""Why the jobs of a run ran, on its page."""

from collections.abc import Callable

from flask.testing import FlaskClient

from tests.engine import Engine
from tests.web.pages.conftest import Open


def test_the_page_of_a_workflow_sums_why_its_jobs_ran(client: FlaskClient, read: Open) -> None:
    run = Engine(client, "nightly")
    for jobid in range(3):
        run.job(jobid, reason=f"Missing output files: {jobid}")
    run.job(3, reason="Params have changed since last execution: x")
    page = read(f"/workflow/{run.id}").text
    assert "Why jobs ran: output missing (3) · params changed (1)" in page


def test_a_dry_run_tells_why_jobs_would_run(read: Open, replay: Callable[[str, str], int]) -> None:
    assert "Why jobs would run:" in read(f"/workflow/{replay('sm8', 'dryrun')}").text


def test_without_jobs_there_is_no_reason(client: FlaskClient, read: Open) -> None:
    run = Engine(client, "nightly")
    assert "Why jobs" not in read(f"/workflow/{run.id}").text
