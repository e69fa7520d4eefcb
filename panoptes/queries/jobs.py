"""Questions about single jobs of a run."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import nulls_last, select

from panoptes.common.status import Status
from panoptes.database.connections import AnyRow, AnySelect, db
from panoptes.models.job import Attempt, Job
from panoptes.models.run import Run
from panoptes.queries.results import AttemptView, JobView, Moment, RunView

_TOLD = (
    Job.id,
    Job.key,
    Job.part,
    Job.rule,
    Job.status,
    Job.attempt,
    Job.started_at,
    Job.ended_at,
    Job.error,
    Job.wildcards,
    Job.input,
    Job.output,
    Job.log,
    Job.benchmark,
    Job.shell_command,
    Job.msg,
    Job.reason,
    Job.resources,
    Job.priority,
    Job.threads,
    Job.is_checkpoint,
    Job.is_local,
    Job.conda_env,
    Job.external_id,
    Job.group_name,
)
JOBS = select(*_TOLD)

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
    query = query.join(Job, Job.id == first_of_run(Status.ERROR, "ended_at"))
    rows = db.session.execute(query.where(Run.id.in_(of_run)))
    return {row.run_id: view(moment, of_run[row.run_id], row) for row in rows}


def first_of_run(status: Status, time: str, *, announced: bool = False) -> AnySelect:
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
    """Return a job by its id as text; where subworkflows use an id again, the last one's."""
    query = JOBS.where(Job.run_id == run.run_id, Job.key == key)
    if part is not None:
        query = query.where(Job.part == part)
    return next(iter(_views(moment, run, query.order_by(Job.part.desc()).limit(1))), None)


def attempts(jobs: Sequence[JobView]) -> dict[int, list[AttemptView]]:
    """Return all attempts of jobs, by the `id` of their view; the latest is the last."""
    found: dict[int, list[AttemptView]] = {job.id: [] for job in jobs}
    retried = [job.id for job in jobs if job.attempt > 1]
    for attempt in _earlier(retried):
        found[attempt.job_id].append(
            AttemptView(
                number=attempt.number,
                status=Status(attempt.status),
                started_at=attempt.started_at,
                completed_at=attempt.ended_at,
                duration=_between(attempt.started_at, attempt.ended_at),
                error=attempt.error,
            )
        )
    for job in jobs:
        found[job.id].append(_latest(job))
    return found


def _earlier(job_ids: list[int]) -> list[Attempt]:
    """Return the attempts before the latest, in chunks that every database takes."""
    found: list[Attempt] = []
    for start in range(0, len(job_ids), CHUNK):
        chunk = job_ids[start : start + CHUNK]
        query = select(Attempt).where(Attempt.job_id.in_(chunk))
        found += db.session.scalars(query.order_by(Attempt.job_id, Attempt.number))
    return found


def _latest(job: JobView) -> AttemptView:
    return AttemptView(
        number=job.attempt,
        status=job.status,
        started_at=job.started_at,
        completed_at=job.completed_at,
        duration=job.duration,
        error=job.error,
    )


def _views(moment: Moment, run: RunView, query: AnySelect) -> list[JobView]:
    return [view(moment, run, row) for row in db.session.execute(query)]


def view(moment: Moment, run: RunView, row: AnyRow) -> JobView:
    """Return a row of JOBS as what a page shows."""
    told = {column.key: getattr(row, column.key) for column in _TOLD}
    ended = told.pop("ended_at")
    runs_now = row.status == Status.RUNNING and run.is_live
    told |= {
        "workflow_id": run.workflow_id,
        "run": run.run,
        "status": Status(row.status),
        "completed_at": ended,
        "duration": _between(row.started_at, moment.now if runs_now else ended),
        "wildcards": row.wildcards or {},
        "input": row.input or [],
        "output": row.output or [],
        "log": row.log or [],
    }
    return JobView(**told)


def _between(start: datetime | None, end: datetime | None) -> timedelta | None:
    if start is None or end is None:
        return None
    return max(timedelta(0), end - start)
