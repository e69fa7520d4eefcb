"""Open pages ask again and again: they are answered "nothing changed" without being made."""

import pytest
from flask.testing import FlaskClient

from tests.conftest import Clock
from tests.engine import Engine


def tag(client: FlaskClient, path: str) -> str:
    return client.get(path).headers["ETag"]


def asked_again(client: FlaskClient, path: str, etag: str) -> int:
    return client.get(path, headers={"If-None-Match": etag}).status_code


@pytest.mark.parametrize("path", ["/", "/workflows/", "/workflow/1", "/workflow/1/job/1"])
def test_an_unchanged_page_is_not_sent_again(engine: Engine, path: str) -> None:
    engine.job(1)
    etag = tag(engine.web, path)
    assert asked_again(engine.web, path, etag) == 304
    engine.finished(1)
    assert asked_again(engine.web, path, etag) == 200


def test_another_question_is_another_page(engine: Engine) -> None:
    assert tag(engine.web, "/workflows/") != tag(engine.web, "/workflows/?q=x")


@pytest.mark.parametrize("path", ["/", "/workflows/", "/workflow/1"])
def test_renaming_and_falling_silent_are_changes(engine: Engine, time: Clock, path: str) -> None:
    before = tag(engine.web, path)
    engine.web.put("/api/workflow/1", json={"name": "nightly"})
    renamed = tag(engine.web, path)
    assert renamed != before
    time.move(hours=48, seconds=1)
    assert tag(engine.web, path) != renamed


@pytest.mark.parametrize("path", ["/", "/workflows/"])
def test_deleting_is_a_change(engine: Engine, path: str) -> None:
    other = Engine(engine.web)
    other.progress(1, 1)
    before = tag(engine.web, path)
    engine.web.delete(f"/api/workflow/{other.id}")
    assert tag(engine.web, path) != before


def test_times_go_on_for_readers_without_javascript(engine: Engine, time: Clock) -> None:
    etag = tag(engine.web, "/workflow/1")
    time.move(seconds=60)
    assert asked_again(engine.web, "/workflow/1", etag) == 200
