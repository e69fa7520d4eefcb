"""Badges: how a workflow stands, in a small picture for pages elsewhere."""

from urllib.parse import quote
from xml.etree import ElementTree as ET

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.conftest import Clock
from tests.engine import Engine
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
def test_an_unknown_workflow_is_unknown_and_not_found(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert words(answer)[1] == "unknown"


def test_a_deleted_workflow_is_unknown(client: FlaskClient) -> None:
    run = Engine(client, "nightly")
    client.post(f"/api/workflow/{run.id}/cancel")
    client.delete(f"/api/workflow/{run.id}")
    assert client.get("/badge/nightly.svg").status_code == 404


def test_other_sites_may_show_it_and_learn_nothing_from_its_size(client: FlaskClient) -> None:
    def size(name: str) -> tuple[str | None, str | None]:
        answer = client.get(f"/badge/{name}.svg")
        assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        picture = ET.fromstring(answer.data)
        return picture.get("width"), picture.get("height")

    unknown = size("nightly")
    run = Engine(client, "nightly")
    assert size("nightly") == unknown
    run.job(1)
    run.failed(1)
    assert size("nightly") == unknown


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
