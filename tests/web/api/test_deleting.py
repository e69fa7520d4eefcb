"""Deleting workflows in JSON, bringing them back, and pinning them."""

import pytest
from flask.testing import FlaskClient

from panoptes.models import deletion
from tests.conftest import Clock
from tests.engine import Engine


@pytest.fixture
def deleted(engine: Engine) -> Engine:
    """A workflow of one failed job that was deleted just now."""
    engine.job(1)
    engine.failed(1)
    engine.info("Complete log: x")
    assert engine.web.delete(f"/api/workflow/{engine.id}").status_code == 204
    return engine


def restore(engine: Engine) -> int:
    return engine.web.post(f"/api/workflow/{engine.id}/restore").status_code


# --- what is deleted ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "rest"),
    [
        ("GET", ""),
        ("GET", "?run=1"),
        ("GET", "/jobs"),
        ("GET", "/job/1"),
        ("GET", "/rules"),
        ("GET", "/messages"),
        ("GET", "/runs"),
        ("PUT", ""),
        ("PUT", "/pin"),
        ("DELETE", ""),
        ("DELETE", "/pin"),
        ("POST", "/cancel"),
    ],
)
def test_a_deleted_workflow_is_at_no_address(deleted: Engine, method: str, rest: str) -> None:
    body = {"name": "other"} if method == "PUT" else None
    answer = deleted.web.open(f"/api/workflow/{deleted.id}{rest}", method=method, json=body)
    assert answer.status_code == 404


def test_a_deleted_workflow_is_in_no_list(deleted: Engine) -> None:
    assert deleted.web.get("/api/workflows").get_json()["count"] == 0
    assert deleted.web.delete("/api/workflows/all").status_code == 410


def test_what_may_still_report_is_protected(engine: Engine) -> None:
    engine.job(1)
    assert engine.web.delete(f"/api/workflow/{engine.id}").status_code == 403
    engine.job(2)
    engine.failed(1)
    assert engine.workflow["status"] == "Error"
    answer = engine.web.delete(f"/api/workflow/{engine.id}")
    assert answer.status_code == 403
    assert answer.get_json()["msg"] == "The workflow is running: cancel it before you delete it."
    engine.finished(2)
    assert engine.web.delete(f"/api/workflow/{engine.id}").status_code == 204


def test_events_of_a_deleted_workflow_are_ignored(deleted: Engine) -> None:
    assert deleted.job(2).status_code == 200
    restore(deleted)
    assert list(deleted.jobs) == [1]


def test_the_name_of_a_deleted_workflow_is_free_at_once(client: FlaskClient) -> None:
    first = Engine(client, "nightly")
    first.progress(1, 1)
    client.delete(f"/api/workflow/{first.id}")
    second = Engine(client, "nightly")
    assert second.id != first.id
    assert (second.workflow["name"], second.workflow["run"]) == ("nightly", 1)


def test_only_what_a_filter_lets_through_is_deleted(client: FlaskClient, time: Clock) -> None:
    engines = {name: Engine(client, name) for name in ("old-done", "old-running")}
    engines["old-done"].progress(1, 1)
    time.move(days=31)
    engines |= {name: Engine(client, name) for name in ("done", "failed")}
    engines["done"].progress(1, 1)
    engines["failed"].job(1)
    engines["failed"].failed(1)
    engines["old-running"].job(1)

    def left() -> list[str]:
        return [each["name"] for each in client.get("/api/workflows").get_json()["workflows"]]

    def delete(query: str) -> str:
        return str(client.delete(f"/api/workflows/all?{query}").get_json()["msg"])

    assert client.delete("/api/workflows/all?status=Broken").status_code == 400
    assert client.delete("/api/workflows/all?older_than=0").status_code == 400
    assert client.delete("/api/workflows/all?mine=true").status_code == 400
    assert client.delete("/api/workflows/all?q=nothing").status_code == 404
    assert len(left()) == 4
    assert delete("older_than=30") == "1 workflow deleted; 1 running one kept"
    assert left() == ["old-running", "done", "failed"]
    assert delete("status=Error") == "1 workflow deleted"
    assert delete("name=done") == "1 workflow deleted"
    assert left() == ["old-running"]
    client.post("/api/workflows/restore")
    assert len(left()) == 4


