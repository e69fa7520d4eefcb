"""Stopping a run where it runs: only where whoever started it allowed that."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection

from panoptes.database.connections import writing
from panoptes.models.run import describe_run
from panoptes.models.run_state import RunState
from panoptes.models.workflow import lock_current_run
from tests.conftest import Clock
from tests.engine import Engine
from tests.tokens import Tokens
from tests.web.pages.conftest import Open, Submit
from tests.web.pages.document import Document


def state_of(connection: Connection, run: Engine) -> RunState:
    found = lock_current_run(connection, run.id)
    assert found is not None
    return found


def allow_stop(app: Flask, run: Engine) -> None:
    """Let a run have been registered by a client that stops it when it is asked to."""
    with app.app_context(), writing() as connection:
        describe_run(connection, state_of(connection, run).id, {"allow_stop": True})


def is_to_stop(app: Flask, run: Engine) -> bool:
    """Return what its client is answered."""
    with app.app_context(), writing() as connection:
        return state_of(connection, run).is_to_stop


@pytest.fixture
def stoppable(app: Flask, engine: Engine) -> Engine:
    """A run of two jobs, which may be stopped."""
    engine.web.put(f"/api/workflow/{engine.id}", json={"name": "nightly"})
    engine.job(1)
    engine.job(2)
    allow_stop(app, engine)
    return engine


def test_a_run_is_stopped_from_its_page_after_a_question(
    app: Flask, stoppable: Engine, read: Open, submit: Submit, time: Clock
) -> None:
    own = f"/workflow/{stoppable.id}"
    assert f"{own}/stop" in read(own).attributes("a", "href")
    question = read(f"{own}/stop")
    assert "Stop Snakemake for 'nightly'?" in question.text
    assert "2 running jobs will be ended." in question.text
    assert not is_to_stop(app, stoppable), "Nobody has said yes."
    assert submit(f"{own}/stop").location == f"{own}?done=stop-asked"
    assert is_to_stop(app, stoppable)
    time.move(minutes=4)
    page = read(own)
    assert "● Running · ⊘ stopping, asked 4 min ago" in page.text
    assert f"{own}/stop" not in page.attributes("a", "href")
    assert stoppable.workflow["stop_asked_at"] == "2026-11-23T09:00:00Z"


def test_how_a_run_ended_that_was_stopped_its_client_says(
    app: Flask, stoppable: Engine, read: Open
) -> None:
    stoppable.web.post(f"/api/workflow/{stoppable.id}/stop")
    stoppable.failed(1)
    stoppable.failed(2)
    stoppable.send("error", msg="WorkflowError:\nAt least one job did not complete successfully.")
    assert not is_to_stop(app, stoppable)
    page = read(f"/workflow/{stoppable.id}")
    assert "✗ Error · was asked to stop just now" in page.text
    refused = stoppable.web.post(f"/api/workflow/{stoppable.id}/stop")
    assert (refused.status_code, refused.get_json()["msg"]) == (
        409,
        "The run has ended (Error); only a running one can be stopped.",
    )


def test_a_run_whose_client_did_not_allow_it_is_not_stopped(
    app: Flask, engine: Engine, read: Open, submit: Submit
) -> None:
    engine.job(1)
    own = f"/workflow/{engine.id}"
    assert f"{own}/stop" not in read(own).attributes("a", "href")
    assert "stop it there; panoptes can't" in read(f"{own}/cancel").text
    refused = submit(f"{own}/stop")
    assert refused.status_code == 409
    assert "didn't allow it to be stopped from here" in Document(refused).text
    assert not is_to_stop(app, engine)


def test_who_cancels_is_told_that_the_engine_goes_on_and_how_to_stop_it(
    app: Flask, stoppable: Engine, read: Open
) -> None:
    own = f"/workflow/{stoppable.id}"
    question = read(f"{own}/cancel")
    assert "Snakemake goes on. To end it, stop Snakemake instead." in question.text
    assert f"{own}/stop" in question.attributes("a", "href")
    stoppable.web.post(f"/api{own}/stop")
    stoppable.web.post(f"/api{own}/cancel")
    assert is_to_stop(app, stoppable), "To watch no longer takes nothing back."


def test_the_first_who_asked_is_recorded(
    app: Flask, client: FlaskClient, tokens: Tokens, time: Clock
) -> None:
    lea, boss = tokens.headers("lea", "member"), tokens.headers("boss", "admin")
    run = Engine(client, "nightly", lea)
    run.job(1)
    allow_stop(app, run)
    assert client.post(f"/api/workflow/{run.id}/stop", headers=lea).status_code == 200
    time.move(minutes=1)
    told = client.post(f"/api/workflow/{run.id}/stop", headers=boss).get_json()["workflow"]
    assert (told["stop_asked_by"], told["stop_asked_at"]) == ("lea", "2026-11-23T09:00:00Z")
    page = Document(client.get(f"/workflow/{run.id}", headers=boss))
    assert "⊘ stopping, asked 1 min ago by lea" in page.text
