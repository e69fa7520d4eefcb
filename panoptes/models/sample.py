"""Counts per value of a wildcard, and which jobs have it, kept with every transition of a job.

A page that tells which samples are through would else have to read all jobs. One statement of one
or two rows per wildcard is what that costs an event; the job's place in `wildcards` is written
once, when it is announced.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

from sqlalchemy import (
    ColumnClause,
    ColumnElement,
    Connection,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    bindparam,
    case,
    literal_column,
    update,
)

from panoptes.common.status import Status
from panoptes.common.wildcards import ALL_DONE, brief, indexed_wildcards, natural_sort_key, place
from panoptes.database.columns import RowId, where_sql
from panoptes.database.prepared import PreparedInsert, PreparedUpdate
from panoptes.database.tables import Model, column


class Wildcard(Model):
    """Which jobs have a value of a wildcard; long names and values are brief ones."""

    __tablename__ = "wildcards"
    # The key is all of it: SQLite then needs no second copy of the row.
    __table_options__: ClassVar = {"sqlite_with_rowid": False}

    run_id: ColumnClause[int] = column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    name: ColumnClause[str] = column(String, primary_key=True)
    value: ColumnClause[str] = column(String, primary_key=True)
    job_id: ColumnClause[int] = column(RowId, primary_key=True)


class WildcardCount(Model):
    """How the jobs of a rule stand that have a value of a wildcard; those left over are done.

    `key` and `part` are the first job's. Where `rule` is empty, it is the sum over all rules, and
    has its `place` among the wildcard's values: the worst first, within it as people count.
    """

    __tablename__ = "wildcard_counts"
    __table_args__ = (
        Index(
            "samples",
            *("run_id", "name", "place", "natural", "jobs", "value"),
            **where_sql("rule = ''"),
        ),
    )
    __table_options__: ClassVar = {"sqlite_with_rowid": False}

    run_id: ColumnClause[int] = column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    name: ColumnClause[str] = column(String, primary_key=True)
    value: ColumnClause[str] = column(String, primary_key=True)
    rule: ColumnClause[str] = column(String, primary_key=True)
    jobs: ColumnClause[int] = column(Integer)
    running: ColumnClause[int] = column(Integer)
    error: ColumnClause[int] = column(Integer)
    cancelled: ColumnClause[int] = column(Integer)
    planned: ColumnClause[int] = column(Integer)
    key: ColumnClause[str | None] = column(String(100))
    part: ColumnClause[int | None] = column(Integer)
    place: ColumnClause[int] = column(Integer)
    natural: ColumnClause[bytes] = column(LargeBinary)


_KEY = (WildcardCount.run_id, WildcardCount.name, WildcardCount.value, WildcardCount.rule)
# The worst first.
_STATES = {
    Status.ERROR: "error",
    Status.RUNNING: "running",
    Status.CANCELLED: "cancelled",
    Status.PLANNED: "planned",
}
_COUNTS = ("jobs", *_STATES.values())
_NOTHING = dict.fromkeys(_COUNTS, 0)
IS_SUM = WildcardCount.rule == literal_column("''")


def _place(now: Mapping[str, ColumnElement[int]]) -> ColumnElement[int]:
    """Return the place of a sum whose counts are `now` these, as `samples.place` does it."""
    places: list[tuple[ColumnElement[bool], ColumnElement[int]]] = [
        (now[name] > literal_column("0"), literal_column(str(place(status.value))))
        for status, name in _STATES.items()
    ]
    worst = case(*places, else_=now["jobs"] + literal_column(str(ALL_DONE)))
    return case((IS_SUM, worst), else_=literal_column("0"))


def _add_to_known(statement: Any) -> Any:
    now = {name: WildcardCount.__table__.c[name] + statement.excluded[name] for name in _COUNTS}
    values = {**now, "place": _place(now)}
    return statement.on_conflict_do_update(index_elements=_KEY, set_=values)


def _move() -> Any:
    now = {
        name: WildcardCount.__table__.c[name] + bindparam(f"add_{name}", type_=Integer)
        for name in _STATES.values()
    }
    at = (
        WildcardCount.run_id == bindparam("of_run"),
        WildcardCount.name == bindparam("of_name"),
        WildcardCount.value == bindparam("of_value"),
        WildcardCount.rule.in_((literal_column("''"), bindparam("of_rule"))),
    )
    place_now = _place({**now, "jobs": WildcardCount.jobs})
    return update(WildcardCount).where(*at).values({**now, "place": place_now})


_ENTER = PreparedInsert(WildcardCount, _add_to_known)
_MOVE = PreparedUpdate(_move())
_FIND = PreparedInsert(Wildcard)


class KnownJob(NamedTuple):
    """What a job is counted by."""

    id: int
    key: str
    part: int
    rule: str
    status: Status
    wildcards: Mapping[str, str] | None


def _counted_as(status: Status) -> Status:
    """Return the state that a job counts under: one that waits in a queue has yet to begin."""
    return Status.PLANNED if status is Status.PENDING else status


def enter(connection: Connection, run_id: int, job: KnownJob) -> None:
    """Count a job whose rule and wildcards are now known."""
    pairs = indexed_wildcards(job.wildcards)
    if not pairs or not job.rule:
        return
    status = _counted_as(job.status)
    counts = _NOTHING | {"jobs": 1}
    if status in _STATES:
        counts[_STATES[status]] = 1
    cell = {"run_id": run_id, "rule": brief(job.rule), "key": job.key, "part": job.part, **counts}
    total = {"run_id": run_id, "rule": "", "key": None, "part": None, **counts}
    no_place = {"place": 0, "natural": b""}
    for name, value in pairs:
        at = {"name": name, "value": value}
        its_place = {"place": place(status.value), "natural": natural_sort_key(value)}
        _FIND.run(connection, {"run_id": run_id, "job_id": job.id, **at})
        _ENTER.run(connection, {**at, **cell, **no_place})
        _ENTER.run(connection, {**at, **total, **its_place})


def move(
    connection: Connection,
    run_id: int,
    rule: str,
    wildcards: Mapping[str, str] | None,
    old: Status,
    new: Status,
) -> None:
    """Count a job, which was entered, under `new` and no longer under `old`."""
    pairs = indexed_wildcards(wildcards)
    change = {f"add_{name}": 0 for name in _STATES.values()}
    for status, by in ((_counted_as(old), -1), (_counted_as(new), 1)):
        if status in _STATES:
            change[f"add_{_STATES[status]}"] += by
    if rule and pairs and any(change.values()):
        of_rule = {"of_run": run_id, "of_rule": brief(rule), **change}
        for name, value in pairs:
            _MOVE.run(connection, {"of_name": name, "of_value": value, **of_rule})
