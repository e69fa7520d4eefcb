"""Jobs as the API and files of jobs give them: this is the public contract.

Times are UTC, RFC 3339; durations are seconds.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timezone
from typing import Any

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
    for row, job in zip(raw.jobs, job_values(moment, run, raw.jobs, Fragment), strict=True):
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


def rows_json(moment: Moment, run: RunView, rows: Iterable[QueryRow]) -> Iterator[bytes]:
    """Yield jobs of a run in JSON, each with the number of its latest attempt alone."""
    return (dumps(job, option=AS_UTC) for job in job_values(moment, run, rows, Fragment))


def job_values(
    moment: Moment, run: RunView, rows: Iterable[QueryRow], from_json: Callable[[str], Any]
) -> Iterator[Values]:
    """Yield the values of raw jobs by the API's names; times are UTC and have no zone.

    `from_json` makes a value of the JSON that the database has.
    """
    now = _naive(moment.now) if run.is_live else None
    return (_values(row, now, from_json) for row in rows)


def _values(row: QueryRow, now: datetime | None, from_json: Callable[[str], Any]) -> Values:
    values = list(row)
    for place in _NUMERIC:
        values[place] = number_or_text(values[place])
    for place in _TIMES:
        time = values[place]
        if time is not None and time.tzinfo is not None:
            values[place] = _naive(time)
    for place, empty in _JSON:
        values[place] = from_json(values[place] or empty)
    job = dict(zip(_NAMES, values, strict=True))
    del job["id"]
    usual = usual_of(job.pop("recent"))
    job["usual"], job["is_late"] = None if usual is None else round(usual.seconds, 3), False
    if now is not None and job["status"] == Status.RUNNING:
        job["duration"] = seconds_between(job["started_at"], now)
        job["is_late"] = is_late(job["duration"], usual)
    if job["duration"] is not None:
        job["duration"] = round(job["duration"], 3)
    return job


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
# Of a row's values by their place, where a row's id comes first.
_PLACES = {column: place for place, column in enumerate(JOB_FIELDS, 1)}
_NAMES = ("id", *(field.name for field in JOB_FIELDS.values()), "recent")
_NUMERIC = [_PLACES[column] for column, field in JOB_FIELDS.items() if field.numeric]
_TIMES = [_PLACES[column] for column in TIME_COLUMNS]
_JSON = [
    (_PLACES[column], dumps(empty() if (empty := JOB_FIELDS[column].empty) else None).decode())
    for column in JSON_COLUMNS
]
