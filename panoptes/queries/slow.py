"""The question of what takes long in runs that go on."""

from collections.abc import Sequence
from statistics import median

from sqlalchemy import and_

from panoptes.common.status import Status
from panoptes.database.connections import db
from panoptes.models.job import Job
from panoptes.models.rule import Rule, recent_seconds
from panoptes.models.run import Run
from panoptes.queries.jobs import JOBS, first_of_run, view
from panoptes.queries.results import LongJob, Moment, RunView


def longest_jobs(moment: Moment, runs: Sequence[RunView]) -> dict[int, LongJob]:
    """Return the job that runs longest of each run that has one, by the ids of the runs' rows."""
    of_run = {run.run_id: run for run in runs}
    query = (
        JOBS.add_columns(Job.run_id, Rule.recent)
        .select_from(Run)
        .join(Job, Job.id == first_of_run(Status.RUNNING, "started_at", announced=True))
        .join(Rule, and_(Rule.run_id == Run.id, Rule.name == Job.rule))
        .where(Run.id.in_(of_run), Job.started_at.is_not(None))
    )
    return {
        row.run_id: LongJob(view(moment, of_run[row.run_id], row), _usual(row.recent))
        for row in db.session.execute(query)
    }


def _usual(recent: str) -> float | None:
    seconds = recent_seconds(recent)
    return median(seconds) if seconds else None
