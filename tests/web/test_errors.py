"""Errors have one shape and their true status: JSON under /api, a page elsewhere."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from panoptes.queries import runs
from tests.tokens import Tokens


@pytest.mark.parametrize("path", ["/api/nothing", "/api/workflow/9"])
def test_under_api_an_error_is_json(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.mimetype) == (404, "application/json")
    assert answer.get_json()["msg"]


@pytest.mark.parametrize("path", ["/nothing", "/workflow/9", "/workflow/9/job/1", "/favicon.ico"])
def test_elsewhere_an_error_is_a_page(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.mimetype) == (404, "text/html")
    assert "<h1" in answer.text


def test_programs_that_ask_for_metrics_get_json_too(app: Flask, tokens: Tokens) -> None:
    tokens.add("me", "view")
    answer = app.test_client().get("/metrics")
    assert (answer.status_code, answer.mimetype) == (401, "application/json")


def test_a_wrong_method_tells_those_that_are_right(client: FlaskClient) -> None:
    answer = client.post("/api/workflows")
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]


@pytest.mark.parametrize(("path", "mimetype"), [("/api/workflows", "application/json"),
                                                ("/workflows/", "text/html")])  # fmt: skip
def test_a_database_that_fails_is_503(
    app: Flask, monkeypatch: pytest.MonkeyPatch, path: str, mimetype: str
) -> None:
    def fail(*_args: object) -> None:
        raise OperationalError("SELECT", {}, Exception("disk I/O error"))

    monkeypatch.setattr(runs, "all_workflows", fail)
    monkeypatch.setattr(runs, "workflows", fail)
    answer = app.test_client().get(path)
    assert (answer.status_code, answer.mimetype) == (503, mimetype)
    assert answer.headers["Retry-After"]
    assert "disk" not in answer.text


@pytest.mark.parametrize("path", ["/api/workflows", "/workflows/"])
def test_a_mistake_of_ours_shows_no_details(
    app: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    def fail(*_args: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(runs, "all_workflows", fail)
    monkeypatch.setattr(runs, "workflows", fail)
    answer = app.test_client().get(path)
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "secret detail" in caplog.text
