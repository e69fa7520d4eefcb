"""Which of our pages the pages of another application may frame, and what these don't hold."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from panoptes.config.settings import Settings
from panoptes.models.token import Right
from panoptes.web.guard import token_cache
from tests.conftest import serve
from tests.engine import Engine
from tests.tokens import Tokens
from tests.web.guard.test_access import NEEDS
from tests.web.pages.document import Document

PORTAL, OTHER = "https://portal.example", "http://localhost:3000"
PAGES = (
    *("/", "/workflows/", "/workflow/1", "/workflow/1/timeline", "/workflow/1/graph"),
    *("/workflow/1/samples", "/workflow/1/job/1", "/search?q=nightly", "/about"),
)
# What is framed shows something; all other addresses change something, or lead to what does.
NEVER = [
    route.removeprefix("GET ")
    for route, needed in NEEDS.items()
    if route.startswith("GET ") and needed is not Right.READ
] + ["/api/workflows", "/nothing"]


@pytest.fixture
def app(ready_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """An app that two other sites may frame, and that knows of its tokens at once."""
    monkeypatch.setattr(token_cache, "FRESH", -1.0)
    key = str(tmp_path / "panoptes.key")
    yield from serve(Settings(db_url=ready_url, secret_key_file=key, embed_origin=(PORTAL, OTHER)))


@pytest.fixture
def run(client: FlaskClient) -> Engine:
    """Workflow 1, with a job that failed."""
    run = Engine(client, "nightly")
    run.job(1, wildcards={"sample": "K7"})
    run.failed(1)
    return run


def embedded(path: str) -> str:
    return f"{path}{'&' if '?' in path else '?'}embed"


def framing(answer: TestResponse) -> str:
    """Return who may frame an answer, as its policy says it."""
    policy = answer.headers["Content-Security-Policy"]
    (part,) = (part for part in policy.split("; ") if part.startswith("frame-ancestors"))
    denied = answer.headers.get("X-Frame-Options")
    assert (denied == "DENY") is (part == "frame-ancestors 'none'")
    return part.removeprefix("frame-ancestors ")


@pytest.mark.parametrize("path", PAGES)
def test_the_named_sites_and_nobody_else_may_frame_a_page_that_is_made_for_it(
    client: FlaskClient, run: Engine, path: str
) -> None:
    assert framing(client.get(embedded(path))) == f"{PORTAL} {OTHER}"
    assert framing(client.get(path)) == "'none'"


@pytest.mark.parametrize("path", NEVER)
def test_nothing_else_may_be_framed(client: FlaskClient, run: Engine, path: str) -> None:
    assert framing(client.get(embedded(path), buffered=True)) == "'none'"


def test_without_the_setting_nobody_may_frame_anything(sqlite_url: str) -> None:
    for app in serve(Settings(db_url=sqlite_url)):
        assert framing(app.test_client().get("/?embed")) == "'none'"


@pytest.mark.parametrize("path", PAGES)
def test_a_framed_page_has_nothing_to_press_that_changes_something(
    client: FlaskClient, run: Engine, path: str
) -> None:
    page = Document(client.get(embedded(path)))
    assert page.status == 200
    forms = [attrs for tag, attrs in page.tags if tag == "form"]
    assert not [form for form in forms if form.get("method") == "post"]
    assert not [link for link in page.links if link.split("?")[0].endswith(("cancel", "delete"))]


@pytest.mark.parametrize("path", PAGES)
def test_a_framed_page_has_no_chrome_and_leads_to_framed_pages(
    client: FlaskClient, run: Engine, path: str
) -> None:
    page = Document(client.get(embedded(path)))
    tags = [tag for tag, _ in page.tags]
    assert "header" not in tags
    assert "footer" not in tags
    ours = [link for link in page.links if link.startswith(("/workflow", "/?", "/search"))]
    assert [link for link in ours if "embed" not in link] == []
    for tag, form in page.tags:
        if tag == "form":
            assert "embed" in str(form["action"])
    assert page.hidden.get("embed", "1") == "1"
    assert "embed" in page.hidden or "form" not in tags


def test_an_answer_that_nothing_changed_says_the_same(client: FlaskClient, run: Engine) -> None:
    for _ in range(2):  # The second is answered in front of Flask.
        tag = client.get("/workflow/1?embed").headers["ETag"]
        answer = client.get("/workflow/1?embed", headers={"If-None-Match": tag})
        assert answer.status_code == 304
        assert framing(answer) == f"{PORTAL} {OTHER}"


def test_in_a_frame_nobody_is_asked_for_a_token(client: FlaskClient, tokens: Tokens) -> None:
    """Another site's page could be laid over the form; a link leads out of the frame."""
    tokens.add("me", "view")
    page = Document(client.get("/workflows/?embed"))
    assert page.status == 401
    assert "form" not in [tag for tag, _ in page.tags]
    (link,) = [attrs for tag, attrs in page.tags if attrs.get("target") == "_blank"]
    assert link["href"] == "/login"
