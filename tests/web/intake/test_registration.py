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
