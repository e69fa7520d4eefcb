"""What is told of a run, and of which runs."""

import sqlite3
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from panoptes.app import housekeeper
from panoptes.config.recipients import read_webhook
from panoptes.config.settings import Settings
from panoptes.database.connections import sql_engine
from tests.conftest import Clock, serve
from tests.engine import Engine
from tests.notify.conftest import SECRET, send_all, waiting
from tests.receiver import Receiver

Deliver = Callable[..., list[dict[str, Any]]]


def events(came: list[dict[str, Any]]) -> list[str]:
    return [each["event"] for each in came]


def done_run(client: FlaskClient, name: str = "nightly") -> Engine:
    run = Engine(client, name)
    run.job(1)
    run.finished(1)
    run.progress(1, 1)
    return run


def failed_run(client: FlaskClient, name: str = "nightly") -> Engine:
    run = Engine(client, name)
    run.job(1, wildcards={"sample": "K7"})
    run.failed(1)
    run.info("Complete log: x")
    return run


def test_the_end_of_a_run_is_told(client: FlaskClient, deliver: Deliver) -> None:
    run = done_run(client)
    (came,) = deliver()
    assert (came["event"], came["title"]) == ("done", "✓ nightly: done")
    assert came["text"].startswith("Run 1: 1 of 1 done, in ")
    assert came["url"] == f"https://panoptes.example/workflow/{run.id}?run=1"
    assert came["workflow"]["status"] == "Done"
    assert came["failure"] is None


def test_an_error_is_told_with_what_failed_first(client: FlaskClient, deliver: Deliver) -> None:
    failed_run(client)
    (came,) = deliver()
    assert (came["event"], came["title"]) == ("error", "✗ nightly: ended with an error")
    assert "First failure: align sample=K7" in came["text"]
    assert came["failure"]["wildcards"] == {"sample": "K7"}


def test_the_first_failure_of_a_run_that_goes_on_is_told_once(
    client: FlaskClient, deliver: Deliver
) -> None:
    run = Engine(client, "nightly")
    for jobid in range(3):
        run.job(jobid)
    run.failed(0)
    (came,) = deliver()
    assert (came["event"], came["title"]) == ("failure", "✗ nightly: a job failed")
    assert came["workflow"]["jobs_running"] == 2
    run.failed(1)
    assert deliver() == []
    run.failed(2)
    run.info("Complete log: x")
    assert events(deliver()) == ["error"]


def test_a_failure_is_told_where_the_run_was_given_up_for_a_moment(
    client: FlaskClient, deliver: Deliver
) -> None:
    """Of Snakemake 9, where no other job runs: its error may be all that comes."""
    run = Engine(client, "nightly")
    run.job(1)
    run.send("error", msg="RuleException")
    run.failed(1)
    assert events(deliver()) == ["failure"]
    run.send("error", msg="WorkflowError")
    assert events(deliver()) == ["error"]


def test_a_run_that_silence_ended_is_told(
    app: Flask, client: FlaskClient, deliver: Deliver, time: Clock
) -> None:
    run = Engine(client, "nightly")
    run.job(1)
    run.job(2)
    run.send("error", msg="RuleException")
    time.move(seconds=10)
    housekeeper(app).clean_up_step()
    assert events(deliver()) == ["error"]


def test_words_that_follow_a_failure_are_told_with_it(
    client: FlaskClient, deliver: Deliver
) -> None:
    run = Engine(client, "nightly")
    run.job(1, shellcmd="false")
    run.job(2)
    run.failed(1, output=["x"], shellcmd="false")
    run.send("error", msg="Error in rule align:\nCommand 'false' returned non-zero exit status 1.")
    (came,) = deliver()
    assert "exit status 1" in came["text"]


def test_a_job_that_is_started_again_at_once_is_no_failure(
    client: FlaskClient, deliver: Deliver
) -> None:
    run = Engine(client, "nightly")
    run.job(1)
    run.failed(1)
    run.job(1)
    assert deliver() == []
    run.failed(1)
    assert events(deliver()) == ["failure"]


def test_a_run_that_is_done_after_one_that_failed_has_recovered(
    client: FlaskClient, deliver: Deliver
) -> None:
    failed_run(client)
    cancelled = Engine(client, "nightly")
    cancelled.job(1)
    client.post(f"/api/workflow/{cancelled.id}/cancel")
    done_run(client)
    done_run(client)
    came = deliver()
    assert events(came) == ["error", "recovered", "done"]
    assert came[1]["title"] == "✓ nightly: done again, after an error"


def test_what_happened_while_a_run_was_cancelled_is_told_once_that_is_undone(
    client: FlaskClient, deliver: Deliver
) -> None:
    run = Engine(client, "nightly")
    run.job(1)
    client.post(f"/api/workflow/{run.id}/cancel")
    run.failed(1)
    run.info("Complete log: x")
    assert deliver() == []
    client.delete(f"/api/workflow/{run.id}/cancel")
    assert "error" in events(deliver())


