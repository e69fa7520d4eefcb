"""Nextflow's Tower protocol: each answer is one after which the client goes on."""

import json
import re
from datetime import datetime, timezone
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from panoptes.engines.nextflow import translator
from panoptes.web.services import services_of
from tests.conftest import Clock
from tests.tokens import Tokens, basic, bearer

TRACE = "/api/tower/trace"
WORKFLOW = {
    "projectName": "nf-core/rnaseq",
    "runName": "serene_solvay",
    "sessionId": "84545ab4",
    "scriptFile": "/src/main.nf",
    "commandLine": "nextflow run nf-core/rnaseq --api_key abc --input 'my sheet.csv'",
    "launchDir": "/data/cohort",
    "params": {"outdir": "results", "db": {"password": "hunter2"}, "token": None},
    "configText": "secret = 'hunter2'",
    "nextflow": {"version": "26.04.6"},
    "revision": "3.14.0",
}


def create(web: FlaskClient, headers: dict[str, str] | None = None, **fields: Any) -> TestResponse:
    told = {"sessionId": "84545ab4", "runName": "serene_solvay", "projectName": "nf-core/rnaseq"}
    return web.post(f"{TRACE}/create", json={**told, "workflowId": None, **fields}, headers=headers)


def put(web: FlaskClient, trace_id: str, what: str, told: Any, **more: Any) -> TestResponse:
    return web.put(f"{TRACE}/{trace_id}/{what}", json=told, **more)


def task(number: int = 1, status: str = "RUNNING", **fields: Any) -> dict[str, Any]:
    told = {"taskId": number, "status": status, "name": "ALIGN (K7)", "process": "ALIGN"}
    return {**told, "tag": "K7", "attempt": 1, "exit": 2147483647, **fields}


def begun(web: FlaskClient) -> str:
    """Return the id of a run that has begun."""
    trace_id: str = create(web).get_json()["workflowId"]
    put(web, trace_id, "begin", {"workflow": WORKFLOW, "processNames": ["ALIGN", "SORT"]})
    return trace_id


def workflow(web: FlaskClient, number: int = 1) -> dict[str, Any]:
    found: dict[str, Any] = web.get(f"/api/workflow/{number}").get_json()["workflow"]
    return found


