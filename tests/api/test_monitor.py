"""The routes that engines call: what they are answered, whatever they send."""

import json
import sqlite3
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from panoptes import db
from panoptes.api import monitor
from panoptes.config import Settings
from tests import strategies
from tests.conftest import Clock, serve
from tests.engine import Engine

HARMLESS = {200, 400, 413, 503}
UPDATE = "/update_workflow_status"


# --- registering ----------------------------------------------------------------------------------


def test_the_server_says_that_it_runs(client: FlaskClient) -> None:
    assert client.get("/api/service-info").get_json()["status"] == "running"


def test_registering_gives_the_workflow_without_a_wrapper(client: FlaskClient) -> None:
    created = client.get("/create_workflow?name=nightly").get_json()
    shown = client.get(f"/api/workflow/{created['id']}").get_json()["workflow"]
    assert created["name"] == "nightly"
    assert {**created, "duration": None} == {**shown, "duration": None}


def test_a_run_without_a_name_is_given_one(client: FlaskClient) -> None:
    names = {client.get("/create_workflow").get_json()["name"] for _ in range(3)}
    assert len(names) == 3


@pytest.mark.parametrize("path", ["//api/service-info", "//create_workflow", "///create_workflow"])
def test_an_address_with_a_slash_at_its_end_is_served_as_it_is(
    client: FlaskClient, path: str
) -> None:
    assert client.get("/", environ_overrides={"PATH_INFO": path}).get_json()["name"]


@pytest.mark.parametrize("path", ["/create_workflow", "/workflows/", "/api/workflows"])
def test_bytes_in_a_query_that_are_no_text_do_no_harm(client: FlaskClient, path: str) -> None:
    raw = {"PATH_INFO": path, "QUERY_STRING": "name=a\xff\xed&q=\xe4"}
    assert client.get("/", environ_overrides=raw).status_code == 200


def test_an_update_to_an_address_with_a_slash_is_taken(engine: Engine) -> None:
    form = {"msg": '{"level": "job_finished", "jobid": 1}', "timestamp": "t", "id": engine.id}
    doubled = {"PATH_INFO": "//update_workflow_status"}
    assert engine.web.post("/", data=form, environ_overrides=doubled).status_code == 200
    assert engine.jobs[1]["status"] == "Done"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (
            urlencode({"command": "snakemake -j2", "workdir": "/p"}),
            "application/x-www-form-urlencoded",
        ),
        (json.dumps({"command": "snakemake -j2", "workdir": "/p"}), None),
        (json.dumps({"command": "snakemake -j2", "workdir": "/p"}), "application/json"),
    ],
)
def test_metadata_comes_in_the_body_of_the_get(
    client: FlaskClient, body: str, content_type: str | None
) -> None:
    created = client.get("/create_workflow", data=body, content_type=content_type).get_json()
    assert (created["command"], created["workdir"]) == ("snakemake -j2", "/p")


@pytest.mark.parametrize("end", ["done", "error", "cancelled", "stale", "nothing"])
def test_a_known_name_whose_run_ended_gets_a_new_run_under_its_id(
    client: FlaskClient, time: Clock, end: str
) -> None:
    first = Engine(client, "nightly")
    first.job(1)
    if end == "done":
        first.info("Complete log: x")
    elif end == "error":
        first.failed(1)
    elif end == "cancelled":
        client.post(f"/api/workflow/{first.id}/cancel")
    elif end == "nothing":
        first.send("error", msg="MissingInputException")
        first.send("error", msg="WorkflowError")
    else:
        time.move(hours=49)
    second = Engine(client, "nightly")
    assert second.id == first.id
    assert second.status == "Running"
    assert second.jobs == {}
    assert (second.workflow["run"], second.workflow["runs"]) == (2, 2)
    earlier = client.get(f"/api/workflow/{first.id}?run=1").get_json()["workflow"]
    assert earlier["status"] in ("Done", "Error", "Cancelled", "Stale")
    jobs = client.get(f"/api/workflow/{first.id}/jobs?run=1").get_json()["jobs"]
    assert [job["jobid"] for job in jobs] == [1]


def test_a_name_that_runs_is_left_alone_and_the_new_run_gets_its_own_entry(
    client: FlaskClient,
) -> None:
    first = Engine(client, "nightly")
    second = Engine(client, "nightly")
    assert first.id != second.id
    assert first.workflow["name"] == "nightly"
    name, _, suffix = second.workflow["name"].rpartition("-")
    assert name == "nightly"
    assert len(suffix) == 8
    assert set(suffix) <= set("0123456789abcdef")


def test_a_failed_run_whose_other_jobs_go_on_is_left_alone(client: FlaskClient) -> None:
    """Its events carry nothing but the id, so they would land in the new run."""
    first = Engine(client, "nightly")
    first.job(1)
    first.job(2)
    first.failed(1)
    assert Engine(client, "nightly").id != first.id


def test_a_broken_registration_is_told_what_is_wrong(client: FlaskClient) -> None:
    answer = client.get("/create_workflow", data="{")
    assert answer.status_code == 400
    assert "body" in answer.get_json()["msg"]


# --- what an update is answered -------------------------------------------------------------------


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


def test_a_body_that_is_far_too_large_is_told_so(engine: Engine) -> None:
    answer = engine.web.post(UPDATE, data={"id": engine.id, "msg": "x" * (11 * 2**20)})
    assert answer.status_code == 413


def test_a_mistake_of_ours_does_not_end_a_pipeline(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def mistake(*_args: object) -> str:
        raise RuntimeError("a bug")

    monkeypatch.setattr(monitor, "ingest", mistake)
    answer = engine.job(1)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert "a bug" in caplog.text


def test_a_locked_database_is_503_and_nothing_is_half_written(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "SQLITE_PRAGMAS", (*db.SQLITE_PRAGMAS[:2], "busy_timeout = 50"))
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


def test_asking_for_the_head_of_registering_registers_nothing(client: FlaskClient) -> None:
    assert client.head("/create_workflow").status_code == 405
    assert client.get("/api/workflows").get_json()["count"] == 0


def test_an_update_that_another_site_asks_for_is_refused_without_harm(engine: Engine) -> None:
    answer = engine.web.post(UPDATE, data={}, headers={"Origin": "http://evil.example"})
    assert answer.status_code == 400


def test_writers_that_wait_too_long_are_told_to_come_again(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "WRITER_PATIENCE", 0.05)
    for app in serve(Settings(db_url=sqlite_url)):
        engine = Engine(app.test_client())
        with app.extensions["panoptes_write_lock"]:
            assert engine.job(1).status_code == 503
            assert app.test_client().get("/create_workflow").status_code == 503
        assert app.test_client().get("/api/workflows").get_json()["count"] == 1


@given(strategies.levels, strategies.told, st.booleans())
@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
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
@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_body_harms_a_run(client: FlaskClient, body: bytes, content_type: str) -> None:
    for sent in (body, b"id=1&msg=" + body):
        answer = client.post(UPDATE, data=sent, content_type=content_type)
        assert answer.status_code in HARMLESS - {503}


def test_every_answer_is_json(app: Flask) -> None:
    client = app.test_client()
    assert client.get(UPDATE).get_json()["msg"]
    assert client.get(UPDATE).status_code == 405
