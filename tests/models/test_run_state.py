"""What an event changes of its run is written, whichever columns it changed before."""

from collections.abc import Iterator
from datetime import datetime, timezone

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Connection

from panoptes.common.status import Status
from panoptes.database.connections import writing
from panoptes.models.run_state import RunState
from panoptes.models.workflow import lock_reported_run
from tests.engine import Engine

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=timezone.utc)


@pytest.fixture
def connection(client: FlaskClient) -> Iterator[Connection]:
    with client.application.app_context(), writing() as opened:
        yield opened


@pytest.fixture
def engine(client: FlaskClient) -> Engine:
    return Engine(client)


@pytest.fixture
def run(engine: Engine, connection: Connection) -> RunState:
    return found(connection, engine)


def found(connection: Connection, engine: Engine) -> RunState:
    state = lock_reported_run(connection, int(engine.id))
    assert state is not None
    return state


def test_what_most_events_change_is_written(
    run: RunState, engine: Engine, connection: Connection
) -> None:
    run.count_job(None, Status.RUNNING)
    run.count_reason("output missing")
    run.save(connection, NOW)
    state = found(connection, engine)
    assert (state.jobs_running, state.reasons) == (1, {"output missing": 1})


def test_what_seldom_changes_is_written_when_it_does(
    run: RunState, engine: Engine, connection: Connection
) -> None:
    run.status, run.jobs_failed, run.error = Status.ERROR, 1, "It failed."
    run.save(connection, NOW)
    state = found(connection, engine)
    assert (state.status, state.jobs_failed, state.error) == (Status.ERROR, 1, "It failed.")


def test_what_changes_back_in_the_same_transaction_is_written_too(
    run: RunState, engine: Engine, connection: Connection
) -> None:
    run.jobs_failed = 1
    run.save(connection, NOW)
    run.jobs_failed = 0
    run.save(connection, NOW)
    assert found(connection, engine).jobs_failed == 0
