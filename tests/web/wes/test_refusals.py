"""What WES can't do here, and what goes wrong: in the shape of its errors, with a sentence."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from panoptes.queries import runs
from panoptes.web.ga4gh import WES
from tests.tokens import Tokens
from tests.web.wes.asking import listed, of_shape
from tests.web.wes.test_runs import begin


def said(answer: TestResponse, status: int) -> str:
    """Return the sentence of an error, which has a status and the standard's shape."""
    assert (answer.status_code, answer.mimetype) == (status, "application/json")
    error = of_shape("ErrorResponse", answer.get_json())
    assert error["status_code"] == status
    return str(error["msg"])


@pytest.mark.parametrize(
    "sent",
    [
        {"data": {"workflow_url": "a.cwl", "workflow_type": "CWL"}},
        {"json": {"workflow_url": "a.cwl"}},
        {"data": b"\xff" * 1000, "content_type": "multipart/form-data; boundary=x"},
        {},
    ],
)
def test_nothing_is_started(client: FlaskClient, sent: dict[str, object]) -> None:
    sentence = said(client.post(f"{WES}/runs", **sent), 403)
    assert sentence.startswith("panoptes watches workflows and starts none")
    assert listed(client) == []


def test_nothing_is_cancelled(client: FlaskClient) -> None:
    begin(client, "nightly")
    (run,) = listed(client)
    sentence = said(client.post(f"{WES}/runs/{run['run_id']}/cancel"), 403)
    assert sentence.startswith("panoptes only watches this run: stop it where it was started")
    assert sentence.endswith(run["tags"]["page"])
    assert listed(client) == [run]
    said(client.post(f"{WES}/runs/7/cancel"), 404)


def test_an_admin_can_t_either_and_a_stranger_is_asked_who_he_is(
    client: FlaskClient, tokens: Tokens
) -> None:
    begin(client, "nightly")
    admin = tokens.headers("me", "admin")
    run = client.get(f"{WES}/runs", headers=admin).get_json()["runs"][0]
    for path in ("/runs", f"/runs/{run['run_id']}/cancel"):
        assert "panoptes" in said(client.post(WES + path, headers=admin), 403)
        assert "token" in said(client.post(WES + path), 401)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "", 404),
        ("GET", "/runs/1/nothing", 404),
        ("DELETE", "/runs", 405),
        ("PUT", "/service-info", 405),
        ("POST", "/runs/1/status", 405),
        ("GET", "/runs/1/cancel", 405),
    ],
)
def test_an_address_that_there_isn_t_says_so(
    client: FlaskClient, method: str, path: str, status: int
) -> None:
    assert said(client.open(WES + path, method=method), status)


@pytest.mark.parametrize(
    ("error", "status"),
    [(RuntimeError("secret"), 500), (OperationalError("SELECT", {}, Exception("secret")), 503)],
)
def test_what_fails_here_has_that_shape_too(
    app: Flask, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int
) -> None:
    def fail(*_args: object) -> None:
        raise error

    monkeypatch.setattr(runs, "runs_before", fail)
    assert "secret" not in said(app.test_client().get(f"{WES}/runs"), status)


def test_another_host_name_is_refused_in_that_shape(client: FlaskClient) -> None:
    answer = client.get(f"{WES}/runs", headers={"Host": "evil.example"})
    assert "evil.example" in said(answer, 421)
