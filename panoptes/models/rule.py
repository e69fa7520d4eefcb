"""Counts per rule, kept with every transition of a job so that no page has to count jobs."""

import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnClause,
    Connection,
    Float,
    ForeignKey,
    Integer,
    String,
    bindparam,
    case,
    func,
    select,
    update,
)

from panoptes.common.status import Status
from panoptes.common.wildcards import indexed_wildcards
from panoptes.database.columns import Json, RowId
from panoptes.database.connections import UTCDateTime
from panoptes.database.prepared import PreparedInsert, PreparedUpdate
from panoptes.database.tables import Model, column
from panoptes.models.job import Attempt, Job

# Letters that hold what some 50 jobs took.
MOST_RECENT = 400


class Rule(Model):
    """How the jobs of one rule stand; `planned` is None where the client never said.

    `jobs` are all that are known, `first_job` is the row of the first. `first_start`, `last_end`
    and `seconds` are of all attempts, `longest` and `recent` what jobs took that are done: the
    latest first, as one text, for a database has no median and one row needs no index.
    Of `timed` jobs that are done, the time is known: `done_seconds` in sum.
    `wildcards` are the names of those that its jobs have.
    """

    __tablename__ = "rules"

    run_id: ColumnClause[int] = column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    name: ColumnClause[str] = column(String, primary_key=True)
    planned: ColumnClause[int | None] = column(RowId)
    queued: ColumnClause[int] = column(Integer, default=0)
    running: ColumnClause[int] = column(Integer, default=0)
    done: ColumnClause[int] = column(Integer, default=0)
    error: ColumnClause[int] = column(Integer, default=0)
    cancelled: ColumnClause[int] = column(Integer, default=0)
    retried: ColumnClause[int] = column(Integer, default=0)
    attempts: ColumnClause[int] = column(Integer, default=0)
    jobs: ColumnClause[int] = column(Integer, default=0)
    first_job: ColumnClause[int | None] = column(RowId)
    first_start: ColumnClause[datetime | None] = column(UTCDateTime)
    last_end: ColumnClause[datetime | None] = column(UTCDateTime)
    seconds: ColumnClause[float] = column(Float, default=0.0)
    timed: ColumnClause[int] = column(Integer, default=0)
    done_seconds: ColumnClause[float] = column(Float, default=0.0)
    longest: ColumnClause[float | None] = column(Float)
    recent: ColumnClause[str] = column(String, default="")
    wildcards: ColumnClause[list[str] | None] = column(Json)


@dataclass(frozen=True, slots=True)
class Times:
    """When a job's attempt began and ended, as far as it is known."""

    started: datetime | None = None
    ended: datetime | None = None

    @property
    def seconds(self) -> float | None:
        """How long it took; a clock that was set back meanwhile doesn't make it negative."""
        if self.started is None or self.ended is None:
            return None
        return max(0.0, (self.ended - self.started).total_seconds())


UNKNOWN = Times()

_COLUMN = {
    Status.PENDING: "queued",
    Status.RUNNING: "running",
    Status.DONE: "done",
    Status.ERROR: "error",
    Status.CANCELLED: "cancelled",
}
_COUNTS = ("jobs", *_COLUMN.values(), "retried", "attempts", "timed")
# What a row holds of which nothing is known.
_NOTHING: dict[str, Any] = {
    **dict.fromkeys(_COUNTS, 0),
    **dict.fromkeys(("planned", "first_job", "first_start", "last_end", "longest", "wildcards")),
    **dict.fromkeys(("seconds", "done_seconds"), 0.0),
    "recent": "",
}


def _add_to_known(statement: Any) -> Any:
    """Let an INSERT add the row's values to those of its rule, if that is known."""
    known, new = Rule.__table__.c, statement.excluded

    def extreme(name: str, is_nearer: Callable[[Any, Any], Any]) -> Any:
        return case(
            (is_nearer(known[name], func.coalesce(new[name], known[name])), known[name]),
            else_=new[name],
        )

    values = {name: known[name] + new[name] for name in (*_COUNTS, "seconds", "done_seconds")} | {
        "planned": func.coalesce(known.planned + new.planned, known.planned, new.planned),
        "first_job": func.coalesce(known.first_job, new.first_job),
        "first_start": extreme("first_start", operator.le),
        "last_end": extreme("last_end", operator.ge),
        "longest": extreme("longest", operator.ge),
        "recent": func.substr(new.recent + known.recent, 1, MOST_RECENT),
        "wildcards": func.coalesce(known.wildcards, new.wildcards),
    }
    return statement.on_conflict_do_update(index_elements=("run_id", "name"), set_=values)


