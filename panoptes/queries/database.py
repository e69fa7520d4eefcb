"""Questions about the database itself: whether it is sound, and what it holds."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select, text
from sqlalchemy.exc import DatabaseError, OperationalError

from panoptes.common.moment import Moment
from panoptes.common.status import JOB_STATUSES, Status
from panoptes.database.connections import end_reading, reading, sql_engine
from panoptes.database.tables import Model
from panoptes.models.job import Job
from panoptes.models.message import LEVELS, Message
from panoptes.models.rule import Rule
from panoptes.models.run import IS_CURRENT, Run
from panoptes.models.sample import IS_SUM, Wildcard, WildcardCount
from panoptes.models.workflow import Workflow
from panoptes.queries.paging import Query, count
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
    if sql_engine().dialect.name == "sqlite":
        damages = _damages()
        yield from damages
        if damages:
            return  # What else could be read of it is not to be relied on.
    for query, what in _questions():
        for row in reading().execute(query):
            run = f"Run {row.number} of workflow {row.workflow_id}"
            yield f"{run} {what.format(*row[2:])}."


def _damages() -> list[str]:
    try:
        words = reading().scalars(text("PRAGMA integrity_check")).all()
        orphans = reading().execute(text("PRAGMA foreign_key_check")).all()
    except DatabaseError as error:
        return [f"The file is damaged: {error.orig}"]
    found = [f"The file is damaged: {line}" for line in words if line != "ok"]
    return found + [
        f"A row of {row[0]} belongs to none of {row[2]} (row {row[1]})." for row in orphans
    ]


def _questions() -> Iterator[tuple[Query, str]]:
    """Yield what asks for runs that are wrong, with the rest of the sentence about each.

    Rows have a workflow's id, a run's number and what the sentence names.
    """
    runs = select(Run.workflow_id, Run.number).join(Workflow, OF_WORKFLOW).order_by(Run.id)
    is_latest = Run.number == Workflow.run
    yield (
        runs.where(or_(and_(is_latest, ~IS_CURRENT), and_(~is_latest, IS_CURRENT))),
        "is shown as the latest though it isn't, or isn't though it is",
    )
    yield (
        _miscounted(runs.outerjoin(Job, Job.run_id == Run.id).group_by(Run.id), _OF_RUN),
        "doesn't count its jobs right",
    )
    of_rule = and_(Job.run_id == Rule.run_id, Job.rule == Rule.name)
    rules = runs.join(Rule, Rule.run_id == Run.id).outerjoin(Job, of_rule)
    rules = rules.group_by(Run.id, Rule.run_id, Rule.name).order_by(Rule.name)
    yield (
        _miscounted(rules.add_columns(Rule.name), _OF_RULE),
        "doesn't count the jobs of rule '{}' right",
    )
    pair = (WildcardCount.name, WildcardCount.value)
    has_it = and_(Wildcard.run_id == Run.id, Wildcard.name == pair[0], Wildcard.value == pair[1])
    samples = runs.join(WildcardCount, WildcardCount.run_id == Run.id).outerjoin(Wildcard, has_it)
    samples = samples.outerjoin(Job, Job.id == Wildcard.job_id).where(IS_SUM)
    samples = samples.group_by(Run.id, *WildcardCount.__table__.primary_key).order_by(*pair)
    yield (
        _miscounted(samples.add_columns(*pair), _OF_SAMPLE),
        "doesn't count the jobs of {} '{}' right",
    )
    lines = {getattr(Run, f"lines_{level}"): _how_many(Message.level == level) for level in LEVELS}
    logs = runs.outerjoin(Message, Message.run_id == Run.id).group_by(Run.id)
    yield _miscounted(logs, lines), "doesn't count the lines of its log right"


def _miscounted(rows: Query, counts: Mapping[Any, ColumnElement[int]]) -> Query:
    """Return the query of the rows that have a count which isn't the one that is made anew."""
    return rows.having(or_(*(kept != counted for kept, counted in counts.items())))


