"""Open pages ask again and again: they are answered "nothing changed" without being made."""

from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import literal_column, select, table

from panoptes.common import clock
from panoptes.config.settings import Settings
from panoptes.database.connections import writing
from panoptes.database.prepared import PreparedSelect
from panoptes.models import workflow
from panoptes.queries import change_tokens
from tests.conftest import Clock, serve
from tests.engine import Engine


def tag(client: FlaskClient, path: str) -> str:
    """Return the mark of a page that a browser knows: its first answer names the browser."""
    client.get(path)
    return client.get(path).headers["ETag"]


def asked_again(client: FlaskClient, path: str, etag: str) -> int:
    return client.get(path, headers={"If-None-Match": etag}).status_code


OF_A_RUN = [f"/workflow/1{more}" for more in ("", "/job/1", "/graph", "/samples", "/timeline")]


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
    unanswered = PreparedSelect(
        select(literal_column("1").label("one")).select_from(table("nowhere"))
    )
    monkeypatch.setattr(change_tokens, "_EVERYTHING", unanswered)
    answer = engine.web.get("/")
    assert (answer.status_code, "ETag" in answer.headers) == (200, False)


@pytest.mark.parametrize("sent", ['W/"{}"', '"other", "{}"', "{}"])
def test_only_the_whole_mark_counts(engine: Engine, sent: str) -> None:
    etag = tag(engine.web, "/workflow/1").strip('"')
    answer = engine.web.get("/workflow/1", headers={"If-None-Match": sent.format(etag)})
    assert answer.status_code == (200 if sent == "{}" else 304)