def jobs(web: FlaskClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = web.get("/api/workflow/1/jobs").get_json()["jobs"]
    return found


# --- registering ----------------------------------------------------------------------------------


def test_a_run_gets_an_id_that_the_client_takes_and_the_address_of_its_page(
    client: FlaskClient,
) -> None:
    told = create(client).get_json()
    assert re.fullmatch(r"[0-9a-f]{16}", told["workflowId"])
    assert told["watchUrl"] == "http://localhost/workflow/1?run=1"
    begin = put(client, told["workflowId"], "begin", {"workflow": WORKFLOW, "processNames": []})
    assert begin.get_json()["watchUrl"] == told["watchUrl"]
    assert client.get("/workflow/1?run=1").status_code == 200


def test_it_is_named_by_its_project_and_keeps_no_secrets(client: FlaskClient) -> None:
    begun(client)
    run = workflow(client)
    assert (run["name"], run["run_name"], run["engine"]) == (
        "nf-core/rnaseq",
        "serene_solvay",
        "nextflow",
    )
    assert run["command"] == "nextflow run nf-core/rnaseq --api_key … --input 'my sheet.csv'"
    assert run["params"] == {"outdir": "results", "db": {"password": "…"}, "token": None}
    assert run["workdir"] == "/data/cohort"
    assert (run["about"], run["total_grows"]) == ({"revision": "3.14.0"}, True)
    everything = client.get("/workflow/1").text + json.dumps(run)
    assert "hunter2" not in everything


def test_it_tells_which_process_feeds_which_before_any_begins(client: FlaskClient) -> None:
    trace_id = create(client).get_json()["workflowId"]
    kinds = [("ORIGIN", None), ("PROCESS", "ALIGN"), ("OPERATOR", "map"), ("PROCESS", "SORT")]
    dag = {
        "vertices": [
            {"id": str(number), "type": kind, "label": label, "scope": None}
            for number, (kind, label) in enumerate(kinds)
        ],
        "edges": [
            {"source": str(number), "target": str(number + 1), "label": None} for number in range(3)
        ],
    }
    told = {"workflow": WORKFLOW, "processNames": ["ALIGN", "SORT"], "dag": dag}
    for _ in range(2):
        put(client, trace_id, "begin", told)
    page = " ".join(re.sub("<[^>]*>", " ", client.get("/workflow/1/graph").text).split())
    assert "ALIGN reads no files from another process" in page
    assert "SORT reads files from ALIGN" in page
    assert "ALIGN: none begun" in page


@pytest.mark.parametrize("page", ["graph", "report.html"])
def test_where_it_tells_no_graph_the_page_says_why_and_draws_no_lone_boxes(
    client: FlaskClient, page: str
) -> None:
    put(client, begun(client), "progress", {"tasks": [task()]})
    shown = client.get(f"/workflow/1/{page}").text
    assert "Nextflow tells which process feeds which from version 26.05 on" in shown
    assert "An arrow points from" not in shown


def test_a_process_of_a_subworkflow_is_shown_by_its_own_name_first(client: FlaskClient) -> None:
    trace_id = create(client).get_json()["workflowId"]
    name = "RNASEQ:ALIGN:STAR"
    dag = {"vertices": [{"id": "1", "type": "PROCESS", "label": name}], "edges": []}
    told = {"workflow": WORKFLOW, "processNames": [name], "dag": dag}
    put(client, trace_id, "begin", told)
    page = client.get("/workflow/1").text
    assert 'title="RNASEQ:ALIGN:STAR">STAR</span></a> <span class="muted">' in page
    assert '<span class="text" title="RNASEQ:ALIGN">ALIGN</span>' in page
    assert f"rule={name}#jobs" in page
    picture = client.get("/workflow/1/graph").text
    assert '>STAR <tspan class="graph-scope">ALIGN</tspan>' in picture
    assert f"<title>{name}: none begun</title>" in picture


def test_who_got_no_answer_and_asks_again_has_the_same_run(client: FlaskClient) -> None:
    first, second = create(client).get_json(), create(client).get_json()
    assert first["workflowId"] == second["workflowId"]
    put(client, first["workflowId"], "progress", {"tasks": [task()]})
    # A client that begins to report heard the answer: this is another one.
    assert create(client).get_json()["workflowId"] != first["workflowId"]
    assert workflow(client)["runs"] == 2


def test_a_given_id_is_kept_unless_it_was_used_or_is_none(client: FlaskClient) -> None:
    assert create(client, workflowId="given1").get_json()["workflowId"] == "given1"
    put(client, "given1", "progress", {"tasks": [task()]})
    for number, wanted in enumerate(("given1", "null", "a/b", "x" * 17, 7, {})):
        answer = create(client, workflowId=wanted, sessionId=f"s{number}").get_json()
        assert re.fullmatch(r"[0-9a-f]{16}", answer["workflowId"])


def test_two_runs_of_a_pipeline_are_told_apart(client: FlaskClient) -> None:
    one = create(client).get_json()["workflowId"]
    two = create(client, runName="deadly_planck", sessionId="other").get_json()["workflowId"]
    put(client, one, "progress", {"tasks": [task()]})
    put(client, two, "complete", {"workflow": {**WORKFLOW, "success": True}})
    runs = client.get("/api/workflow/1/runs").get_json()["runs"]
    assert [run["status"] for run in runs] == ["No Execution", "Running"]


def test_tasks_in_a_queue_are_counted_before_they_run(client: FlaskClient) -> None:
    trace_id = begun(client)
    queued = [task(number, "SUBMITTED", name=f"ALIGN ({number})") for number in (1, 2)]
    put(client, trace_id, "progress", {"tasks": [*queued, task(3, "COMPLETED", exit=0)]})
    assert "<title>1 of 3 done</title>" in client.get("/workflow/1").text
    assert 'panoptes_rule_jobs{rule="ALIGN",status="Pending"} 2.0' in client.get("/metrics").text


# --- how it ends ----------------------------------------------------------------------------------


def test_what_an_interrupted_run_stopped_is_cancelled_and_not_unfinished(
    client: FlaskClient,
) -> None:
    trace_id = begun(client)
    other = {"name": "ALIGN (K8)", "tag": "K8"}
    put(client, trace_id, "progress", {"tasks": [task(), task(2, "SUBMITTED", **other)]})
    ended = {**WORKFLOW, "success": False, "errorMessage": "SIGINT"}
    put(client, trace_id, "complete", {"workflow": ended})
    run = workflow(client)
    assert (run["status"], run["jobs_cancelled"], run["jobs_pending"]) == ("Error", 2, 0)
    page = client.get("/workflow/1").text
    assert "0 of 2 done, 2 cancelled" in page
    assert ">2 cancelled<" in page
    assert "not finished" not in page


# --- nothing that is answered ends a pipeline -----------------------------------------------------


@pytest.mark.parametrize("trace_id", ["abc123", "null", "x" * 300, "ä%20b", "%00", "undefined"])
def test_an_id_that_nobody_knows_is_registered(client: FlaskClient, trace_id: str) -> None:
    told = {"workflow": WORKFLOW, "processNames": []}
    for what, body in (("begin", told), ("progress", {"tasks": [task()]}), ("heartbeat", {})):
        answer = put(client, trace_id, what, body)
        assert (answer.status_code, answer.get_json()["msg"]) == (200, "ok")
        assert answer.get_json()["watchUrl"] == "http://localhost/workflow/1?run=1"
    run = workflow(client)
    assert (run["name"], run["jobs_running"], run["runs"]) == ("nf-core/rnaseq", 1, 1)


def test_a_run_whose_first_requests_came_in_the_wrong_order_is_one(client: FlaskClient) -> None:
    put(client, "abc123", "begin", {"workflow": WORKFLOW, "processNames": []})
    assert create(client).get_json()["workflowId"] == "abc123"
    assert workflow(client)["runs"] == 1


def test_a_run_whose_tasks_came_first_is_named_once_its_project_is_known(
    client: FlaskClient,
) -> None:
    put(client, "abc123", "progress", {"tasks": [task()]})
    put(client, "abc123", "begin", {"workflow": WORKFLOW, "processNames": []})
    run = workflow(client)
    assert (run["name"], run["jobs_running"]) == ("nf-core/rnaseq", 1)


def test_two_runs_without_an_id_are_told_apart_by_what_begins_and_ends(client: FlaskClient) -> None:
    for name in ("one", "two"):
        told = {**WORKFLOW, "runName": name, "sessionId": name}
        put(client, "null", "begin", {"workflow": told, "processNames": []})
    put(client, "null", "progress", {"tasks": [task()]})
    ended = {**WORKFLOW, "runName": "one", "sessionId": "one", "success": True}
    put(client, "null", "complete", {"workflow": ended})
    runs = client.get("/api/workflow/1/runs").get_json()["runs"]
    assert [(run["run_name"], run["status"]) for run in runs] == [
        ("two", "Running"),
        ("one", "No Execution"),
    ]


@pytest.mark.parametrize(
    "body",
    [
        "{}",
        '{"tasks": null}',
        '{"tasks": {}, "progress": []}',
        '{"tasks": [null, 1, "x", {}, {"taskId": 1}, {"taskId": 1, "status": "?", "name": "a"}]}',
        '{"tasks": [{"taskId": 1e400, "status": "RUNNING", "name": "a"}]}',
        '{"tasks": [{"taskId": 1, "status": "RUNNING", "name": " ", "attempt": -5}]}',
        '{"workflow": 5, "processNames": 5}',
        '{"dag": {"vertices": [{"id": "1", "type": "PROCESS", "label": "A"}], "edges": [1]}}',
        '{"workflow": {"success": "yes", "errorReport": {}, "stats": [], "params": [1]}}',
        '{"progress": {"succeeded": 1e99, "cached": true}, "instant": "soon"}',
        '{"tasks": ' + "[" * 200 + "]" * 200 + "}",
        '{"tasks": ' + "[" * 150_000 + "]" * 150_000 + "}",
    ],
    ids=lambda body: body[:40],
)
def test_whatever_can_be_parsed_is_answered_200(client: FlaskClient, body: str) -> None:
    trace_id = begun(client)
    for what in ("progress", "begin", "heartbeat", "complete"):
        answer = client.put(f"{TRACE}/{trace_id}/{what}", data=body)
        assert answer.status_code == 200
        assert answer.get_json()["msg"]


def test_what_is_no_json_object_is_refused(client: FlaskClient) -> None:
    trace_id = begun(client)
    for body in (b"", b"x", b"[1]", b"{", b"\xff"):
        assert client.put(f"{TRACE}/{trace_id}/progress", data=body).status_code == 400
        assert client.post(f"{TRACE}/create", data=body).status_code == 400


def test_a_request_that_is_too_large_is_passed_over(client: FlaskClient) -> None:
    trace_id = begun(client)
    body = b'{"tasks": "' + b"x" * 11 * 2**20 + b'"}'
    answer = client.put(f"{TRACE}/{trace_id}/progress", data=body)
    assert answer.status_code == 200
    assert "too large" in answer.get_json()["msg"]


def test_a_mistake_of_ours_ends_nobodys_pipeline(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    trace_id = begun(client)

    def fail(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(translator, "_of_task", fail)
    answer = put(client, trace_id, "progress", {"tasks": [task()]})
    assert answer.status_code == 200
    assert "its log has the details" in answer.get_json()["msg"]


def test_a_database_that_is_busy_is_asked_again(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    trace_id = begun(client)

    def fail(*_: Any) -> None:
        raise OperationalError("", {}, Exception("locked"))

    monkeypatch.setattr(type(services_of(client.application).intake.writer), "run", fail)
    answer = put(client, trace_id, "progress", {"tasks": [task()]})
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0


def test_a_run_that_was_deleted_stays_so_and_goes_on_unharmed(client: FlaskClient) -> None:
    trace_id = begun(client)
    put(client, trace_id, "complete", {"workflow": {**WORKFLOW, "success": True}})
    client.delete("/api/workflow/1")
    answer = put(client, trace_id, "progress", {"tasks": [task()]})
    assert answer.status_code == 200
    assert answer.get_json()["watchUrl"] == "http://localhost"
    assert client.get("/api/workflows").get_json()["workflows"] == []


def test_what_a_cancelled_run_reports_counts_once_that_is_undone(client: FlaskClient) -> None:
    trace_id = begun(client)
    put(client, trace_id, "progress", {"tasks": [task()]})
    client.post("/api/workflow/1/cancel")
    answer = put(client, trace_id, "progress", {"tasks": [task(status="COMPLETED", exit=0)]})
    assert (answer.status_code, "cancelled" in answer.get_json()["msg"]) == (200, True)
    run = client.delete("/api/workflow/1/cancel").get_json()["workflow"]
    assert (run["status"], run["jobs_done"]) == ("Running", 1)


# --- tokens ---------------------------------------------------------------------------------------


def test_without_tokens_any_text_will_do(client: FlaskClient) -> None:
    for number, headers in enumerate(
        ({}, basic("abc", "@token"), bearer("aaa.bbb.ccc"), {"Authorization": "Basic x"})
    ):
        assert create(client, headers, sessionId=f"s{number}").status_code == 200


def test_a_run_belongs_to_the_token_with_which_it_was_created(
    client: FlaskClient, tokens: Tokens
) -> None:
    secret = tokens.add("lea", "report")
    answer = create(client, basic(secret, "@token"))
    assert answer.status_code == 200
    trace_id = answer.get_json()["workflowId"]
    put(client, trace_id, "progress", {"tasks": [task()]}, headers=basic(secret, "@token"))
    reader = tokens.headers("me", "view")
    (run,) = client.get("/api/workflows", headers=reader).get_json()["workflows"]
    assert (run["owner"], run["jobs_running"]) == ("lea", 1)


def test_only_create_refuses_who_has_no_token(client: FlaskClient, tokens: Tokens) -> None:
    reader = tokens.headers("me", "view")
    for headers in ({}, basic("wrong", "@token"), bearer("a.b.c")):
        refused = create(client, headers)
        assert refused.status_code == 401
        assert "TOWER_ACCESS_TOKEN" in refused.get_json()["msg"]
        for trace_id in ("null", "abc123"):
            answer = put(client, trace_id, "progress", {"tasks": [task()]}, headers=headers)
            assert answer.status_code == 200
            assert "token" in answer.get_json()["msg"]
    assert create(client, reader).status_code == 403
    assert client.get("/api/workflows", headers=reader).get_json()["workflows"] == []


# --- what tasks become ----------------------------------------------------------------------------


def test_what_is_told_of_a_task_is_kept(client: FlaskClient, time: Clock) -> None:
    trace_id = begun(client)
    now = time.now.timestamp()
    told = task(
        status="COMPLETED",
        exit=0,
        script="\n    bwa mem\n      -t 4\n    ",
        workdir="/work/49/960c26",
        hash="49/960c26",
        container="bwa:0.7",
        executor="slurm",
        queue="long",
        cpus=4,
        memory=8 * 2**30,
        time=3_600_000,
        nativeId=48219,
        start=_text(now - 60),
        complete=_text(now - 10),
        realtime=49_000,
        pcpu=250.0,
        peakRss=2**30,
        rchar=30,
        readBytes=10,
        writeBytes=20,
    )
    put(client, trace_id, "progress", {"tasks": [told], "instant": now * 1000})
    (job,) = jobs(client)
    assert (job["jobid"], job["name"], job["wildcards"]) == ("ALIGN (K7)", "ALIGN", {"tag": "K7"})
    assert job["shell_command"] == "bwa mem\n  -t 4"
    assert job["resources"] == {"cpus": 4, "memory": 8 * 2**30, "time": 3600.0}
    assert job["usage"] == {
        "cpu_percent": 250.0,
        "cpu_seconds": 122.5,
        "max_memory": 2**30,
        # What it read from disks is told beside all that it read.
        "read_bytes": 30,
        "disk_read_bytes": 10,
        "written_bytes": 20,
        "seconds": 49.0,
    }
    assert (job["threads"], job["external_id"], job["exit_status"]) == (4, "48219", 0)
    assert (job["workdir"], job["log"]) == ("/work/49/960c26", ["/work/49/960c26/.command.log"])
    assert job["about"] == {
        "hash": "49/960c26",
        "executor": "slurm",
        "queue": "long",
        "container": "bwa:0.7",
    }
    # It began before the run was known: the run's beginning is the earliest that there is.
    assert job["duration"] == 0.0


def test_times_are_the_clients_whatever_its_clock_says(client: FlaskClient, time: Clock) -> None:
    trace_id = begun(client)
    time.move(minutes=5)
    wrong = time.now.timestamp() - 86_400
    tasks = [
        task(1, "COMPLETED", exit=0, start=_text(wrong - 200), complete=_text(wrong - 100)),
        task(2, "COMPLETED", exit=0, start=_text(wrong - 190), complete=_text(wrong - 180)),
    ]
    put(client, trace_id, "progress", {"tasks": tasks, "instant": wrong * 1000})
    assert [(job["started_at"], job["duration"]) for job in jobs(client)] == [
        ("2026-11-23T09:01:40Z", 100.0),
        ("2026-11-23T09:01:50Z", 10.0),
    ]


def test_tasks_with_one_name_are_jobs_of_their_own_each_with_its_tries(client: FlaskClient) -> None:
    trace_id = begun(client)
    put(client, trace_id, "progress", {"tasks": [task(1), task(2)]})
    failed = [task(number, "FAILED", exit=1, errorAction="RETRY") for number in (1, 2)]
    put(client, trace_id, "progress", {"tasks": failed})
    assert [job["status"] for job in jobs(client)] == ["Pending", "Pending"]
    assert workflow(client)["status"] == "Running"
    for number, workdir in ((3, "/work/3"), (4, "/work/4")):
        again = task(number, attempt=2, workdir=workdir)
        put(client, trace_id, "progress", {"tasks": [again]})
    done = [
        task(number, "COMPLETED", attempt=2, exit=0, workdir=f"/work/{number}") for number in (3, 4)
    ]
    put(client, trace_id, "progress", {"tasks": done})
    put(client, trace_id, "progress", {"tasks": done})
    ended = {
        job["part"]: (job["status"], len(job["attempts"]), job["attempts"][-1]["workdir"])
        for job in jobs(client)
    }
    assert ended == {1: ("Done", 2, "/work/3"), 2: ("Done", 2, "/work/4")}


def test_a_run_that_was_interrupted_says_by_which_signal(client: FlaskClient) -> None:
    trace_id = begun(client)
    put(client, trace_id, "progress", {"tasks": [task(1), task(2, "NEW", name="ALIGN (K8)")]})
    put(
        client,
        trace_id,
        "complete",
        {"workflow": {**WORKFLOW, "success": False, "errorMessage": "SIGTERM"}},
    )
    run = workflow(client)
    assert run["status"] == "Error"
    assert run["error"].startswith("Interrupted by SIGTERM")
    assert {job["status"] for job in jobs(client)} == {"Cancelled"}
    # A state that comes late doesn't let the run go on.
    put(client, trace_id, "progress", {"tasks": [task(3, name="ALIGN (K9)")]})
    assert workflow(client)["status"] == "Error"
    assert {job["status"] for job in jobs(client)} == {"Cancelled"}


def test_the_report_of_an_error_is_that_of_its_task(client: FlaskClient) -> None:
    trace_id = begun(client)
    put(
        client,
        trace_id,
        "progress",
        {"tasks": [task(1, "FAILED", exit=3, errorAction="TERMINATE"), task(2, name="ALIGN (K8)")]},
    )
    assert workflow(client)["status"] == "Error"
    report = "Error executing process > 'ALIGN (K7)'\n\nCaused by:\n  it broke"
    ended = {
        **WORKFLOW,
        "success": False,
        "exitStatus": 3,
        "errorMessage": "boom",
        "errorReport": report,
    }
    for _ in range(2):  # It comes twice.
        put(client, trace_id, "complete", {"workflow": ended})
    run = workflow(client)
    assert run["error"] == f"boom\n\n{report}"
    by_name = {job["jobid"]: job for job in jobs(client)}
    failed = by_name["ALIGN (K7)"]
    assert (failed["error"], failed["exit_status"]) == (run["error"], 3)
    assert by_name["ALIGN (K8)"]["status"] == "Error"
    assert "it broke" in client.get("/workflow/1").text


def _text(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).isoformat().replace("+00:00", "Z")


def test_its_pages_speak_of_processes_and_tasks(client: FlaskClient) -> None:
    trace_id = begun(client)
    ignored = task(2, "FAILED", name="ALIGN (K8)", exit=9, errorAction="IGNORE")
    put(client, trace_id, "progress", {"tasks": [task(1), ignored]})
    page = client.get("/workflow/1").text
    for words in ("Processes", "Tasks", "ALIGN (K7)", "serene_solvay", "outdir =", "2 so far"):
        assert words in page
    assert "1 failed and ignored" in page
    assert "reason not given" not in page
    assert "Work folder" not in client.get("/workflow/1/job/ALIGN%20(K7)").text


def test_a_run_leads_to_those_that_it_resumes_and_can_be_resumed(client: FlaskClient) -> None:
    first = begun(client)
    failed = {**WORKFLOW, "commandLine": "nextflow run 'my pipeline.nf'", "success": False}
    put(client, first, "complete", {"workflow": failed})
    command = "cd /data/cohort &amp;&amp; nextflow run &#39;my pipeline.nf&#39; -resume"
    assert command in client.get("/workflow/1").text
    second = create(client, runName="deadly_planck").get_json()["workflowId"]
    put(
        client,
        second,
        "begin",
        {"workflow": {**WORKFLOW, "runName": "deadly_planck"}, "processNames": []},
    )
    put(client, second, "progress", {"tasks": [task(1, "CACHED", exit=0)]})
    page = client.get("/workflow/1").text
    assert '<a href="/workflow/1?run=1">serene_solvay</a>' in page
    assert "cached" in page
    # A secret was taken from its command: it can't be given again.
    put(client, second, "complete", {"workflow": {**WORKFLOW, "success": False}})
    assert "&amp;&amp; nextflow run" not in client.get("/workflow/1").text


def test_a_run_that_falls_silent_has_lost_contact_until_it_is_heard_of_again(
    client: FlaskClient, time: Clock
) -> None:
    trace_id = begun(client)
    put(client, trace_id, "progress", {"tasks": [task()]})
    time.move(minutes=2)
    assert workflow(client)["status"] == "Running"
    time.move(minutes=2)
    run = workflow(client)
    assert (run["status"], run["lost_contact"]) == ("Stale", True)
    put(client, trace_id, "heartbeat", {"progress": {}})
    run = workflow(client)
    assert (run["status"], run["lost_contact"]) == ("Running", False)
