"""The events of engines: what they are answered, whatever they send."""

import json
import sqlite3
from typing import Any
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st

from panoptes.app import create_app
from panoptes.common.rate_limited_log import RateLimitedLog
from panoptes.config.settings import Settings
from panoptes.database import connections, writer
from panoptes.web.intake import answering
from tests import strategies
from tests.conftest import serve
from tests.engine import Engine

HARMLESS = {200, 400, 413, 503}
UPDATE = "/update_workflow_status"
FORM = "application/x-www-form-urlencoded"


def test_an_update_to_an_address_with_a_slash_is_taken(engine: Engine) -> None:
    form = {"msg": '{"level": "job_finished", "jobid": 1}', "timestamp": "t", "id": engine.id}
    doubled = {"PATH_INFO": "//update_workflow_status"}
    assert engine.web.post("/", data=form, environ_overrides=doubled).status_code == 200
    assert engine.jobs[1]["status"] == "Done"


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({}, "id"),
        ({"id": "1"}, "msg"),
        ({"msg": "{}", "id": "x"}, "id"),
        ({"msg": "{}", "id": "1"}, "msg"),
        ({"msg": '{"level": "job_finished", "jobid": []}', "id": "1"}, "msg"),
        ("{", "body"),
    ],
)
def test_what_is_broken_is_named_with_its_field(client: FlaskClient, data: Any, field: str) -> None:
    answer = client.post(UPDATE, data=data)
    assert answer.status_code == 400
    assert list(answer.get_json()["errors"]) == [field]
    assert all(isinstance(each, str) for each in answer.get_json()["errors"][field])


@pytest.mark.parametrize(
    "msg",
    [
        '{"level": "never seen"}',
        '{"level": "debug", "msg": "x"}',
        "{'level': 'dag_debug', 'job': <Job at 0x1>, 'x': 'unclosed}",
        '{"level": "info"}',
    ],
)
def test_what_is_not_understood_is_ignored_with_200(engine: Engine, msg: str) -> None:
    answer = engine.web.post(UPDATE, data={"msg": msg, "timestamp": "t", "id": engine.id})
    assert answer.status_code == 200


def test_a_rule_with_ten_thousand_inputs_comes_as_one_form(engine: Engine) -> None:
    names = [f"results/folder/with/a/long/name/sample_{n}_übung.bam" for n in range(10_000)]
    answer = engine.job(1, input=names)
    assert answer.status_code == 200
    assert engine.jobs[1]["input"] == names


def forms(event: dict[str, Any], workflow_id: int) -> dict[str, tuple[bytes, str]]:
    """Return an event as 5.28, 7.32 and 8 or 9 send it, each with its content type."""
    form = {"timestamp": "Mon Nov 23 09:00:00 2026", "id": str(workflow_id)}
    as_json = {"msg": json.dumps(event), **form, "id": workflow_id}
    return {
        "5.28": (urlencode({"msg": repr(event), **form}).encode(), FORM),
        "7.32": (json.dumps(as_json).encode(), ""),
        "8": (urlencode({"msg": json.dumps(event), **form}).encode(), FORM),
    }


@pytest.mark.parametrize("version", ["5.28", "7.32", "8"])
def test_a_job_with_very_many_inputs_keeps_its_rule_and_both_ends_of_them(
    engine: Engine, version: str
) -> None:
    names = [f"[a]/{number:06}.bam" for number in range(120_000)]
    reason = f"Input files updated by another job: {', '.join(names)}"
    event = {"level": "job_info", "jobid": 1, "name": "merge", "input": names, "output": ["all"]}
    event |= {"wildcards": {}, "reason": reason, "log": []}
    body, content_type = forms(event, engine.id)[version]
    answer = engine.web.post(UPDATE, data=body, content_type=content_type or None)
    assert answer.status_code == 200
    job = engine.jobs[1]
    assert (job["name"], job["output"]) == ("merge", ["all"])
    assert job["input"] == [*names[:5_000], *names[-5_000:]]
    assert job["left_out"] == {"input": 110_000}
    assert job["reason"] == f"{reason[:99_999]}…"


# What servers say of bodies that they end themselves.
ENDS = [{}, {"wsgi.input_terminated": True}]


@pytest.mark.parametrize("says", ENDS)
def test_a_body_that_is_far_too_large_is_told_so(engine: Engine, says: dict[str, bool]) -> None:
    data = {"id": engine.id, "msg": "x" * (11 * 2**20)}
    assert engine.web.post(UPDATE, data=data, environ_overrides=says).status_code == 413


@pytest.mark.parametrize("says", ENDS)
def test_a_body_is_read_whole(engine: Engine, says: dict[str, bool]) -> None:
    data = {"id": engine.id, "msg": json.dumps({"level": "info", "msg": "x" * 9_000, "a": 1})}
    answer = engine.web.post(UPDATE, data=data, environ_overrides=says)
    assert answer.json == {"msg": "ok"}


