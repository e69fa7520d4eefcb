"""What failed or fell silent needs somebody, until it is marked as seen."""

import pytest
from flask.testing import FlaskClient

from tests.conftest import Clock
from tests.engine import Engine
from tests.tokens import Tokens
from tests.web.pages.conftest import Open, Submit
from tests.web.pages.document import Document


@pytest.fixture
def failed(engine: Engine) -> Engine:
    """A run of two jobs, of which one failed and the other one goes on."""
    engine.web.put(f"/api/workflow/{engine.id}", json={"name": "nightly"})
    engine.plan(align=3)
    engine.job(1)
    engine.job(2)
    engine.failed(1)
    return engine


def needs_you(page: Document) -> str:
    """Return the words of the first page from "Needs you" to what runs."""
    return page.text.partition("Needs you")[2].partition("Running")[0]


def marks(page: Document) -> list[str]:
    """Return where the buttons lead that mark a run as seen, or as not seen."""
    return [each for each in page.attributes("button", "formaction") if "seen" in each]


def test_a_failure_that_was_seen_no_longer_needs_anybody(
    failed: Engine, read: Open, submit: Submit
) -> None:
    page = read("/")
    assert "Mark nightly as seen" in page.attributes("button", "aria-label")
    answer = submit(marks(page)[0], page="/")
    assert (answer.status_code, answer.location) == (303, "/")
    page = read("/")
    assert "Nothing new. 1 seen" in needs_you(page)
    assert failed.status == "Error", "It stays what it is."
    submit(marks(page)[0], page="/")
    assert "seen" not in needs_you(read("/")).replace("Seen", "")


def test_the_run_s_own_page_marks_it_and_says_so(
    failed: Engine, read: Open, submit: Submit, time: Clock
) -> None:
    own = f"/workflow/{failed.id}"
    assert f"{own}/seen?run=1" in read(own).attributes("form", "action")
    answer = submit(f"{own}/seen?run=1", page=own)
    assert answer.location == f"{own}?run=1"
    time.move(minutes=4)
    page = read(own)
    assert "· seen 4 min ago" in page.text
    assert f"{own}/unseen?run=1" in page.attributes("form", "action")


def test_the_next_failure_of_the_same_run_is_not_seen(failed: Engine, read: Open) -> None:
    failed.web.put(f"/api/workflow/{failed.id}/seen")
    failed.job(3)
    assert failed.workflow["seen_at"] is not None
    failed.failed(2)
    assert failed.workflow["seen_at"] is None
    assert "2 of 3 failed" in needs_you(read("/"))


def test_the_next_run_that_fails_is_not_seen(failed: Engine, read: Open) -> None:
    failed.finished(2)
    failed.info("Complete log: x")
    failed.web.put(f"/api/workflow/{failed.id}/seen")
    following = Engine(failed.web, "nightly")
    following.job(1)
    following.failed(1)
    assert following.id == failed.id
    assert following.workflow["seen_at"] is None
    assert "nightly" in needs_you(read("/"))


def test_a_failure_that_a_retry_mends_and_that_comes_again_is_not_seen(failed: Engine) -> None:
    failed.web.put(f"/api/workflow/{failed.id}/seen")
    failed.job(1)
    assert failed.status == "Running"
    assert failed.workflow["seen_at"] is None
    failed.failed(1)
    assert failed.workflow["seen_at"] is None


def test_a_run_that_is_silent_again_is_not_seen(engine: Engine, read: Open, time: Clock) -> None:
    engine.job(1)
    time.move(hours=50)
    engine.web.put(f"/api/workflow/{engine.id}/seen")
    assert "1 seen" in needs_you(read("/"))
    engine.job(2)
    time.move(hours=50)
    assert "silent for 2 d 2 h (2 running)" in needs_you(read("/"))


