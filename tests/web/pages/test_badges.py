"""Badges: how a workflow stands, in a small picture for pages elsewhere."""

from urllib.parse import quote
from xml.etree import ElementTree as ET

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from panoptes.config.settings import Settings
from panoptes.web.guard import token_cache
from tests.conftest import Clock, serve
from tests.engine import Engine
from tests.tokens import Tokens
from tests.web.pages.document import Document
from tests.web.pages.test_every_page import HOSTILE

SVG = "{http://www.w3.org/2000/svg}"


def words(answer: TestResponse) -> list[str]:
    """Return the texts of a picture, which is well formed and loads nothing."""
    assert answer.content_type.startswith("image/svg+xml")
    picture = ET.fromstring(answer.data)
    for element in picture.iter():
        assert element.tag.removeprefix(SVG) in {"svg", "title", "clipPath", "rect", "g", "text"}
        assert not [name for name in element.attrib if name.startswith("on") or "href" in name]
    return [str(element.text) for element in picture.iter(f"{SVG}text")]


def test_a_badge_says_how_a_workflow_stands(client: FlaskClient, time: Clock) -> None:
    run = Engine(client, "nightly")
    run.plan(align=4)
    run.job(1)
    run.finished(1)
    assert words(client.get("/badge/nightly.svg")) == ["nightly", "Running 25 %"]
    run.job(2)
    run.failed(2)
    assert words(client.get("/badge/nightly.svg")) == ["nightly", "Error"]


def test_a_badge_by_id_names_no_name(client: FlaskClient) -> None:
    run = Engine(client, "nightly")
    assert words(client.get(f"/workflow/{run.id}/badge.svg")) == [f"workflow {run.id}", "Running"]


@pytest.mark.parametrize("path", ["/badge/nothing.svg", "/workflow/77/badge.svg"])
def test_an_unknown_workflow_is_unknown(client: FlaskClient, path: str) -> None:
    assert words(client.get(path))[1] == "unknown"


def test_a_deleted_workflow_is_unknown(client: FlaskClient) -> None:
    run = Engine(client, "nightly")
    client.post(f"/api/workflow/{run.id}/cancel")
    client.delete(f"/api/workflow/{run.id}")
    assert words(client.get("/badge/nightly.svg")) == ["nightly", "unknown"]


def test_other_sites_may_show_it_and_learn_nothing_from_it(client: FlaskClient) -> None:
    def learned(path: str) -> tuple[int, set[str], str | None, str | None]:
        """Return what a script of another site could tell badges by."""
        answer = client.get(path)
        assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        picture = ET.fromstring(answer.data)
        names = set(answer.headers.keys())
        return answer.status_code, names, picture.get("width"), picture.get("height")

    unknown = learned("/badge/nightly.svg")
    assert learned("/workflow/1/badge.svg")[:2] == unknown[:2]
    run = Engine(client, "nightly")
    assert learned("/badge/nightly.svg") == unknown
    run.job(1)
    run.failed(1)
    assert learned("/badge/nightly.svg") == unknown
    assert learned(f"/workflow/{run.id}/badge.svg")[:2] == unknown[:2]


@pytest.mark.parametrize("name", [HOSTILE, "a/b", "x.svg", "é漢字", "\x01\x1b", "n" * 200, "&<"])
def test_any_name_is_text(client: FlaskClient, name: str) -> None:
    run = Engine(client, name)
    stored = run.workflow["name"]
    answer = client.get(f"/badge/{quote(stored)}.svg")
    assert answer.status_code == 200
    assert len(words(answer)[0]) <= 60


def test_a_badge_is_asked_for_anew_and_sent_where_it_changed(client: FlaskClient) -> None:
    run = Engine(client, "nightly")
    answer = client.get("/badge/nightly.svg")
    assert "no-cache" in answer.headers["Cache-Control"]
    known = {"If-None-Match": answer.headers["ETag"]}
    assert client.get("/badge/nightly.svg", headers=known).status_code == 304
    run.job(1)
    run.failed(1)
    assert client.get("/badge/nightly.svg", headers=known).status_code == 200


def test_public_badges_are_read_without_a_token_and_nothing_else_is(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(token_cache, "FRESH", -1.0)
    for app in serve(Settings(db_url=sqlite_url, public_badges=True)):
        client = app.test_client()
        run = Engine(client, "nightly")
        Tokens(app).add("me", "view")
        assert words(client.get("/badge/nightly.svg"))[0] == "nightly"
        assert client.get(f"/workflow/{run.id}/badge.svg").status_code == 200
        for path in ("/", f"/workflow/{run.id}", "/feed.atom", "/api/workflows"):
            assert client.get(path).status_code == 401


def snippets(client: FlaskClient, run: Engine) -> list[str]:
    """Return the texts to copy on a workflow's page that show its badge."""
    page = Document(client.get(f"/workflow/{run.id}"))
    return [text for text in page.words if "/badge/" in text]


def test_a_workflows_page_has_its_badge_to_copy(client: FlaskClient) -> None:
    run = Engine(client, "night ly")
    badge, page = "http://localhost/badge/night%20ly.svg", f"http://localhost/workflow/{run.id}"
    assert snippets(client, run) == [
        f"[![night ly]({badge})]({page})",
        f'<a href="{page}"><img src="{badge}" alt="night ly"></a>',
    ]


def test_a_badge_to_copy_is_at_the_servers_public_address(sqlite_url: str) -> None:
    public = "https://panoptes.example/lab"
    for app in serve(Settings(db_url=sqlite_url, public_url=public)):
        client = app.test_client()
        run = Engine(client, "nightly")
        assert f"[![nightly]({public}/badge/nightly.svg)]({public}/workflow/{run.id})" in snippets(
            client, run
        )


def test_a_name_is_a_text_in_the_snippets_too(client: FlaskClient) -> None:
    run = Engine(client, '](x) "><script>')
    markdown, html = snippets(client, run)
    assert markdown.startswith(r'[![\]\(x\) "\>\<script\>](http://localhost/badge/')
    assert "<script>" not in html
    picture = html.split('src="')[1].split('"')[0].removeprefix("http://localhost")
    assert client.get(picture).status_code == 200
