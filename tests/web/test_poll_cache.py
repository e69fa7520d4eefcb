"""PollCache of pages that didn't change: who gets his answer without Flask, and who doesn't."""

from collections.abc import Iterator

import pytest
from flask import Flask, request_started
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from panoptes.web import poll_cache
from panoptes.web.guard import token_cache
from tests.conftest import Clock
from tests.engine import Engine
from tests.tokens import Tokens
from tests.web.pages.test_fresh import tag

PAGES = ["/", "/workflows/", "/workflow/1", "/workflow/1/graph", "/workflow/1?run=1"]


@pytest.fixture
def seen_by_flask(app: Flask) -> Iterator[list[str]]:
    """The requests that came to Flask."""
    seen: list[str] = []

    def note(_app: Flask) -> None:
        seen.append("request")

    with request_started.connected_to(note, app):
        yield seen


def poll(web: FlaskClient, page: str, mark: str, **more: str) -> int:
    return web.get(page, headers={"If-None-Match": mark, **more}).status_code


@pytest.fixture
def run(client: FlaskClient) -> Engine:
    engine = Engine(client, "nightly")
    engine.job(1)
    return engine


@pytest.mark.parametrize("page", PAGES)
def test_nothing_changed_is_answered_without_flask(
    run: Engine, seen_by_flask: list[str], page: str
) -> None:
    mark = tag(run.web, page)
    seen_by_flask.clear()
    answer = run.web.get(page, headers={"If-None-Match": mark})
    assert (answer.status_code, answer.data, answer.headers["ETag"]) == (304, b"", mark)
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert seen_by_flask == []


def test_what_is_asked_at_great_length_is_not_remembered(
    run: Engine, seen_by_flask: list[str]
) -> None:
    page = f"/?q={'x' * poll_cache.LONGEST}"
    mark = tag(run.web, page)
    seen_by_flask.clear()
    assert poll(run.web, page, mark) == 304
    assert seen_by_flask == ["request"]


@pytest.mark.parametrize("page", PAGES)
def test_a_change_is_seen_at_once(run: Engine, page: str) -> None:
    mark = tag(run.web, page)
    run.finished(1)
    assert poll(run.web, page, mark) == 200


@pytest.mark.parametrize("page", PAGES)
def test_what_follows_from_time_is_seen_within_a_minute(
    run: Engine, time: Clock, page: str
) -> None:
    mark = tag(run.web, page)
    time.move(seconds=60)
    assert poll(run.web, page, mark) == 200


@pytest.mark.parametrize(
    "other",
    [
        {"Host": "127.0.0.1:1"},
        {"Cookie": "panoptes=other"},
        {"Authorization": "Bearer other"},
    ],
)
def test_a_mark_holds_for_its_asker_alone(run: Engine, other: dict[str, str]) -> None:
    mark = tag(run.web, "/workflow/1")
    stranger = run.web.application.test_client(use_cookies=False)
    assert poll(stranger, "/workflow/1", mark, **other) == 200


def test_a_mark_holds_for_its_page_alone(run: Engine) -> None:
    mark = tag(run.web, "/workflow/1")
    assert poll(run.web, "/workflow/1?sort=name", mark) == 200


def test_flask_answers_what_was_forgotten(
    run: Engine, seen_by_flask: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(poll_cache, "REMEMBERED", 1)
    mark = tag(run.web, "/workflow/1")
    tag(run.web, "/")
    seen_by_flask.clear()
    assert poll(run.web, "/workflow/1", mark) == 304
    assert seen_by_flask == ["request"]


@pytest.fixture
def busy(run: Engine, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """A run of which a page was just made for a poll; long after that, polls rest."""
    monkeypatch.setattr(poll_cache, "REST", 1e9)
    mark = tag(run.web, "/")
    run.job(2)
    assert poll(run.web, "/", mark, Poll="1") == 200
    return run


def test_polls_wait_while_others_were_just_answered_with_pages(busy: Engine) -> None:
    mark = tag(busy.web, "/workflow/1")
    busy.job(3)
    assert poll(busy.web, "/workflow/1", mark, Poll="1") == 304


def test_whoever_opens_a_page_gets_it_as_it_is(busy: Engine) -> None:
    mark = tag(busy.web, "/workflow/1")
    busy.job(3)
    assert poll(busy.web, "/workflow/1", mark) == 200


def test_no_page_stays_old_for_long(busy: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(poll_cache, "OLDEST", 0.0)
    mark = tag(busy.web, "/workflow/1")
    busy.job(3)
    assert poll(busy.web, "/workflow/1", mark, Poll="1") == 200


def test_a_poll_by_itself_is_answered_at_once(run: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(poll_cache, "REST", 0.0)
    for jobid in range(2, 5):
        mark = tag(run.web, "/workflow/1")
        run.job(jobid)
        assert poll(run.web, "/workflow/1", mark, Poll="1") == 200


def test_who_has_lost_his_token_hears_so(
    app: Flask, run: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(token_cache, "FRESH", 0.0)
    tokens = Tokens(app)
    known = tokens.headers("wall", "view")
    tokens.add("other")
    mark = run.web.get("/", headers=known).headers["ETag"]
    assert poll(run.web, "/", mark, Poll="1", **known) == 304
    tokens.revoke("wall")
    assert poll(run.web, "/", mark, Poll="1", **known) == 401


def test_a_poll_while_the_database_is_away_is_told_so(
    run: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_engine: Engine) -> None:
        raise OperationalError("SELECT", {}, Exception("the server closed the connection"))

    mark = tag(run.web, "/")
    monkeypatch.setattr(token_cache, "FRESH", 0.0)
    monkeypatch.setattr(token_cache, "all_tokens", fail)
    assert poll(run.web, "/", mark, Poll="1") == 503
