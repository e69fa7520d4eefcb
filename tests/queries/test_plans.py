"""No question that a page, an endpoint or an event asks reads a whole table."""

import re
import sqlite3
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from panoptes.app import housekeeper
from panoptes.config.settings import Settings
from panoptes.database.connections import sql_engine, sql_engine_of
from panoptes.database.tables import Model
from panoptes.models.workflow import RUN_IDS
from panoptes.queries import candidates, job_lists, messages, search
from panoptes.queries import timeline as timelines
from panoptes.web.ga4gh import WES
from tests.conftest import Clock, serve
from tests.engine import Engine

# A handful of rows, read once a second.
SMALL = {"tokens", "alembic_version"}
READS = re.compile(r"(SELECT|UPDATE|DELETE|WITH)\b")
SCAN = re.compile(r"SCAN (\w+)")
PAGES = [
    *(
        "/",
        "/wall",
        "/workflows/",
        "/workflows/?q=night",
        "/workflows/?status=Error",
        "/search?q=K7",
    ),
    *("/workflows/?sort=name", "/workflows/?sort=-started_at&page=2", "/workflows/?owner=lea"),
    *("/?user=lea", "/workflows/?user=lea", "/workflows/?host=node7&user=lea", "/api/who?host=n"),
    *("/?engine=snakemake", "/workflows/?engine=snakemake", "/wall?engine=generic"),
    *("/workflow/1", "/workflow/1?status=Error", "/workflow/1?rule=align", "/workflow/1?q=K7"),
    *("/workflow/1?wildcard=s%3DK7", "/workflow/1?sort=-duration", "/workflow/1?sort=name"),
    *("/workflow/1/job/1", "/workflow/1/timeline", "/workflow/1/timeline?rule=align"),
    *("/workflow/1/graph", "/workflow/1/samples", "/workflow/1/samples?wildcard=s"),
    *("/workflow/1/resources", "/api/workflow/1/resources?page=1"),
    *("/workflow/1/history", "/workflow/1/history?status=Done", "/api/workflow/1/history"),
    *("/workflow/1/compare", "/workflow/1/compare?with=1", "/api/workflow/1/compare?with=1"),
    *("/workflow/1/jobs.csv", "/workflow/1/jobs.json", "/api/workflows", "/api/workflow/1"),
    *("/api/workflow/1/jobs", "/api/workflow/1/jobs?status=Error&page=1", "/api/workflow/1/job/1"),
    *("/api/workflow/1/rules", "/api/workflow/1/messages", "/api/workflow/1/runs"),
    *("/feed.atom", "/feed/nightly.atom", "/badge/nightly.svg", "/workflow/1/badge.svg"),
    *("/api/workflow/1/stats.json", "/workflow/1/report.html", "/api/workflow/1/jobs?format=tsv"),
    *("/api/workflow/1/messages?level=error&page=1", "/api/workflows?q=night&status=Error"),
    *("/api/workflows?name=nightly&page=1", "/api/workflows?status=Done&per_page=1&sort=name"),
    *("/metrics", "/wall", f"{WES}/service-info", f"{WES}/runs", f"{WES}/runs/{RUN_IDS + 1}"),
    *(f"{WES}/runs/{RUN_IDS + 1}/{rest}" for rest in ("status", "log", "tasks", "tasks/1")),
]


