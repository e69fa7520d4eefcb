"""Tells what jobs used, as engines do that know it."""

from typing import Any

from flask import Flask

from panoptes.common import clock
from panoptes.database.connections import writing
from panoptes.models import job_life, job_rows
from panoptes.models.workflow import lock_current_run


def measure(app: Flask, workflow_id: int, key: object, **details: Any) -> None:
    """Tell more about a job of a workflow's current run; `details` are columns of `jobs`."""
    with app.app_context(), writing() as connection:
        run = lock_current_run(connection, workflow_id)
        assert run is not None
        job = job_rows.find_job(connection, run.id, 0, str(key))
        assert job is not None
        job_life.tell(connection, run, job, details, None)
        run.save(connection, clock.utcnow())
