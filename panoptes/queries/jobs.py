"""Questions about the jobs of a run."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, nulls_last, select

from panoptes.db import AnyRow, AnySelect, db
from panoptes.models.job import Attempt, Job
from panoptes.models.status import Status
from panoptes.queries.paging import any_contains, clamp, count, holds_pair, order, slice_of
from panoptes.queries.views import AttemptView, JobFilter, JobView, Moment, Page, RunView

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

JOB_SORTS: dict[str, tuple[ColumnElement[Any], ...]] = {
    # Ids are text; shorter ones first sorts those that are numbers as numbers.
    "jobid": (func.length(Job.key), Job.key.expression),
    "name": (Job.rule.expression,),
    "status": (Job.status.expression,),
    "started_at": (Job.started_at.expression,),
    "completed_at": (Job.ended_at.expression,),
    "duration": (Job.seconds.expression,),
    "attempts": (Job.attempt.expression,),
}
_ANNOUNCED: dict[str, tuple[ColumnElement[Any], ...]] = {"": (Job.id.expression,)}


def jobs(moment: Moment, run: RunView, wanted: JobFilter) -> Page[JobView]:
    """Return a page of a run's jobs; unless sorted, in the order in which they were announced."""
    conditions = _conditions(run, wanted)
    total = count(select(func.count()).select_from(Job).where(*conditions))
    per_page = wanted.per_page or max(1, total)
    number = clamp(wanted.page, total, per_page)
    query = JOBS.where(*conditions).order_by(
        *order(JOB_SORTS | _ANNOUNCED, wanted.sort, ""), Job.id
    )
    return Page(_views(moment, run, slice_of(query, number, per_page)), total, number, per_page)


def job_ids(run: RunView, wanted: JobFilter) -> list[int]:
    """Return the row ids of all of a run's jobs that are wanted, in the order that is wanted."""
    ordering = order(JOB_SORTS | _ANNOUNCED, wanted.sort, "")
    query = select(Job.id).where(*_conditions(run, wanted)).order_by(*ordering, Job.id)
    return list(db.session.scalars(query))


def jobs_by_id(moment: Moment, run: RunView, ids: Sequence[int]) -> Iterator[JobView]:
    """Yield jobs in the order of their row ids, holding few at a time.

    Each chunk is read in a transaction of its own: whoever downloads slowly holds none open. What
    is deleted meanwhile is left out.
    """
    for start in range(0, len(ids), CHUNK):
        chunk = ids[start : start + CHUNK]
        found = {job.id: job for job in _views(moment, run, JOBS.where(Job.id.in_(chunk)))}
        db.session.rollback()
        yield from (found[each] for each in chunk if each in found)


def failed_jobs(moment: Moment, run: RunView, limit: int) -> list[JobView]:
    """Return a run's failed jobs, the first failure first."""
    failed = (Job.run_id == run.run_id, Job.status == Status.ERROR.value)
    query = JOBS.where(*failed).order_by(nulls_last(Job.ended_at.asc()), Job.id).limit(limit)
    return _views(moment, run, query)


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


def contains_text(text: str) -> ColumnElement[bool]:
    """Return the condition that a job's rule, command, wildcards or files hold a text."""
    return any_contains(
        (Job.rule, Job.shell_command), (Job.wildcards, Job.input, Job.output, Job.log), text
    )


def _conditions(run: RunView, wanted: JobFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [Job.run_id == run.run_id]
    if wanted.status is not None:
        conditions.append(Job.status == wanted.status.value)
    if wanted.rule is not None:
        conditions.append(Job.rule == wanted.rule)
    if wanted.wildcard is not None:
        conditions.append(holds_pair(Job.wildcards, *wanted.wildcard))
    if wanted.text:
        conditions.append(contains_text(wanted.text))
    return conditions


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
