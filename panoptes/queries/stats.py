"""Questions about what the jobs of a run took that are done, and when their files were made."""

from collections.abc import Iterator, Sequence

from sqlalchemy import func, select

from panoptes.common.status import Status
from panoptes.database.connections import reading
from panoptes.models.job import Job
from panoptes.queries.job_lists import by_id, job_ids
from panoptes.queries.paging import Query, QueryRow
from panoptes.queries.results import JobFilter, RunView

_TIMES: Query = select(
    *(Job.id, Job.output, Job.started_at, Job.ended_at),
    *(Job.priority, Job.threads, Job.resources),
)


def rule_times(run: RunView) -> Sequence[QueryRow]:
    """Return each `rule` by its name, with the `mean`, `least` and `most` seconds of its jobs."""
    seconds = Job.seconds
    query = select(
        Job.rule,
        func.avg(seconds).label("mean"),
        func.min(seconds).label("least"),
        func.max(seconds).label("most"),
    ).where(Job.run_id == run.run_id, Job.status == Status.DONE.value, seconds.is_not(None))
    return reading().execute(query.group_by(Job.rule).order_by(Job.rule)).all()


def whole_seconds(run: RunView) -> float:
    """Return the seconds from the first start to the last end."""
    query = select(func.min(Job.started_at), func.max(Job.ended_at)).where(
        Job.run_id == run.run_id, Job.status == Status.DONE.value, Job.seconds.is_not(None)
    )
    first, last = reading().execute(query).one()
    return max(0.0, (last - first).total_seconds()) if first and last else 0.0


def jobs_with_files(run: RunView) -> Iterator[QueryRow]:
    """Yield the jobs whose times are known, as they were announced."""
    for chunk in by_id(_TIMES, job_ids(run, JobFilter(status=Status.DONE))):
        yield from (row for row in chunk if row.started_at and row.ended_at)