def _how_many(are_so: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((are_so, 1), else_=0)), 0)


_NUMBER = {status: _how_many(Job.status == status.value) for status in JOB_STATUSES}
_RETRIED = _how_many(Job.attempt > 1)
_IGNORED = _how_many(and_(Job.status == Status.ERROR.value, Job.ignored))
_OF_RUN = {
    Run.jobs_queued: _NUMBER[Status.PENDING],
    Run.jobs_running: _NUMBER[Status.RUNNING],
    Run.jobs_done: _NUMBER[Status.DONE],
    Run.jobs_failed: _NUMBER[Status.ERROR] - _IGNORED,
    Run.jobs_ignored: _IGNORED,
    Run.jobs_cancelled: _NUMBER[Status.CANCELLED],
    Run.jobs_planned: _NUMBER[Status.PLANNED],
    Run.jobs_retried: _RETRIED,
}
_OF_RULE = {
    Rule.jobs: func.count(Job.id),
    Rule.queued: _NUMBER[Status.PENDING],
    Rule.running: _NUMBER[Status.RUNNING],
    Rule.done: _NUMBER[Status.DONE],
    Rule.error: _NUMBER[Status.ERROR],
    Rule.cancelled: _NUMBER[Status.CANCELLED],
    Rule.retried: _RETRIED,
    Rule.attempts: func.coalesce(func.sum(Job.attempt), 0),
}
_OF_SAMPLE = {
    WildcardCount.jobs: func.count(Job.id),
    WildcardCount.running: _NUMBER[Status.RUNNING],
    WildcardCount.error: _NUMBER[Status.ERROR],
    WildcardCount.cancelled: _NUMBER[Status.CANCELLED],
    WildcardCount.planned: _NUMBER[Status.PLANNED] + _NUMBER[Status.PENDING],
}


# --- what it holds --------------------------------------------------------------------------------


def contents(moment: Moment) -> Contents:
    """Return what the database holds."""
    sizes, (size, free) = _table_sizes(), whole_size()
    oldest, newest = (
        reading()
        .execute(
            select(func.min(Run.started_at), func.max(Run.started_at)).join(Workflow, OF_WORKFLOW)
        )
        .one()
    )
    rows = {
        name: count(select(func.count()).select_from(table))
        for name, table in sorted(Model.metadata.tables.items())
    }
    deleted = select(func.count()).select_from(Workflow).where(Workflow.deleted_at.is_not(None))
    return Contents(
        tables=[(name, number, sizes.get(name)) for name, number in rows.items()],
        size=size,
        free=free,
        statuses=status_counts(moment),
        deleted=count(deleted),
        oldest=oldest,
        newest=newest,
    )


def _table_sizes() -> dict[str, int]:
    """Return the bytes of each table with its indexes; nothing where SQLite can't tell."""
    if sql_engine().dialect.name != "sqlite":
        names = list(Model.metadata.tables)
        sizes = (func.pg_total_relation_size(name) for name in names)
        return dict(zip(names, reading().execute(select(*sizes)).one(), strict=True))
    query = text(
        "SELECT tbl_name, sum(pgsize) FROM dbstat('main', 1) JOIN sqlite_master USING (name)"
        " GROUP BY tbl_name"
    )
    try:
        return {row[0]: int(row[1]) for row in reading().execute(query)}
    except OperationalError:  # A SQLite that was built without it.
        end_reading()
        return {}


def whole_size() -> tuple[int, int]:
    """Return the bytes of the whole database, and of those the ones that wait to be used again."""
    if sql_engine().dialect.name != "sqlite":
        return count(select(func.pg_database_size(func.current_database()))), 0
    names = ("page_size", "page_count", "freelist_count")
    page, pages, free = (int(reading().scalar(text(f"PRAGMA {name}")) or 0) for name in names)
    return page * pages, page * free
