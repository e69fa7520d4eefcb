"""Cancelling and deleting several workflows at once."""

import pytest
from flask.testing import FlaskClient

from panoptes.queries.results import PER_PAGE
from panoptes.web.pages import actions, parameters
from tests.conftest import Clock
from tests.engine import Engine
from tests.web.pages.conftest import Open
from tests.web.pages.document import Document

ACTIONS = ("cancel", "delete")


@pytest.fixture
def engines(client: FlaskClient, time: Clock) -> list[Engine]:
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


def test_no_more_than_a_number_of_them_is_taken_at_once(
    client: FlaskClient, read: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parameters, "SELECTED", 2)
    monkeypatch.setattr(actions, "SELECTED", 2)
    engines = [Engine(client, f"run-{number}") for number in range(3)]
    page = read("/workflows/cancel-selected?all=1").text
    assert "Cancel 2 workflows?" in page
    assert "2 workflows are taken at once, those that began first." in page
    post(client, "cancel", *(each.id for each in engines))
    assert [each.status for each in engines] == ["Cancelled", "Cancelled", "Running"]


def test_what_the_filter_lets_through_is_deleted_and_nothing_else(
    client: FlaskClient, read: Open, engines: list[Engine], time: Clock
) -> None:
    assert "Delete all…" in read("/workflows/").text
    page = read("/workflows/?q=run&status=Done&sort=name")
    assert "Delete all…" not in page.text
    assert "Delete these 2…" in page.text
    link = "/workflows/delete-selected?all=1&status=Done&q=run"
    assert link in page.links
    later = Engine(client, "run-later")
    later.progress(1, 1)
    asking = read(link)
    assert "Delete 3 workflows?" in asking.text
    assert "/workflows/?status=Done&q=run" in asking.links
    Engine(client, "run-since").progress(1, 1)
    ids = [attrs["value"] for tag, attrs in asking.tags if attrs.get("name") == "id"]
    found = post(client, "delete", *ids)
    assert "3 workflows deleted just now" in found.text
    names = [each["name"] for each in client.get("/api/workflows").get_json()["workflows"]]
    assert names == ["run-0", "run-2", "run-since"], "What came since nobody was asked about."


def test_of_those_that_are_silent_no_job_is_said_to_be_running(
    client: FlaskClient, read: Open, time: Clock
) -> None:
    silent = Engine(client, "silent")
    silent.job(1)
    time.move(hours=50)
    assert "running job" not in read(asked("cancel", silent)).text
    live = Engine(client, "live")
    live.job(1)
    page = read(asked("cancel", silent, live)).text
    assert "1 running job will be shown as cancelled." in page
    assert "1 workflow of them is silent" in page


def test_what_runs_is_kept_and_said_so(
    client: FlaskClient, read: Open, engines: list[Engine]
) -> None:
    page = read("/workflows/delete-selected?all=1&q=run").text
    assert "Delete 2 workflows and 2 runs" in page
    assert "Not changed ● run-0 running: cancel it first" in page


def test_workflows_are_chosen_by_their_age(
    client: FlaskClient, read: Open, engines: list[Engine], time: Clock
) -> None:
    time.move(days=31)
    Engine(client, "new").progress(1, 1)
    page = read("/workflows/?older_than=30")
    assert "Delete these 4…" in page.text
    assert "new" not in page.text
    assert "Older than 30 days" in page.text
    assert "No workflows match, older than 40 days" in read("/workflows/?older_than=40").text
    asking = read("/workflows/delete-selected?all=1&older_than=30").text
    assert "Delete 4 workflows?" in asking, "Those that ran have been silent for a month."
    assert "new" in read("/workflows/?older_than=x").text
    read("/workflows/?older_than=99999999999")


def test_all_that_match_can_be_selected_where_they_fill_more_than_a_page(
    client: FlaskClient, read: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(PER_PAGE + 1):
        Engine(client, f"run-{number}")
    page = read("/workflows/?q=run")
    assert "All 51 that match" in page.text
    boxes = [attrs for tag, attrs in page.tags if tag == "input" and attrs.get("name") == "all"]
    assert len(boxes) == 1
    assert ("q", "run") in page.hidden.items()
    assert "Cancel 51 workflows?" in read("/workflows/cancel-selected?q=run&all=1").text


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
