"""Deleted workflows on the pages, undoing it, and pins."""

import pytest
from flask.testing import FlaskClient

from tests.conftest import Clock
from tests.engine import Engine
from tests.pages.conftest import Open
from tests.pages.document import Document


def deleted(client: FlaskClient, name: str) -> Engine:
    run = Engine(client, name)
    run.job(1, "align", wildcards={"sample": "K7"})
    client.post(f"/workflow/{run.id}/cancel")
    client.post(f"/workflow/{run.id}/delete")
    return run


def undo(client: FlaskClient, page: Document, which: int = 0) -> Document:
    """Press one of the page's Undo buttons."""
    times = [
        attrs["value"] for tag, attrs in page.tags if tag == "input" and attrs.get("name") == "at"
    ]
    answer = client.post("/workflows/restore", data={"at": times[which]})
    assert answer.status_code == 303
    return Document(client.get(answer.location))


@pytest.mark.parametrize(
    "rest",
    ["", "?run=1", "/job/1", "/graph", "/timeline", "/samples", "/jobs.csv", "/jobs.json",
     "/rename", "/cancel", "/delete"],
)  # fmt: skip
def test_a_deleted_workflow_has_no_page(client: FlaskClient, rest: str) -> None:
    run = deleted(client, "nightly")
    assert client.get(f"/workflow/{run.id}{rest}").status_code == 404


def test_a_deleted_workflow_is_neither_listed_nor_counted_nor_found(
    client: FlaskClient, read: Open
) -> None:
    deleted(client, "nightly")
    assert "No workflow yet" in read("/").text
    assert "Cancelled" not in read("/workflows/").text
    for wanted in ("nightly", "align", "K7"):
        page = read(f"/search?q={wanted}")
        assert not [link for link in page.links if link.startswith("/workflow/")]


def test_each_deletion_is_undone_by_its_own_button(
    client: FlaskClient, read: Open, time: Clock
) -> None:
    first = deleted(client, "first")
    time.move(minutes=2)
    second = deleted(client, "second")
    page = read("/workflows/")
    assert "' second ' is deleted, just now" in page.text
    assert "' first ' is deleted, 2 min ago" in page.text
    page = undo(client, page, which=1)
    assert "What was deleted is back." in page.text
    assert first.status == "Cancelled"
    assert client.get(f"/workflow/{second.id}").status_code == 404


def test_deleting_several_is_undone_at_once(client: FlaskClient, read: Open) -> None:
    runs = [Engine(client, f"run-{number}") for number in range(3)]
    client.post("/workflows/delete-all")
    undo(client, read("/workflows/"))
    assert [run.status for run in runs] == ["Running"] * 3


def test_a_page_says_where_a_name_was_taken_meanwhile(
    client: FlaskClient, read: Open, time: Clock
) -> None:
    run = deleted(client, "nightly")
    Engine(client, "nightly")
    page = undo(client, read("/workflows/"))
    assert "Where its name is taken now, it has a suffix." in page.text
    assert run.workflow["name"].startswith("nightly-")


@pytest.mark.parametrize(
    "at", ["", "soon", "0001-01-01T00:00:00+14:00", "2026-11-23T09:00:00+00:00"]
)
def test_what_is_too_late_or_no_deletion_is_told(client: FlaskClient, read: Open, at: str) -> None:
    answer = client.post("/workflows/restore", data={"at": at})
    assert "It can't be brought back" in read(answer.location).text


def test_after_ten_minutes_there_is_no_button(client: FlaskClient, read: Open, time: Clock) -> None:
    deleted(client, "nightly")
    time.move(minutes=10, seconds=1)
    assert "deleted" not in read("/workflows/").text


def test_an_open_list_shows_at_once_what_is_deleted_and_brought_back(
    client: FlaskClient, time: Clock
) -> None:
    def fresh(etag: str | None) -> tuple[int, str | None]:
        answer = client.get("/workflows/", headers={"If-None-Match": etag or ""})
        return answer.status_code, answer.headers["ETag"]

    run = Engine(client, "nightly")
    run.progress(1, 1)
    _, etag = fresh(None)
    client.delete(f"/api/workflow/{run.id}")
    status, after = fresh(etag)
    assert (status, fresh(after)[0]) == (200, 304)
    client.post(f"/api/workflow/{run.id}/restore")
    assert fresh(after)[0] == 200


def test_a_workflow_is_pinned_on_its_page(client: FlaskClient, read: Open) -> None:
    run = Engine(client, "nightly")
    assert f"/workflow/{run.id}/pin" in read(f"/workflow/{run.id}").attributes("form", "action")
    page = read(client.post(f"/workflow/{run.id}/pin").location)
    assert "nightly pinned" in page.text
    assert "nightly pinned" in read("/workflows/").text
    assert f"/workflow/{run.id}/unpin" in page.attributes("form", "action")
    page = read(client.post(f"/workflow/{run.id}/unpin").location)
    assert "nightly pinned" not in page.text
    assert client.post("/workflow/999/pin").status_code == 404
