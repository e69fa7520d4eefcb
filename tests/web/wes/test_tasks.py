"""The jobs of a run as WES's tasks."""

from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from panoptes.config.log_roots import LogRoot
from panoptes.web.ga4gh import WES
from panoptes.web.wes import listing
from tests.changed_settings import change_settings
from tests.engine import Engine
from tests.engines.nextflow.recorded import Player, recording
from tests.faults.attacks import TEXTS
from tests.sent_logs import send_log
from tests.web.wes.asking import get, listed, pages


def tasks_of(client: FlaskClient, query: str = "") -> list[dict[str, Any]]:
    """Return a page of the tasks of the newest run."""
    (run, *_) = listed(client)
    address = f"/runs/{run['run_id']}/tasks{query}"
    found: list[dict[str, Any]] = get(client, address, "TaskListResponse")["task_logs"]
    return found


def test_a_job_is_a_task(engine: Engine) -> None:
    engine.job("a/b", "align", wildcards={"sample": "K7"}, shellcmd="bwa mem \\\n  x")
    engine.finished("a/b")
    (task,) = tasks_of(engine.web)
    assert task == {
        "id": task["id"],
        "name": "align",
        "cmd": ["bwa mem \\\n  x"],
        "start_time": "2026-11-23T09:00:00Z",
        "end_time": "2026-11-23T09:00:00Z",
        "system_logs": [],
        "tags": {"status": "Done", "jobid": "a/b", "attempt": "1", "wildcard.sample": "K7"},
    }
    (run,) = listed(engine.web)
    assert get(engine.web, f"/runs/{run['run_id']}/tasks/{task['id']}", "TaskLog") == task


def test_system_logs_tell_of_earlier_attempts_and_of_the_error(client: FlaskClient) -> None:
    Player(client).play(recording("v26.04.6", "tower", "retry"))
    retried = [task for task in tasks_of(client) if task["tags"]["attempt"] != "1"]
    assert retried, "The recording has a task that was tried again."
    for task in retried:
        assert task["system_logs"][0].startswith("Attempt 1: Error, exit status ")
        assert task["exit_code"] == 0
    (run,) = listed(client)
    address = f"/runs/{run['run_id']}/tasks/{retried[0]['id']}"
    assert get(client, address, "TaskLog") == retried[0]


def test_the_exit_code_of_a_task_is_told_if_it_can_be(client: FlaskClient) -> None:
    client.post("/api/runs", json={"id": "u", "engine": "generic", "name": "any"})
    codes = [0, 137, -9, 2**31, 2**40]
    jobs = [
        {"event": "job", "job": number, "rule": "r", "status": "error", "exit_status": code}
        for number, code in enumerate(codes)
    ]
    client.post("/api/runs/u/events", json={"first": 1, "events": jobs})
    told = [task.get("exit_code") for task in tasks_of(client)]
    assert told == [0, 137, -9, None, None]


