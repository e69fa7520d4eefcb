"""Questions about the database itself: whether it is sound, and what it holds."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select, text
from sqlalchemy.exc import DatabaseError, OperationalError

from panoptes.common.status import Status
from panoptes.database.connections import Base, db
from panoptes.models.job import Job
from panoptes.models.message import LEVELS, Message
from panoptes.models.rule import Rule
from panoptes.models.run import IS_CURRENT, Run
from panoptes.models.sample import IS_SUM, Wildcard, WildcardCount
from panoptes.models.workflow import Workflow
from panoptes.queries.paging import Query, count
from panoptes.queries.results import Moment
from panoptes.queries.runs import OF_WORKFLOW, status_counts


@dataclass(frozen=True, slots=True)
class Contents:
    """What a database holds. Of tables the rows and bytes, None where nobody can tell the size."""

    tables: list[tuple[str, int, int | None]]
    size: int
    free: int
    statuses: dict[Status, int]
    deleted: int
    oldest: datetime | None
    newest: datetime | None


# --- whether it is sound --------------------------------------------------------------------------


def faults() -> Iterator[str]:
    """Yield what is wrong with the database, in words: nothing where it is sound."""
    if db.engine.dialect.name == "sqlite":
        damages = _damages()
        yield from damages
        if damages:
            return  # What else could be read of it is not to be relied on.
    for query, what in _QUESTIONS:
        for row in db.session.execute(query()):
            run = f"Run {row.number} of workflow {row.workflow_id}"
            yield f"{run} {what.format(*row[2:])}."


def _damages() -> list[str]:
    try:
        words = db.session.scalars(text("PRAGMA integrity_check")).all()
        orphans = db.session.execute(text("PRAGMA foreign_key_check")).all()
    except DatabaseError as error:
        return [f"The file is damaged: {error.orig}"]
    found = [f"The file is damaged: {each}" for each in words if each != "ok"]
    return found + [
        f"A row of {row[0]} belongs to none of {row[2]} (row {row[1]})." for row in orphans
    ]


def _current_elsewhere() -> Query:
    """Ask for runs that lists show though they shouldn't, or don't show though they should."""
    should = Run.number == Workflow.run
    return (
        select(Run.workflow_id, Run.number)
        .join(Workflow, OF_WORKFLOW)
        .where(or_(and_(should, ~IS_CURRENT), and_(~should, IS_CURRENT)))
        .order_by(Run.id)
    )


def _how_many(are_so: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((are_so, 1), else_=0)), 0)


def _number_of(status: Status) -> ColumnElement[int]:
    return _how_many(Job.status == status.value)


def _differ(counts: Iterable[tuple[Any, ColumnElement[int]]]) -> ColumnElement[bool]:
    """Return whether any count that is kept isn't the one that is counted anew."""
    return or_(*(kept != counted for kept, counted in counts))


_RETRIED = _how_many(Job.attempt > 1)


def _wrong_runs() -> Query:
    counts = (
        (Run.jobs_running, _number_of(Status.RUNNING)),
        (Run.jobs_done, _number_of(Status.DONE)),
        (Run.jobs_failed, _number_of(Status.ERROR)),
        (Run.jobs_cancelled, _number_of(Status.CANCELLED)),
        (Run.jobs_planned, _number_of(Status.PLANNED)),
        (Run.jobs_retried, _RETRIED),
    )
    return (
        select(Run.workflow_id, Run.number)
        .join(Workflow, OF_WORKFLOW)
        .outerjoin(Job, Job.run_id == Run.id)
        .group_by(Run.id)
        .having(_differ(counts))
        .order_by(Run.id)
    )


def _wrong_rules() -> Query:
    counts = (
        (Rule.jobs, func.count(Job.id)),
        (Rule.running, _number_of(Status.RUNNING)),
        (Rule.done, _number_of(Status.DONE)),
        (Rule.error, _number_of(Status.ERROR)),
        (Rule.cancelled, _number_of(Status.CANCELLED)),
        (Rule.retried, _RETRIED),
        (Rule.attempts, func.coalesce(func.sum(Job.attempt), 0)),
    )
    return (
        select(Run.workflow_id, Run.number, Rule.name)
        .select_from(Rule)
        .join(Run, Rule.run_id == Run.id)
        .join(Workflow, OF_WORKFLOW)
        .outerjoin(Job, (Job.run_id == Rule.run_id) & (Job.rule == Rule.name))
        .group_by(Run.id, Rule.run_id, Rule.name)
        .having(_differ(counts))
        .order_by(Run.id, Rule.name)
    )


