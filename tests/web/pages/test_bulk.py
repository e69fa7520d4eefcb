"""Cancelling and deleting several workflows at once."""

import pytest
from flask.testing import FlaskClient

from panoptes.queries.results import PER_PAGE
from tests.engine import Engine
from tests.web.pages.conftest import Open
from tests.web.pages.document import Document

ACTIONS = ("cancel", "delete")


@pytest.fixture
def engines(client: FlaskClient) -> list[Engine]:
    """Two workflows that run and two that are done, in turn."""
    found = [Engine(client, f"run-{number}") for number in range(4)]
    for done in found[1::2]:
        done.progress(1, 1)
    return found


def asked(action: str, *engines: Engine) -> str:
    return f"/workflows/{action}-selected?" + "&".join(f"id={each.id}" for each in engines)


def post(client: FlaskClient, action: str, *ids: object) -> Document:
    address = f"/workflows/{action}-selected"
    mark = Document(client.get(address)).hidden["csrf_token"]
    form = {"csrf_token": mark, "id": [str(each) for each in ids]}
    answer = client.post(address, data=form)
    assert answer.status_code == 303
    return Document(client.get(answer.location))


def test_each_row_of_the_list_can_be_ticked(read: Open, engines: list[Engine]) -> None:
    page = read("/workflows/")
    boxes = [attrs for tag, attrs in page.tags if tag == "input" and attrs.get("name") == "id"]
    assert {box["value"] for box in boxes} == {str(each.id) for each in engines}
    assert all(box["form"] == "bulk" for box in boxes)
    assert page.attributes("button", "formaction") == ["/workflows/delete-selected"]
    assert "/workflows/cancel-selected" in page.attributes("form", "action")


def test_those_that_run_are_cancelled_after_a_question(
    client: FlaskClient, read: Open, engines: list[Engine]
) -> None:
    engines[0].job(1)
    page = read(asked("cancel", *engines))
    assert "Cancel 2 workflows?" in page.text
    assert "1 running job will be shown as cancelled." in page.text
    assert "Not changed ✓ run-1 already ended ✓ run-3 already ended" in page.text
    assert "Cancel: stop watching 2 workflows" in page.text
    ids = [attrs["value"] for tag, attrs in page.tags if attrs.get("name") == "id"]
    assert ids == [str(engines[0].id), str(engines[2].id)]
    assert engines[0].status == "Running", "Asking changes nothing."
    assert "The selected workflows are cancelled." in post(client, "cancel", *ids).text
    assert [each.status for each in engines] == ["Cancelled", "Done", "Cancelled", "Done"]


def test_those_that_do_not_run_are_deleted_after_a_question(
    client: FlaskClient, read: Open, engines: list[Engine]
) -> None:
    page = read(asked("delete", *engines)).text
    assert "Delete 2 workflows?" in page
    assert "Delete 2 workflows and 2 runs" in page
    assert "● run-0 running: cancel it first" in page
    found = post(client, "delete", engines[1].id, engines[3].id).text
    assert "2 workflows deleted just now" in found
    assert "run-1" not in found
    assert "run-0" in found


def test_what_began_or_ended_since_the_question_is_left_alone(
    client: FlaskClient, engines: list[Engine]
) -> None:
    page = post(client, "delete", *(each.id for each in engines)).text
    assert "Some of the selected workflows are deleted; others are running." in page
    assert [each.status for each in engines[::2]] == ["Running", "Running"]
    ended = Engine(client, "ended")
    ended.progress(1, 1)
    page = post(client, "cancel", engines[0].id, ended.id, 999).text
    assert "Some of the selected workflows are cancelled; others had ended." in page
    assert (engines[0].status, ended.status) == ("Cancelled", "Done")


def test_ten_are_named_and_the_others_counted(client: FlaskClient, read: Open) -> None:
    engines = [Engine(client, f"run-{number}") for number in range(12)]
    page = read(asked("cancel", *engines)).text
    assert "Cancel 12 workflows?" in page
    assert "run-9" in page
    assert "run-10" not in page
    assert "and 2 more" in page


def test_no_more_than_a_page_of_them_is_taken_at_once(client: FlaskClient) -> None:
    engines = [Engine(client, f"run-{number}") for number in range(PER_PAGE + 1)]
    post(client, "cancel", *(each.id for each in engines))
    assert [each.status for each in engines] == ["Cancelled"] * PER_PAGE + ["Running"]


@pytest.mark.parametrize("action", ACTIONS)
def test_without_a_tick_there_is_nothing_to_do(
    client: FlaskClient, read: Open, engines: list[Engine], action: str
) -> None:
    page = read(f"/workflows/{action}-selected")
    assert "No workflows selected." in page.text
    assert "/workflows/" in page.links
    assert not [attrs for tag, attrs in page.tags if attrs.get("class") == "danger"]
    post(client, action)
    assert [each.status for each in engines] == ["Running", "Done"] * 2


@pytest.mark.parametrize("action", ACTIONS)
def test_what_is_no_workflow_is_left_out(
    client: FlaskClient, read: Open, engines: list[Engine], action: str
) -> None:
    odd = "id=x&id=&id=-1&id=0&id=99999999999999999999999&id=%00&id=998&id=998"
    page = read(f"/workflows/{action}-selected?{odd}").text
    assert "2 workflows already deleted." in page
    post(client, action, "x", "", -1, 0, 998, "9" * 5000)
    assert [each.status for each in engines] == ["Running", "Done"] * 2


def test_another_site_can_t_ask_for_it(client: FlaskClient, engines: list[Engine]) -> None:
    for action in ACTIONS:
        answer = client.post(
            f"/workflows/{action}-selected",
            data={"id": [str(each.id) for each in engines]},
            headers={"Origin": "https://evil.example"},
        )
        assert answer.status_code == 403
    assert [each.status for each in engines] == ["Running", "Done"] * 2
