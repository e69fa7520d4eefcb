"""Runs that name themselves and send numbered events, many at once."""

import gzip
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, text
from werkzeug.test import TestResponse

from panoptes.app import MAX_BODY
from panoptes.common import clock
from panoptes.common.rate_limited_log import RateLimitedLog
from panoptes.database.connections import reading, writing
from panoptes.engines.generic import translator
from panoptes.models.held_message import HeldMessage
from panoptes.models.log_text import LogName, note_follower
from panoptes.web.intake import answering
from panoptes.web.intake.batches import MAX_EVENTS
from tests.conftest import Clock
from tests.tokens import Headers, Tokens, basic, bearer

RUNNING = {"event": "job", "job": "a", "rule": "align", "status": "running"}
DONE = {"event": "job", "job": "a", "status": "done"}
END = {"event": "end", "status": "done"}
HELLO = {"event": "log", "text": "hello"}


def register(
    client: FlaskClient,
    uid: str = "run-1",
    name: str | None = "nightly",
    headers: Headers | None = None,
    **description: Any,
) -> TestResponse:
    run = {"id": uid, "engine": "generic", "name": name, "description": description}
    return client.post("/api/runs", json=run, headers=headers)


def send(
    client: FlaskClient,
    first: float,
    *events: Any,
    uid: str = "run-1",
    headers: Headers | None = None,
    **more: Any,
) -> TestResponse:
    batch = {"first": first, "events": events, **more}
    return client.post(f"/api/runs/{uid}/events", json=batch, headers=headers)


def stored(client: FlaskClient, first: float, *events: Any, **more: Any) -> int:
    answer = send(client, first, *events, **more)
    assert answer.status_code == 200, answer.text
    return int(answer.get_json()["stored"])


def workflow(client: FlaskClient, number: int | None = None) -> dict[str, Any]:
    run = "" if number is None else f"?run={number}"
    found: dict[str, Any] = client.get(f"/api/workflow/1{run}").get_json()["workflow"]
    return found


def lines(client: FlaskClient) -> list[str]:
    return [each["msg"] for each in client.get("/api/workflow/1/messages").get_json()["messages"]]


# --- registering ----------------------------------------------------------------------------------


def test_a_run_is_registered_once_however_often_its_client_asks(client: FlaskClient) -> None:
    first = register(client)
    assert first.status_code == 201
    url = "http://localhost/workflow/1?run=1"
    registered = {"id": 1, "run": 1, "url": url, "stored": 0, "is_report": False}
    assert first.get_json() == registered
    assert client.get("/workflow/1?run=1").status_code == 200
    send(client, 1, RUNNING, DONE)
    again = register(client, name="other")
    assert again.status_code == 200
    assert again.get_json() == {**registered, "stored": 2}
    assert client.get("/api/workflows").get_json()["count"] == 1


def test_what_a_client_says_of_its_run_is_kept(client: FlaskClient) -> None:
    register(
        client, command="make -C https://me:pass@host/x", workdir="/data", main_file="Makefile"
    )
    told = workflow(client)
    assert (told["engine"], told["workdir"], told["snakefile"]) == ("generic", "/data", "Makefile")
    assert told["command"] == "make -C https://host/x"


def test_several_runs_of_one_workflow_may_be_under_way_at_once(client: FlaskClient) -> None:
    register(client, "monday")
    register(client, "tuesday")
    stored(client, 1, RUNNING, uid="monday")
    stored(client, 1, RUNNING, uid="tuesday")
    stored(client, 2, DONE, END, uid="monday")
    assert (workflow(client, 1)["status"], workflow(client, 2)["status"]) == ("Done", "Running")


def test_a_run_that_is_described_wrongly_is_refused_by_field(client: FlaskClient) -> None:
    wrong: list[tuple[str, object]] = [
        *(("id", each) for each in (None, "", "a/b", "..", "é", "x" * 101, 7)),
        *(("engine", each) for each in (None, "unheard of", [])),
        *(("name", each) for each in (7, [])),
        ("description", "text"),
    ]
    for field, value in wrong:
        answer = client.post("/api/runs", json={"id": "x", "engine": "generic", field: value})
        assert (answer.status_code, field) == (400, answer.get_json()["msg"].partition(":")[0])