def test_a_mistake_of_ours_does_not_end_a_pipeline(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def mistake(*_args: object) -> str:
        raise RuntimeError("a bug")

    monkeypatch.setattr(answering, "apply", mistake)
    monkeypatch.setattr(answering, "mistakes", RateLimitedLog(answering.log))
    answer = engine.job(1)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert "a bug" in caplog.text


def test_a_locked_database_is_503_and_nothing_is_half_written(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        connections, "SQLITE_PRAGMAS", (*connections.SQLITE_PRAGMAS, "busy_timeout = 50")
    )
    for app in serve(Settings(db_url=sqlite_url)):
        engine = Engine(app.test_client())
        other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        answer = engine.job(1)
        assert answer.status_code == 503
        assert answer.headers["Retry-After"]
        assert engine.jobs == {}  # Pages can still be read.
        other.execute("ROLLBACK")
        other.close()
        assert engine.job(1).status_code == 200
        assert list(engine.jobs) == [1]


@pytest.mark.slow
@pytest.mark.parametrize(
    "event",
    [
        {"level": "progress", "done": 0, "total": 2**63 - 1},
        {"level": "progress", "done": 10**9, "total": 10**9},
        {"level": "info", "msg": f"Trying to restart job {'9' * 90_000}."},
        {"level": "run_info", "msg": "Job stats:\n" + "x  999999999\n" * 9_000},
        {"level": "job_info", "jobid": "x" * 100, "name": "ü" * 9_000, "threads": 2**62},
        {"level": "job_started", "jobs": list(range(2_000))},
    ],
)
def test_numbers_and_texts_beyond_all_reason_harm_no_page(
    engine: Engine, event: dict[str, Any]
) -> None:
    level, event = event["level"], {name: event[name] for name in event if name != "level"}
    assert engine.send(level, **event).status_code in HARMLESS - {503}
    for _ in range(3):
        engine.info("Executing subworkflow x.")
        assert engine.progress(1, 10**9).status_code == 200
        assert engine.send(level, **event).status_code in HARMLESS - {503}
    for path in ("/", "/workflows/", f"/workflow/{engine.id}", "/api/workflows"):
        assert engine.web.get(path).status_code == 200
    assert engine.web.get(f"/api/workflow/{engine.id}/jobs").status_code == 200


def test_writers_that_wait_too_long_are_told_to_come_again(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(answering, "troubles", RateLimitedLog(answering.log))
    monkeypatch.setattr(writer, "WRITER_PATIENCE", 0.05)
    for app in serve(Settings(db_url=sqlite_url)):
        engine = Engine(app.test_client())
        with app.app_context(), connections.writing():  # Somebody who takes long.
            assert engine.job(1).status_code == 503
            assert app.test_client().get("/create_workflow").status_code == 503
        assert app.test_client().get("/api/workflows").get_json()["count"] == 1
    [line] = [line for line in caplog.messages if line.startswith("An event could not be stored")]
    assert line.endswith(": others in this process were writing for 0.05 s")


@given(strategies.levels, strategies.told, st.booleans())
@settings(max_examples=2 * settings.default.max_examples)
def test_no_event_harms_a_run_or_a_page(
    client: FlaskClient, level: str, told: dict[str, Any], known_job: bool
) -> None:
    engine = Engine(client)
    event = {**told, "level": level} | ({"jobid": 1} if known_job else {})
    engine.job(1)
    answer = client.post(UPDATE, data={"msg": json.dumps(event), "timestamp": "t", "id": engine.id})
    assert answer.status_code in HARMLESS
    assert answer.status_code != 503, answer.get_json()
    for path in ("", "/jobs", "/rules", "/messages", "/runs"):
        assert client.get(f"/api/workflow/{engine.id}{path}").status_code == 200
    assert client.get(f"/workflow/{engine.id}").status_code == 200


@given(st.binary(max_size=200), st.sampled_from(["", "application/json", "text/plain"]))
def test_no_body_harms_a_run(client: FlaskClient, body: bytes, content_type: str) -> None:
    for sent in (body, b"id=1&msg=" + body):
        answer = client.post(UPDATE, data=sent, content_type=content_type)
        assert answer.status_code in HARMLESS - {503}


def test_a_copy_counts_once_whichever_process_takes_it(database_url: str) -> None:
    first, second = (create_app(Settings(db_url=database_url)) for _ in range(2))
    engine = Engine(first.test_client())
    for app in (first, first, second, second):
        engine.web = app.test_client()
        engine.send("info", msg="Select jobs to execute...", timestamp=1795357071.5)
    messages = engine.web.get(f"/api/workflow/{engine.id}/messages").get_json()
    assert messages["count"] == 1
    for app in (first, second):
        with app.app_context():
            connections.sql_engine().dispose()


def test_an_event_that_could_not_be_stored_is_no_copy_when_it_comes_again(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = {"msg": "Select jobs to execute...", "timestamp": 1795357071.5}
    with monkeypatch.context() as patched:
        patched.setattr(answering, "apply", lambda *_: 1 / 0)
        assert engine.send("info", **event).status_code == 503
    assert engine.send("info", **event).get_json() == {"msg": "ok"}


def test_other_methods_are_refused_in_json(client: FlaskClient) -> None:
    answer = client.get(UPDATE)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    assert answer.get_json()["msg"]


def test_answers_carry_the_security_headers(engine: Engine) -> None:
    assert engine.job(1).headers["X-Content-Type-Options"] == "nosniff"
