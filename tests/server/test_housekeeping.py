"""What is deleted or too old is removed in small steps."""

import logging
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from time import monotonic, sleep

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, text, update

from devtools.running import running_server
from panoptes.app import housekeeper
from panoptes.common import clock
from panoptes.common.rate_limited_log import RateLimitedLog
from panoptes.config.settings import Settings
from panoptes.database.connections import reading, writing
from panoptes.models import (
    Attempt,
    HeldMessage,
    Job,
    LogText,
    Message,
    Rule,
    Run,
    Wildcard,
    WildcardCount,
    Workflow,
    log_text,
    purge,
)
from panoptes.models.log_text import LogName, add_log_text
from panoptes.server import housekeeping
from panoptes.server.housekeeping import Housekeeper
from tests.changed_settings import change_settings
from tests.conftest import Clock, serve
from tests.engine import Engine

TABLES = (
    *(Workflow, Run, Job, Attempt, Rule, Message, HeldMessage, LogText, Wildcard, WildcardCount),
)


@pytest.fixture(autouse=True)
def _in_steps_of_few_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """A step looks at its watch after each chunk: with none left, it is one chunk long."""
    monkeypatch.setattr(housekeeping, "STEP", 0.0)


def rows(app: Flask) -> list[int]:
    with app.app_context():
        return [reading().scalar(select(func.count()).select_from(each)) or 0 for each in TABLES]


def take_step(app: Flask) -> bool:
    return housekeeper(app).clean_up_step()


def keep_house(app: Flask) -> int:
    """Take steps until nothing is left to do; return how many did something."""
    steps = 0
    while take_step(app):
        steps += 1
        assert steps < 500
    return steps


def keep_log(app: Flask, engine: Engine, jobid: str) -> None:
    """Let the client of a run have sent the log of one of its jobs."""
    with app.app_context(), writing() as connection:
        run_id = connection.scalar(select(Run.id).where(Run.workflow_id == engine.id)) or 0
        name = LogName(run_id, 0, jobid, 1, "a.log")
        add_log_text(connection, name, 0, "no space left", 13, clock.utcnow())


def full_run(client: FlaskClient, name: str, jobs: int = 3) -> Engine:
    """A run with rows in every table; its last job was started again."""
    engine = Engine(client, name)
    engine.plan(align=jobs)
    for jobid in range(jobs):
        engine.job(jobid, wildcards={"sample": str(jobid)})
        engine.failed(jobid)
        engine.job(jobid)
        engine.finished(jobid)
        keep_log(client.application, engine, str(jobid))
    engine.info("Complete log: x")
    return engine


# --- what was deleted -----------------------------------------------------------------------------


def test_what_was_deleted_is_removed_when_it_can_t_come_back_any_more(
    app: Flask, client: FlaskClient, time: Clock
) -> None:
    kept = full_run(client, "kept")
    before = rows(app)
    gone = full_run(client, "gone")
    client.delete(f"/api/workflow/{gone.id}")
    time.move(minutes=10)
    assert not take_step(app)
    time.move(minutes=2)
    assert keep_house(app) > 0
    assert rows(app) == before
    assert kept.status == "Done"


def test_the_ids_of_what_was_removed_are_not_used_again(
    app: Flask, client: FlaskClient, time: Clock
) -> None:
    def ids() -> set[int]:
        with app.app_context():
            return set(reading().scalars(select(Run.id)))

    gone = full_run(client, "gone")
    removed = ids()
    client.delete(f"/api/workflow/{gone.id}")
    time.move(minutes=12)
    assert keep_house(app) > 0
    assert ids() == set()
    full_run(client, "next")
    assert ids().isdisjoint(removed)