# --- bringing back --------------------------------------------------------------------------------


def test_a_deleted_workflow_comes_back_whole(deleted: Engine, time: Clock) -> None:
    time.move(minutes=9)
    answer = deleted.web.post(f"/api/workflow/{deleted.id}/restore")
    assert answer.status_code == 200
    assert answer.get_json()["workflow"]["status"] == "Error"
    assert deleted.jobs[1]["status"] == "Error"
    assert deleted.rules["align"]["error"] == 1


def test_after_ten_minutes_it_is_gone(deleted: Engine, time: Clock) -> None:
    time.move(minutes=10, seconds=1)
    assert restore(deleted) == 404
    assert deleted.web.post("/api/workflows/restore").status_code == 410


def test_bringing_back_what_is_there_changes_nothing(engine: Engine) -> None:
    before = engine.workflow
    assert restore(engine) == 200
    assert engine.workflow == before


def test_there_must_be_something_to_bring_back(client: FlaskClient) -> None:
    assert client.post("/api/workflow/999/restore").status_code == 404
    assert client.post(f"/api/workflow/{10**17}/restore").status_code == 404
    assert client.post("/api/workflows/restore").status_code == 410


def test_everything_that_was_deleted_comes_back(client: FlaskClient, time: Clock) -> None:
    running, done = Engine(client, "running"), Engine(client, "done")
    running.job(1)
    done.progress(1, 1)
    client.delete(f"/api/workflow/{done.id}")
    time.move(minutes=1)
    client.delete("/api/workflows/all")
    answer = client.post("/api/workflows/restore").get_json()
    assert [each["name"] for each in answer["workflows"]] == ["running", "done"]
    running.finished(1)
    assert running.jobs[1]["status"] == "Done"


def test_a_name_that_was_taken_meanwhile_gets_a_suffix(client: FlaskClient, time: Clock) -> None:
    name = "n" * 200
    first = Engine(client, name)
    first.progress(1, 1)
    client.delete(f"/api/workflow/{first.id}")
    second = Engine(client, name)
    restore(first)
    assert second.workflow["name"] == name
    assert first.workflow["name"].startswith("n" * 191 + "-")
    assert len(first.workflow["name"]) == 200


def test_of_several_deleted_ones_of_a_name_the_last_keeps_it(
    client: FlaskClient, time: Clock
) -> None:
    engines = []
    for _ in range(3):
        engines.append(Engine(client, "nightly"))
        client.delete("/api/workflows/all")
    client.post("/api/workflows/restore")
    names = [engine.workflow["name"] for engine in engines]
    assert names[2] == "nightly"
    assert names[0].startswith("nightly-")
    assert len(set(names)) == 3


def test_a_name_that_is_taken_in_the_same_moment_is_a_conflict(
    client: FlaskClient, time: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = Engine(client, "nightly")
    client.delete("/api/workflows/all")
    Engine(client, "nightly")
    monkeypatch.setattr(deletion, "_taken_names", lambda *_: set())
    assert restore(first) == 409
    assert client.get("/api/workflows").get_json()["count"] == 1


# --- pinning --------------------------------------------------------------------------------------


def test_a_workflow_is_pinned_and_unpinned(engine: Engine) -> None:
    path = f"/api/workflow/{engine.id}/pin"
    assert engine.workflow["pinned"] is False
    for _ in range(2):
        assert engine.web.put(path).get_json()["workflow"]["pinned"] is True
    assert engine.web.delete(path).get_json()["workflow"]["pinned"] is False


def test_only_what_is_there_can_be_pinned(client: FlaskClient) -> None:
    assert client.put("/api/workflow/999/pin").status_code == 404
    assert client.delete("/api/workflow/999/pin").status_code == 404