_ADD = PreparedInsert(Rule, _add_to_known)
# A job's latest attempt began after all that were before it.
_FIRST_START = (
    select(func.min(func.coalesce(Attempt.started_at, Job.started_at)))
    .outerjoin_from(Job, Attempt, Attempt.job_id == Job.id)
    .where(Job.run_id == Rule.run_id, Job.rule == Rule.name)
)
_RENEW_STARTS = PreparedUpdate(
    update(Rule)
    .where(Rule.run_id == bindparam("of_run"))
    .values(first_start=_FIRST_START.scalar_subquery())
)
# Where its latest attempt goes on, the one before it ended last.
_LAST_END = (
    select(func.max(func.coalesce(Job.ended_at, Attempt.ended_at)))
    .outerjoin_from(Job, Attempt, Attempt.job_id == Job.id)
    .where(Job.run_id == Rule.run_id, Job.rule == Rule.name)
)
_RENEW_ENDS = PreparedUpdate(
    update(Rule)
    .where(Rule.run_id == bindparam("of_run"))
    .values(last_end=_LAST_END.scalar_subquery())
)


def move(
    connection: Connection,
    run_id: int,
    rule: str,
    old: Status | None,
    new: Status,
    *,
    attempts: int = 0,
    retried: bool = False,
    before: Times = UNKNOWN,
    now: Times = UNKNOWN,
    job_id: int | None = None,
    wildcards: Mapping[str, str] | None = None,
) -> None:
    """Count a job of `rule` under `new` and no longer under `old`; None stands for no job.

    `attempts` are those that begin with it, `retried` says that the job's first retry does.
    `before` and `now` are the times of its attempt, which may end twice. Of a job that wasn't
    counted before, `job_id` is the row.
    """
    if not rule:
        return  # A job that was started but not announced yet.
    row = {**_NOTHING, "run_id": run_id, "name": rule, "jobs": int(old is None)}
    row |= {"attempts": attempts, "retried": int(retried)}
    for status, by in ((old, -1), (new, 1)):
        if status in _COLUMN:
            row[_COLUMN[status]] += by
    if new is Status.DONE and now.seconds is not None:
        row |= {"longest": now.seconds, "recent": f"{now.seconds:.6g} "}
    for status, times, by in ((old, before, -1), (new, now, 1)):
        if status is Status.DONE and times.seconds is not None:
            row["timed"] += by
            row["done_seconds"] += by * times.seconds
    row["seconds"] = (now.seconds or 0.0) - (before.seconds or 0.0)
    row |= {"first_start": now.started, "last_end": now.ended, "first_job": job_id}
    row["wildcards"] = [name for name, _ in indexed_wildcards(wildcards)] or None
    _ADD.run(connection, row)


def add_times(connection: Connection, run_id: int, rule: str, times: Times) -> None:
    """Count when an attempt began and ended that came before the job's rule was known."""
    row = {"first_start": times.started, "last_end": times.ended, "seconds": times.seconds or 0.0}
    _ADD.run(connection, {**_NOTHING, "run_id": run_id, "name": rule, **row})


def plan(connection: Connection, run_id: int, planned: Mapping[str, int]) -> None:
    """Add to the number of jobs that each rule will have."""
    for rule, count in planned.items():
        _ADD.run(connection, {**_NOTHING, "run_id": run_id, "name": rule, "planned": count})


def announce(connection: Connection, run_id: int, names: Iterable[str]) -> None:
    """Let rules be known before their jobs are, of which nobody says how many there will be."""
    for name in names:
        _ADD.run(connection, {**_NOTHING, "run_id": run_id, "name": name})


def renew_starts(connection: Connection, run_id: int) -> None:
    """Work out anew when the first job of each rule began, since jobs have lost their start."""
    _RENEW_STARTS.run(connection, {"of_run": run_id})


def renew_ends(connection: Connection, run_id: int) -> None:
    """Work out anew when the last job of each rule ended, since jobs have lost their end."""
    _RENEW_ENDS.run(connection, {"of_run": run_id})
