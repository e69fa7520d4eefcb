"""Runs as WES lists and describes them."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from panoptes.common.status import WORKFLOW_STATUSES
from panoptes.database.connections import sql_engine
from panoptes.models.workflow import RUN_IDS
from panoptes.queries.results import MAX_PER_PAGE
from panoptes.web.ga4gh import WES
from panoptes.web.wes.shapes import STATES
from tests.conftest import Clock
from tests.engine import Engine
from tests.engines.nextflow.recorded import Player, recording
from tests.tokens import Tokens, basic, bearer
from tests.web.wes.asking import get, listed, pages, run_ids


def done(client: FlaskClient, name: str) -> Engine:
    """A run of one job that came through."""
    run = Engine(client, name, command="snakemake -j 2", snakefile="/data/Snakefile")
    run.job(1)
    run.finished(1)
    run.progress(1, 1)
    return run


def run_id(client: FlaskClient, name: str) -> str:
    return run_ids(client)[name]


def begin(client: FlaskClient, name: str) -> Engine:
    """A run of one job that goes on."""
    run = Engine(client, name)
    run.job(1)
    return run


# --- the list -------------------------------------------------------------------------------------


def test_every_run_of_every_workflow_is_listed_the_newest_first(client: FlaskClient) -> None:
    for name in ("nightly", "other", "nightly"):
        done(client, name)
    assert [run["tags"]["name"] for run in listed(client)] == ["nightly", "other", "nightly"]
    (newest, _, oldest) = listed(client)
    assert newest["run_id"] != oldest["run_id"]
    assert newest["tags"]["page"].endswith("/workflow/1?run=2")
    assert client.get(newest["tags"]["page"]).status_code == 200


def test_each_state_has_its_word_and_a_tag_says_ours(client: FlaskClient, time: Clock) -> None:
    assert set(STATES) == set(WORKFLOW_STATUSES)
    begin(client, "stale")
    time.move(hours=49)
    done(client, "done")
    begin(client, "running")
    begin(client, "failed").failed(1)
    cancelled = begin(client, "cancelled")
    client.post(f"/api/workflow/{cancelled.id}/cancel")
    Engine(client, "nothing").info("Nothing to be done.")
    shown = {run["tags"]["name"]: (run["state"], run["tags"]["status"]) for run in listed(client)}
    assert shown == {
        "stale": ("UNKNOWN", "Stale"),
        "done": ("COMPLETE", "Done"),
        "running": ("RUNNING", "Running"),
        "failed": ("EXECUTOR_ERROR", "Error"),
        "cancelled": ("CANCELED", "Cancelled"),
        "nothing": ("COMPLETE", "No Execution"),
    }


def test_pages_follow_each_other_while_runs_come_and_go(client: FlaskClient) -> None:
    for number in range(5):
        done(client, f"run {number}")
    first = get(client, "/runs?page_size=2", "RunListResponse")
    done(client, "later")
    client.delete("/api/workflow/4")  # It stands last on the first page.
    rest = get(client, f"/runs?page_token={first['next_page_token']}", "RunListResponse")
    names = [[run["tags"]["name"] for run in page["runs"]] for page in (first, rest)]
    assert names == [["run 4", "run 3"], ["run 2", "run 1", "run 0"]]
    assert rest["next_page_token"] == ""


def test_the_last_page_says_that_it_is_the_last(client: FlaskClient) -> None:
    assert pages(client, "/runs", "runs", "RunListResponse", 2) == [[]]
    for number in range(4):
        done(client, f"run {number}")
    found = pages(client, "/runs", "runs", "RunListResponse", 2)
    assert [len(page) for page in found] == [2, 2]


def test_a_size_that_is_too_large_gives_fewer(client: FlaskClient) -> None:
    done(client, "nightly")
    assert len(listed(client, f"?page_size={10**17}")) == 1
    assert MAX_PER_PAGE < 10**17


@pytest.mark.parametrize(
    "query",
    [
        *("page_size=0", "page_size=-1", "page_size=x", "page_size=", "page_size=1.5"),
        *("page_size=007", f"page_size={10**30}", "page_size=%D9%A3", "page_token=x"),
        *("page_token=%00", "page_token=%F0%9F%98%80", "page_token====", "page_token=L3J1bnMgMQ"),
    ],
)
def test_what_makes_no_sense_is_refused(client: FlaskClient, query: str) -> None:
    answer = client.get(f"{WES}/runs?{query}")
    assert answer.status_code == 400
    assert answer.get_json()["status_code"] == 400
    assert answer.get_json()["msg"].startswith(query.partition("=")[0])


def test_a_token_is_of_one_list_alone(client: FlaskClient) -> None:
    for name in ("first", "second"):
        run = done(client, name)
        run.job(2)
    tasks = f"/runs/{run_id(client, 'first')}/tasks"
    token = get(client, f"{tasks}?page_size=1", "TaskListResponse")["next_page_token"]
    other = f"/runs/{run_id(client, 'second')}/tasks"
    for path, status in ((tasks, 200), (other, 400), ("/runs", 400)):
        assert client.get(f"{WES}{path}?page_token={token}").status_code == status


def test_what_is_deleted_is_not_listed(client: FlaskClient) -> None:
    kept, gone = done(client, "kept"), done(client, "gone")
    address = f"/runs/{run_id(client, 'gone')}"
    client.delete(f"/api/workflow/{gone.id}")
    assert list(run_ids(client)) == ["kept"]
    for rest in ("", "/status", "/log", "/tasks", "/tasks/1", "/tasks/1/log"):
        assert client.get(f"{WES}{address}{rest}").status_code == 404, rest
    assert kept.status == "Done"


def test_a_page_of_runs_is_one_question(client: FlaskClient, app: Flask) -> None:
    for number in range(20):
        done(client, f"run {number}")
    asked: list[str] = []
    with app.app_context():
        event.listen(sql_engine(), "before_cursor_execute", lambda *args: asked.append(args[2]))
    client.get(f"{WES}/runs")
    assert len([text for text in asked if "runs.engine" in text]) == 1
    assert len(asked) <= 3, "Tokens and the change token may be asked for, too."


# --- a run ----------------------------------------------------------------------------------------


def test_a_run_says_what_ran_and_how_it_went(client: FlaskClient, time: Clock) -> None:
    run = done(client, "nightly")
    run_id_ = run_id(client, "nightly")
    told = get(client, f"/runs/{run_id_}", "RunLog")
    tags = {
        "name": "nightly",
        "status": "Done",
        "page": f"http://localhost/workflow/{run.id}?run=1",
        "engine": "snakemake",
    }
    assert told == {
        "run_id": run_id_,
        "request": {
            "workflow_params": {},
            "workflow_type": "SMK",
            "workflow_type_version": "",
            "workflow_engine": "snakemake",
            "workflow_url": "/data/Snakefile",
            "tags": tags,
        },
        "state": "COMPLETE",
        "run_log": {
            "name": "nightly",
            "cmd": ["snakemake", "-j", "2"],
            "start_time": "2026-11-23T09:00:00Z",
            "end_time": "2026-11-23T09:00:00Z",
            "stderr": f"http://localhost{WES}/runs/{run_id_}/log",
        },
        "task_logs_url": f"http://localhost{WES}/runs/{run_id_}/tasks",
        "outputs": {},
    }
    status = get(client, f"/runs/{run_id_}/status", "RunStatus")
    assert status == {"run_id": run_id_, "state": "COMPLETE"}


def test_a_run_of_nextflow_has_its_type_version_and_parameters(client: FlaskClient) -> None:
    Player(client).play(recording("v26.04.6", "tower", "ok"))
    told = get(client, f"/runs/{run_id(client, 'ok.nf')}", "RunLog")
    request = told["request"]
    assert (request["workflow_type"], request["workflow_type_version"]) == ("NFL", "26.04.6")
    assert (request["workflow_engine"], request["workflow_engine_version"]) == (
        "nextflow",
        "26.04.6",
    )
    assert request["workflow_params"] == {"greeting": "hi"}
    assert request["tags"]["run_name"] == "serene_solvay"
    assert told["run_log"]["cmd"][:2] == ["nextflow", "run"]


def test_a_language_of_several_engines_has_no_version_that_an_engine_tells(
    client: FlaskClient,
) -> None:
    description = {"engine_version": "1.2"}
    run = {"id": "u", "engine": "generic", "name": "any", "description": description}
    client.post("/api/runs", json=run)
    request = get(client, f"/runs/{run_id(client, 'any')}", "RunLog")["request"]
    assert request["workflow_type"] == "GENERIC"
    assert (request["workflow_type_version"], request["workflow_engine_version"]) == ("", "1.2")


def test_the_error_of_a_run_is_in_its_log(client: FlaskClient) -> None:
    client.post("/api/runs", json={"id": "u", "engine": "generic", "name": "any"})
    ended = {"event": "end", "status": "error", "error": "No space left."}
    client.post("/api/runs/u/events", json={"first": 1, "events": [ended]})
    told = get(client, f"/runs/{run_id(client, 'any')}", "RunLog")
    assert (told["state"], told["run_log"]["system_logs"]) == ("EXECUTOR_ERROR", ["No space left."])


def test_tags_have_the_labels_and_the_note_of_a_run(client: FlaskClient) -> None:
    described = {"labels": ["nightly", "GPU"], "note": "with the new index", "user": "lea"}
    run = {"id": "u", "engine": "generic", "name": "any", "description": described}
    client.post("/api/runs", json=run)
    (listed_run,) = listed(client)
    tags = listed_run["tags"]
    assert (tags["labels"], tags["note"]) == ("nightly, GPU", "with the new index")
    assert tags["user"] == "lea"


def test_the_log_of_a_run_is_text_at_the_address_that_the_run_tells(client: FlaskClient) -> None:
    run = done(client, "nightly")
    run.info("Building DAG of jobs...")
    run.info("Größe: \x1b[31m3\x1b[0m")
    address = get(client, f"/runs/{run_id(client, 'nightly')}", "RunLog")["run_log"]["stderr"]
    answer = client.get(address)
    assert answer.content_type == "text/plain; charset=utf-8"
    # Nothing in it moves the cursor of whoever prints it.
    assert answer.text == "Building DAG of jobs...\nGröße: ␛[31m3␛[0m\n"


def test_an_id_stands_for_its_run_wherever_its_workflow_goes(client: FlaskClient) -> None:
    moved, other = done(client, "moved"), done(client, "nightly")
    before = run_ids(client)
    client.post(f"/api/workflow/{moved.id}/join?name=nightly")
    assert [run["run_id"] for run in listed(client)] == [before["nightly"], before["moved"]]
    status = get(client, f"/runs/{before['moved']}", "RunLog")
    assert status["request"]["tags"]["page"].endswith(f"/workflow/{other.id}?run=1")
    # Pages and the API know the same id.
    assert client.get(f"/workflow/{before['moved']}").status_code == 200
    assert client.get(f"/api/workflow/{before['moved']}").get_json()["workflow"]["run"] == 1


@pytest.mark.parametrize(
    "unknown",
    ["1", "x", "1.1", "0", "-1", str(RUN_IDS), str(RUN_IDS + 9), f"0{RUN_IDS + 1}", "9" * 30],
)
def test_an_unknown_run_is_404(client: FlaskClient, unknown: str) -> None:
    done(client, "nightly")
    answer = client.get(f"{WES}/runs/{unknown}")
    assert answer.status_code == 404
    assert answer.get_json() == {
        "msg": f"There is no run {unknown}: the list of runs has their ids.",
        "status_code": 404,
    }


def test_an_unchanged_answer_is_not_sent_again(client: FlaskClient, time: Clock) -> None:
    run = begin(client, "nightly")
    known = f"/runs/{run_id(client, 'nightly')}"
    paths = ("/runs", known, f"{known}/status", f"{known}/tasks", f"{known}/log", "/service-info")
    etags = {path: client.get(WES + path).headers["ETag"] for path in paths}
    for path, etag in etags.items():
        assert client.get(WES + path, headers={"If-None-Match": etag}).status_code == 304, path
    run.finished(1)
    for path, etag in etags.items():
        assert client.get(WES + path, headers={"If-None-Match": etag}).status_code == 200, path


@pytest.mark.parametrize("send", [bearer, basic])
def test_a_token_is_taken_as_everywhere(client: FlaskClient, tokens: Tokens, send: type) -> None:
    secret = tokens.add("me", "view")
    assert client.get(f"{WES}/runs", headers=send(secret)).status_code == 200
    answer = client.get(f"{WES}/runs")
    assert answer.status_code == 401
    assert answer.get_json()["status_code"] == 401
    assert "Basic" in answer.headers["WWW-Authenticate"]
    answer = client.get(f"{WES}/runs", headers=send(tokens.add("reporter", "report")))
    assert answer.status_code == 403