# Lists in all their orders, filtered in all ways.
FILTERS = [
    *("", "status=Error", "status=Done", "rule=align", "rule=align&status=Done"),
    *("wildcard=s%3DK1", "wildcard=s%3DK1&rule=align", "wildcard=s%3DK1&status=Done"),
    *("wildcard=lane%3D1", "wildcard=lane%3D1&status=Error"),
    "wildcard=lane%3D1&rule=align&status=Done",
]
SORTS = ["jobid", "name", "status", "started_at", "completed_at", "duration", "attempts"]
LISTS = [
    *(
        f"/workflow/1?{each}&sort={turn}{sort}"
        for each in FILTERS
        for sort in SORTS
        for turn in ("", "-")
    ),
    *(f"/workflow/1?{each}&{page}" for each in FILTERS for page in ("page=2", "page=99")),
    *(f"/workflow/1?{each}&q=x&after=3" for each in FILTERS),
    *("/workflow/1?log_page=2", "/workflow/1?log_q=x&log_after=3", "/workflow/1?log_level=info"),
    *("/workflow/1/timeline?page=1", "/workflow/1/samples?unfinished=1", "/search?q=x&before=9"),
    *("/workflow/1/samples?q=K&page=9", "/workflow/1?runs_page=2", "/workflows/?sort=status"),
    *("/workflows/?older_than=7", "/workflows/?older_than=7&status=Error&sort=name"),
    *("/workflows/?status=Stale", "/workflows/?status=Running", "/workflows/?status=Done&sort=-id"),
    *("/workflows/?engine=generic&status=Done", "/workflows/?engine=snakemake&sort=name"),
]
# What may be put in order without an index, since it is never much.
FEW = {
    "the rules of the runs that go on": r"FROM runs JOIN rules ON rules\.run_id = runs\.id WHERE",
    "the users and hosts of the runs that go on": r"GROUP BY runs\.user, runs\.host ORDER BY",
    "a run's rules": r"FROM rules WHERE rules\.run_id = \d+ ORDER",
    "what a run's rules used": r"FROM rule_usage LEFT OUTER JOIN rules",
    "the first jobs of a run in one state": r"LIMIT 100 OFFSET 0\) AS anon_1",
    "the jobs of a page, state by state": r"LIMIT \d+ OFFSET \d+\) AS anon_\d+\) AS anon_1 ON",
    "the first jobs of each rule": r"row_number\(\)",
    "workflows that are found by their name": r"workflows\.name LIKE",
    "the next jobs to look through": r"is_enough",
    "files of jobs that were looked at": r"json_each",
    "the deleted runs, until they are removed": r"SELECT runs\.status, -count",
    "the jobs of a run that run now, by their rule": r"jobs\.status = 'Running' .* GROUP BY",
}


@pytest.fixture
def app(sqlite_url: str) -> Iterator[Flask]:
    yield from serve(Settings(db_url=sqlite_url))


@pytest.fixture
def asked(app: Flask) -> list[str]:
    """What the database was asked, with all values in their places."""
    found: list[str] = []
    with app.app_context():
        engine = sql_engine()

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
        sample = {"s": f"K{number}", "lane": "1"}
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
    path = sql_engine_of(app).url.database
    connection = sqlite3.connect(path)
    found = set()
    for statement in {text for text in statements if READS.match(text)}:
        plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}")]
        for step in plan:
            scan = SCAN.match(step)
            is_ours = scan and scan[1] in Model.metadata.tables and scan[1] not in SMALL
            if is_ours and not ends_early(step, statement, plan):
                found.add((step, statement))
    connection.close()
    return found


def ends_early(step: str, statement: str, plan: list[str]) -> bool:
    """Return whether rows come in the order of an index, the wanted ones first."""
    is_sorted = not any("TEMP B-TREE FOR ORDER BY" in each for each in plan)
    return " INDEX " in step and "LIMIT" in statement and is_sorted


def test_no_page_reads_a_whole_table(
    app: Flask, client: FlaskClient, run: Engine, asked: list[str]
) -> None:
    for page in PAGES:
        asked.clear()
        assert client.get(page).status_code == 200, page
        assert len(asked) > 1, page
        assert scans(app, asked) == set(), page


def test_no_event_reads_a_whole_table(app: Flask, run: Engine, asked: list[str]) -> None:
    assert any(text.startswith("UPDATE jobs") for text in asked)
    assert scans(app, asked) == set()


def test_no_look_for_notifications_reads_a_whole_table(
    app: Flask, run: Engine, asked: list[str]
) -> None:
    asked.clear()
    assert not housekeeper(app).send_due("a recipient")
    assert not housekeeper(app).write_silent_runs()
    assert len(asked) > 1
    assert scans(app, asked) == set()


