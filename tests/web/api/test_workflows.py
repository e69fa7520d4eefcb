"""Workflows in JSON."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from panoptes.database.connections import reading
from panoptes.models import HeldMessage
from tests.conftest import Clock
from tests.engine import Engine

KNOWN_FIELDS = {"id", "name", "status", "jobs_done", "jobs_total", "started_at", "completed_at"}


def test_all_workflows_are_listed_with_their_count(client: FlaskClient) -> None:
    assert client.get("/api/workflows").get_json() == {"workflows": [], "count": 0}
    ids = [Engine(client).id for _ in range(3)]
    found = client.get("/api/workflows").get_json()
    assert found["count"] == 3
    assert [workflow["id"] for workflow in found["workflows"]] == ids
    assert found["workflows"][0].keys() > KNOWN_FIELDS | {"updated_at"}


def test_times_are_utc_in_rfc_3339(engine: Engine, time: Clock) -> None:
    later = Engine(engine.web)
    assert later.workflow["started_at"] == "2026-11-23T09:00:00Z"
    assert later.workflow["completed_at"] is None


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "/api/workflow/999"),
        ("get", f"/api/workflow/{10**30}"),
        ("get", "/api/workflow/999/jobs"),
        ("get", "/api/workflow/999/rules"),
        ("get", "/api/workflow/999/runs"),
        ("get", "/api/workflow/999/messages"),
        ("get", "/api/workflow/999/job/1"),
        ("put", "/api/workflow/999"),
        ("put", f"/api/workflow/{10**30}"),
        ("post", "/api/workflow/999/cancel"),
        ("post", f"/api/workflow/{10**30}/cancel"),
        ("delete", "/api/workflow/999"),
        ("delete", f"/api/workflow/{10**30}"),
        ("get", "/api/nothing"),
        ("get", "/api/workflow/x"),
    ],
)
def test_what_is_not_there_is_404_with_a_sentence(
    client: FlaskClient, method: str, path: str
) -> None:
    answer = client.open(
        path, method=method.upper(), json={"name": "x"} if method == "put" else None
    )
    assert answer.status_code == 404
    assert answer.get_json()["msg"]


# --- renaming -------------------------------------------------------------------------------------


def test_a_workflow_is_renamed(engine: Engine) -> None:
    answer = engine.web.put(f"/api/workflow/{engine.id}", json={"name": " nightly "})
    assert answer.status_code == 200
    assert answer.get_json()["workflow"]["name"] == "nightly"


@pytest.mark.parametrize(
    "body", ['{"name": ""}', '{"name": "  "}', '{"nome": "x"}', '{"name": 3}', "", "[]", "x",
             '{"name": "%s"}' % ("x" * 201)],
)  # fmt: skip
def test_a_name_has_to_be_given(engine: Engine, body: str) -> None:
    answer = engine.web.put(
        f"/api/workflow/{engine.id}", data=body, content_type="application/json"
    )
    assert answer.status_code == 400
    assert answer.get_json()["msg"]


def test_a_name_that_no_database_takes_is_cleaned(engine: Engine) -> None:
    answer = engine.web.put(f"/api/workflow/{engine.id}", json={"name": "a\0b\ud800"})
    assert answer.get_json()["workflow"]["name"] == "a\ufffdb\ufffd"


def test_a_name_that_another_workflow_has_is_taken(client: FlaskClient) -> None:
    Engine(client, "nightly")
    other = Engine(client, "daily")
    assert client.put(f"/api/workflow/{other.id}", json={"name": "nightly"}).status_code == 409
    assert other.workflow["name"] == "daily"
    assert client.put(f"/api/workflow/{other.id}", json={"name": "daily"}).status_code == 200


def test_snakemake_8_without_a_name_changes_nothing(client: FlaskClient) -> None:
    engine = Engine(client, "nightly")
    answer = client.put(f"/api/workflow/{engine.id}", json={})
    assert answer.status_code == 200
    assert engine.workflow["name"] == "nightly"


@pytest.mark.parametrize("body", ["[" * 200_000, '{"name":' * 100_000])
def test_a_deep_body_is_no_name(engine: Engine, body: str) -> None:
    answer = engine.web.put(f"/api/workflow/{engine.id}", data=body)
    assert answer.status_code == 400


def test_a_date_at_the_end_of_a_name_is_no_suffix(client: FlaskClient) -> None:
    engine = Engine(client, "nightly-20261123")
    client.put(f"/api/workflow/{engine.id}", json={"name": "nightly"})
    assert engine.workflow["name"] == "nightly"


@pytest.mark.parametrize("length", [195, 250])
def test_snakemake_8_keeps_a_long_name_too(client: FlaskClient, length: int) -> None:
    name = "x" * length
    for _ in range(2):
        engine = Engine(client, name)
        assert len(engine.workflow["name"]) <= 200
        assert client.put(f"/api/workflow/{engine.id}", json={"name": name}).status_code == 200


def test_renaming_at_once_gives_one_the_name(app: Flask) -> None:
    ids = [Engine(app.test_client()).id for _ in range(8)]

    def rename(workflow_id: int) -> int:
        answer = app.test_client().put(f"/api/workflow/{workflow_id}", json={"name": "nightly"})
        return answer.status_code

    with ThreadPoolExecutor(8) as threads:
        assert sorted(threads.map(rename, ids)) == [200] + [409] * 7


def test_snakemake_8_keeps_the_suffix_that_its_entry_was_given(client: FlaskClient) -> None:
    Engine(client, "nightly")
    second = Engine(client, "nightly")
    given = second.workflow["name"]
    answer = client.put(f"/api/workflow/{second.id}", json={"name": "nightly", "id": "5"})
    assert answer.status_code == 200
    assert second.workflow["name"] == given


def test_an_entry_gets_the_name_that_it_wanted_once_that_is_free(client: FlaskClient) -> None:
    first, second = Engine(client, "nightly"), Engine(client, "nightly")
    client.post(f"/api/workflow/{first.id}/cancel")
    client.delete(f"/api/workflow/{first.id}")
    client.put(f"/api/workflow/{second.id}", json={"name": "nightly"})
    assert second.workflow["name"] == "nightly"


# --- cancelling and deleting ----------------------------------------------------------------------


def test_cancelling_marks_the_workflow_and_its_running_jobs(engine: Engine) -> None:
    engine.job(1)
    for _ in range(2):
        answer = engine.web.post(f"/api/workflow/{engine.id}/cancel")
        assert answer.status_code == 200
        assert answer.get_json()["workflow"]["status"] == "Cancelled"
    assert engine.rules["align"] | {"running": 0, "cancelled": 1} == engine.rules["align"]


def test_cancelling_is_undone_with_all_that_came_meanwhile(engine: Engine, time: Clock) -> None:
    engine.job(1)
    engine.job(2)
    engine.web.post(f"/api/workflow/{engine.id}/cancel")
    time.move(seconds=30)
    engine.finished(1)
    time.move(seconds=30)
    answer = engine.web.delete(f"/api/workflow/{engine.id}/cancel")
    workflow = answer.get_json()["workflow"]
    assert (answer.status_code, workflow["status"]) == (200, "Running")
    assert (workflow["jobs_done"], workflow["jobs_running"]) == (1, 1)
    assert workflow["completed_at"] is None
    assert {number: job["status"] for number, job in engine.jobs.items()} == {
        1: "Done",
        2: "Running",
    }
    assert engine.rules["align"]["cancelled"] == 0
    engine.finished(2)
    engine.progress(2, 2)
    assert engine.status == "Done"


def test_a_run_that_ended_while_it_was_cancelled_has_ended_once_that_is_undone(
    engine: Engine,
) -> None:
    engine.job(1)
    engine.web.post(f"/api/workflow/{engine.id}/cancel")
    engine.failed(1)
    engine.info("Complete log: x")
    assert engine.status == "Cancelled"
    engine.web.delete(f"/api/workflow/{engine.id}/cancel")
    assert (engine.status, engine.jobs[1]["status"]) == ("Error", "Error")
    assert engine.workflow["completed_at"] is not None


def test_events_are_kept_only_as_long_as_cancelling_can_be_undone(
    app: Flask, engine: Engine, time: Clock
) -> None:
    def kept() -> int | None:
        with app.app_context():
            return reading().scalar(select(func.count()).select_from(HeldMessage))

    engine.web.post(f"/api/workflow/{engine.id}/cancel")
    engine.job(1)
    assert kept() == 1
    time.move(minutes=11)
    engine.job(2)
    assert kept() == 1


def test_undoing_it_twice_changes_nothing_and_takes_nothing_in_twice(engine: Engine) -> None:
    engine.job(1)
    engine.web.post(f"/api/workflow/{engine.id}/cancel")
    engine.info("hello")
    for _ in range(2):
        assert engine.web.delete(f"/api/workflow/{engine.id}/cancel").status_code == 200
        log = engine.web.get(f"/api/workflow/{engine.id}/messages").get_json()["messages"]
        assert [line["msg"] for line in log] == ["hello"]
    engine.web.post(f"/api/workflow/{engine.id}/cancel")
    engine.web.delete(f"/api/workflow/{engine.id}/cancel")
    assert engine.web.get(f"/api/workflow/{engine.id}/messages").get_json()["count"] == 1


def test_a_dead_run_is_as_silent_as_it_was_once_cancelling_is_undone(
    engine: Engine, time: Clock
) -> None:
    engine.job(1)
    time.move(hours=50)
    engine.web.post(f"/api/workflow/{engine.id}/cancel")
    engine.web.delete(f"/api/workflow/{engine.id}/cancel")
    assert engine.status == "Stale"


def test_cancelling_is_final_after_ten_minutes(engine: Engine, time: Clock) -> None:
    engine.web.post(f"/api/workflow/{engine.id}/cancel")
    time.move(minutes=11)
    answer = engine.web.delete(f"/api/workflow/{engine.id}/cancel")
    assert answer.status_code == 409
    assert "more than 10 minutes ago" in answer.get_json()["msg"]
    assert engine.status == "Cancelled"


def test_cancelling_is_final_after_too_many_events(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("panoptes.models.workflow.MOST_HELD", 2)
    engine.web.post(f"/api/workflow/{engine.id}/cancel")
    for text in "abc":
        engine.info(text)
    answer = engine.web.delete(f"/api/workflow/{engine.id}/cancel")
    assert (answer.status_code, engine.status) == (409, "Cancelled")
    assert "events came since" in answer.get_json()["msg"]


def test_a_run_that_follows_a_cancelled_one_is_not_mixed_up_with_it(client: FlaskClient) -> None:
    old = Engine(client, "nightly")
    old.job(1)
    client.post(f"/api/workflow/{old.id}/cancel")
    new = Engine(client, "nightly")
    new.job(7)
    old.finished(1)
    client.delete(f"/api/workflow/{old.id}/cancel?run=1")
    runs = client.get(f"/api/workflow/{old.id}/runs").get_json()["runs"]
    found = {run["run"]: (run["jobs_done"], run["jobs_running"]) for run in runs}
    assert found == {2: (0, 1), 1: (1, 0)}


def test_a_run_whose_folder_another_one_took_has_ended_once_cancelling_is_undone(
    client: FlaskClient,
) -> None:
    old = Engine(client, "nightly", workdir="/data")
    old.job(1)
    client.post(f"/api/workflow/{old.id}/cancel")
    new = Engine(client, "nightly", workdir="/data")
    new.job(1)
    new.finished(1)
    client.delete(f"/api/workflow/{old.id}/cancel?run=1")
    runs = client.get(f"/api/workflow/{old.id}/runs").get_json()["runs"]
    assert [run["status"] for run in runs] == ["Running", "Error"]


def test_a_run_that_has_ended_cannot_be_cancelled(engine: Engine) -> None:
    engine.progress(1, 1)
    answer = engine.web.post(f"/api/workflow/{engine.id}/cancel")
    assert answer.status_code == 409
    assert engine.status == "Done"


def test_a_running_workflow_is_protected_from_deletion(engine: Engine) -> None:
    assert engine.web.delete(f"/api/workflow/{engine.id}").status_code == 403
    engine.web.post(f"/api/workflow/{engine.id}/cancel")
    answer = engine.web.delete(f"/api/workflow/{engine.id}")
    assert (answer.status_code, answer.data) == (204, b"")
    assert engine.web.get(f"/api/workflow/{engine.id}").status_code == 404


def test_a_stale_workflow_can_be_deleted(engine: Engine, time: Clock) -> None:
    time.move(hours=49)
    assert engine.web.delete(f"/api/workflow/{engine.id}").status_code == 204


def test_cleaning_up_deletes_everything_once(client: FlaskClient) -> None:
    Engine(client).job(1)
    Engine(client)
    answer = client.delete("/api/workflows/all")
    assert answer.status_code == 200
    assert answer.get_json() == {"msg": "Database clean up is complete"}
    answer = client.delete("/api/workflows/all")
    assert answer.status_code == 410
    assert answer.get_json()["msg"]


# --- runs, rules, messages ------------------------------------------------------------------------


def test_all_runs_of_a_workflow_are_listed_the_newest_first(client: FlaskClient) -> None:
    engine = Engine(client, "nightly")
    engine.progress(1, 1)
    Engine(client, "nightly")
    found = client.get(f"/api/workflow/{engine.id}/runs").get_json()
    assert [(run["run"], run["status"]) for run in found["runs"]] == [(2, "Running"), (1, "Done")]
    assert found["count"] == 2
    assert client.get(f"/api/workflow/{engine.id}?run=3").status_code == 404


def test_rules_tell_counts_attempts_and_durations(engine: Engine, time: Clock) -> None:
    engine.plan(align=6)
    for jobid, seconds in enumerate([1, 5, 3, 9]):
        engine.job(jobid)
        time.move(seconds=seconds)
        engine.finished(jobid)
    engine.job(8)
    rule = engine.rules["align"]
    assert (rule["planned"], rule["pending"], rule["running"], rule["done"]) == (6, 1, 1, 4)
    assert (rule["attempts"], rule["retried"], rule["error"]) == (5, 0, 0)
    assert (rule["median_duration"], rule["max_duration"]) == (4.0, 9.0)


def test_the_median_of_an_odd_number_is_the_one_in_the_middle(engine: Engine, time: Clock) -> None:
    for jobid, seconds in enumerate([7, 1, 2]):
        engine.job(jobid)
        time.move(seconds=seconds)
        engine.finished(jobid)
    assert engine.rules["align"]["median_duration"] == 2.0


def test_messages_are_the_runs_log_by_level_and_page(engine: Engine) -> None:
    engine.info("one")
    engine.send("warning", msg="two")
    engine.info("three")
    path = f"/api/workflow/{engine.id}/messages"
    found = engine.web.get(path).get_json()
    assert [(line["level"], line["msg"]) for line in found["messages"]] == [
        ("info", "one"),
        ("warning", "two"),
        ("info", "three"),
    ]
    assert engine.web.get(f"{path}?level=warning").get_json()["count"] == 1
    page = engine.web.get(f"{path}?page=2&per_page=2").get_json()
    assert ([line["msg"] for line in page["messages"]], page["count"]) == (["three"], 3)


@pytest.mark.parametrize("query", ["level=x", "page=0", "per_page=0", "per_page=9999", "run=0",
                                   "run=x", "page=99999999999"])  # fmt: skip
def test_a_bad_parameter_is_named(engine: Engine, query: str) -> None:
    answer = engine.web.get(f"/api/workflow/{engine.id}/messages?{query}")
    assert answer.status_code == 400
    assert query.split("=")[0] in answer.get_json()["msg"]


def test_the_fields_of_a_recorded_failure(
    replay: Callable[[str, str], int], client: FlaskClient
) -> None:
    workflow = client.get(f"/api/workflow/{replay('sm8', 'fail')}").get_json()["workflow"]
    assert workflow["error"].endswith("returned non-zero exit status 3.")
    assert (workflow["jobs_failed"], workflow["jobs_pending"]) == (1, 1)