def test_a_step_removes_a_chunk_and_the_rest_stays_for_the_next(
    app: Flask, client: FlaskClient, time: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    full_run(client, "large", jobs=purge.CHUNK + 20)
    client.delete("/api/workflows/all")
    time.move(minutes=12)
    assert take_step(app)
    workflows, runs, jobs, attempts, *others = rows(app)
    del others[TABLES.index(HeldMessage) - 4]  # It was never cancelled.
    assert (workflows, runs, jobs, attempts) == (1, 1, 20, 20)
    assert all(others)
    keep_house(app)
    assert rows(app) == [0] * len(TABLES)


def test_nothing_is_left_to_go_with_the_run_itself(
    app: Flask, client: FlaskClient, time: Clock
) -> None:
    """A long run's rows that went all at once would keep events waiting."""
    full_run(client, "large", jobs=purge.CHUNK + 20)
    client.delete("/api/workflows/all")
    time.move(minutes=12)
    while rows(app)[TABLES.index(Run)]:
        before = rows(app)
        assert take_step(app)
    assert before == [1, 1, *[0] * (len(TABLES) - 2)]


def test_a_deleted_workflow_may_be_removed_while_its_name_runs_again(
    app: Flask, client: FlaskClient, time: Clock
) -> None:
    full_run(client, "nightly")
    client.delete("/api/workflows/all")
    again = full_run(client, "nightly", jobs=1)
    time.move(minutes=12)
    keep_house(app)
    assert (again.workflow["name"], again.workflow["jobs_done"]) == ("nightly", 1)
    assert rows(app)[:3] == [1, 1, 1]


# --- logs of jobs -----------------------------------------------------------------------------


def test_where_there_is_too_much_of_all_logs_those_go_that_changed_longest_ago(
    app: Flask, client: FlaskClient, time: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Engine(client, "nightly")
    for jobid in ("1", "2", "3"):
        keep_log(app, run, jobid)
        time.move(seconds=1)
    keep_log(app, run, "1")
    monkeypatch.setattr(log_text, "MOST_OF_ALL", 13 * 3)
    assert not take_step(app)
    monkeypatch.setattr(log_text, "MOST_OF_ALL", 13 * 3 - 1)
    monkeypatch.setattr(log_text, "CHUNK", 1)
    assert keep_house(app) == 1
    with app.app_context():
        kept = set(reading().scalars(select(LogText.key)))
    assert kept == {"1", "3"}


# --- cancelled runs ---------------------------------------------------------------------------


def held(app: Flask) -> int:
    return rows(app)[TABLES.index(HeldMessage)]


def test_events_of_a_cancelled_run_go_when_that_can_t_be_undone_any_more(
    app: Flask, client: FlaskClient, time: Clock
) -> None:
    run = Engine(client, "nightly")
    run.job(1)
    client.post(f"/api/workflow/{run.id}/cancel")
    time.move(minutes=5)
    run.finished(1)
    time.move(minutes=4)
    run.progress(1, 1)
    keep_house(app)
    assert held(app) == 2
    time.move(minutes=8)
    keep_house(app)
    assert held(app) == 1
    time.move(minutes=10)
    keep_house(app)
    assert held(app) == 0
    assert run.status == "Cancelled"


def test_a_run_that_had_fallen_silent_after_an_error_ends_once_cancelling_is_undone(
    app: Flask, client: FlaskClient, time: Clock
) -> None:
    run = Engine(client, "nightly")
    run.job(1)
    run.job(2)
    run.send("error", msg="RuleException")
    client.post(f"/api/workflow/{run.id}/cancel")
    time.move(minutes=5)
    assert not take_step(app)
    client.delete(f"/api/workflow/{run.id}/cancel")
    assert run.status == "Running"
    assert take_step(app)
    assert (run.status, run.workflow["completed_at"]) == ("Error", "2026-11-23T09:00:00Z")


# --- what is too old ------------------------------------------------------------------------------


@pytest.fixture
def keeping_30_days(app: Flask) -> None:
    change_settings(app, retention=30.0)


Ends = Callable[[Engine], object]
ENDED: dict[str, Ends] = {
    "done": lambda run: run.progress(1, 1),
    "failed": lambda run: run.failed(1) and run.info("Complete log: x"),
    "failed, and its client never said so": lambda run: run.failed(1),
    "cancelled": lambda run: run.web.post(f"/api/workflow/{run.id}/cancel"),
    "nothing to do": lambda run: run.info("Nothing to be done."),
}


@pytest.mark.usefixtures("keeping_30_days")
@pytest.mark.parametrize("how", ENDED)
def test_a_run_goes_so_many_days_after_its_end(
    app: Flask, client: FlaskClient, time: Clock, how: str
) -> None:
    run = Engine(client, "nightly")
    if how != "nothing to do":
        run.job(1)
    time.move(days=20)
    ENDED[how](run)
    time.move(days=29)
    assert not take_step(app)
    time.move(days=2)
    keep_house(app)
    assert rows(app) == [0] * len(TABLES)


@pytest.mark.usefixtures("keeping_30_days")
def test_what_has_not_ended_stays_however_old(app: Flask, client: FlaskClient, time: Clock) -> None:
    run = Engine(client, "nightly")
    run.job(1)
    time.move(days=400)
    assert not take_step(app)
    assert run.status == "Stale"


@pytest.mark.usefixtures("keeping_30_days")
def test_a_failed_run_that_goes_on_stays_until_it_is_silent_for_long(
    app: Flask, client: FlaskClient, time: Clock
) -> None:
    change_settings(app, stale_hours=24 * 60)
    run = Engine(client, "nightly")
    run.job(1)
    run.job(2)
    run.failed(1)
    time.move(days=31)
    assert not take_step(app)
    assert run.status == "Error"
    time.move(days=30)
    keep_house(app)
    assert rows(app) == [0] * len(TABLES)


@pytest.mark.usefixtures("keeping_30_days")
def test_a_failed_run_whose_other_jobs_wait_in_a_queue_stays_too(
    app: Flask, client: FlaskClient, time: Clock
) -> None:
    change_settings(app, stale_hours=24 * 60)
    run = Engine(client, "nightly")
    run.job(1)
    run.failed(1)
    with app.app_context(), writing() as connection:
        connection.execute(update(Run).values(jobs_queued=1))
    time.move(days=31)
    assert not take_step(app)
    time.move(days=30)
    keep_house(app)
    assert rows(app) == [0] * len(TABLES)


@pytest.mark.usefixtures("keeping_30_days")
def test_nothing_goes_for_its_age_once_the_clock_was_set_forward(
    app: Flask,
    client: FlaskClient,
    time: Clock,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # It writes a line a minute, whichever app it is about.
    log = RateLimitedLog(logging.getLogger("panoptes"))
    monkeypatch.setattr(housekeeping, "clock_log", log)
    full_run(client, "nightly")
    keeper = housekeeper(app)
    time.move(days=400)
    assert not keeper.clean_up_step()
    assert "The clock was set forward" in caplog.text
    time.move(days=-400, minutes=1)
    assert not keeper.clean_up_step()
    assert client.get("/api/workflows").get_json()["count"] == 1


@pytest.mark.usefixtures("keeping_30_days")
def test_a_pinned_workflow_stays_with_all_its_runs(
    app: Flask, client: FlaskClient, time: Clock
) -> None:
    for _ in range(2):
        run = full_run(client, "nightly")
    client.put(f"/api/workflow/{run.id}/pin")
    time.move(days=400)
    assert not take_step(app)
    client.delete(f"/api/workflow/{run.id}/pin")
    keep_house(app)
    assert rows(app) == [0] * len(TABLES)


@pytest.mark.usefixtures("keeping_30_days")
def test_old_runs_go_and_younger_ones_of_the_workflow_stay(
    app: Flask, client: FlaskClient, time: Clock
) -> None:
    for _ in range(3):
        run = full_run(client, "nightly")
        time.move(days=15)
    keep_house(app)
    found = client.get(f"/api/workflow/{run.id}/runs").get_json()["runs"]
    assert [each["run"] for each in found] == [3, 2]
    assert client.get(f"/api/workflow/{run.id}?run=1").status_code == 404
    assert client.get(f"/workflow/{run.id}?run=1").status_code == 404
    assert rows(app)[:3] == [1, 2, 6]


@pytest.mark.usefixtures("keeping_30_days")
def test_the_baseline_stays_for_as_long_as_later_runs_do(
    app: Flask, client: FlaskClient, time: Clock
) -> None:
    for _ in range(3):
        run = full_run(client, "nightly")
        client.put(f"/api/workflow/{run.id}/runs/1", json={"baseline": True, "labels": ["good"]})
        time.move(days=15)
    keep_house(app)
    found = client.get(f"/api/workflow/{run.id}/runs").get_json()["runs"]
    assert [each["run"] for each in found] == [3, 2, 1]
    time.move(days=60)
    keep_house(app)
    assert rows(app) == [0] * len(TABLES)


@pytest.mark.usefixtures("keeping_30_days")
def test_what_became_too_old_is_hidden_at_once_and_can_t_be_undone(
    app: Flask, client: FlaskClient, time: Clock
) -> None:
    run = full_run(client, "nightly")
    time.move(days=31)
    assert take_step(app)
    assert rows(app)[0] == 1
    assert client.get(f"/api/workflow/{run.id}").status_code == 404
    assert client.post("/api/workflows/restore").status_code == 410
    assert b"Undo" not in client.get("/workflows/").data
    assert full_run(client, "nightly").id != run.id


def test_nothing_is_too_old_unless_the_server_is_told(
    app: Flask, client: FlaskClient, time: Clock
) -> None:
    full_run(client, "nightly")
    time.move(days=4000)
    assert not take_step(app)


# --- in the background ----------------------------------------------------------------------------


def test_a_fault_of_the_database_is_told_and_not_the_end(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for app in serve(Settings(db_url=f"sqlite:///{tmp_path / 'panoptes.db'}")):
        with app.app_context(), writing() as connection:
            connection.execute(text("ALTER TABLE workflows RENAME TO elsewhere"))
        keeper = housekeeper(app)
        assert not keeper.try_step(keeper.clean_up_step)
    assert "no such table: workflows" in caplog.text


@pytest.mark.slow
def test_a_server_keeps_house_by_itself(tmp_path: Path) -> None:
    file = tmp_path / "panoptes.db"
    for app in serve(Settings(db_url=f"sqlite:///{file}")):
        old, young = full_run(app.test_client(), "old"), full_run(app.test_client(), "young")
        with app.app_context():
            long_ago = f"UPDATE runs SET ended_at = '2020-01-01' WHERE id = {old.id}"
            with writing() as connection:
                connection.execute(text(long_ago))
    with running_server(tmp_path, "--retention", "300") as server:
        deadline = monotonic() + 30
        while jobs_in(file) > 3 and monotonic() < deadline:
            sleep(0.1)
        assert jobs_in(file) == 3
        assert young.id in [each["id"] for each in server.get("/api/workflows")["workflows"]]


@pytest.mark.slow
def test_a_server_that_was_stopped_leaves_its_database_in_one_file(tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        server.get("/create_workflow")
        assert (tmp_path / "panoptes.db-wal").exists()
    assert not (tmp_path / "panoptes.db-wal").exists()


def jobs_in(file: Path) -> int:
    with closing(sqlite3.connect(file)) as connection:
        return int(connection.execute("SELECT count(*) FROM jobs").fetchone()[0])


@pytest.mark.parametrize(("read_only", "threads"), [(True, 0), (False, 1)])
def test_the_first_request_starts_it_unless_nothing_may_be_changed(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch, read_only: bool, threads: int
) -> None:
    started = threading.Semaphore(0)
    monkeypatch.setattr(Housekeeper, "clean_up_step", lambda _keeper: started.release())
    for app in serve(Settings(db_url=sqlite_url, read_only=read_only)):
        housekeeper(app).start_with_first_request()
        assert not started.acquire(blocking=False)
        for _ in range(3):
            app.test_client().get("/api/service-info")
        found = [started.acquire(timeout=5 if threads else 0) for _ in range(threads)]
        assert found == [True] * threads
        assert not started.acquire(blocking=False)


def test_an_event_starts_it_though_flask_never_sees_it(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = threading.Semaphore(0)
    monkeypatch.setattr(Housekeeper, "clean_up_step", lambda _keeper: started.release())
    for app in serve(Settings(db_url=sqlite_url)):
        housekeeper(app).start_with_first_request()
        app.test_client().post("/update_workflow_status", data={"id": "1", "msg": "{}"})
        assert started.acquire(timeout=5)


# --- runs that fell silent after an error ---------------------------------------------------------


def test_a_run_ends_where_nothing_follows_an_error_that_may_be_a_jobs(
    app: Flask, engine: Engine, time: Clock
) -> None:
    """A command that can't be put together ends Snakemake 9, whatever else runs."""
    engine.job(1)
    engine.job(2)
    engine.send("error", msg="RuleException")
    time.move(seconds=9)
    assert not take_step(app)
    assert engine.status == "Running"
    time.move(seconds=1)
    assert take_step(app)
    run = engine.workflow
    assert (run["status"], run["error"]) == ("Error", "RuleException")
    assert run["completed_at"].startswith("2026-11-23T09:00:00")
    assert {job["status"] for job in engine.jobs.values()} == {"Error"}
    assert not take_step(app)


def test_a_report_that_follows_the_error_says_that_the_run_goes_on(
    app: Flask, engine: Engine, time: Clock
) -> None:
    engine.job(1)
    engine.job(2)
    engine.send("error", msg="RuleException")
    engine.failed(1)
    time.move(seconds=60)
    assert not take_step(app)
    assert engine.workflow["completed_at"] is None
    assert engine.jobs[2]["status"] == "Running"


def test_a_run_that_was_only_slow_comes_back(app: Flask, engine: Engine, time: Clock) -> None:
    engine.job(1)
    engine.job(2)
    engine.send("error", msg="RuleException")
    time.move(seconds=60)
    assert take_step(app)
    engine.finished(2)
    engine.send("job_started", jobs=[1])
    assert engine.status == "Running"
    assert engine.jobs[2]["status"] == "Done"


def test_an_error_of_a_job_that_never_reports_may_be_followed_by_silence(
    app: Flask, engine: Engine, time: Clock
) -> None:
    engine.job(1)
    engine.job(2)
    engine.send("error", msg="MissingOutputException")
    time.move(hours=3)
    assert not take_step(app)
    assert engine.status == "Running"
