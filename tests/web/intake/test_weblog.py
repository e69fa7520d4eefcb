"""Nextflow's weblog: whatever comes first registers the run, and nothing that comes harms it."""

from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.tokens import Tokens, basic

WORKFLOW = {"projectName": "nf-core/rnaseq", "launchDir": "/data", "commandLine": "nextflow run x"}


def say(web: FlaskClient, event: str, headers: Any = None, **told: Any) -> TestResponse:
    named = {"runName": "serene_solvay", "runId": "84545ab4", "utcTime": "2026-11-23T09:00:00Z"}
    return web.post("/api/weblog", json={**named, "event": event, **told}, headers=headers)


def trace(status: str, number: int = 1, **fields: Any) -> dict[str, Any]:
    told = {"task_id": number, "status": status, "name": "ALIGN (K7)", "process": "ALIGN"}
    return {**told, "tag": "K7", "attempt": 1, "exit": 2147483647, **fields}


def workflow(web: FlaskClient) -> dict[str, Any]:
    found: dict[str, Any] = web.get("/api/workflow/1").get_json()["workflow"]
    return found


def test_a_run_goes_from_its_first_event_to_its_last_in_any_order(client: FlaskClient) -> None:
    say(client, "started", metadata={"workflow": WORKFLOW, "parameters": {"outdir": "x"}})
    say(client, "process_started", trace=trace("RUNNING"))
    say(client, "process_submitted", trace=trace("SUBMITTED"))
    run = workflow(client)
    assert (run["name"], run["run_name"], run["jobs_running"]) == (
        "nf-core/rnaseq",
        "serene_solvay",
        1,
    )
    assert run["params"] == {"outdir": "x"}
    say(client, "process_completed", trace=trace("COMPLETED", exit=0, native_id=7, hash="a/b"))
    (job,) = client.get("/api/workflow/1/jobs").get_json()["jobs"]
    assert (job["status"], job["external_id"], job["about"]) == ("Done", "7", {"hash": "a/b"})
    ended = {"workflow": {**WORKFLOW, "success": True, "stats": {"succeededCount": 1}}}
    for _ in range(2):
        say(client, "completed", metadata=ended)
    assert workflow(client)["status"] == "Done"


def test_a_workflow_is_named_after_its_run_until_the_project_is_known(client: FlaskClient) -> None:
    say(client, "process_started", trace=trace("RUNNING"))
    assert workflow(client)["name"] == "serene_solvay"
    say(client, "started", metadata={"workflow": WORKFLOW})
    assert workflow(client)["name"] == "nf-core/rnaseq"
    # What somebody calls it later stays.
    client.put("/api/workflow/1", json={"name": "mine"})
    say(client, "started", metadata={"workflow": WORKFLOW})
    assert workflow(client)["name"] == "mine"


def test_it_keeps_that_name_where_another_workflow_has_the_project_s(client: FlaskClient) -> None:
    say(client, "started", metadata={"workflow": WORKFLOW})
    late = {"runId": "other", "runName": "late_lamport"}
    say(client, "process_started", trace=trace("RUNNING"), **late)
    answer = say(client, "started", metadata={"workflow": WORKFLOW}, **late)
    assert answer.status_code == 200
    names = {each["name"] for each in client.get("/api/workflows").get_json()["workflows"]}
    assert names == {"late_lamport", "nf-core/rnaseq"}
    assert client.get("/api/workflow/2").get_json()["workflow"]["command"] == "nextflow run x"


def test_it_keeps_a_name_that_somebody_gave_it_before(client: FlaskClient) -> None:
    say(client, "process_started", trace=trace("RUNNING"))
    client.put("/api/workflow/1", json={"name": "mine"})
    say(client, "started", metadata={"workflow": WORKFLOW})
    assert workflow(client)["name"] == "mine"


def test_tasks_that_were_cached_are_counted_though_none_is_told(client: FlaskClient) -> None:
    say(client, "started", metadata={"workflow": WORKFLOW})
    stats = {"succeededCount": 0, "cachedCount": 6}
    say(client, "completed", metadata={"workflow": {**WORKFLOW, "success": True, "stats": stats}})
    run = workflow(client)
    assert (run["status"], run["jobs_done"], run["jobs_total"]) == ("Done", 6, 6)


def test_an_error_alone_ends_no_run(client: FlaskClient) -> None:
    say(client, "started", metadata={"workflow": WORKFLOW})
    say(client, "error")
    assert workflow(client)["status"] == "Running"


def test_what_names_no_run_is_refused(client: FlaskClient) -> None:
    for body in (b"", b"x", b"[1]", b'{"event": "started"}'):
        assert client.post("/api/weblog", data=body).status_code == 400


def test_a_run_without_a_token_is_refused_and_one_with_it_has_an_owner(
    client: FlaskClient, tokens: Tokens
) -> None:
    secret, reader = tokens.add("lea"), tokens.headers("me", "view")
    refused = say(client, "started", metadata={"workflow": WORKFLOW})
    assert refused.status_code == 401
    assert "weblog.basicToken" in refused.get_json()["msg"]
    say(client, "started", basic(secret, "user"), metadata={"workflow": WORKFLOW})
    (run,) = client.get("/api/workflows", headers=reader).get_json()["workflows"]
    assert run["owner"] == "lea"
