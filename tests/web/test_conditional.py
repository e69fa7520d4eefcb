"""Whoever asks again hears "nothing changed" while nothing did; open pages, without Flask."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask, request_started
from flask.testing import FlaskClient
from sqlalchemy import literal_column, select, table
from sqlalchemy.exc import OperationalError

from panoptes.common import clock
from panoptes.config.settings import Settings
from panoptes.database.connections import writing
from panoptes.database.prepared import PreparedQuestion
from panoptes.models import workflow
from panoptes.queries import change_tokens
from panoptes.web import poll_cache
from panoptes.web.guard import token_cache
from tests.conftest import Clock, serve
from tests.engine import Engine
from tests.tokens import Tokens


def tag(client: FlaskClient, path: str) -> str:
    """Return the ETag of a page that a browser knows: its first answer names the browser."""
    client.get(path)
    return client.get(path).headers["ETag"]


def asked_again(client: FlaskClient, path: str, etag: str) -> int:
    return client.get(path, headers={"If-None-Match": etag}).status_code


@pytest.fixture
def run(client: FlaskClient, time: Clock) -> Engine:
    """Workflow 1 with a job; time stands still."""
    engine = Engine(client, "nightly")
    engine.job(1)
    return engine


OF_A_RUN = [
    f"/workflow/1{more}" for more in ("", "/job/1", "/graph", "/samples", "/timeline", "/resources")
]


@pytest.mark.parametrize("path", ["/", "/workflows/", *OF_A_RUN, "/workflow/1?run=1"])
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


@pytest.mark.parametrize("path", ["/", "/workflows/"])
def test_a_change_of_one_of_very_many_workflows_is_a_change(engine: Engine, path: str) -> None:
    for name in range(change_tokens.LATEST + 1):
        other = Engine(engine.web, f"other-{name}")
        other.progress(1, 1)
    before = tag(engine.web, path)
    engine.job(1)
    after = tag(engine.web, path)
    assert after != before
    engine.finished(1)
    engine.progress(1, 1)
    ended = tag(engine.web, path)
    assert ended != after
    engine.web.delete(f"/api/workflow/{engine.id}")
    assert tag(engine.web, path) != ended


def test_a_change_that_is_seen_late_is_a_change(postgres_url: str, tmp_path: Path) -> None:
    """In PostgreSQL, a transaction may end after one that took a higher number."""
    for app in serve(Settings(db_url=postgres_url, secret_key_file=str(tmp_path / "key"))):
        slow, fast = Engine(app.test_client(), "slow"), Engine(app.test_client(), "fast")
        with app.app_context(), writing() as connection:
            slow_run = workflow.lock_current_run(connection, slow.id)
            assert slow_run is not None
            slow_run.save(connection, clock.utcnow())
            fast.job(1)
            before = tag(fast.web, "/")
        assert tag(fast.web, "/") != before


def test_where_nobody_can_tell_what_changed_the_page_is_made(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    unanswered = PreparedQuestion(
        select(literal_column("1").label("one")).select_from(table("nowhere"))
    )
    monkeypatch.setattr(change_tokens, "_EVERYTHING", unanswered)
    answer = engine.web.get("/")
    assert (answer.status_code, "ETag" in answer.headers) == (200, False)


@pytest.mark.parametrize("sent", ['W/"{}"', '"other", "{}"', "{}"])
def test_only_the_whole_etag_counts(engine: Engine, sent: str) -> None:
    etag = tag(engine.web, "/workflow/1").strip('"')
    answer = engine.web.get("/workflow/1", headers={"If-None-Match": sent.format(etag)})
    assert answer.status_code == (200 if sent == "{}" else 304)


# --- the API --------------------------------------------------------------------------------------

API = [
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


@pytest.mark.parametrize("path", API)
def test_an_answer_is_told_once_until_something_changes(run: Engine, path: str) -> None:
    etag = run.web.get(path).headers["ETag"]
    answer = run.web.get(path, headers={"If-None-Match": etag})
    assert (answer.status_code, answer.text) == (304, "")
    assert answer.headers["ETag"] == etag
    run.finished(1)
    assert asked_again(run.web, path, etag) == 200


@pytest.mark.parametrize("path", API)
def test_a_minute_later_it_is_told_anew(run: Engine, time: Clock, path: str) -> None:
    """What runs goes on, though nobody reports of it."""
    etag = run.web.get(path).headers["ETag"]
    time.move(minutes=1)
    assert asked_again(run.web, path, etag) == 200


def test_a_new_name_is_a_change(run: Engine) -> None:
    etag = run.web.get("/api/workflow/1").headers["ETag"]
    run.web.put("/api/workflow/1", json={"name": "renamed"})
    assert asked_again(run.web, "/api/workflow/1", etag) == 200


def test_a_change_is_never_answered_with_nothing_changed(run: Engine) -> None:
    """Its answer is that of a GET at another address, which may be known."""
    known = {"If-None-Match": run.web.get("/api/workflow/1").headers["ETag"]}
    answer = run.web.put("/api/workflow/1/pin", headers=known)
    assert (answer.status_code, answer.get_json()["workflow"]["pinned"]) == (200, True)
    assert "ETag" not in answer.headers


def test_each_address_has_its_own_etag(run: Engine) -> None:
    assert len({run.web.get(path).headers["ETag"] for path in API}) == len(API)


@pytest.mark.parametrize("path", ["/api/workflow/9", "/api/workflow/1?run=x", "/api/service-info"])
def test_errors_and_what_is_always_new_have_none(run: Engine, path: str) -> None:
    assert "ETag" not in run.web.get(path).headers


# --- polls, without Flask -------------------------------------------------------------------------

PAGES = ["/", "/workflows/", "/workflow/1", "/workflow/1/graph", "/workflow/1?run=1"]


@pytest.fixture
def seen_by_flask(app: Flask) -> Iterator[list[str]]:
    """The requests that came to Flask."""
    seen: list[str] = []

    def note(_app: Flask) -> None:
        seen.append("request")

    with request_started.connected_to(note, app):
        yield seen


def poll(web: FlaskClient, page: str, etag: str, **more: str) -> int:
    return web.get(page, headers={"If-None-Match": etag, **more}).status_code


@pytest.mark.parametrize("page", PAGES)
def test_nothing_changed_is_answered_without_flask(
    run: Engine, seen_by_flask: list[str], page: str
) -> None:
    etag = tag(run.web, page)
    seen_by_flask.clear()
    answer = run.web.get(page, headers={"If-None-Match": etag})
    assert (answer.status_code, answer.data, answer.headers["ETag"]) == (304, b"", etag)
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert seen_by_flask == []


def test_what_is_asked_at_great_length_is_not_remembered(
    run: Engine, seen_by_flask: list[str]
) -> None:
    page = f"/?q={'x' * poll_cache.LONGEST}"
    etag = tag(run.web, page)
    seen_by_flask.clear()
    assert poll(run.web, page, etag) == 304
    assert seen_by_flask == ["request"]


@pytest.mark.parametrize("page", PAGES)
def test_a_change_is_seen_at_once(run: Engine, page: str) -> None:
    etag = tag(run.web, page)
    run.finished(1)
    assert poll(run.web, page, etag) == 200


@pytest.mark.parametrize("page", PAGES)
def test_what_follows_from_time_is_seen_within_a_minute(
    run: Engine, time: Clock, page: str
) -> None:
    etag = tag(run.web, page)
    time.move(seconds=60)
    assert poll(run.web, page, etag) == 200


@pytest.mark.parametrize(
    "other",
    [
        {"Host": "127.0.0.1:1"},
        {"Cookie": "panoptes=other"},
        {"Authorization": "Bearer other"},
    ],
)
def test_an_etag_holds_for_its_asker_alone(run: Engine, other: dict[str, str]) -> None:
    etag = tag(run.web, "/workflow/1")
    stranger = run.web.application.test_client(use_cookies=False)
    assert poll(stranger, "/workflow/1", etag, **other) == 200


def test_an_etag_holds_for_its_page_alone(run: Engine) -> None:
    etag = tag(run.web, "/workflow/1")
    assert poll(run.web, "/workflow/1?sort=name", etag) == 200


def test_flask_answers_what_was_forgotten(
    run: Engine, seen_by_flask: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(poll_cache, "REMEMBERED", 1)
    etag = tag(run.web, "/workflow/1")
    tag(run.web, "/")
    seen_by_flask.clear()
    assert poll(run.web, "/workflow/1", etag) == 304
    assert seen_by_flask == ["request"]


@pytest.fixture
def busy(run: Engine, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """A run of which a page was just made for a poll; long after that, polls rest."""
    monkeypatch.setattr(poll_cache, "REST", 1e9)
    etag = tag(run.web, "/")
    run.job(2)
    assert poll(run.web, "/", etag, Poll="1") == 200
    return run


def test_polls_wait_while_others_were_just_answered_with_pages(busy: Engine) -> None:
    etag = tag(busy.web, "/workflow/1")
    busy.job(3)
    assert poll(busy.web, "/workflow/1", etag, Poll="1") == 304


def test_whoever_opens_a_page_gets_it_as_it_is(busy: Engine) -> None:
    etag = tag(busy.web, "/workflow/1")
    busy.job(3)
    assert poll(busy.web, "/workflow/1", etag) == 200


def test_no_page_stays_old_for_long(busy: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(poll_cache, "OLDEST", 0.0)
    etag = tag(busy.web, "/workflow/1")
    busy.job(3)
    assert poll(busy.web, "/workflow/1", etag, Poll="1") == 200


def test_a_poll_by_itself_is_answered_at_once(run: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(poll_cache, "REST", 0.0)
    for jobid in range(2, 5):
        etag = tag(run.web, "/workflow/1")
        run.job(jobid)
        assert poll(run.web, "/workflow/1", etag, Poll="1") == 200


def test_who_has_lost_his_token_hears_so(
    app: Flask, run: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(token_cache, "FRESH", 0.0)
    tokens = Tokens(app)
    known = tokens.headers("wall", "view")
    tokens.add("other")
    etag = run.web.get("/", headers=known).headers["ETag"]
    assert poll(run.web, "/", etag, Poll="1", **known) == 304
    tokens.revoke("wall")
    assert poll(run.web, "/", etag, Poll="1", **known) == 401


def test_whose_token_has_expired_hears_so_at_once(
    app: Flask, run: Engine, time: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(token_cache, "FRESH", 0.0)
    known = Tokens(app).headers("wall", "view", days=timedelta(seconds=2) / timedelta(days=1))
    etag = run.web.get("/", headers=known).headers["ETag"]
    time.move(seconds=1)
    assert poll(run.web, "/", etag, Poll="1", **known) == 304
    time.move(seconds=1.5)
    assert poll(run.web, "/", etag, Poll="1", **known) == 401


def test_a_poll_while_the_database_is_away_is_told_so(
    run: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_engine: Engine) -> None:
        raise OperationalError("SELECT", {}, Exception("the server closed the connection"))

    etag = tag(run.web, "/")
    monkeypatch.setattr(token_cache, "FRESH", 0.0)
    monkeypatch.setattr(token_cache, "all_tokens", fail)
    assert poll(run.web, "/", etag, Poll="1") == 503
