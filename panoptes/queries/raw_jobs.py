"""The jobs of a run as the database has them, for whoever wants very many.

Lists and maps stay JSON, and times have no class of ours: making objects of them, to make text of
them again, would take longer than all the rest.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import JSON, ColumnElement, DateTime, Text, cast, select, type_coerce

from panoptes.database.connections import UTCDateTime, end_reading, reading
from panoptes.models.job import Attempt, Job
from panoptes.queries.asking import ask
from panoptes.queries.job_lists import by_id, job_ids, page_of
from panoptes.queries.jobs import RECENT, with_key
from panoptes.queries.paging import Query, QueryRow
from panoptes.queries.results import JOB_FIELDS, JobFilter, RunView


def _raw(column: ColumnElement[Any]) -> ColumnElement[Any]:
    if isinstance(column.type, JSON):
        return cast(column, Text).label(column.key)
    return type_coerce(column, DateTime) if isinstance(column.type, UTCDateTime) else column


_JOB = Job.__table__.c
_ATTEMPT = Attempt.__table__.c
JSON_COLUMNS = [name for name in JOB_FIELDS if isinstance(_JOB[name].type, JSON)]
TIME_COLUMNS = [name for name in JOB_FIELDS if isinstance(_JOB[name].type, UTCDateTime)]


def _jobs(names: Iterable[str]) -> Query:
    """Return the query of jobs: their row's id, the columns of these names, what is recent."""
    return select(_JOB.id, *(_raw(_JOB[name]) for name in names), RECENT)


_JOBS = _jobs(JOB_FIELDS)
_WITH_KEY = with_key(_JOBS)
_EARLIER = select(*map(_raw, _ATTEMPT)).order_by(_ATTEMPT.job_id, _ATTEMPT.number)


@dataclass(frozen=True, slots=True)
class RawJobs:
    """Some jobs, and the attempts before the latest of those that have any, by the job's id."""

    jobs: Sequence[QueryRow]
    earlier: dict[int, list[QueryRow]]


def raw_job(run: RunView, key: str, part: int | None = None) -> RawJobs:
    """Return a job by its id as text, or none."""
    return _with_attempts(ask(_WITH_KEY, run_id=run.run_id, key=key, part=part).all())


def raw_page(run: RunView, wanted: JobFilter) -> tuple[RawJobs, int]:
    """Return a page of a run's jobs, and how many there are on all pages."""
    page = page_of(_JOBS, run, wanted, lambda row: row)
    return _with_attempts(page.items), page.total


def all_raw(run: RunView, wanted: JobFilter) -> Iterator[RawJobs]:
    """Yield all wanted jobs of a run with their attempts, few at a time."""
    for jobs in by_id(_JOBS, job_ids(run, wanted)):
        raw = _with_attempts(jobs)
        end_reading()
        yield raw


def raw_rows(ids: Sequence[int], names: Iterable[str] = JOB_FIELDS) -> Iterator[Sequence[QueryRow]]:
    """Yield the jobs of these row ids, in their order, few at a time, without earlier attempts.

    `names` are the columns that are read, which stand between a row's id and what is recent.
    """
    return by_id(_jobs(names), ids)


def _with_attempts(jobs: Sequence[QueryRow]) -> RawJobs:
    earlier: dict[int, list[QueryRow]] = {}
    retried = [job.id for job in jobs if job.attempt > 1]
    if retried:
        for row in reading().execute(_EARLIER.where(_ATTEMPT.job_id.in_(retried))):
            earlier.setdefault(row.job_id, []).append(row)
    return RawJobs(jobs, earlier)
