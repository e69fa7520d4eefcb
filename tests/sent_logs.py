"""Logs of jobs that a client sent, in the database as an event of its engine leaves them."""

from flask import Flask

from panoptes.common import clock
from panoptes.database.connections import writing
from panoptes.models.log_text import FollowedLog, LogName, add_log_text, followed_logs
from panoptes.models.run import describe_run
from panoptes.models.workflow import lock_current_run
from tests.engine import Engine


def send_log(
    run: Engine,
    text: str,
    *,
    jobid: str = "1",
    path: str = "logs/1.log",
    offset: int = 0,
    size: int | None = None,
    attempt: int = 1,
) -> None:
    """Let the client of a run send what a log of a job has from a byte on."""
    with _app(run).app_context(), writing() as connection:
        state = lock_current_run(connection, run.id)
        assert state is not None
        describe_run(connection, state.id, {"sends_logs": True})
        name = LogName(state.id, 0, jobid, attempt, path)
        end = offset + len(text.encode()) if size is None else size
        add_log_text(connection, name, offset, text, end, clock.utcnow())
        state.save(connection, clock.utcnow())


def followed(run: Engine) -> list[FollowedLog]:
    """Return the logs that the client of a run is asked for."""
    with _app(run).app_context(), writing() as connection:
        state = lock_current_run(connection, run.id)
        assert state is not None
        return followed_logs(connection, state, clock.utcnow())


def _app(run: Engine) -> Flask:
    return run.web.application
