"""Jobs that say very much: no page reads more of them than it has time for."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select

from panoptes.database.connections import reading, sql_engine
from panoptes.models import Job
from panoptes.queries import candidates, graph, job_lists, paging
from tests.conftest import Clock
from tests.engine import Engine
from tests.web.pages.conftest import Open
from tests.web.pages.test_workflow import jobs_of

LONG = [f"lane/{number:04}.bam" for number in range(300)]
LETTERS = 8000  # More than one of the long lists, less than two.


@pytest.fixture
def run(client: FlaskClient, time: Clock, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """Three jobs with a long list each, then one with none; 8,000 letters are very much."""
    for module in (candidates, graph, job_lists, paging):
        monkeypatch.setattr(module, "ENOUGH_LETTERS", LETTERS)
    run = Engine(client, "nightly")
    for number in range(3):
        run.job(number, "gather", input=["a.txt", *LONG], output=[f"{number}.txt"])
    run.job(3, "split", output=["a.txt", "lane/"])
    return run


def letters(app: Flask) -> dict[str, int]:
    with app.app_context():
        rows = reading().execute(select(Job.key, Job.letters))
        return {key: number for key, number in rows}  # noqa: C416


def test_a_job_knows_how_much_was_said_of_it(app: Flask, run: Engine) -> None:
    before = letters(app)
    assert 300 * 13 < before["0"] < 300 * 20
    run.job(3, "split", output=["a.txt", *LONG])
    run.job(0, "gather", input=["a.txt"])
    after = letters(app)
    assert after["3"] > 300 * 13
    # Neither is what an event leaves out, nor what it says again.
    assert after["0"] == before["0"]


def test_links_to_jobs_come_from_those_with_the_fewest_files(run: Engine, read: Open) -> None:
    page = read(f"/workflow/{run.id}/job/3").text
    assert "Links to other jobs come from a search of 2 jobs" in page
    assert "a.txt → used by ● Running: gather" in page
    run.job(4, "sum", input=["a.txt"], output=["sum.txt"])
    page = read(f"/workflow/{run.id}/job/3").text
    assert "Links to other jobs come from a search of 3 jobs" in page
    assert "sum" in page


def test_a_text_is_looked_for_in_fewer_jobs(run: Engine, read: Open) -> None:
    page = read(f"/workflow/{run.id}?q=2.txt")
    assert "Part of 4 jobs searched" in page.text
    (following,) = [link for link in page.links if "after=" in str(link)]
    page = read(str(following).partition("#")[0])
    assert jobs_of(page) == ["2"]
    assert "All of 4 jobs searched" in page.text


def test_a_search_looks_at_fewer_jobs(run: Engine, read: Open) -> None:
    page = read("/search?q=0.txt")
    assert "in the newest 3 of 4 jobs." in page.text
    (following,) = [link for link in page.links if "before=" in str(link)]
    assert f"/workflow/{run.id}/job/0" in read(str(following)).links


def test_the_graph_knows_rules_whose_files_it_has_no_time_for(run: Engine, read: Open) -> None:
    for rule in ("merge", "pack"):
        run.job(rule, rule, input=["a.txt", *LONG], output=[f"{rule}.txt"])
    page = read(f"/workflow/{run.id}/graph").text
    assert "gather reads files from split" in page
    assert "merge" in page
    assert "pack reads files from split" in page
    assert "merge reads files" not in page


def test_no_list_of_jobs_reads_their_files(app: Flask, run: Engine, read: Open) -> None:
    run.failed(0, "gather")
    statements: list[str] = []
    with app.app_context():
        event.listen(
            sql_engine(), "before_cursor_execute", lambda *told: statements.append(str(told[2]))
        )
    for page in ("/", f"/workflow/{run.id}", "/wall", f"/workflow/{run.id}?status=Running"):
        read(page)
    assert statements
    assert [text for text in statements if "jobs.input" in text] == []
