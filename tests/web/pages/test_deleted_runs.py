"""Deleting one run of a workflow, and bringing it back: on pages and in the API."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from panoptes.database.connections import writing
from panoptes.models.purge import purge
from tests.conftest import Clock
from tests.engine import Engine
from tests.tokens import Tokens
from tests.web.pages.conftest import Open, Submit
from tests.web.pages.document import Document


@pytest.fixture
def workflow(client: FlaskClient, time: Clock) -> Engine:
    """A workflow with three runs, of which the first failed."""
    for number in range(3):
        run = Engine(client, "nightly")
        run.job(1)
        (run.finished if number else run.failed)(1)
        run.info("Complete log: x")
        if number:
            run.progress(1, 1)
    return run


def runs_of(workflow: Engine) -> list[int]:
    answer = workflow.web.get(f"/api/workflow/{workflow.id}/runs").get_json()
    assert answer["count"] == len(answer["runs"])
    return [run["run"] for run in answer["runs"]]


def delete(workflow: Engine, run: int) -> int:
    return workflow.web.delete(f"/api/workflow/{workflow.id}/runs/{run}").status_code


def test_an_earlier_run_is_deleted_alone_and_the_deletion_undone(
    workflow: Engine, read: Open, submit: Submit
) -> None:
    own = f"/workflow/{workflow.id}"
    assert f"{own}/delete-run?run=1" in read(f"{own}?run=1").links
    assert f"{own}/delete" not in read(f"{own}?run=1").links, "That would be the whole workflow."
    page = read(f"{own}/delete-run?run=1").text
    assert "Delete run 1 of 'nightly'?" in page
    assert "Run 1 (Error, 0 of 1 done · 1 failed)" in page
    assert "The other runs stay." in page
    assert submit(f"{own}/delete-run?run=1").status_code == 303
    page = read(own)
    assert runs_of(workflow) == [3, 2]
    assert "Run 1 deleted just now . You can undo this for 10 minutes." in page.text
    assert workflow.web.get(f"{own}?run=1").status_code == 404
    answer = submit(f"{own}/restore-run?run=1", page=own)
    assert "The deleted run is restored." in read(answer.location).text
    assert runs_of(workflow) == [3, 2, 1]


def test_it_is_gone_from_the_feed(workflow: Engine) -> None:
    def entries() -> int:
        return workflow.web.get("/feed/nightly.atom").get_data(as_text=True).count("<entry>")

    assert entries() == 3
    delete(workflow, 1)
    assert entries() == 2


def test_the_newest_run_can_only_be_deleted_with_its_workflow(
    workflow: Engine, submit: Submit
) -> None:
    assert delete(workflow, 3) == 409
    page = Document(submit(f"/workflow/{workflow.id}/delete-run?run=3"))
    assert page.status == 409
    assert "it can only be deleted with the workflow" in page.text
    assert runs_of(workflow) == [3, 2, 1]


def test_what_is_no_run_can_t_be_deleted(workflow: Engine) -> None:
    assert delete(workflow, 7) == delete(workflow, 0) == delete(workflow, 2**31) == 404
    assert delete(workflow, 1) == 204
    assert delete(workflow, 1) == 404
    path = f"/api/workflow/{workflow.id}/runs"
    assert workflow.web.post(f"{path}/7/restore").status_code == 404
    assert workflow.web.post(f"{path}/2/restore").status_code == 200, "It is there."


def test_after_ten_minutes_a_run_is_gone_for_good(
    app: Flask, workflow: Engine, read: Open, submit: Submit, time: Clock
) -> None:
    own = f"/workflow/{workflow.id}"
    delete(workflow, 1)
    time.move(minutes=9)
    with app.app_context(), writing() as connection:
        assert not purge(connection, time.now, 1.0), "It can still be brought back."
    time.move(minutes=3)
    assert "Run 1 deleted" not in read(own).text
    answer = submit(f"{own}/restore-run?run=1", page=own)
    assert "Too late to undo" in read(answer.location).text
    with app.app_context(), writing() as connection:
        assert purge(connection, time.now, 1.0)
    assert runs_of(workflow) == [3, 2]


def test_restoring_everything_restores_runs(workflow: Engine) -> None:
    delete(workflow, 1)
    delete(workflow, 2)
    assert workflow.web.post("/api/workflows/restore").status_code == 200
    assert runs_of(workflow) == [3, 2, 1]


def test_open_pages_of_the_workflow_show_it_at_once(workflow: Engine) -> None:
    own = f"/workflow/{workflow.id}"
    workflow.web.get(own)
    etag = workflow.web.get(own).headers["ETag"]
    delete(workflow, 1)
    assert workflow.web.get(own, headers={"If-None-Match": etag}).status_code == 200


def test_the_next_run_gets_a_number_of_its_own(workflow: Engine) -> None:
    delete(workflow, 2)
    assert Engine(workflow.web, "nightly").workflow["run"] == 4


def test_a_member_deletes_their_own_runs_only(client: FlaskClient, tokens: Tokens) -> None:
    lea, ada = tokens.headers("lea", "member"), tokens.headers("ada", "member")
    for owner in (lea, ada, ada):
        run = Engine(client, "nightly", headers=owner)
        run.job(1)
        run.finished(1)
        run.progress(1, 1)
    path = f"/api/workflow/{run.id}/runs/1"
    assert client.delete(path, headers=ada).status_code == 403
    assert client.delete(path, headers=lea).status_code == 204
    assert client.post(f"{path}/restore", headers=ada).status_code == 403
    page = Document(client.get(f"/workflow/{run.id}", headers=ada))
    assert "Run 1 deleted" not in page.text, "It isn't hers to bring back."
    assert client.post(f"{path}/restore", headers=lea).status_code == 200
