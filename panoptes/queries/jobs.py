"""Questions about single jobs of a run."""

from collections.abc import Sequence
from datetime import datetime
from statistics import median

from sqlalchemy import ScalarSelect, and_, nulls_last, select

from panoptes.common.status import Status
from panoptes.database.connections import db
from panoptes.models.job import Attempt, Job
from panoptes.models.rule import Rule, recent_seconds
from panoptes.models.run import Run
from panoptes.queries.paging import Query, QueryRow
from panoptes.queries.results import JOB_FIELDS, AttemptView, JobView, LongJob, Moment, RunView

JOBS = select(Job.id, *(getattr(Job, name) for name in JOB_FIELDS))

# So many ids stand in one question; every database takes them.
CHUNK = 500
# Of the jobs in one state, which may be any number, the first one is looked for among so many.
FIRST = 100


def failed_jobs(moment: Moment, run: RunView, limit: int) -> list[JobView]:
    """Return a run's failed jobs, the first failure first; of very many, those announced first."""
    failed = select(Job.id).where(Job.run_id == run.run_id, Job.status == Status.ERROR.value)
    first = failed.order_by(Job.id).limit(FIRST).subquery()
    query = JOBS.join(first, first.c.id == Job.id)
    query = query.order_by(nulls_last(Job.ended_at.asc()), Job.id).limit(limit)
    return _views(moment, run, query)


def first_failures(moment: Moment, runs: Sequence[RunView]) -> dict[int, JobView]:
    """Return the first failed job of each run that has one, by the ids of the runs' rows."""
    of_run = {run.run_id: run for run in runs}
    query = JOBS.add_columns(Job.run_id).select_from(Run)
    query = query.join(Job, Job.id == _first_of_run(Status.ERROR, "ended_at"))
    rows = db.session.execute(query.where(Run.id.in_(of_run)))
    return {row.run_id: view(moment, of_run[row.run_id], row) for row in rows}


def longest_jobs(moment: Moment, runs: Sequence[RunView]) -> dict[int, LongJob]:
    """Return the job that runs longest of each run that has one, by the ids of the runs' rows."""
    of_run = {run.run_id: run for run in runs}
    query = (
        JOBS.add_columns(Job.run_id, Rule.recent)
        .select_from(Run)
        .join(Job, Job.id == _first_of_run(Status.RUNNING, "started_at", announced=True))
        .join(Rule, and_(Rule.run_id == Run.id, Rule.name == Job.rule))
        .where(Run.id.in_(of_run), Job.started_at.is_not(None))
    )
    found = {}
    for row in db.session.execute(query):
        recent = recent_seconds(row.recent)
        usual = median(recent) if recent else None
        found[row.run_id] = LongJob(view(moment, of_run[row.run_id], row), usual)
    return found


def _first_of_run(status: Status, time: str, *, announced: bool = False) -> ScalarSelect[int]:
    """Return the question of which job in a state has the first time, asked of each `Run`.

    It is one of those that have the lowest ids: there may be any number of them. `announced`: the
    job's rule is known.
    """
    job = Job.__table__.alias("candidate")
    query = select(job.c.id, job.c[time]).where(job.c.run_id == Run.id)
    if announced:
        query = query.where(job.c.rule != "")
    candidates = (
        query.where(job.c.status == status.value)
        .order_by(job.c.id)
        .limit(FIRST)
        .correlate(Run.__table__)
        .subquery()
    )
    by_time = nulls_last(candidates.c[time].asc())
    return select(candidates.c.id).order_by(by_time, candidates.c.id).limit(1).scalar_subquery()


def job(moment: Moment, run: RunView, key: str, part: int | None = None) -> JobView | None:
    """Return a job by its id as text, None where there is none."""
    return next(iter(_views(moment, run, with_key(JOBS, run, key, part))), None)


def with_key(jobs: Query, run: RunView, key: str, part: int | None) -> Query:
    """Return the query of the job with this id; where subworkflows use it again, the last one's."""
    query = jobs.where(Job.run_id == run.run_id, Job.key == key)
    if part is not None:
        query = query.where(Job.part == part)
    return query.order_by(Job.part.desc()).limit(1)


def attempts(job: JobView) -> list[AttemptView]:
    """Return all attempts of a job; the latest is the last."""
    latest = AttemptView(
        number=job.attempt,
        status=job.status,
        started_at=job.started_at,
        ended_at=job.ended_at,
        seconds=job.seconds,
        error=job.error,
        external_id=job.external_id,
        log=job.log,
    )
    if job.attempt == 1:
        return [latest]
    query = select(Attempt).where(Attempt.job_id == job.id).order_by(Attempt.number)
    earlier = [
        AttemptView(
            number=attempt.number,
            status=Status(attempt.status),
            started_at=attempt.started_at,
            ended_at=attempt.ended_at,
            seconds=seconds_between(attempt.started_at, attempt.ended_at),
            error=attempt.error,
            external_id=attempt.external_id,
            log=attempt.log or [],
        )
        for attempt in db.session.scalars(query)
    ]
    return [*earlier, latest]


def _views(moment: Moment, run: RunView, query: Query) -> list[JobView]:
    return [view(moment, run, row) for row in db.session.execute(query)]


def view(moment: Moment, run: RunView, row: QueryRow) -> JobView:
    """Return a row of JOBS as what a page shows."""
    values = {name: getattr(row, name) for name in JOB_FIELDS}
    for name, field in JOB_FIELDS.items():
        if values[name] is None and field.empty is not None:
            values[name] = field.empty()
    values["status"] = Status(row.status)
    if row.status == Status.RUNNING and run.is_live:
        values["seconds"] = seconds_between(row.started_at, moment.now)
    return JobView(id=row.id, workflow_id=run.workflow_id, run=run.run, **values)


def seconds_between(start: datetime | None, end: datetime | None) -> float | None:
    """Return the seconds from one time to another, none where one of them isn't known."""
    if start is None or end is None:
        return None
    return max(0.0, (end - start).total_seconds())
