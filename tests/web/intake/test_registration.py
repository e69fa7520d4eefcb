"""What an engine asks before its run begins, and what it is answered."""

import json
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient

from tests.conftest import Clock
from tests.engine import Engine


def test_the_server_says_that_it_runs(client: FlaskClient) -> None:
    assert client.get("/api/service-info").get_json()["status"] == "running"


def test_registering_gives_the_workflow_without_a_wrapper(client: FlaskClient) -> None:
    created = client.get("/create_workflow?name=nightly").get_json()
    shown = client.get(f"/api/workflow/{created['id']}").get_json()["workflow"]
    assert created["name"] == "nightly"
    assert {**created, "duration": None} == {**shown, "duration": None}


@pytest.mark.parametrize("given", ["night\u200bly", " nightly\u3164 ", "\u202enightly"])
def test_names_that_look_alike_are_one(client: FlaskClient, given: str) -> None:
    first = client.get("/create_workflow?name=nightly").get_json()
    client.put(f"/api/workflow/{first['id']}", json={"name": "weekly"})
    second = client.get("/create_workflow", query_string={"name": given}).get_json()
    assert second["name"] == "nightly"
    answer = client.put(f"/api/workflow/{first['id']}", json={"name": given})
    assert answer.status_code == 409
    assert client.put(f"/api/workflow/{first['id']}", json={"name": "\u200b"}).status_code == 400
    nameless = client.get("/create_workflow", query_string={"name": "\u200b"}).get_json()
    assert len(nameless["name"]) == 36


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
        time.move(minutes=11)  # Until then that can be undone, and its client be heard of again.
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


def test_asking_for_the_head_of_registering_registers_nothing(client: FlaskClient) -> None:
    assert client.head("/create_workflow").status_code == 405
    assert client.get("/api/workflows").get_json()["count"] == 0


def test_a_registration_that_is_far_too_large_is_told_so(client: FlaskClient) -> None:
    assert client.get("/create_workflow", data=b"x" * (11 * 2**20)).status_code == 413
    assert client.get("/api/workflows").get_json()["count"] == 0


def test_the_server_introduces_itself_to_registries_of_services(client: FlaskClient) -> None:
    """GA4GH's service-info 1.0: these five are required, and the id never changes."""
    told = client.get("/api/service-info", base_url="http://panoptes.localhost").get_json()
    assert {"id", "name", "type", "organization", "version"} <= set(told)
    assert told["id"] == "io.github.panoptes-organization.panoptes"
    assert set(told["type"]) == {"group", "artifact", "version"}
    assert set(told["organization"]) == {"name", "url"}
    assert told["documentationUrl"] == "http://panoptes.localhost/api/docs"


# --- one name, several runs -----------------------------------------------------------------------


def names(client: FlaskClient) -> list[tuple[str, str, int]]:
    """Return each workflow's name, status and current run's number."""
    found = client.get("/api/workflows").get_json()["workflows"]
    return [(each["name"], each["status"], each["run"]) for each in found]


def runs(client: FlaskClient) -> dict[int, str]:
    """Return the statuses of the first workflow's runs by their numbers."""
    found = client.get("/api/workflow/1/runs").get_json()["runs"]
    return {run["run"]: run["status"] for run in found}


def test_a_run_in_the_same_folder_follows_one_that_must_be_dead(client: FlaskClient) -> None:
    """Snakemake locks its folder."""
    dead = Engine(client, "nightly", workdir="/data/p", command="snakemake")
    dead.job(1)
    next_night = Engine(client, "nightly", workdir="/data/p", command="snakemake")
    assert names(client) == [("nightly", "Running", 2)]
    assert next_night.workflow["name"] == "nightly"
    next_night.job(1)
    next_night.finished(1)
    assert runs(client) == {1: "Error", 2: "Running"}
    first = client.get("/api/workflow/1?run=1").get_json()["workflow"]
    assert "same folder" in first["error"]
    assert (first["jobs_running"], first["jobs_failed"]) == (0, 1)
    next_night.progress(1, 1)
    assert names(client) == [("nightly", "Done", 2)]


def test_two_runs_of_a_name_that_both_live_are_never_mixed(client: FlaskClient) -> None:
    """The second finds the folder locked; the first goes on and is the workflow's current run."""
    first = Engine(client, "nightly", workdir="/data/p")
    first.job(1, "align")
    second = Engine(client, "nightly", workdir="/data/p")
    assert second.id != first.id
    second.send("error", msg="LockException:\nError: Directory cannot be locked.")
    assert names(client) == [("nightly", "Error", 2)]
    first.finished(1)
    assert names(client) == [("nightly", "Running", 1)]
    first.progress(1, 1)
    assert runs(client) == {1: "Done", 2: "Error"}
    assert client.get("/api/workflow/1/jobs?run=2").get_json()["jobs"] == []


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({}, {}),
        ({"workdir": "/a"}, {"workdir": "/b"}),
        ({"workdir": "/a"}, {"workdir": "/a", "command": "snakemake --nolock"}),
    ],
    ids=["unknown folders", "other folders", "without locks"],
)
def test_runs_that_may_both_live_get_entries_of_their_own(
    client: FlaskClient, first: dict[str, str], second: dict[str, str]
) -> None:
    Engine(client, "nightly", **first).job(1)
    Engine(client, "nightly", **second)
    assert len(names(client)) == 2


