"""No question that a page, an endpoint or an event asks reads a whole table."""

import re
import sqlite3
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from panoptes.config import Settings
from panoptes.db import db
from tests.conftest import serve
from tests.engine import Engine

# A handful of rows, read once a second.
SMALL = {"tokens", "alembic_version"}
READS = re.compile(r"(SELECT|UPDATE|DELETE|WITH)\b")
SCAN = re.compile(r"SCAN (\w+)")
PAGES = [
    *("/", "/workflows/", "/workflows/?q=night", "/workflows/?status=Error", "/search?q=K7"),
    *("/workflows/?sort=name", "/workflows/?sort=-started_at&page=2", "/workflows/?owner=lea"),
    *("/workflow/1", "/workflow/1?status=Error", "/workflow/1?rule=align", "/workflow/1?q=K7"),
    *("/workflow/1?wildcard=s%3DK7", "/workflow/1?sort=-duration", "/workflow/1?sort=name"),
    *("/workflow/1/job/1", "/workflow/1/timeline", "/workflow/1/timeline?rule=align"),
    *("/workflow/1/graph", "/workflow/1/samples", "/workflow/1/samples?wildcard=s"),
    *("/workflow/1/jobs.csv", "/workflow/1/jobs.json", "/api/workflows", "/api/workflow/1"),
    *("/api/workflow/1/jobs", "/api/workflow/1/jobs?status=Error&page=1", "/api/workflow/1/job/1"),
    *("/api/workflow/1/rules", "/api/workflow/1/messages", "/api/workflow/1/runs"),
    "/api/workflow/1/messages?level=error&page=1",
]


@pytest.fixture
def app(sqlite_url: str) -> Iterator[Flask]:
    yield from serve(Settings(db_url=sqlite_url))


@pytest.fixture
def asked(app: Flask) -> list[str]:
    """What the database was asked, with all values in their places."""
    found: list[str] = []
    with app.app_context():
        engine = db.engine

    @event.listens_for(engine, "checkout")
    def listen(connection: sqlite3.Connection, *_: object) -> None:
        connection.set_trace_callback(found.append)

    return found


@pytest.fixture
def run(client: FlaskClient, asked: list[str]) -> Engine:
    """A run with jobs of several rules and states, and a log."""
    engine = Engine(client, "nightly")
    engine.plan(trim=20, align=20)
    for number in range(20):
        sample = {"s": f"K{number}"}
        engine.job(number, "trim", wildcards=sample, output=[f"t/{number}"])
        engine.job(20 + number, "align", wildcards=sample, input=[f"t/{number}"])
        engine.finished(number)
    engine.failed(21, "align", msg="RuleException")
    engine.info("Trying to restart job 21.")
    engine.job(21, "align", wildcards={"s": "K1"})
    engine.progress(20, 40)
    return engine


def scans(app: Flask, statements: list[str]) -> set[tuple[str, str]]:
    """Return the tables that statements read whole, each with the plan's own words."""
    path = app.config["SQLALCHEMY_DATABASE_URI"].database
    connection = sqlite3.connect(path)
    found = set()
    for statement in {text for text in statements if READS.match(text)}:
        plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}")]
        for step in plan:
            scan = SCAN.match(step)
            is_ours = scan and scan[1] in db.metadata.tables and scan[1] not in SMALL
            if is_ours and not ends_early(step, statement, plan):
                found.add((step, statement))
    connection.close()
    return found


def ends_early(step: str, statement: str, plan: list[str]) -> bool:
    """Return whether rows come in the order of an index, the wanted ones first."""
    is_sorted = not any("TEMP B-TREE FOR ORDER BY" in each for each in plan)
    return " INDEX " in step and "LIMIT" in statement and is_sorted


@pytest.mark.parametrize("page", PAGES)
def test_no_page_reads_a_whole_table(
    app: Flask, client: FlaskClient, run: Engine, asked: list[str], page: str
) -> None:
    asked.clear()
    assert client.get(page).status_code == 200
    assert len(asked) > 1
    assert scans(app, asked) == set()


def test_no_event_reads_a_whole_table(app: Flask, run: Engine, asked: list[str]) -> None:
    assert any(text.startswith("UPDATE jobs") for text in asked)
    assert scans(app, asked) == set()
