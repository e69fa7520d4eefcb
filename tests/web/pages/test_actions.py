"""Renaming, cancelling and deleting."""

from flask.testing import FlaskClient

from tests.conftest import Clock
from tests.engine import Engine
from tests.web.pages.conftest import Open, Submit
from tests.web.pages.document import Document


def test_a_workflow_is_renamed(client: FlaskClient, read: Open, submit: Submit) -> None:
    run = Engine(client, "nightly")
    assert "nightly" in read(f"/workflow/{run.id}/rename").attributes("input", "value")
    answer = submit(f"/workflow/{run.id}/rename", {"name": " weekly "})
    assert answer.status_code == 303
    page = read(answer.location).text
    assert "The workflow was renamed." in page
    assert "weekly" in page


def test_a_taken_name_is_told_on_the_form(client: FlaskClient, submit: Submit) -> None:
    run = Engine(client, "nightly")
    Engine(client, "weekly")
    page = Document(submit(f"/workflow/{run.id}/rename", {"name": "weekly"}))
    assert page.status == 409
    assert "Another workflow is called 'weekly'." in page.text
    assert "weekly" in page.attributes("input", "value")


def test_runs_can_be_moved_into_the_workflow_that_has_the_name(
    client: FlaskClient, read: Open, submit: Submit
) -> None:
    first, second = Engine(client, "nightly"), Engine(client, "nightly-again")
    second.info("Nothing to be done.")
    form = f"/workflow/{second.id}/rename"
    assert "Move into" in Document(submit(form, {"name": "nightly"})).text
    answer = submit(f"/workflow/{second.id}/join", {"name": "nightly"}, page=form)
    assert (answer.status_code, answer.location) == (303, f"/workflow/{first.id}?done=joined")
    page = read(answer.location).text
    assert "The runs were moved here." in page
    assert "Run 1" in page


def test_an_empty_name_is_refused(client: FlaskClient, submit: Submit) -> None:
    run = Engine(client, "nightly")
    for form in ({"name": "  "}, {"name": "\0"}, {}):
        page = Document(submit(f"/workflow/{run.id}/rename", form))
        assert page.status == 400
        assert "The name is empty." in page.text


def test_a_running_workflow_is_cancelled_after_a_question(
    client: FlaskClient, read: Open, submit: Submit
) -> None:
    run = Engine(client, "nightly")
    run.job(1)
    assert f"/workflow/{run.id}/cancel" in read(f"/workflow/{run.id}").links
    page = read(f"/workflow/{run.id}/cancel").text
    assert "Cancel: stop watching 'nightly'" in page
    assert "1 running job will be shown as cancelled." in page
    assert run.status == "Running"
    answer = submit(f"/workflow/{run.id}/cancel")
    assert answer.status_code == 303
    assert "⊘ Cancelled" in read(answer.location).text


def test_cancelling_is_undone_on_the_page_of_the_run(
    client: FlaskClient, read: Open, submit: Submit, time: Clock
) -> None:
    run = Engine(client, "nightly")
    run.job(1)
    page, button = f"/workflow/{run.id}", f"/workflow/{run.id}/undo-cancel?run=1"
    assert button not in read(page).attributes("form", "action")
    submit(f"{page}/cancel")
    assert "Run 1 cancelled" in read(page).text
    assert button in read(page).attributes("form", "action")
    answer = submit(button, page=page)
    assert answer.status_code == 303
    shown = read(answer.location)
    assert "The run is watched again" in shown.text
    assert button not in shown.attributes("form", "action")
    assert run.status == "Running"


def test_it_is_too_late_to_undo_a_cancelling_after_ten_minutes(
    client: FlaskClient, read: Open, submit: Submit, time: Clock
) -> None:
    run = Engine(client, "nightly")
    page, button = f"/workflow/{run.id}", f"/workflow/{run.id}/undo-cancel?run=1"
    submit(f"{page}/cancel")
    time.move(minutes=11)
    assert button not in read(page).attributes("form", "action")
    answer = submit(button, page=f"{page}/rename")
    assert "Too late to undo" in read(answer.location).text
    assert run.status == "Cancelled"


def test_cancelling_a_dead_run_speaks_of_its_silence_and_of_no_jobs(
    client: FlaskClient, read: Open, time: Clock
) -> None:
    run = Engine(client, "nightly")
    run.job(1)
    time.move(hours=50)
    page = read(f"/workflow/{run.id}/cancel").text
    assert "It has been silent for 2 d 2 h" in page
    assert "running job" not in page


def test_what_has_ended_can_t_be_cancelled(client: FlaskClient, read: Open, submit: Submit) -> None:
    run = Engine(client, "nightly")
    run.job(1)
    run.finished(1)
    run.progress(1, 1)
    assert f"/workflow/{run.id}/cancel" not in read(f"/workflow/{run.id}").links
    page = Document(submit(f"/workflow/{run.id}/cancel"))
    assert page.status == 409
    assert "The run has ended (Done)" in page.text


def test_a_running_workflow_is_not_deleted(client: FlaskClient, submit: Submit) -> None:
    run = Engine(client, "nightly")
    page = Document(submit(f"/workflow/{run.id}/delete"))
    assert page.status == 403
    assert "cancel it before you delete it" in page.text
    assert run.status == "Running"


def test_deleting_says_how_many_runs_go(client: FlaskClient, read: Open, submit: Submit) -> None:
    run = Engine(client, "nightly")
    submit(f"/workflow/{run.id}/cancel")
    for _ in range(2):
        Engine(client, "nightly")
        submit(f"/workflow/{run.id}/cancel")
    assert "Delete 'nightly' and its 3 runs" in read(f"/workflow/{run.id}/delete").text
    answer = submit(f"/workflow/{run.id}/delete")
    assert answer.status_code == 303
    assert "' nightly ' deleted just now" in read(answer.location).text
    assert client.get(f"/workflow/{run.id}").status_code == 404


def test_deleting_everything_says_how_much_that_is(
    client: FlaskClient, read: Open, submit: Submit
) -> None:
    Engine(client, "a")
    Engine(client, "b")
    assert "/workflows/delete-all" in read("/workflows/").links
    assert "Delete all 2 workflows" in read("/workflows/delete-all").text
    answer = submit("/workflows/delete-all")
    assert answer.status_code == 303
    page = read(answer.location).text
    assert "No workflows yet." in page
    assert "2 workflows deleted just now" in page


def test_asking_changes_nothing(client: FlaskClient, read: Open) -> None:
    run = Engine(client, "nightly")
    for action in ("rename", "cancel", "delete"):
        read(f"/workflow/{run.id}/{action}")
    read("/workflows/delete-all")
    assert run.status == "Running"


def test_another_site_can_t_ask_for_a_change(client: FlaskClient) -> None:
    run = Engine(client, "nightly")
    page = Document(
        client.post(f"/workflow/{run.id}/cancel", headers={"Origin": "https://evil.example"})
    )
    assert page.status == 403
    assert "Another web site asked for this change" in page.text
    assert run.status == "Running"
