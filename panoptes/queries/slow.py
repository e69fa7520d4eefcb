"""The question of what takes long in runs that go on."""

from collections.abc import Sequence
from statistics import median

from sqlalchemy import ColumnElement, Text, cast, func, select

from panoptes.db import AnyRow, db
from panoptes.models.job import Job
from panoptes.models.status import Status
from panoptes.queries.jobs import JOBS, view
from panoptes.queries.views import LongJob, Moment, RunView

# What a rule's jobs usually take is read from so many that were announced last: the first page is
# asked for every two seconds, and rules may have 100,000 jobs.
LATEST = 101


def longest_jobs(moment: Moment, runs: Sequence[RunView]) -> dict[int, LongJob]:
    """Return the job that runs longest of each run that has one, by the ids of the runs' rows."""
    of_run = {run.run_id: run for run in runs}
    place = func.row_number().over(partition_by=Job.run_id, order_by=(Job.started_at, Job.id))
    running = (
        select(Job.id, place.label("place"))
        .where(Job.run_id.in_(of_run), Job.status == Status.RUNNING.value)
        .where(Job.started_at.is_not(None), Job.rule != "")
        .subquery()
    )
    query = (
        JOBS.add_columns(Job.run_id, _seconds_of_its_rule())
        .join(running, running.c.id == Job.id)
        .where(running.c.place == 1)
    )
    return {
        row.run_id: LongJob(view(moment, of_run[row.run_id], row), _usual(row))
        for row in db.session.execute(query)
    }


def _seconds_of_its_rule() -> ColumnElement[str]:
    """What the latest jobs of the same rule took, as one text: a database has no median."""
    other = Job.__table__.alias("other")
    latest = (
        select(other.c.seconds)
        .where(other.c.run_id == Job.run_id, other.c.rule == Job.rule)
        .where(other.c.status == Status.DONE.value, other.c.seconds.is_not(None))
        .order_by(other.c.id.desc())
        .limit(LATEST)
        .correlate(Job.__table__)
        .subquery()
    )
    joined = func.aggregate_strings(cast(latest.c.seconds, Text), " ")
    return select(joined).scalar_subquery().label("others")


def _usual(row: AnyRow) -> float | None:
    seconds = [float(each) for each in (row.others or "").split()]
    return median(seconds) if seconds else None
