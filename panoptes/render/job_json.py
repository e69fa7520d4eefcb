"""Jobs as the API and files of jobs give them: this is the public contract.

Times are UTC, RFC 3339; durations are seconds.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timezone
from typing import Any, TypeVar

from orjson import OPT_NAIVE_UTC, OPT_UTC_Z, Fragment, dumps

from panoptes.common.lateness import is_late, usual_of
from panoptes.common.moment import Moment
from panoptes.common.status import Status
from panoptes.common.text import number_or_text
from panoptes.queries.job_logs import JobLog
from panoptes.queries.jobs import seconds_between
from panoptes.queries.log_tail import Tail
from panoptes.queries.paging import QueryRow
from panoptes.queries.raw_jobs import JSON_COLUMNS, TIME_COLUMNS, RawJobs
from panoptes.queries.results import JOB_FIELDS, RunView

T = TypeVar("T")
Values = dict[str, Any]


def job_log_json(log: JobLog, offset: int | None = None) -> Values:
    """Return the end of a job's log, or what comes from a byte of it on."""
    tail = log.tail or Tail(b"", 0)
    if offset is not None:
        tail = tail.since(offset)
    return {
        "path": log.path,
        "paths": log.paths,
        "log": log.number,
        "attempt": log.name.attempt,
        "size": tail.size if log.tail else None,
        "from": tail.start,
        "next": tail.following,
        "text": tail.text,
        "is_live": log.is_live,
        "why_not": log.why_not or None,
    }


def jobs_json(moment: Moment, run: RunView, raw: RawJobs) -> Iterator[bytes]:
    """Yield jobs of a run in JSON, each with all its attempts."""
    for row, job in zip(raw.jobs, _jobs(moment, run, raw.jobs), strict=True):
        latest = {
            "number": job.pop("attempt"),
            "status": job["status"],
            "started_at": job["started_at"],
            "completed_at": job["completed_at"],
            "duration": job["duration"],
            "error": job["error"],
            "external_id": job["external_id"],
            "log": job["log"],
            "workdir": job["workdir"],
        }
        job["attempts"] = [latest]
        if latest["number"] > 1:
            earlier = raw.earlier.get(row[0], ())
            job["attempts"] = [*map(_earlier_attempt, earlier), latest]
        job["workflow_id"], job["run"] = run.workflow_id, run.run
        yield dumps(job, option=AS_UTC)


def rows_json(moment: Moment, run: RunView, rows: Sequence[QueryRow]) -> Iterator[bytes]:
    """Yield jobs of a run in JSON, each with the number of its latest attempt alone."""
    return (dumps(job, option=AS_UTC) for job in _jobs(moment, run, rows))


def _jobs(moment: Moment, run: RunView, rows: Sequence[QueryRow]) -> Iterator[Values]:
    columns = job_columns(moment, run, rows)
    for name in _NAMES_OF_JSON:
        columns[name] = list(map(Fragment, columns[name]))
    names = list(columns)
    return (dict(zip(names, values, strict=True)) for values in zip(*columns.values(), strict=True))


def job_columns(
    moment: Moment,
    run: RunView,
    rows: Sequence[QueryRow],
    fields: Sequence[str] = tuple(JOB_FIELDS),
) -> dict[str, Sequence[Any]]:
    """Return the values of raw jobs, which have these fields, by the API's names.

    Of very many jobs, whole columns take half as long as one job after the other. Times are UTC
    and have no zone; lists and maps are JSON.
    """
    _, *values, recent = zip(*rows, strict=True) if rows else [()] * (len(fields) + 2)
    columns: dict[str, Sequence[Any]] = dict(zip(fields, values, strict=True))
    for name in fields:
        if JOB_FIELDS[name].numeric:
            columns[name] = each_once(number_or_text, columns[name])
        elif name in TIME_COLUMNS:
            columns[name] = list(map(_naive, columns[name]))
        elif name in JSON_COLUMNS:
            empty = _EMPTY[name]
            columns[name] = [text or empty for text in columns[name]]
    usually = each_once(usual_of, recent)
    seconds = [None if each is None else round(each, 3) for each in columns["seconds"]]
    late = [False] * len(rows)
    if run.is_live:
        now = _naive(moment.now)
        for place, status in enumerate(columns["status"]):
            if status == Status.RUNNING:
                since = seconds_between(columns["started_at"][place], now)
                seconds[place] = None if since is None else round(since, 3)
                late[place] = is_late(since, usually[place])
    columns["seconds"] = seconds
    named = {JOB_FIELDS[name].name: column for name, column in columns.items()}
    usual = [None if each is None else round(each.seconds, 3) for each in usually]
    return {**named, "usual": usual, "is_late": late}


def each_once(make: Callable[[Any], T], column: Sequence[Any]) -> list[T]:
    """Return what is made of each value of a column; of those that are alike, once."""
    made = {value: make(value) for value in set(column)}
    return [made[value] for value in column]


def _earlier_attempt(row: QueryRow) -> Values:
    started, ended = _naive(row.started_at), _naive(row.ended_at)
    seconds = seconds_between(started, ended)
    return {
        "number": row.number,
        "status": row.status,
        "started_at": started,
        "completed_at": ended,
        "duration": None if seconds is None else round(seconds, 3),
        "error": row.error,
        "external_id": row.external_id,
        "log": Fragment(row.log or "[]"),
        "workdir": row.workdir,
    }


def _naive(time: datetime | None) -> datetime | None:
    """Return a time in UTC without its zone, as SQLite has it; PostgreSQL's are of any zone."""
    if time is None or time.tzinfo is None:
        return time
    return time.astimezone(timezone.utc).replace(tzinfo=None)


AS_UTC = OPT_NAIVE_UTC | OPT_UTC_Z
_NAMES_OF_JSON = [JOB_FIELDS[column].name for column in JSON_COLUMNS]
# In JSON, what stands for a list or map that no client sent, by its column.
_EMPTY = {
    column: dumps(empty() if (empty := JOB_FIELDS[column].empty) else None).decode()
    for column in JSON_COLUMNS
}
