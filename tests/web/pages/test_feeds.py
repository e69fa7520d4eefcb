"""Atom feeds of what ended or failed lately, as RFC 4287 wants them."""

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from urllib.parse import quote
from xml.etree import ElementTree as ET

import pytest
from flask.testing import FlaskClient

from panoptes.config.settings import Settings
from tests.conftest import Clock, serve
from tests.engine import Engine
from tests.tokens import Tokens, basic
from tests.web.pages.document import Document
from tests.web.pages.test_every_page import HOSTILE

ATOM = "{http://www.w3.org/2005/Atom}"
URN = re.compile(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def read(client: FlaskClient, path: str = "/feed.atom") -> ET.Element:
    """Return a feed that has all that every feed must have."""
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.mimetype == "application/atom+xml"
    feed = ET.fromstring(answer.data)
    assert feed.tag == f"{ATOM}feed"
    assert feed.find(f"{ATOM}author/{ATOM}name") is not None
    assert_has_its_own(feed)
    links = {link.get("rel"): link.get("href") for link in feed.findall(f"{ATOM}link")}
    assert urlpath(str(links["self"])) == path
    entries = feed.findall(f"{ATOM}entry")
    for entry in entries:
        assert_has_its_own(entry)
        assert entry.find(f"{ATOM}link[@rel='alternate']") is not None
    ids = [text(entry, "id") for entry in (feed, *entries)]
    assert len(set(ids)) == len(ids)
    updates = [datetime.fromisoformat(text(entry, "updated")) for entry in entries]
    assert updates == sorted(updates, reverse=True)
    assert not updates or datetime.fromisoformat(text(feed, "updated")) == updates[0]
    return feed


def assert_has_its_own(element: ET.Element) -> None:
    for name in ("id", "title", "updated"):
        assert len(element.findall(f"{ATOM}{name}")) == 1
    assert URN.fullmatch(text(element, "id"))
    assert datetime.fromisoformat(text(element, "updated")).tzinfo is not None


def urlpath(url: str) -> str:
    assert url.startswith("http://localhost/")
    return url.removeprefix("http://localhost")


def text(element: ET.Element, name: str) -> str:
    return element.findtext(f"{ATOM}{name}") or ""


def titles(feed: ET.Element) -> list[str]:
    return [text(entry, "title") for entry in feed.findall(f"{ATOM}entry")]


def ended(client: FlaskClient, name: str = "nightly", *, fails: bool = False) -> Engine:
    run = Engine(client, name)
    run.job(1, wildcards={"sample": "K7"})
    if fails:
        run.failed(1)
        run.info("Complete log: x")
    else:
        run.finished(1)
        run.progress(1, 1)
    return run


def test_the_feed_has_ends_and_failures_the_newest_first(client: FlaskClient, time: Clock) -> None:
    ended(client, "first")
    time.move(minutes=1)
    failing = Engine(client, "second")
    for jobid in (1, 2):
        failing.job(jobid)
    failing.failed(1)
    time.move(minutes=1)
    Engine(client, "third").job(1)
    feed = read(client)
    assert titles(feed) == ["✗ second: Error, 1 failed", "✓ first: Done"]
    entry = feed.findall(f"{ATOM}entry")[0]
    assert "First failure: align" in text(entry, "content")
    link = entry.find(f"{ATOM}link")
    assert link is not None
    assert client.get(urlpath(str(link.get("href")))).status_code == 200


def test_earlier_runs_of_a_name_stay_in_the_feed(client: FlaskClient, time: Clock) -> None:
    ended(client, fails=True)
    time.move(minutes=1)
    ended(client)
    assert titles(read(client)) == ["✓ nightly: Done", "✗ nightly: Error, 1 failed"]


def test_a_workflow_has_a_feed_of_its_own_under_its_name(client: FlaskClient, time: Clock) -> None:
    ended(client, "a/b c")
    ended(client, "other")
    time.move(minutes=1)
    ended(client, "a/b c", fails=True)
    feed = read(client, f"/feed/{quote('a/b c')}.atom")
    assert text(feed, "title") == "panoptes: a/b c"
    assert titles(feed) == ["✗ a/b c: Error, 1 failed", "✓ a/b c: Done"]


def test_an_entry_keeps_its_id_and_changes_its_time(client: FlaskClient, time: Clock) -> None:
    run = Engine(client, "nightly")
    run.job(1)
    run.failed(1)
    before = read(client).findall(f"{ATOM}entry")[0]
    time.move(minutes=1)
    run.job(1)
    run.finished(1)
    run.progress(1, 1)
    after = read(client).findall(f"{ATOM}entry")[0]
    assert text(before, "id") == text(after, "id")
    assert text(before, "updated") < text(after, "updated")
    assert text(after, "title") == "✓ nightly: Done"


def test_an_empty_feed_is_a_feed(client: FlaskClient) -> None:
    assert titles(read(client)) == []


def test_a_feed_of_an_unknown_name_is_not_found(client: FlaskClient) -> None:
    assert client.get("/feed/nothing.atom").status_code == 404


def test_deleted_workflows_are_not_in_the_feed(client: FlaskClient) -> None:
    run = ended(client)
    client.delete(f"/api/workflow/{run.id}")
    assert titles(read(client)) == []
    assert client.get("/feed/nightly.atom").status_code == 404


def test_hostile_texts_are_text(client: FlaskClient) -> None:
    name = HOSTILE + "\x01\x1b\ufffe]]>@everyone"
    run = Engine(client, name)
    run.job(1, HOSTILE, wildcards={HOSTILE: "\x02"})
    run.failed(1, HOSTILE)
    run.send("error", msg="]]><\x03&\uffff")
    run.info("Complete log: x")
    feed = read(client)
    assert "<script>alert('x')</script>" in titles(feed)[0]
    stored = client.get(f"/api/workflow/{run.id}").get_json()["workflow"]["name"]
    read(client, f"/feed/{quote(stored)}.atom")


def test_a_feed_that_has_not_changed_is_not_sent_again(client: FlaskClient, time: Clock) -> None:
    ended(client)
    mark = client.get("/feed.atom").headers["ETag"]
    assert client.get("/feed.atom", headers={"If-None-Match": mark}).status_code == 304
    time.move(minutes=1)
    ended(client)
    assert client.get("/feed.atom", headers={"If-None-Match": mark}).status_code == 200


def test_a_feed_reader_brings_its_token_as_a_password(client: FlaskClient, tokens: Tokens) -> None:
    secret = tokens.add("reader", "view")
    assert client.get("/feed.atom").status_code == 401
    assert client.get("/feed.atom", headers=basic(secret)).status_code == 200


def test_pages_lead_to_their_feeds(client: FlaskClient) -> None:
    run = ended(client, "a?b")
    for address, feed in (("/", "/feed.atom"), (f"/workflow/{run.id}", "/feed/a%3Fb.atom")):
        page = Document(client.get(address))
        links = [attrs["href"] for tag, attrs in page.tags if attrs.get("rel") == "alternate"]
        assert feed in links
        assert feed in page.links
        assert client.get(feed).status_code == 200


@pytest.fixture
def public(tmp_path: Path) -> Iterator[FlaskClient]:
    settings = Settings(
        db_url=f"sqlite:///{tmp_path / 'panoptes.db'}",
        public_url="https://x.example/panoptes",
    )
    for app in serve(settings):
        yield app.test_client()


def test_links_of_a_feed_have_the_public_address(public: FlaskClient) -> None:
    ended(public)
    feed = ET.fromstring(public.get("/feed.atom").data)
    links = [str(link.get("href")) for link in feed.iter(f"{ATOM}link")]
    assert len(links) == 3
    assert all(link.startswith("https://x.example/panoptes/") for link in links)
