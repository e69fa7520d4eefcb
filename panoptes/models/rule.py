"""Counts per rule, kept with every transition of a job so that no page has to count jobs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Connection,
    Float,
    ForeignKey,
    Integer,
    String,
    bindparam,
    case,
    func,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from panoptes.common.status import Status
from panoptes.common.wildcards import indexed_wildcards
from panoptes.database.columns import Json, RowId
from panoptes.database.connections import Model, UTCDateTime
from panoptes.database.prepared import PreparedInsert, PreparedUpdate

# Letters that hold what some 50 jobs took.
MOST_RECENT = 400


class Rule(Model):
    """How the jobs of one rule stand; `planned` is None where the client never told.

    `jobs` are all that are known, `first_job` is the row of the first. `first_start`, `last_end`
    and `seconds` are of all attempts, `longest` and `recent` what jobs took that are done: the
    latest first, as one text, for a database has no median and one row needs no index.
    `wildcards` are the names of those that its jobs have.
    """

    __tablename__ = "rules"

    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(String, primary_key=True)
    planned: Mapped[int | None] = mapped_column(RowId)
    queued: Mapped[int] = mapped_column(Integer, default=0)
    running: Mapped[int] = mapped_column(Integer, default=0)
    done: Mapped[int] = mapped_column(Integer, default=0)
    error: Mapped[int] = mapped_column(Integer, default=0)
    cancelled: Mapped[int] = mapped_column(Integer, default=0)
    retried: Mapped[int] = mapped_column(Integer, default=0)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    jobs: Mapped[int] = mapped_column(Integer, default=0)
    first_job: Mapped[int | None] = mapped_column(RowId)
    first_start: Mapped[datetime | None] = mapped_column(UTCDateTime)
    last_end: Mapped[datetime | None] = mapped_column(UTCDateTime)
    seconds: Mapped[float] = mapped_column(Float, default=0.0)
    longest: Mapped[float | None] = mapped_column(Float)
    recent: Mapped[str] = mapped_column(String, default="")
    wildcards: Mapped[list[str] | None] = mapped_column(Json)


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
_COUNTS = ("jobs", *_COLUMN.values(), "retried", "attempts")
_NOTHING = dict.fromkeys(_COUNTS, 0)
_UNTOLD: dict[str, Any] = {
    **dict.fromkeys(("first_job", "first_start", "last_end", "longest", "wildcards")),
    "seconds": 0.0,
    "recent": "",
}
_TABLE = Rule.__table__.c


def _told(name: str) -> Any:
    return bindparam(f"told_{name}", type_=_TABLE[name].type)


def _lowest(name: str) -> Any:
    """Return the lower of what is known and what is told, either of which may be nothing."""
    kept_one, told = _TABLE[name], _told(name)
    return case((kept_one <= func.coalesce(told, kept_one), kept_one), else_=told)


def _highest(name: str) -> Any:
    kept_one, told = _TABLE[name], _told(name)
    return case((kept_one >= func.coalesce(told, kept_one), kept_one), else_=told)


_ADD = PreparedUpdate(
    update(Rule)
    .where(Rule.run_id == bindparam("of_run"), Rule.name == bindparam("of_rule"))
    .values(
        {name: _TABLE[name] + bindparam(f"add_{name}") for name in _COUNTS}
        | {
            "first_start": _lowest("first_start"),
            "last_end": _highest("last_end"),
            "longest": _highest("longest"),
            "seconds": _TABLE.seconds + _told("seconds"),
            "recent": func.substr(_told("recent") + _TABLE.recent, 1, MOST_RECENT),
            "first_job": func.coalesce(_TABLE.first_job, _told("first_job")),
            "wildcards": func.coalesce(_TABLE.wildcards, _told("wildcards")),
        }
    )
)
_PLAN = PreparedUpdate(
    update(Rule)
    .where(Rule.run_id == bindparam("of_run"), Rule.name == bindparam("of_rule"))
    .values(planned=func.coalesce(Rule.planned, 0) + bindparam("add_planned"))
)
_INSERT = PreparedInsert(Rule)


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
    change = _NOTHING | {"jobs": int(old is None), "attempts": attempts, "retried": int(retried)}
    if old in _COLUMN:
        change[_COLUMN[old]] -= 1
    if new in _COLUMN:
        change[_COLUMN[new]] += 1
    took = now.seconds if new is Status.DONE else None
    told = {
        "first_start": now.started,
        "last_end": now.ended,
        "seconds": (now.seconds or 0.0) - (before.seconds or 0.0),
        "longest": took,
        "recent": "" if took is None else f"{took:.6g} ",
        "first_job": job_id,
        "wildcards": [name for name, _ in indexed_wildcards(wildcards)] or None,
    }
    _write(connection, {"run_id": run_id, "name": rule}, change, told)


def _write(
    connection: Connection, at: Mapping[str, Any], change: Mapping[str, int], told: dict[str, Any]
) -> None:
    values = {f"add_{name}": by for name, by in change.items()}
    values |= {f"told_{name}": value for name, value in told.items()}
    if not _ADD.run(connection, {"of_run": at["run_id"], "of_rule": at["name"], **values}):
        _INSERT.run(connection, {**at, "planned": None, **change, **told})


def plan(connection: Connection, run_id: int, planned: Mapping[str, int]) -> None:
    """Add to the number of jobs that each rule will have."""
    for rule, count in planned.items():
        if not _PLAN.run(connection, {"of_run": run_id, "of_rule": rule, "add_planned": count}):
            row = {"run_id": run_id, "name": rule, "planned": count}
            _INSERT.run(connection, {**row, **_NOTHING, **_UNTOLD})


def recent_seconds(recent: str) -> list[float]:
    """Return what the latest jobs of a rule took, of its `recent`; the last may have been cut."""
    return [float(each) for each in recent[: recent.rfind(" ") + 1].split()]