@pytest.mark.parametrize("size", [1, 3, 4, 7, 1000])
def test_pages_have_all_tasks_in_their_order(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(listing, "CHUNK", 3)
    for number in range(7):
        engine.job(number)
    (run,) = listed(engine.web)
    address = f"/runs/{run['run_id']}/tasks"
    found = pages(engine.web, address, "task_logs", "TaskListResponse", size)
    assert [task["tags"]["jobid"] for page in found for task in page] == list("0123456")
    assert len(found) == -(-7 // size)


def test_tasks_that_come_meanwhile_stand_on_a_later_page(engine: Engine) -> None:
    for number in range(3):
        engine.job(number)
    (run,) = listed(engine.web)
    address = f"/runs/{run['run_id']}/tasks?page_size=2"
    first = get(engine.web, address, "TaskListResponse")
    engine.job(3)
    engine.finished(0)
    address += f"&page_token={first['next_page_token']}"
    second = get(engine.web, address, "TaskListResponse")
    shown = [task["tags"]["jobid"] for page in (first, second) for task in page["task_logs"]]
    assert shown == ["0", "1", "2", "3"]


def test_a_run_without_jobs_has_no_tasks(engine: Engine) -> None:
    assert tasks_of(engine.web) == []


def test_a_task_of_another_run_is_none_of_this_one(client: FlaskClient) -> None:
    for name in ("first", "second"):
        Engine(client, name).job(1)
    (second, first) = listed(client)
    (task,) = get(client, f"/runs/{second['run_id']}/tasks", "TaskListResponse")["task_logs"]
    for run, status in ((second, 200), (first, 404)):
        answer = client.get(f"{WES}/runs/{run['run_id']}/tasks/{task['id']}")
        assert answer.status_code == status
    assert answer.get_json() == {
        "msg": f"There is no task {task['id']} in this run.",
        "status_code": 404,
    }


def test_whatever_clients_tell_the_shapes_hold(client: FlaskClient) -> None:
    names = ("command", "main_file", "user", "host", "engine_version", "note")
    for number, attack in enumerate(TEXTS):
        described = dict.fromkeys(names, attack)
        run = {"id": f"u{number}", "engine": "generic", "name": attack, "description": described}
        assert client.post("/api/runs", json=run).status_code == 201
    events: list[dict[str, object]] = []
    for number, attack in enumerate(TEXTS):
        texts = dict.fromkeys(("command", "error", "external_id"), attack)
        job = {"job": number, "rule": attack or "r", "wildcards": {attack: attack}, **texts}
        states = ("error", "running", "error")
        events += ({"event": "job", "status": status, **job} for status in states)
        events.append({"event": "log", "text": attack})
    stored = client.post("/api/runs/u0/events", json={"first": 1, "events": events})
    assert stored.get_json()["stored"] == len(events)
    found = pages(client, "/runs", "runs", "RunListResponse", 100)
    assert sum(map(len, found)) == len(TEXTS)
    for run in (run for page in found for run in page):
        get(client, f"/runs/{run['run_id']}", "RunLog")
    address = f"/runs/{found[-1][-1]['run_id']}/tasks"
    shown = pages(client, address, "task_logs", "TaskListResponse", 1000)
    assert [len(task["system_logs"]) for task in shown[0]].count(2) > len(TEXTS) / 2
    assert len(client.get(f"{WES}{address.replace('tasks', 'log')}").text.split("\n")) > len(TEXTS)


# --- logs -----------------------------------------------------------------------------------------


def test_a_log_that_a_client_sent_is_text_at_the_address_of_its_task(engine: Engine) -> None:
    engine.job(1, log=["logs/1.log"])
    (task,) = tasks_of(engine.web)
    assert "stderr" not in task, "Nobody could read it."
    send_log(engine, "one\n\x1b[31mtwo\x1b[0m\n")
    (task,) = tasks_of(engine.web)
    answer = engine.web.get(task["stderr"])
    assert answer.content_type == "text/plain; charset=utf-8"
    assert answer.text == "one\ntwo\n"
    etag = answer.headers["ETag"]
    assert engine.web.get(task["stderr"], headers={"If-None-Match": etag}).status_code == 304
    send_log(engine, "three\n", offset=len("one\n\x1b[31mtwo\x1b[0m\n"))
    assert engine.web.get(task["stderr"], headers={"If-None-Match": etag}).text.endswith("three\n")


def test_a_file_that_the_server_may_read_is_text_there(engine: Engine, tmp_path: Path) -> None:
    change_settings(engine.web.application, log_root=(LogRoot(str(tmp_path)),))
    engine.job(1, log=[str(tmp_path / "1.log")])
    engine.job(2)
    (task, without) = tasks_of(engine.web)
    assert engine.web.get(task["stderr"]).get_json()["msg"] == "The file doesn't exist yet."
    (tmp_path / "1.log").write_text("of the file\n")
    assert engine.web.get(task["stderr"]).text == "of the file\n"
    assert "stderr" not in without
    answer = engine.web.get(task["stderr"].replace(f"/{task['id']}/", f"/{without['id']}/"))
    assert answer.get_json() == {"msg": "This task has no log.", "status_code": 404}
