"""Whatever the description allows, and what it doesn't, is answered as it says, and never by 500.

schemathesis makes the requests; they get ids of workflows and jobs that there are, or else it
would hear of nothing but 404.
"""

from typing import Any

import pytest
import schemathesis
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    positive_data_acceptance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from panoptes.web.document import operations
from panoptes.web.intake import snakemake
from tests.engine import Engine

pytestmark = pytest.mark.slow

CHECKS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
# Requests of each kind, to each operation and with each kind of database.
REQUESTS = 30
# Workflow 1 runs, 2 has ended; none has ever had the id of the last one.
THERE = [
    *({"id": 1, "jobid": "1"}, {"id": 1, "jobid": "a/b"}, {"id": 2, "jobid": "1"}, {"id": 9}),
    {"uid": "there"},
]


@pytest.fixture
def web(client: FlaskClient) -> FlaskClient:
    """A client of a server that watches a run, and knows one that has ended."""
    run, ended = Engine(client, "nightly", command="snakemake -j2"), Engine(client, "done")
    run.plan(align=3)
    for jobid in (1, "a/b"):
        run.job(jobid, wildcards={"s": "K7"}, input=["in/K7"], threads=2, resources={"mem_mb": 1})
    run.failed(1)
    run.job(1)
    run.info("Building DAG of jobs...")
    ended.job(1)
    ended.finished(1)
    ended.progress(1, 1)
    client.post("/api/runs", json={"id": "there", "engine": "generic"})
    return client


def requests(operation: APIOperation, mode: GenerationMode) -> st.SearchStrategy[Case]:
    """Return requests for what there is, and for anything else."""
    names = [each.name for each in operation.path_parameters]
    known = [{name: each[name] for name in names if name in each} for each in THERE]
    made = [operation.as_strategy(mode, path_parameters=each) for each in known if each]
    return st.one_of(*made, operation.as_strategy(mode)).map(of_what_is_there)


def of_what_is_there(case: Case) -> Case:
    """Let numbers be those of the run, the workflow and the page that there are."""
    for part, name in ((case.body, "id"), (case.query, "run"), (case.query, "page")):
        if isinstance(part, dict) and isinstance(part.get(name), int):
            part[name] = 1
    return case


def operations_with(mode: GenerationMode) -> list[tuple[str, str]]:
    """Return the operations that can be asked so: what takes nothing can't be asked wrongly."""
    return [
        (method, path)
        for method, path, told in operations()
        if mode.is_positive or told["parameters"] or "requestBody" in told
    ]


@pytest.mark.parametrize(("method", "path"), operations_with(GenerationMode.POSITIVE))
def test_what_is_asked_rightly_is_answered_as_described(
    app: Flask, web: FlaskClient, method: str, path: str
) -> None:
    assert_answers_as_described(app, web, method, path, GenerationMode.POSITIVE)


@pytest.mark.parametrize(("method", "path"), operations_with(GenerationMode.NEGATIVE))
def test_what_is_asked_wrongly_is_answered_as_described(
    app: Flask, web: FlaskClient, method: str, path: str
) -> None:
    assert_answers_as_described(app, web, method, path, GenerationMode.NEGATIVE)


def prepare(web: FlaskClient, path: str) -> None:
    """Bring back what the request before has deleted; for some, delete something instead."""
    web.post("/api/workflows/restore")
    if path.endswith("/restore"):
        web.delete("/api/workflow/2")


def assert_answers_as_described(
    app: Flask, web: FlaskClient, method: str, path: str, mode: GenerationMode
) -> None:
    schema = schemathesis.openapi.from_wsgi("/api/openapi.json", app)
    # The rest may be taken all the same: a parameter that nobody knows, for one.
    is_right = mode.is_positive and path != snakemake.UPDATES  # A text may be an event or not.
    checks = [*CHECKS, positive_data_acceptance] if is_right else CHECKS

    @settings(
        max_examples=REQUESTS, deadline=None, database=None, suppress_health_check=HealthCheck
    )
    @given(case=requests(schema[path][method], mode))
    def check(case: Case) -> None:
        prepare(web, path)
        case.call_and_validate(checks=checks)

    check()
