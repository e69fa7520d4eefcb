"""Who asks again learns that nothing changed."""

import pytest
from flask.testing import FlaskClient

from tests.conftest import Clock
from tests.engine import Engine

PATHS = [
    "/api/workflows",
    "/api/workflow/1",
    "/api/workflow/1?run=1",
    "/api/workflow/1/runs",
    "/api/workflow/1/jobs",
    "/api/workflow/1/jobs?page=1",
    "/api/workflow/1/job/1",
    "/api/workflow/1/rules",
    "/api/workflow/1/messages",
]


@pytest.fixture
def run(engine: Engine) -> Engine:
    """Workflow 1 with a job."""
    engine.job(1)
    return engine


def asked_again(client: FlaskClient, path: str, tag: str) -> int:
    return client.get(path, headers={"If-None-Match": tag}).status_code


@pytest.mark.parametrize("path", PATHS)
def test_an_answer_is_told_once_until_something_changes(run: Engine, path: str) -> None:
    tag = run.web.get(path).headers["ETag"]
    answer = run.web.get(path, headers={"If-None-Match": tag})
    assert (answer.status_code, answer.text) == (304, "")
    assert answer.headers["ETag"] == tag
    run.finished(1)
    assert asked_again(run.web, path, tag) == 200


@pytest.mark.parametrize("path", PATHS)
def test_a_minute_later_it_is_told_anew(run: Engine, time: Clock, path: str) -> None:
    """What runs goes on, though nobody reports of it."""
    tag = run.web.get(path).headers["ETag"]
    time.move(minutes=1)
    assert asked_again(run.web, path, tag) == 200


def test_a_new_name_is_a_change(run: Engine) -> None:
    tag = run.web.get("/api/workflow/1").headers["ETag"]
    run.web.put("/api/workflow/1", json={"name": "renamed"})
    assert asked_again(run.web, "/api/workflow/1", tag) == 200


def test_each_address_has_its_own_mark(run: Engine) -> None:
    assert len({run.web.get(path).headers["ETag"] for path in PATHS}) == len(PATHS)


@pytest.mark.parametrize("path", ["/api/workflow/9", "/api/workflow/1?run=x", "/api/service-info"])
def test_errors_and_what_is_always_new_have_none(run: Engine, path: str) -> None:
    assert "ETag" not in run.web.get(path).headers