def test_a_run_of_another_engine_keeps_its_name(client: FlaskClient) -> None:
    register(client)
    other = {"id": "run-1", "engine": "snakemake", "description": {}}
    refused = client.post("/api/runs", json=other)
    assert refused.status_code == 409
    assert "generic" in refused.get_json()["msg"]
    assert stored(client, 1, HELLO) == 1


def test_a_deleted_run_that_goes_on_registers_as_a_new_one(client: FlaskClient) -> None:
    register(client)
    stored(client, 1, RUNNING, DONE, END)
    client.delete("/api/workflow/1")
    assert send(client, 4, HELLO).status_code == 404
    again = register(client)
    assert (again.status_code, again.get_json()["stored"]) == (201, 0)
    assert stored(client, 1, RUNNING) == 1
    restored = client.post("/api/workflow/1/restore").get_json()["workflow"]
    assert (restored["status"], restored["jobs_done"]) == ("Done", 1)


# --- reporting ------------------------------------------------------------------------------------


def test_a_batch_that_comes_again_counts_once_whole_or_in_part(client: FlaskClient) -> None:
    register(client)
    said = [{"event": "log", "text": str(number)} for number in range(1, 6)]
    assert stored(client, 1, *said[:3]) == 3
    assert stored(client, 1, *said[:3]) == 3
    assert stored(client, 2, *said[1:]) == 5
    assert lines(client) == ["1", "2", "3", "4", "5"]


def test_what_a_client_left_out_may_be_missing(client: FlaskClient) -> None:
    register(client)
    assert stored(client, 10, HELLO) == 10
    assert stored(client, 9, HELLO, HELLO) == 10
    assert lines(client) == ["hello"]


def test_a_run_goes_from_its_first_event_to_its_last(client: FlaskClient) -> None:
    register(client)
    plan = {"event": "run", "rules": {"align": 1, "sort": 1}, "command": "make"}
    files = {"input": ["a.fq"], "wildcards": {"sample": "K7"}, "usage": {"max_memory": 1}}
    failed = {"event": "job", "job": 2, "rule": "sort", "status": "error", "error": "no space"}
    stored(client, 1, plan, {**RUNNING, **files}, {**failed, "exit_status": 3})
    told = workflow(client)
    assert (told["jobs_total"], told["jobs_running"], told["jobs_failed"]) == (2, 1, 1)
    assert told["command"] == "make"
    again = {"event": "job", "job": 2, "rule": "sort", "status": "running"}
    stored(client, 4, DONE, again, {"event": "job", "job": 2, "status": "done"}, END)
    told = workflow(client)
    assert (told["status"], told["jobs_done"], told["jobs_retried"]) == ("Done", 2, 1)
    jobs = client.get("/api/workflow/1/jobs").get_json()["jobs"]
    align, sort = jobs
    assert (align["name"], align["input"]) == ("align", ["a.fq"])
    assert (align["wildcards"], align["usage"]) == ({"sample": "K7"}, {"max_memory": 1})
    assert [each["error"] for each in sort["attempts"]] == ["no space", None]


def test_a_job_that_is_told_of_only_when_it_is_done_has_its_rule(client: FlaskClient) -> None:
    register(client)
    stored(client, 1, {**DONE, "rule": "align", "cached": True})
    (job,) = client.get("/api/workflow/1/jobs").get_json()["jobs"]
    assert (job["name"], job["status"], job["cached"]) == ("align", "Done", True)


def test_events_happened_when_their_client_says_however_late_they_come(
    client: FlaskClient, time: Clock
) -> None:
    register(client)
    time.move(hours=2)
    fast = time.now.timestamp() + 3600  # by a clock that is an hour fast
    began, ended = {**RUNNING, "time": fast - 7000}, {**DONE, "time": fast - 6400}
    stored(client, 1, began, ended, {**HELLO, "time": fast - 10}, sent=fast)
    (job,) = client.get("/api/workflow/1/jobs").get_json()["jobs"]
    assert job["duration"] == 600
    began_at = time.now - timedelta(seconds=7000)
    assert job["started_at"].startswith(began_at.isoformat()[:19])


