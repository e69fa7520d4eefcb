"""What every answer forbids the browser."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from panoptes.queries import runs
from tests.engine import Engine

STYLES = "/static/css/panoptes.css"


def assert_forbids(headers: dict[str, str]) -> None:
    policy = headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 200),
        ("GET", "/workflows/", 200),
        ("GET", "/api/workflows", 200),
        ("GET", "/create_workflow", 200),
        ("GET", STYLES, 200),
        ("GET", "/searchResults?q=x", 301),
        ("POST", "/update_workflow_status", 400),
        ("GET", "/api/nothing", 404),
        ("GET", "/nothing", 404),
        ("GET", "/static/nothing", 404),
        ("POST", "/", 405),
        ("OPTIONS", "/", 200),
    ],
)
def test_every_answer_allows_its_own_resources_only(
    client: FlaskClient, method: str, path: str, status: int
) -> None:
    answer = client.open(path, method=method, buffered=True)
    assert answer.status_code == status
    assert_forbids(dict(answer.headers))


def test_an_answer_that_nothing_changed_forbids_the_same(engine: Engine) -> None:
    for path in ("/", f"/workflow/{engine.id}", STYLES):
        engine.web.get(path, buffered=True)  # The first answer names the browser.
        tag = engine.web.get(path, buffered=True).headers["ETag"]
        answer = engine.web.get(path, headers={"If-None-Match": tag}, buffered=True)
        assert answer.status_code == 304
        assert_forbids(dict(answer.headers))


@pytest.mark.parametrize(
    ("failure", "status"),
    [(RuntimeError("a bug"), 500), (OperationalError("SELECT", {}, Exception("disk")), 503)],
)
def test_an_answer_about_our_own_trouble_forbids_the_same(
    app: Flask, monkeypatch: pytest.MonkeyPatch, failure: Exception, status: int
) -> None:
    def fail(*_args: object) -> None:
        raise failure

    monkeypatch.setattr(runs, "all_workflows", fail)
    answer = app.test_client().get("/api/workflows")
    assert answer.status_code == status
    assert_forbids(dict(answer.headers))


@pytest.mark.parametrize(
    "path", ["/", "/workflow/1", "/workflow/1/jobs.csv", "/api/workflows", "/login", "/nothing"]
)
def test_answers_are_kept_by_the_browser_alone(engine: Engine, path: str) -> None:
    assert engine.web.get(path).headers["Cache-Control"] == "private, no-cache"