def test_a_run_that_was_registered_and_never_started_holds_no_name(
    client: FlaskClient, time: Clock
) -> None:
    ghost = Engine(client, "nightly")
    time.move(minutes=4)
    assert (ghost.status, ghost.workflow["never_started"]) == ("Running", False)
    time.move(minutes=2)
    assert (ghost.status, ghost.workflow["never_started"]) == ("Stale", True)
    for page in ("/", "/wall", "/workflow/1", "/workflow/1/report.html"):
        text = client.get(page).text
        assert ("registered, never started" in text, "silent for" in text) == (True, False), page
    assert "never started" in client.get("/workflows/").text
    assert client.get("/api/workflows?status=Stale").get_json()["count"] == 1
    assert client.get("/api/workflows?status=Running").get_json()["count"] == 0
    night = Engine(client, "nightly")
    night.job(1)
    night.finished(1)
    night.progress(1, 1)
    assert names(client) == [("nightly", "Done", 2)]
    ghost.job(7)
    assert client.get("/api/workflow/1/jobs?run=1").get_json()["jobs"][0]["jobid"] == 7
    assert [job["jobid"] for job in night.jobs.values()] == [1]


def test_a_run_that_never_started_can_be_deleted(client: FlaskClient, time: Clock) -> None:
    Engine(client, "nightly")
    assert client.delete("/api/workflow/1").status_code == 403
    time.move(minutes=6)
    assert client.delete("/api/workflow/1").status_code == 204


def test_snakemake_8_may_ask_for_its_name_under_the_id_that_it_was_given(
    client: FlaskClient,
) -> None:
    Engine(client, "nightly", workdir="/data/p").job(1)
    second = Engine(client, "nightly", workdir="/data/p")
    answer = client.put(f"/api/workflow/{second.id}", json={"name": "nightly", "id": "1"})
    assert answer.status_code == 200
    assert (answer.get_json()["workflow"]["id"], second.workflow["run"]) == (1, 2)


# --- calls that run nothing -----------------------------------------------------------------------

LOOKS = ["--unlock", "--summary", "--dag", "-n", "--dry-run", "-np", "--archive x.tar.gz"]


@pytest.mark.parametrize("option", LOOKS)
def test_a_call_that_only_looks_does_not_hide_the_run_before_it(
    client: FlaskClient, option: str
) -> None:
    failed = Engine(client, "nightly", workdir="/data/p", command="snakemake")
    failed.job(1)
    failed.failed(1)
    failed.send("error", msg="WorkflowError")
    look = Engine(client, "nightly", workdir="/data/p", command=f"snakemake {option}")
    look.info("Building DAG of jobs...")
    if "-n" in option or "dry" in option:
        look.job(1)
        look.info("This was a dry-run (flag -n). The order of jobs does not …")
    assert names(client) == [("nightly", "Error", 1)]
    assert runs(client) == {1: "Error", 2: "No Execution"}
    again = Engine(client, "nightly", workdir="/data/p", command="snakemake")
    assert again.id == failed.id
    assert names(client) == [("nightly", "Running", 3)]


def test_a_call_that_only_looks_while_a_run_lives_leaves_it_alone(client: FlaskClient) -> None:
    living = Engine(client, "nightly", workdir="/data/p")
    living.job(1)
    look = Engine(client, "nightly", workdir="/data/q", command="snakemake --summary")
    look.info("Building DAG of jobs...")
    look.send("error", msg="Traceback (most recent call last):\n\nFileNotFoundError: x")
    assert names(client) == [("nightly", "Running", 1)]
    assert living.workflow["error"] is None


def test_a_dry_run_that_only_its_end_tells_gives_way(client: FlaskClient) -> None:
    """The option may stand in a profile."""
    done = Engine(client, "nightly")
    done.job(1)
    done.finished(1)
    done.progress(1, 1)
    dry = Engine(client, "nightly")
    dry.job(1)
    assert names(client) == [("nightly", "Running", 2)]
    dry.info("This was a dry-run (flag -n). The order of jobs does not …")
    assert names(client) == [("nightly", "Done", 1)]
    assert "Run 2" in client.get("/workflow/1").text
    assert "This is run 2, which ran nothing." in client.get("/workflow/1?run=2").text


def test_a_look_of_snakemake_9_that_fails_gives_way_but_a_broken_snakefile_does_not(
    client: FlaskClient,
) -> None:
    done = Engine(client, "nightly")
    done.job(1)
    done.finished(1)
    done.progress(1, 1)
    Engine(client, "nightly").send("error", msg="FileNotFoundError")
    assert names(client) == [("nightly", "Done", 1)]
    Engine(client, "nightly").send("error", msg="NameError")
    assert names(client) == [("nightly", "Error", 3)]


def test_a_run_that_starts_and_then_fails_is_no_look(client: FlaskClient) -> None:
    done = Engine(client, "nightly")
    done.job(1)
    done.finished(1)
    done.progress(1, 1)
    failed = Engine(client, "nightly")
    failed.info("Workflow started: workflow/Snakefile")
    failed.send("error", msg="MissingInputException")
    assert names(client) == [("nightly", "Error", 2)]


def test_a_call_that_only_looks_is_shown_where_nothing_ran_before(client: FlaskClient) -> None:
    Engine(client, "nightly", command="snakemake --dag")
    Engine(client, "nightly", command="snakemake --summary")
    assert names(client) == [("nightly", "No Execution", 2)]