def test_each_event_finds_what_those_before_it_in_the_batch_have_done(client: FlaskClient) -> None:
    register(client)
    late = {"event": "job", "job": "a", "rule": "align", "status": "done"}
    stored(client, 1, RUNNING, {**late, "job": "b"}, {**END, "status": "error"}, late)
    jobs = client.get("/api/workflow/1/jobs").get_json()["jobs"]
    assert [(job["jobid"], job["status"]) for job in jobs] == [("a", "Done"), ("b", "Done")]
    assert workflow(client)["jobs_done"] == 2


def test_whole_numbers_may_have_a_point(client: FlaskClient) -> None:
    register(client, cores=8.0)
    tail = {"event": "log_tail", "path": "a.log", "from": 0.0, "text": "one\n", "size": 4.0}
    plan = {"event": "run", "rules": {"align": 2.0}, "jobs": 2.0}
    assert stored(client, 1.0, plan, {**RUNNING, "job": 1.0}, {**tail, "job": 1.0}) == 3
    (job,) = client.get("/api/workflow/1/jobs").get_json()["jobs"]
    assert (job["jobid"], workflow(client)["cores"], workflow(client)["jobs_total"]) == (1, 8, 2)


def test_a_packed_batch_is_taken(client: FlaskClient) -> None:
    register(client)
    packed = gzip.compress(json.dumps({"first": 1, "events": [HELLO]}).encode())
    answer = client.post(
        "/api/runs/run-1/events", data=packed, headers={"Content-Encoding": "gzip"}
    )
    assert (answer.status_code, answer.get_json()["stored"]) == (200, 1)


def body(first: object = 1, events: int = 0) -> bytes:
    return json.dumps({"first": first, "events": [HELLO] * events}).encode()


def test_a_body_that_is_none_or_too_much_is_refused_whole(client: FlaskClient) -> None:
    register(client)
    refused: list[tuple[bytes, str, int]] = [
        (gzip.compress(b" " * (MAX_BODY + 1)), "gzip", 413),
        (b'{"first": 1, "events": [' + b"[],[]," * 100_000 + b"[]]}", "identity", 413),
        (body(events=MAX_EVENTS + 1), "identity", 413),
        (gzip.compress(body())[:-9], "gzip", 400),
        (gzip.compress(body()) * 2, "gzip", 400),
        (b"no gzip", "gzip", 400),
        (body(), "br", 400),
        *((each, "identity", 400) for each in (b"", b"[]", b"{", b"\xff", b'{"first": 1}')),
        *(
            (body(first), "identity", 400)
            for first in (0, -1, 1.5, True, "1", None, 2**63, 10**400, float("inf"))
        ),
    ]
    for data, encoding, status in refused:
        answer = client.post(
            "/api/runs/run-1/events", data=data, headers={"Content-Encoding": encoding}
        )
        assert (answer.status_code, data[:80]) == (status, data[:80])
        assert "bad" not in answer.get_json()
    assert register(client).get_json()["stored"] == 0


def deep(levels: int) -> Any:
    return [deep(levels - 1)] if levels else []


def test_a_bad_event_is_named_and_those_before_it_are_stored(client: FlaskClient) -> None:
    wrong: list[Any] = [
        *(None, 7, [], {}, {"event": "dance"}, {"event": ["job"]}),
        *({"event": "job", "job": each} for each in (None, "", True, 1.5, "x" * 101)),
        *({**RUNNING, "status": each} for each in ("dancing", [], 1)),
        {"event": "log", "text": "x", "level": "loud"},
        {"event": "end"},
        {"event": "run", "rules": deep(60)},
    ]
    register(client)
    for number, bad in enumerate(wrong):
        first = 3 * number + 1
        answer = send(client, first, HELLO, bad, HELLO)
        told = answer.get_json()
        assert (answer.status_code, told["bad"], told["stored"]) == (400, first + 1, first)
        assert told["msg"].startswith(f"Event {first + 1}: ")
        assert stored(client, first + 2, HELLO) == first + 2
    assert lines(client) == ["hello"] * 2 * len(wrong)


