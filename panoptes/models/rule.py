"""Counts per rule, kept with every transition of a job so that no page has to count jobs."""

from collections.abc import Mapping

from sqlalchemy import Connection, ForeignKey, Integer, String, bindparam, func, update
from sqlalchemy.orm import Mapped, mapped_column

from panoptes.db import Model
from panoptes.models.columns import RowId
from panoptes.models.status import Status
from panoptes.statements import InsertRow, Statement


class Rule(Model):
    """How the jobs of one rule stand; `planned` is None where the client never told."""

    __tablename__ = "rules"

    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(String, primary_key=True)
    planned: Mapped[int | None] = mapped_column(RowId)
    running: Mapped[int] = mapped_column(Integer, default=0)
    done: Mapped[int] = mapped_column(Integer, default=0)
    error: Mapped[int] = mapped_column(Integer, default=0)
    cancelled: Mapped[int] = mapped_column(Integer, default=0)
    retried: Mapped[int] = mapped_column(Integer, default=0)
    attempts: Mapped[int] = mapped_column(Integer, default=0)


_COLUMN = {
    Status.RUNNING: "running",
    Status.DONE: "done",
    Status.ERROR: "error",
    Status.CANCELLED: "cancelled",
}
_COUNTS = (*_COLUMN.values(), "retried", "attempts")
_NOTHING = dict.fromkeys(_COUNTS, 0)

_ADD = Statement(
    update(Rule)
    .where(Rule.run_id == bindparam("of_run"), Rule.name == bindparam("of_rule"))
    .values({name: Rule.__table__.c[name] + bindparam(f"add_{name}") for name in _COUNTS})
)
_PLAN = Statement(
    update(Rule)
    .where(Rule.run_id == bindparam("of_run"), Rule.name == bindparam("of_rule"))
    .values(planned=func.coalesce(Rule.planned, 0) + bindparam("add_planned"))
)
_INSERT = InsertRow(Rule)


def move(
    connection: Connection,
    run_id: int,
    rule: str,
    old: Status | None,
    new: Status | None,
    *,
    attempts: int = 0,
    retried: bool = False,
) -> None:
    """Count a job of `rule` under `new` and no longer under `old`; None stands for no job.

    `attempts` are those that begin with it, `retried` says that the job's first retry does.
    """
    if not rule:
        return  # A job that was started but not announced yet.
    change = dict(_NOTHING)
    if old in _COLUMN:
        change[_COLUMN[old]] -= 1
    if new in _COLUMN:
        change[_COLUMN[new]] += 1
    change["attempts"] += attempts
    change["retried"] += retried
    values = {f"add_{name}": by for name, by in change.items()}
    if not _ADD.run(connection, {"of_run": run_id, "of_rule": rule, **values}):
        _INSERT.run(connection, {"run_id": run_id, "name": rule, "planned": None, **change})


def plan(connection: Connection, run_id: int, planned: Mapping[str, int]) -> None:
    """Add to the number of jobs that each rule will have."""
    for rule, count in planned.items():
        if not _PLAN.run(connection, {"of_run": run_id, "of_rule": rule, "add_planned": count}):
            row = {"run_id": run_id, "name": rule, "planned": count, **_NOTHING}
            _INSERT.run(connection, row)