def test_no_estimate_reads_a_whole_table(
    app: Flask, client: FlaskClient, run: Engine, time: Clock, asked: list[str]
) -> None:
    ended = Engine(client, "estimated")
    ended.plan(align=1)
    ended.job(1)
    ended.finished(1)
    ended.progress(1, 1)
    ended.info("Complete log: x")
    again = Engine(client, "estimated")
    again.plan(align=1, sort=1)
    again.job(1)
    time.move(seconds=11)
    asked.clear()
    while housekeeper(app).sum_up_step():
        pass
    while housekeeper(app).estimate_step():
        pass
    assert len(asked) > 10
    assert scans(app, asked) == set()


@pytest.fixture
def very_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let everything count as very much, of which a page looks at a part."""
    monkeypatch.setattr(job_lists, "SORTED", 0)
    for module, name in (
        (job_lists, "LOOKED_THROUGH"),
        (messages, "LOOKED_THROUGH"),
        (search, "SEARCHED_JOBS"),
        (candidates, "MOST"),
        (timelines, "DRAWN"),
        (timelines, "DRAWN_OF_RULE"),
    ):
        monkeypatch.setattr(module, name, 5)


def sorts(app: Flask, statements: list[str]) -> set[str]:
    """Return the statements that sort what is in no order, and may be very much."""
    connection = sqlite3.connect(sql_engine_of(app).url.database)
    found = set()
    for statement in {text for text in statements if READS.match(text)}:
        plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}")]
        words = " ".join(statement.split())
        is_few = any(re.search(pattern, words) for pattern in FEW.values())
        if not is_few and any("TEMP B-TREE" in step for step in plan):
            found.add(words)
    connection.close()
    return found


@pytest.mark.parametrize(
    "pages",
    [pytest.param(PAGES, id="pages"), pytest.param(LISTS, id="lists", marks=pytest.mark.slow)],
)
def test_no_page_of_very_many_jobs_reads_or_sorts_all_of_them(
    app: Flask,
    client: FlaskClient,
    run: Engine,
    asked: list[str],
    pages: list[str],
    very_many: None,
) -> None:
    asked.clear()
    for page in pages:
        assert client.get(page).status_code == 200, page
    assert scans(app, asked) == set()
    assert sorts(app, asked) == set()


def test_a_sort_that_no_index_has_is_not_offered_for_very_many_jobs(
    client: FlaskClient, run: Engine, very_many: None
) -> None:
    page = client.get("/workflow/1?status=Done").get_data(as_text=True)
    assert "sort=duration" not in page
    assert "20 jobs are too many to sort by the other columns. Filter them first." in page
    page = client.get("/workflow/1?rule=align").get_data(as_text=True)
    assert "sort=duration" in page
    assert "sort=attempts" not in page


@pytest.mark.parametrize(
    "page",
    [
        *("/", "/workflows/", "/workflow/1", "/workflow/1/graph", "/workflow/1/samples"),
        *("/api/workflow/1/rules", "/api/workflow/1/jobs?per_page=10", "/metrics"),
    ],
)
def test_as_many_questions_are_asked_of_many_as_of_few(
    client: FlaskClient, run: Engine, asked: list[str], page: str
) -> None:
    def questions() -> int:
        client.get(page)
        asked.clear()
        client.get(page)
        # For tokens a process asks once a second, whatever it is asked.
        return sum(bool(READS.match(text)) and "FROM tokens" not in text for text in asked)

    # What can't be there isn't asked for: so there is one of each.
    run.job(99, "rule0", wildcards={"s": "K99"})
    run.failed(99, "rule0")
    few = questions()
    for jobid in range(100, 160):
        run.job(jobid, f"rule{jobid % 7}", wildcards={"s": f"K{jobid}"})
        run.failed(jobid, f"rule{jobid % 7}")
    for name in range(20):
        other = Engine(client, f"other-{name}")
        other.job(1)
        other.failed(1)
    assert questions() <= few