def test_a_run_that_fell_silent_is_told_once(
    app: Flask, client: FlaskClient, time: Clock, deliver: Deliver
) -> None:
    Engine(client, "nightly").job(1)
    assert deliver() == []
    assert deliver(3600 * 48) == []
    (came,) = deliver()
    assert (came["event"], came["title"]) == ("stale", "◷ nightly: silent for 2 d")
    assert deliver(3600) == []


def test_a_run_that_fell_silent_long_ago_is_not_told(
    client: FlaskClient, time: Clock, deliver: Deliver
) -> None:
    Engine(client, "nightly").job(1)
    assert deliver(3600 * 24 * 30) == []
    assert deliver() == []


@pytest.mark.parametrize("last", ["cancel", "nothing to do", "dry run"])
def test_what_did_not_end_by_itself_or_ran_nothing_is_not_told(
    client: FlaskClient, deliver: Deliver, last: str
) -> None:
    run = Engine(client, "nightly")
    if last == "cancel":
        run.job(1)
        client.post(f"/api/workflow/{run.id}/cancel")
    else:
        run.info("Nothing to be done." if last == "nothing to do" else "This was a dry-run.")
    assert deliver() == []


def test_doubled_and_late_events_tell_nothing_more(client: FlaskClient, deliver: Deliver) -> None:
    run = done_run(client)
    assert events(deliver()) == ["done"]
    run.progress(1, 1)
    run.finished(1)
    run.info("Complete log: x")
    assert deliver() == []


def test_what_was_deleted_meanwhile_is_not_told(
    app: Flask, client: FlaskClient, deliver: Deliver
) -> None:
    run = done_run(client)
    client.delete(f"/api/workflow/{run.id}")
    assert deliver() == []
    assert waiting(app) == 0


def test_a_pattern_chooses_workflows_by_their_names(
    app_with: Callable[..., Flask], receiver: Receiver, time: Clock
) -> None:
    patterns = ("nightly-*", "*-[ab]", "nightly-?")
    url = receiver.url
    app = app_with(webhook=tuple(read_webhook(f"{pattern}={url}") for pattern in patterns))
    for name in ("nightly-1", "weekly-a", "weekly-c", "Nightly-1"):
        done_run(app.test_client(), name)
    time.move(seconds=4)
    send_all(app)
    assert len(receiver.received) == 2, "Each once, though two patterns fit."


# --- what it costs --------------------------------------------------------------------------------


def asked_by_events(settings: Settings) -> list[int]:
    """Return how many statements each event of a run takes, from its first job to its end."""
    asked: list[str] = []
    for app in serve(settings):
        with app.app_context():
            engine = sql_engine()

        @event.listens_for(engine, "checkout")
        def listen(connection: sqlite3.Connection, *_: object) -> None:
            connection.set_trace_callback(asked.append)

        run, counts = Engine(app.test_client(), "nightly"), []
        done = partial(run.progress, 1, 1)
        for report in (run.job, run.finished, partial(run.info, "x"), done):
            asked.clear()
            assert report().status_code == 200
            counts.append(len(asked))
    return counts


def test_an_event_costs_more_only_where_it_tells_something_to_somebody(tmp_path: Path) -> None:
    def settings(name: str, **more: Any) -> Settings:
        return Settings(db_url=f"sqlite:///{tmp_path / name}", **more)

    hook = (read_webhook("http://127.0.0.1:9"),)
    nobody = asked_by_events(settings("nobody.db"))
    somebody = asked_by_events(settings("somebody.db", webhook=hook, webhook_secret=SECRET))
    assert all(nobody)
    assert [more - few for more, few in zip(somebody, nobody, strict=True)] == [0, 0, 0, 2]


def test_of_a_run_that_was_over_when_it_was_told_of_nobody_is_told(
    client: FlaskClient, deliver: Deliver, time: Clock
) -> None:
    done_run(client)
    assert len(deliver()) == 1
    for number, status in enumerate(("error", "done", None)):
        began = time.now.timestamp() - 3600 * (number + 1)
        run = {"id": f"log-{number}", "engine": "generic", "name": "nightly"}
        description = {"is_report": True, "started": began, "silence_limit": 30}
        client.post("/api/runs", json={**run, "description": description})
        job = {"event": "job", "job": 1, "rule": "a", "status": status or "running"}
        end = [{"event": "end", "status": status, "time": began + 60}] if status else []
        batch = {"first": 1, "events": [{**job, "time": began + 30}, *end]}
        assert client.post(f"/api/runs/log-{number}/events", json=batch).status_code == 200
    assert deliver(3600) == []
    # The run before, of those that were watched, was a good one.
    done_run(client)
    assert events(deliver()) == ["done"]