def _wrong_samples() -> Query:
    counts = (
        (WildcardCount.jobs, func.count(Job.id)),
        (WildcardCount.running, _number_of(Status.RUNNING)),
        (WildcardCount.error, _number_of(Status.ERROR)),
        (WildcardCount.cancelled, _number_of(Status.CANCELLED)),
        (WildcardCount.planned, _number_of(Status.PLANNED)),
    )
    of_cell = and_(*(getattr(Wildcard, name) == getattr(WildcardCount, name) for name in _SAMPLE))
    return (
        select(Run.workflow_id, Run.number, WildcardCount.name, WildcardCount.value)
        .select_from(WildcardCount)
        .join(Run, WildcardCount.run_id == Run.id)
        .join(Workflow, OF_WORKFLOW)
        .outerjoin(Wildcard, of_cell)
        .outerjoin(Job, Job.id == Wildcard.job_id)
        .where(IS_SUM)
        .group_by(Run.id, *WildcardCount.__table__.primary_key)
        .having(_differ(counts))
        .order_by(Run.id, WildcardCount.name, WildcardCount.value)
    )


def _wrong_logs() -> Query:
    counts = [
        (getattr(Run, f"lines_{level}"), _how_many(Message.level == level)) for level in LEVELS
    ]
    return (
        select(Run.workflow_id, Run.number)
        .join(Workflow, OF_WORKFLOW)
        .outerjoin(Message, Message.run_id == Run.id)
        .group_by(Run.id)
        .having(_differ(counts))
        .order_by(Run.id)
    )


_SAMPLE = ("run_id", "name", "value")
# Rows of a workflow's id, a run's number and what else the words about it name.
_QUESTIONS: tuple[tuple[Callable[[], Query], str], ...] = (
    (_current_elsewhere, "is shown as the latest though it isn't, or isn't though it is"),
    (_wrong_runs, "doesn't count its jobs right"),
    (_wrong_rules, "doesn't count the jobs of rule '{}' right"),
    (_wrong_samples, "doesn't count the jobs of {} '{}' right"),
    (_wrong_logs, "doesn't count the lines of its log right"),
)


# --- what it holds --------------------------------------------------------------------------------


def contents(moment: Moment) -> Contents:
    """Return what the database holds."""
    sizes, (size, free) = _table_sizes(), whole_size()
    names = sorted(Base.metadata.tables)
    oldest, newest = db.session.execute(
        select(func.min(Run.started_at), func.max(Run.started_at)).join(Workflow, OF_WORKFLOW)
    ).one()
    deleted = select(func.count()).select_from(Workflow).where(Workflow.deleted_at.is_not(None))
    return Contents(
        tables=[(name, _rows(name), sizes.get(name)) for name in names],
        size=size,
        free=free,
        statuses=status_counts(moment),
        deleted=count(deleted),
        oldest=oldest,
        newest=newest,
    )


def _rows(table: str) -> int:
    return count(select(func.count()).select_from(Base.metadata.tables[table]))


def _table_sizes() -> dict[str, int]:
    """Return the bytes of each table with its indexes; nothing where SQLite can't tell."""
    if db.engine.dialect.name != "sqlite":
        names = list(Base.metadata.tables)
        sizes = (func.pg_total_relation_size(name) for name in names)
        return dict(zip(names, db.session.execute(select(*sizes)).one(), strict=True))
    query = text(
        "SELECT tbl_name, sum(pgsize) FROM dbstat('main', 1) JOIN sqlite_master USING (name)"
        " GROUP BY tbl_name"
    )
    try:
        return {row[0]: int(row[1]) for row in db.session.execute(query)}
    except OperationalError:  # A SQLite that was built without it.
        db.session.rollback()
        return {}


def whole_size() -> tuple[int, int]:
    """Return the bytes of the whole database, and of those the ones that wait to be used again."""
    if db.engine.dialect.name != "sqlite":
        return count(select(func.pg_database_size(func.current_database()))), 0
    page = _pragma("page_size")
    return page * _pragma("page_count"), page * _pragma("freelist_count")


def _pragma(name: str) -> int:
    return int(db.session.scalar(text(f"PRAGMA {name}")) or 0)