def test_only_what_is_wrong_can_be_seen(engine: Engine) -> None:
    path = f"/api/workflow/{engine.id}/seen"
    for method in ("PUT", "DELETE"):
        answer = engine.web.open(path, method=method)
        assert answer.status_code == 409
        assert "neither failed nor fallen silent (Running)" in answer.get_json()["msg"]
    assert engine.web.put("/api/workflow/999/seen").status_code == 404
    assert engine.web.put(f"{path}?run=7").status_code == 404
    assert engine.web.put(f"{path}?run=x").status_code == 400


def test_what_is_marked_is_the_run_that_was_shown(failed: Engine, submit: Submit) -> None:
    shown = f"/workflow/{failed.id}/seen?run=1&back=overview"
    failed.finished(2)
    failed.info("Complete log: x")
    following = Engine(failed.web, "nightly")
    following.job(1)
    following.failed(1)
    submit(shown, page="/")
    assert following.workflow["seen_at"] is None
    earlier = failed.web.get(f"/api/workflow/{failed.id}?run=1").get_json()["workflow"]
    assert earlier["seen_at"] is not None


def test_who_saw_it_and_when_is_told_where_tokens_are_used(
    client: FlaskClient, tokens: Tokens, time: Clock
) -> None:
    headers = tokens.headers("lea", "admin")
    run = Engine(client, "nightly", headers=headers)
    run.job(1)
    run.failed(1)
    seen = client.put(f"/api/workflow/{run.id}/seen", headers=headers).get_json()["workflow"]
    assert (seen["seen_at"], seen["seen_by"]) == ("2026-11-23T09:00:00Z", "lea")
    time.move(minutes=5)
    other = tokens.headers("ada", "admin")
    again = client.put(f"/api/workflow/{run.id}/seen", headers=other).get_json()["workflow"]
    assert again == {**seen, "duration": again["duration"]}, "Who saw it first stays."
    client.delete(f"/api/workflow/{run.id}/seen", headers=headers)
    unseen = client.get(f"/api/workflow/{run.id}", headers=headers).get_json()["workflow"]
    assert (unseen["seen_at"], unseen["seen_by"]) == (None, None)


def test_what_failed_long_ago_is_folded_away_and_counted(
    client: FlaskClient, read: Open, time: Clock
) -> None:
    for number in range(12):
        old = Engine(client, f"old-{number}")
        old.job(1)
        old.failed(1)
    time.move(days=7, seconds=1)
    new = Engine(client, "new")
    new.job(1)
    new.failed(1)
    page = read("/")
    words = needs_you(page)
    assert words.index("new") < words.index("12 older") < words.index("old-11")
    assert words.count("old-") == 9, "Of the ten latest that nobody saw, one is new."
    assert "3 more: failed , stale" in words
    assert page.attributes("details", "id") == ["older"]


def test_those_who_may_only_look_are_offered_no_button(client: FlaskClient, tokens: Tokens) -> None:
    run = Engine(client, "nightly", headers=tokens.headers("lea", "report"))
    run.job(1)
    run.failed(1)
    page = Document(client.get("/", headers=tokens.headers("wall", "view")))
    assert "nightly" in needs_you(page)
    assert marks(page) == []


def test_an_open_page_shows_it_at_once(failed: Engine) -> None:
    failed.web.get("/")  # The browser gets a name.
    etag = failed.web.get("/").headers["ETag"]
    assert failed.web.get("/", headers={"If-None-Match": etag}).status_code == 304
    failed.web.put(f"/api/workflow/{failed.id}/seen")
    assert failed.web.get("/", headers={"If-None-Match": etag}).status_code == 200


def test_a_member_sees_to_their_own_runs_only(client: FlaskClient, tokens: Tokens) -> None:
    lea, ada = tokens.headers("lea", "member"), tokens.headers("ada", "member")
    run = Engine(client, "nightly", headers=lea)
    run.job(1)
    run.failed(1)
    path = f"/api/workflow/{run.id}/seen?run=1"
    assert client.put(path, headers=ada).status_code == 403
    assert marks(Document(client.get("/", headers=ada))) == []
    assert len(marks(Document(client.get("/", headers=lea)))) == 1
    assert client.put(path, headers=lea).get_json()["workflow"]["seen_by"] == "lea"
