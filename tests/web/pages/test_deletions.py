"""Deleted workflows on the pages, undoing it, and pins."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from tests.conftest import Clock
from tests.engine import Engine
from tests.web.pages.conftest import Open, Submit
from tests.web.pages.document import Document

LIST = "/workflows/"

Delete = Callable[[str], Engine]
Undo = Callable[..., Document]


@pytest.fixture
def deleted(client: FlaskClient, submit: Submit) -> Delete:
    """Delete a workflow of a name, with a job, on its page."""

    def deleted(name: str) -> Engine:
        run = Engine(client, name)
        run.job(1, "align", wildcards={"sample": "K7"})
        submit(f"/workflow/{run.id}/cancel")
        submit(f"/workflow/{run.id}/delete")
        return run

    return deleted


@pytest.fixture
def undo(read: Open, submit: Submit) -> Callable[..., Document]:
    """Press one of the Undo buttons in the list of workflows; return the page behind it."""

    def undo(which: int = 0) -> Document:
        inputs = [attrs for tag, attrs in read(LIST).tags if tag == "input"]
        times = [each["value"] for each in inputs if each.get("name") == "at"]
        answer = submit("/workflows/restore", {"at": times[which]}, page=LIST)
        assert answer.status_code == 303
        return read(answer.location)

    return undo


@pytest.mark.parametrize(
    "rest",
    ["", "?run=1", "/job/1", "/graph", "/timeline", "/samples", "/jobs.csv", "/jobs.json",
     "/rename", "/cancel", "/delete"],
)  # fmt: skip
def test_a_deleted_workflow_has_no_page(client: FlaskClient, deleted: Delete, rest: str) -> None:
    run = deleted("nightly")
    assert client.get(f"/workflow/{run.id}{rest}").status_code == 404


def test_a_deleted_workflow_is_neither_listed_nor_counted_nor_found(
    read: Open, deleted: Delete
) -> None:
    deleted("nightly")
    assert "No workflows yet" in read("/").text
    assert "Cancelled" not in read("/workflows/").text
    for wanted in ("nightly", "align", "K7"):
        page = read(f"/search?q={wanted}")
        assert not [link for link in page.links if link.startswith("/workflow/")]


def test_each_deletion_is_undone_by_its_own_button(
    client: FlaskClient, read: Open, deleted: Delete, undo: Undo, time: Clock
) -> None:
    first = deleted("first")
    time.move(minutes=2)
    second = deleted("second")
    page = read("/workflows/")
    assert "' second ' deleted just now" in page.text
    assert "' first ' deleted 2 min ago" in page.text
    page = undo(which=1)
    assert "Deleted workflows are restored." in page.text
    assert first.status == "Cancelled"
    assert client.get(f"/workflow/{second.id}").status_code == 404


def test_deleting_several_is_undone_at_once(
    client: FlaskClient, submit: Submit, undo: Undo
) -> None:
    runs = [Engine(client, f"run-{number}") for number in range(3)]
    submit("/workflows/delete-all")
    undo()
    assert [run.status for run in runs] == ["Running"] * 3


def test_a_page_says_where_a_name_was_taken_meanwhile(
    client: FlaskClient, deleted: Delete, undo: Undo, time: Clock
) -> None:
    run = deleted("nightly")
    Engine(client, "nightly")
    page = undo()
    assert "with a suffix where the name is now taken." in page.text
    assert run.workflow["name"].startswith("nightly-")


@pytest.mark.parametrize(
    "at", ["", "soon", "0001-01-01T00:00:00+14:00", "2026-11-23T09:00:00+00:00"]
)
def test_what_is_too_late_or_no_deletion_is_told(read: Open, submit: Submit, at: str) -> None:
    answer = submit("/workflows/restore", {"at": at}, page="/workflows/delete-all")
    assert "Too late to undo" in read(answer.location).text


def test_after_ten_minutes_there_is_no_button(read: Open, deleted: Delete, time: Clock) -> None:
    deleted("nightly")
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
    assert fresh(etag)[0] == 200  # It has a form, so that the browser gets a name.
    _, after = fresh(None)
    assert fresh(after)[0] == 304
    client.post(f"/api/workflow/{run.id}/restore")
    assert fresh(after)[0] == 200


def test_a_workflow_is_pinned_on_its_page(client: FlaskClient, read: Open, submit: Submit) -> None:
    run = Engine(client, "nightly")
    own = f"/workflow/{run.id}"
    assert f"/workflow/{run.id}/pin" in read(own).attributes("form", "action")
    page = read(submit(f"/workflow/{run.id}/pin", page=own).location)
    assert "nightly pinned" in page.text
    assert "nightly pinned" in read("/workflows/").text
    assert f"/workflow/{run.id}/unpin" in page.attributes("form", "action")
    page = read(submit(f"/workflow/{run.id}/unpin", page=own).location)
    assert "nightly pinned" not in page.text
    assert submit("/workflow/999/pin", page=own).status_code == 404
