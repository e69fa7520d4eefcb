"""Which other web sites' pages may ask the API, and how."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from panoptes.config.settings import Settings
from panoptes.web.guard import token_cache
from tests.conftest import serve
from tests.engine import Engine
from tests.tokens import Tokens
from tests.web.pages.document import Document

NAMED = "https://portal.example"
FOREIGN = {"Origin": NAMED, "Sec-Fetch-Site": "cross-site"}
ALLOWS = "Access-Control-Allow-Origin"


@pytest.fixture
def app(ready_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """An app that lets two other sites in, and knows of its tokens at once."""
    monkeypatch.setattr(token_cache, "FRESH", -1.0)
    origins = (NAMED, "http://localhost:3000")
    key = str(tmp_path / "panoptes.key")
    yield from serve(Settings(db_url=ready_url, secret_key_file=key, cors_origin=origins))


def preflight(client: FlaskClient, path: str, origin: str = NAMED) -> dict[str, str]:
    """Ask as a browser does before a request that isn't simple; return the answer's headers."""
    asked = {"Origin": origin, "Access-Control-Request-Method": "DELETE"}
    return dict(client.options(path, headers=asked).headers)


def test_a_named_sites_page_may_read(client: FlaskClient, engine: Engine) -> None:
    of_the_api = ("/api/workflows", f"/api/workflow/{engine.id}", "/api/workflow/99")
    for path in (*of_the_api, "/ga4gh/wes/v1/runs", "/ga4gh/wes/v1/nothing"):
        answer = client.get(path, headers=FOREIGN)
        assert answer.headers[ALLOWS] == NAMED
        assert "Origin" in answer.vary
        assert "ETag" in answer.headers["Access-Control-Expose-Headers"]


def test_without_the_setting_no_site_is_told_anything(sqlite_url: str) -> None:
    for app in serve(Settings(db_url=sqlite_url)):
        answer = app.test_client().get("/api/workflows", headers=FOREIGN)
        assert ALLOWS not in answer.headers
        assert "Vary" not in answer.headers
        assert ALLOWS not in preflight(app.test_client(), "/api/workflows")


@pytest.mark.parametrize(
    "origin",
    ["https://portal.example.evil", "http://portal.example", "https://portal.example:8443", "null"],
)
def test_other_sites_are_told_nothing(client: FlaskClient, origin: str) -> None:
    answer = client.get("/api/workflows", headers={"Origin": origin})
    assert ALLOWS not in answer.headers
    assert "Origin" in answer.vary, "A cache must not give them what a named one was told."
    assert ALLOWS not in preflight(client, "/api/workflows", origin)


@pytest.mark.parametrize("path", ["/", "/workflow/1", "/apis", "/create_workflow", "/login"])
def test_nothing_but_the_api_is_for_other_sites(
    client: FlaskClient, engine: Engine, path: str
) -> None:
    assert ALLOWS not in client.get(path, headers=FOREIGN).headers
    assert ALLOWS not in preflight(client, path)


def test_a_browsers_question_is_answered_without_a_token(
    client: FlaskClient, tokens: Tokens
) -> None:
    """Browsers never send one with it."""
    tokens.add("me", "admin")
    told = preflight(client, "/api/workflow/1")
    assert told[ALLOWS] == NAMED
    assert "DELETE" in told["Access-Control-Allow-Methods"]
    assert "Authorization" in told["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Credentials" not in told


def test_a_named_sites_page_changes_what_its_token_may(engine: Engine, tokens: Tokens) -> None:
    path = f"/api/workflow/{engine.id}/cancel"
    for role, status in (("view", 403), ("admin", 200)):
        answer = engine.web.post(path, headers=FOREIGN | tokens.headers(role, role))
        assert answer.status_code == status
        assert answer.headers[ALLOWS] == NAMED


@pytest.mark.parametrize("sent", [{}, {"Authorization": "Bearer guessed"}])
def test_while_there_are_no_tokens_other_sites_change_nothing(
    engine: Engine, sent: dict[str, str]
) -> None:
    answer = engine.web.post(f"/api/workflow/{engine.id}/cancel", headers=FOREIGN | sent)
    assert answer.status_code == 403
    assert engine.status == "Running"


def test_a_site_that_isnt_named_changes_nothing_with_a_token_either(
    engine: Engine, tokens: Tokens
) -> None:
    me = tokens.headers("me", "admin")
    strange = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    answer = engine.web.post(f"/api/workflow/{engine.id}/cancel", headers=strange | me)
    assert answer.status_code == 403
    assert (
        engine.web.get(f"/api/workflow/{engine.id}", headers=me).get_json()["workflow"]["status"]
        == "Running"
    )


@pytest.mark.parametrize("sent", [{}, {"Authorization": "Bearer guessed"}])
def test_a_named_sites_page_never_asks_as_whoever_signed_in(
    engine: Engine, tokens: Tokens, sent: dict[str, str]
) -> None:
    """A sibling site's page, for one: browsers send it the cookie along."""
    secret = tokens.add("me", "admin")
    sign_in(engine.web, secret)
    assert engine.web.get("/api/workflows").status_code == 200
    sibling = {"Origin": NAMED, "Sec-Fetch-Site": "same-site", **sent}
    assert engine.web.get("/api/workflows", headers=sibling).status_code == 401
    answer = engine.web.post(f"/api/workflow/{engine.id}/cancel", headers=sibling)
    assert answer.status_code in (401, 403)
    assert engine.status == "Running"


def sign_in(client: FlaskClient, secret: str) -> None:
    mark = Document(client.get("/login")).hidden["csrf_token"]
    answer = client.post("/login", data={"csrf_token": mark, "token": secret})
    assert answer.status_code == 303