def test_an_event_that_brings_us_down_is_a_bad_one(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    of_job = translator._of_job

    def fail(said: Any, lookup: Any) -> Any:
        if said.job.key == "cursed":
            raise ZeroDivisionError
        return of_job(said, lookup)

    monkeypatch.setattr(translator, "_of_job", fail)
    monkeypatch.setattr(answering, "mistakes", RateLimitedLog(answering.log))
    register(client)
    answer = send(client, 1, HELLO, RUNNING, {**RUNNING, "job": "cursed"}, DONE)
    assert (answer.status_code, answer.get_json()["bad"], answer.get_json()["stored"]) == (
        400,
        3,
        2,
    )
    assert "ZeroDivisionError" in caplog.text
    assert stored(client, 4, DONE) == 4
    assert workflow(client)["jobs_done"] == 1


def test_so_is_one_that_the_database_refuses(app: Flask, client: FlaskClient) -> None:
    register(client)
    refusal = {
        "sqlite": "CREATE TRIGGER refusal BEFORE UPDATE ON jobs WHEN NEW.key = 'cursed' "
        "BEGIN SELECT RAISE(ABORT, 'refused'); END",
        "postgresql": "ALTER TABLE jobs ADD CHECK (key <> 'cursed' OR ended_at IS NULL)",
    }
    with app.app_context(), writing() as connection:
        connection.execute(text(refusal[connection.dialect.name]))
    cursed = {"job": "cursed"}
    answer = send(client, 1, HELLO, RUNNING, {**RUNNING, **cursed}, {**DONE, **cursed}, DONE)
    assert (answer.status_code, answer.get_json()["bad"], answer.get_json()["stored"]) == (
        400,
        4,
        3,
    )
    assert stored(client, 5, DONE) == 5
    assert workflow(client)["jobs_done"] == 1


def test_no_field_of_an_event_does_harm_whatever_it_holds(client: FlaskClient) -> None:
    names = ("time", "rule", "error", "wildcards", "input", "command", "resources", "usage")
    more = ("threads", "priority", "external_id", "exit_status", "cached", "reason", "left_out")
    values = (-1, 2**70, 1e308, "many", None, [], {}, float("nan"), "\ud800", "\0")
    for number, value in enumerate(values):
        wild = dict.fromkeys((*names, *more), value)
        wild_run = {**wild, "event": "run", "jobs": value, "rules": {"a": value}, "cores": value}
        wild_line = {**wild, "event": "log", "text": value}
        uid = f"run-{number}"
        register(client, uid)
        events = (wild_run, {**wild, **RUNNING}, {**DONE, **wild}, wild_line, {**wild, **END})
        assert stored(client, 1, *events, uid=uid) == 5
        assert workflow(client)["status"] == "Done"
    assert client.get("/workflow/1").status_code == 200


def test_a_run_that_nobody_registered_is_unknown(client: FlaskClient) -> None:
    answer = send(client, 1, HELLO, uid="unheard-of")
    assert answer.status_code == 404
    assert "POST /api/runs" in answer.get_json()["msg"]


def test_what_came_while_it_was_cancelled_counts_once_that_is_undone(client: FlaskClient) -> None:
    register(client)
    stored(client, 1, RUNNING)
    client.post("/api/workflow/1/cancel")
    assert stored(client, 2, DONE) == 2
    assert send(client, 3, {"event": "dance"}).get_json()["bad"] == 3
    assert stored(client, 2, DONE) == 2
    assert workflow(client)["jobs_done"] == 0
    client.delete("/api/workflow/1/cancel")
    assert (workflow(client)["status"], workflow(client)["jobs_done"]) == ("Running", 1)
    assert stored(client, 4, END) == 4
    assert workflow(client)["status"] == "Done"


def test_of_what_comes_while_it_is_cancelled_no_more_is_kept_than_can_be_undone(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("ingest.batches", "models.workflow"):
        monkeypatch.setattr(f"panoptes.{module}.MOST_HELD", 3)
    register(client)
    stored(client, 1, RUNNING)
    client.post("/api/workflow/1/cancel")
    for first in (2, 4, 6, 8):
        assert stored(client, first, HELLO, HELLO) == first + 1
    with app.app_context():
        assert reading().scalar(select(func.count()).select_from(HeldMessage)) == 4
    assert client.delete("/api/workflow/1/cancel").status_code == 409


# --- tokens ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("given", [bearer, basic])
def test_a_token_counts_as_bearer_and_in_the_address(
    client: FlaskClient, tokens: Tokens, given: Callable[[str], Headers]
) -> None:
    headers = given(tokens.add("lea"))
    assert register(client, headers=headers).status_code == 201
    assert stored(client, 1, HELLO, headers=headers) == 1
    admin = tokens.headers("admin", "admin")
    assert client.get("/api/workflow/1", headers=admin).get_json()["workflow"]["owner"] == "lea"


def test_without_a_token_that_may_report_nothing_is_stored(
    client: FlaskClient, tokens: Tokens
) -> None:
    register(client, headers=tokens.headers("lea"))
    for headers, status in (
        (None, 401),
        (bearer("guessed"), 401),
        (tokens.headers("kim", "view"), 403),
    ):
        assert register(client, "run-2", headers=headers).status_code == status
        refused = send(client, 1, HELLO, headers=headers)
        assert refused.status_code == status
        assert ("WWW-Authenticate" in refused.headers) is (status == 401)
    admin = tokens.headers("admin", "admin")
    assert client.get("/api/workflow/1/messages", headers=admin).get_json()["count"] == 0


def test_the_owner_of_a_run_reports_it_to_its_end(client: FlaskClient, tokens: Tokens) -> None:
    lea = tokens.headers("lea")
    register(client, headers=lea)
    tokens.add("kim")
    tokens.revoke("lea")
    assert stored(client, 1, RUNNING, headers=lea) == 1
    assert register(client, "run-2", headers=lea).status_code == 401


def test_another_site_makes_no_browser_report(client: FlaskClient) -> None:
    register(client)
    foreign = {"Origin": "https://evil.example"}
    assert register(client, "run-2", headers=foreign).status_code == 403
    assert send(client, 1, HELLO, headers=foreign).status_code in (400, 403)
    assert lines(client) == []


# --- signs of life --------------------------------------------------------------------------------


def test_contact_is_lost_with_a_run_that_is_silent_for_longer_than_it_said(
    client: FlaskClient, time: Clock
) -> None:
    register(client, silence_limit=120)
    stored(client, 1, RUNNING)
    time.move(seconds=119)
    assert (workflow(client)["status"], workflow(client)["lost_contact"]) == ("Running", False)
    time.move(seconds=2)
    told = workflow(client)
    assert (told["status"], told["lost_contact"], told["is_live"]) == ("Stale", True, False)
    assert client.get("/api/workflows?status=stale").get_json()["count"] == 1
    assert client.get("/api/workflows?status=running").get_json()["count"] == 0
    for page in ("/", "/workflows/", "/workflow/1", "/wall", "/workflow/1/report.html"):
        assert "lost contact" in client.get(page).text.lower(), page
    assert stored(client, 2) == 1
    assert (workflow(client)["status"], workflow(client)["lost_contact"]) == ("Running", False)
    assert client.get("/api/workflows?status=running").get_json()["count"] == 1


def test_a_sign_of_life_makes_no_open_page_anew(client: FlaskClient, time: Clock) -> None:
    register(client, silence_limit=120)
    stored(client, 1, RUNNING)
    client.get("/workflow/1")  # Which begins a session.
    etag = client.get("/workflow/1").headers["ETag"]
    time.move(seconds=10)
    assert stored(client, 2, {"event": "heartbeat"}) == 2
    assert client.get("/workflow/1", headers={"If-None-Match": etag}).status_code == 304
    time.move(seconds=115)
    assert workflow(client)["lost_contact"] is False
    time.move(seconds=15)
    assert workflow(client)["lost_contact"] is True
    lost = client.get("/workflow/1").headers["ETag"]
    stored(client, 3)
    assert client.get("/workflow/1", headers={"If-None-Match": lost}).status_code == 200


def test_a_run_that_has_ended_is_not_lost(client: FlaskClient, time: Clock) -> None:
    register(client, silence_limit=120)
    stored(client, 1, RUNNING, DONE, END)
    time.move(days=9)
    assert (workflow(client)["status"], workflow(client)["lost_contact"]) == ("Done", False)


def test_a_run_with_which_contact_is_lost_may_be_deleted_or_marked_as_seen(
    client: FlaskClient, time: Clock
) -> None:
    register(client, silence_limit=120)
    stored(client, 1, RUNNING)
    assert client.put("/api/workflow/1/seen").status_code == 409
    assert client.delete("/api/workflow/1").status_code == 403
    time.move(minutes=3)
    assert client.put("/api/workflow/1/seen").status_code == 200
    assert client.delete("/api/workflow/1").status_code == 204


def test_how_long_it_may_be_silent_has_limits_and_may_be_told_later(
    client: FlaskClient, time: Clock
) -> None:
    register(client)
    stored(client, 1, {"event": "run", "silence_limit": 0.1}, RUNNING)
    time.move(seconds=29)
    assert workflow(client)["status"] == "Running"
    time.move(seconds=2)
    assert workflow(client)["status"] == "Stale"


def test_who_runs_it_where_and_with_what_is_told(client: FlaskClient) -> None:
    register(client, user="lea", host="node7", engine_version="4.3", platform="Linux", cores=8)
    stored(client, 1, {"event": "run", "config_files": ["a.yaml"]})
    told = workflow(client)
    assert (told["user"], told["host"], told["cores"]) == ("lea", "node7", 8)
    assert (told["engine_version"], told["platform"]) == ("4.3", "Linux")
    assert told["config_files"] == ["a.yaml"]
    page = client.get("/workflow/1").text
    for words in (
        "/workflows/?user=lea",
        "/workflows/?host=node7",
        "Generic 4.3",
        "Linux",
        "a.yaml",
    ):
        assert words in page


def test_a_batch_writes_only_so_much_at_once_and_its_client_goes_on(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("panoptes.ingest.batches.MOST_CHANGES", 3)
    register(client)
    plan = {"event": "run", "rules": {"align": 1, "sort": 1, "call": 1}}
    events = [HELLO, plan, RUNNING, {"event": "nonsense"}]
    assert stored(client, 1, *events) == 2
    answer = send(client, 3, *events[2:])
    told = answer.get_json()
    assert (answer.status_code, told["bad"], told["stored"]) == (400, 4, 3)
    assert workflow(client)["jobs_total"] == 3


@pytest.mark.parametrize("uid", ["%00", "%FF", "..%20", "x" * 200])
def test_what_cannot_be_an_id_is_an_unknown_run(client: FlaskClient, uid: str) -> None:
    answer = client.post(f"/api/runs/{uid}/events", json={"first": 1, "events": [HELLO]})
    assert answer.status_code == 404, answer.text


def test_secrets_are_taken_from_commands(client: FlaskClient) -> None:
    register(client, command="backup --api_key abc --to s3://me:pw@bucket/x")
    stored(client, 1, {**RUNNING, "command": "curl https://me:pw@host/x"})
    assert workflow(client)["command"] == "backup --api_key … --to s3://bucket/x"
    (job,) = client.get("/api/workflow/1/jobs").get_json()["jobs"]
    assert job["shell_command"] == "curl https://host/x"


def test_pages_speak_of_the_program_where_no_engine_is_named(client: FlaskClient) -> None:
    register(client, allow_stop=True)
    stored(client, 1, RUNNING, {"event": "job", "job": 2, "rule": "copy", "status": "error"})
    page = client.get("/workflow/1").text
    assert "Stop the program…" in page
    assert "The program gave no reason." in page
    assert "Stop the program for" in client.get("/workflow/1/stop").text


# --- who runs what where --------------------------------------------------------------------------


@pytest.fixture
def busy(client: FlaskClient) -> FlaskClient:
    """A client of a server that watches runs of two users on two hosts, two of one workflow."""
    runs = [
        ("a", "lea", "node7"),
        ("b", "lea", "node8"),
        ("c", "kim", "node7"),
        ("a", "lea", "node7"),
    ]
    for number, (name, user, host) in enumerate(runs):
        register(client, f"run-{number}", name, user=user, host=host, cores=4)
        stored(client, 1, RUNNING, uid=f"run-{number}")
    return client


def listed(client: FlaskClient, query: str) -> list[str]:
    found = client.get(f"/api/workflows?{query}").get_json()["workflows"]
    return sorted(each["name"] for each in found)


def test_workflows_are_found_by_user_and_by_host(busy: FlaskClient) -> None:
    assert listed(busy, "user=lea") == ["a", "b"]
    assert listed(busy, "host=node7") == ["a", "c"]
    assert listed(busy, "user=lea&host=node7") == ["a"]
    assert listed(busy, "user=nobody") == []
    page = busy.get("/workflows/?user=lea&host=node8").text
    assert ("workflow/2" in page, "workflow/1" in page) == (True, False)
    assert "user lea" in page
    assert "on node8" in page


def test_what_is_deleted_all_at_once_is_only_what_the_filter_lets_through(
    busy: FlaskClient,
) -> None:
    for number in range(4):
        stored(busy, 2, END, uid=f"run-{number}")
    page = busy.get("/workflows/?user=kim").text
    assert "delete-selected?all=1&amp;user=kim" in page
    assert busy.delete("/api/workflows/all?user=kim").get_json()["msg"] == "1 workflow deleted"
    assert listed(busy, "") == ["a", "b"]


def test_every_run_that_is_under_way_is_shown_with_who_runs_it_where(busy: FlaskClient) -> None:
    overview = busy.get("/").text
    assert "/workflow/1?run=1" in overview
    assert "lea@node7" in overview
    for words in ("2 runs, 2 jobs", "1 run, 1 job"):
        assert words in overview
    assert "and 1 more running" in busy.get("/workflows/").text
    who = busy.get("/api/who").get_json()["who"]
    assert who[0] == {"user": "lea", "host": "node7", "runs": 2, "jobs_running": 2, "cores": 8}
    assert len(who) == 3
    only_lea = busy.get("/?user=lea").text
    assert ("kim@node7" in only_lea, "lea@node8" in only_lea) == (False, True)
    (kim,) = busy.get("/api/who?user=kim").get_json()["who"]
    assert (kim["host"], kim["runs"]) == ("node7", 1)
    stored(busy, 2, END, uid="run-0")
    assert "more running" not in busy.get("/workflows/").text


def test_a_long_name_of_a_host_is_cut_where_a_phone_has_no_room(busy: FlaskClient) -> None:
    register(busy, "long", user="root", host="storage-01.cluster.example.org")
    stored(busy, 1, RUNNING, uid="long")
    assert "root@storage…example.org <span" in busy.get("/").text


# --- what the answer asks for ---------------------------------------------------------------------


def test_a_client_is_asked_to_stop_its_run_if_it_allows_that(client: FlaskClient) -> None:
    register(client, allow_stop=True)
    assert send(client, 1, RUNNING).get_json()["stop"] is False
    assert client.post("/api/workflow/1/stop").status_code == 200
    assert send(client, 2).get_json()["stop"] is True
    assert send(client, 2, {**END, "status": "error"}).get_json()["stop"] is False


def test_a_log_that_somebody_looks_at_is_asked_for_from_where_it_is_known(
    client: FlaskClient, app: Flask
) -> None:
    register(client)
    tail = {"event": "log_tail", "job": "a", "path": "a.log", "from": 0, "text": "one\n", "size": 4}
    assert send(client, 1, {**RUNNING, "log": ["a.log"]}, tail).get_json()["logs"] == []
    with app.app_context(), writing() as connection:
        note_follower(connection, LogName(1, 0, "a", 1, "a.log"), clock.utcnow())
    (asked,) = send(client, 3, HELLO).get_json()["logs"]
    assert asked == {"job": "a", "path": "a.log", "from": 4}
