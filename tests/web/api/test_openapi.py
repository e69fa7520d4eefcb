"""The API's description says what there is, no more and no less."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jsonschema_rs import Draft202012Validator

from panoptes import __version__
from panoptes.common.status import JOB_STATUSES, WORKFLOW_STATUSES
from panoptes.config.settings import Settings
from panoptes.engines.snakemake.envelope import MAX_ID
from panoptes.engines.snakemake.registration import MAX_NAME
from panoptes.models.message import LEVELS
from panoptes.models.token import Right
from panoptes.queries.job_lists import JOB_SORTS
from panoptes.queries.results import JOB_FIELDS, MAX_PER_PAGE
from panoptes.web.api.docs_page import docs_page, example_of
from panoptes.web.api.parameters import MAX_TEXT
from panoptes.web.document import DOCUMENT, ENDPOINTS, Part, operations, resolved
from panoptes.web.intake import BATCH_READERS
from panoptes.web.parameters import MAX_NUMBER
from tests.conftest import serve
from tests.engine import Engine
from tests.web.guard.test_access import NEEDS

COMPONENTS = DOCUMENT["components"]
PARAMETERS = COMPONENTS["parameters"]
SCHEMAS = COMPONENTS["schemas"]
ROLES = {
    None: "",
    Right.READ: "view",
    Right.REPORT: "report",
    Right.CHANGE_OWN: "member",
    Right.CHANGE: "admin",
}
# They look for themselves, for what they need depends on the run.
BY_RUN = {
    "rename_workflow": "member",
    **dict.fromkeys(
        (
            *("update_workflow_status", "weblog"),
            *("begin_trace", "progress_trace", "heartbeat_trace", "complete_trace"),
        ),
        "report",
    ),
}


def assert_matches(value: Any, schema: Part) -> None:
    # References begin at the root.
    Draft202012Validator({**schema, "components": COMPONENTS}).validate(value)


def answers() -> Iterator[tuple[str, str, Part]]:
    """Yield each operation's name with a status code and the JSON that comes with it."""
    for _, _, told in operations():
        for code, response in told["responses"].items():
            content = resolved(response).get("content", {})
            if "application/json" in content:
                yield told["operationId"], code, content["application/json"]


# --- what there is --------------------------------------------------------------------------------


def test_it_has_every_route_that_there_is_and_no_other(sqlite_url: str) -> None:
    for app in serve(Settings(db_url=sqlite_url)):
        served = {
            (
                method,
                re.sub(r"<(?:\w+(?:\(.*?\))?:)?(?:workflow_)?(\w+)>", r"<\1>", rule.rule),
                rule.endpoint,
            )
            for rule in app.url_map.iter_rules()
            if rule.endpoint.startswith("api.") or rule.rule.startswith("/api")
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        }
    assert {(each.method, each.path, f"api.{each.name}") for each in ENDPOINTS} == served


def test_it_says_which_role_may_ask() -> None:
    needs = {re.sub(r"\b1\b", "{}", route): right for route, right in NEEDS.items()}
    for operations_of_tag in docs_page().operations.values():
        for each in operations_of_tag:
            route = f"{each['method']} " + re.sub(r"{\w+}", "{}", each["path"])
            assert each["role"] == BY_RUN.get(each["operationId"], ROLES[needs[route]]), route


def test_it_allows_what_the_code_allows() -> None:
    jobs = {each["name"]: each["schema"] for each in _told("list_jobs")["parameters"]}
    messages = {each["name"]: each["schema"] for each in _told("list_messages")["parameters"]}
    sorts = jobs["sort"]["enum"]
    assert sorts == [*JOB_SORTS, *(f"-{name}" for name in JOB_SORTS)]
    assert jobs["status"]["enum"] == SCHEMAS["JobStatus"]["enum"] == list(JOB_STATUSES)
    assert messages["level"]["enum"] == list(LEVELS)
    assert set(SCHEMAS["Workflow"]["properties"]["status"]["enum"]) == set(WORKFLOW_STATUSES)
    assert {jobs[name]["maxLength"] for name in ("rule", "wildcard", "q")} == {MAX_TEXT}
    assert {PARAMETERS[name]["schema"]["maximum"] for name in ("run", "page")} == {MAX_NUMBER}
    assert PARAMETERS["per_page"]["schema"]["maximum"] == MAX_PER_PAGE
    assert SCHEMAS["Event"]["properties"]["id"]["maximum"] == MAX_ID
    run = _told("register_run")["requestBody"]["content"]["application/json"]["schema"]
    assert set(run["properties"]["engine"]["enum"]) == set(BATCH_READERS)
    body = _told("rename_workflow")["requestBody"]["content"]["application/json"]["schema"]
    assert body["anyOf"][0]["properties"]["name"]["maxLength"] == MAX_NAME


def _told(name: str) -> Part:
    return next(told for _, _, told in operations() if told["operationId"] == name)


# --- its answers ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "code", "content"), list(answers()))
def test_examples_are_what_the_schemas_promise(name: str, code: str, content: Part) -> None:
    example = content.get("example", example_of(content["schema"]))
    assert example, "There is something to show."
    assert_matches(example, content["schema"])


@pytest.fixture
def told(client: FlaskClient) -> dict[str, Any]:
    """A value of each of the description's shapes, as the API gives it."""
    run = Engine(client, "nightly", command="snakemake -j2")
    run.job(1)
    run.failed(1)
    run.info("Building DAG of jobs...")
    get = {name: client.get(f"/api/workflow/{run.id}/{name}") for name in ("rules", "messages")}
    return {
        "ServiceInfo": client.get("/api/service-info").get_json(),
        "Workflow": run.workflow,
        "Job": run.jobs[1],
        "Attempt": run.jobs[1]["attempts"][0],
        "Rule": get["rules"].get_json()["rules"][0],
        "LogLine": get["messages"].get_json()["messages"][0],
    }


@pytest.mark.parametrize("shape", ["ServiceInfo", "Workflow", "Job", "Attempt", "Rule", "LogLine"])
def test_shapes_have_the_fields_that_the_api_gives(told: dict[str, Any], shape: str) -> None:
    assert list(SCHEMAS[shape]["properties"]) == SCHEMAS[shape]["required"]
    assert set(SCHEMAS[shape]["required"]) == set(told[shape])
    assert_matches(told[shape], SCHEMAS[shape])


def test_every_field_of_a_job_is_described() -> None:
    made = {"workflow_id", "run", "attempts", "usual", "is_late"}
    of_job = {*SCHEMAS["Job"]["required"], "attempt"} - made
    assert of_job == {field.name for field in JOB_FIELDS.values()}


# --- as the server gives it -----------------------------------------------------------------------


def test_it_is_of_this_version_and_below_this_address(app: Flask) -> None:
    answer = app.test_client().get(
        "/api/openapi.json", environ_overrides={"SCRIPT_NAME": "/panoptes"}
    )
    told = answer.get_json()
    assert told["info"]["version"] == __version__
    assert told["servers"] == [{"url": "/panoptes"}]
    assert told["paths"] == DOCUMENT["paths"]
