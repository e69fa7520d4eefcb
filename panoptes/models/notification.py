"""Notifications: written in the transaction of the event that causes them, sent later.

Each tells one recipient, once, what happened to a run. How they are sent is in `delivery.py`.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import Enum
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnClause,
    ColumnElement,
    Connection,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
    and_,
    bindparam,
    exists,
    or_,
    select,
)

from panoptes.common.moment import Moment
from panoptes.common.status import Status
from panoptes.database.columns import Json, RowId, where_sql
from panoptes.database.connections import UTCDateTime
from panoptes.database.prepared import insert_of
from panoptes.database.tables import Model, aliased, column
from panoptes.models.run import IS_CURRENT, Run
from panoptes.models.run_state import RunState
from panoptes.models.workflow import NOT_DELETED, Workflow

# Time for what often follows an event at once: its error's text, another attempt of the job.
SETTLE = timedelta(seconds=3)
# A run that fell silent longer ago is no news: there was no server then, or no such setting.
SILENT_LATELY = timedelta(days=1)
_MAX_SILENT_RUNS = 100


class Kind(str, Enum):
    """What happened to a run."""

    FAILURE = "failure"
    ERROR = "error"
    DONE = "done"
    RECOVERED = "recovered"
    STALE = "stale"
    LATE = "late"
    SLOW_JOB = "slow-job"
    FAILED_AGAIN = "failed-again"

    def __str__(self) -> str:
        return self.value


class Notification(Model):
    """`recipient` is a key that stands for an address, which may hold a password and isn't kept.

    It waits while it has a `due_at`; after that it was sent, or given up because of its `error`.
    `facts` is what it says: put together at the first try, and removed once it is sent.
    """

    __tablename__ = "notifications"

    id: ColumnClause[int] = column(RowId, primary_key=True)
    run_id: ColumnClause[int] = column(ForeignKey("runs.id", ondelete="CASCADE"))
    recipient: ColumnClause[str] = column(String(16))
    kind: ColumnClause[str] = column(String(20))
    created_at: ColumnClause[datetime] = column(UTCDateTime)
    due_at: ColumnClause[datetime | None] = column(UTCDateTime)
    sent_at: ColumnClause[datetime | None] = column(UTCDateTime)
    tries: ColumnClause[int] = column(Integer, default=0)
    facts: ColumnClause[dict[str, Any] | None] = column(Json)
    error: ColumnClause[str | None] = column(String)

    __table_args__ = (
        UniqueConstraint("run_id", "recipient", "kind"),
        Index("notifications_due", "due_at", **where_sql("due_at IS NOT NULL")),
    )


class Subscriptions:
    """Which recipients want to hear of which workflows: patterns of names by recipients' keys.

    `extras` are the kinds that were asked for by name.
    """

    def __init__(self, patterns: Mapping[str, Sequence[str]], extras: Iterable[Kind] = ()) -> None:
        self._patterns = patterns
        self.extras = frozenset(extras)

    def __bool__(self) -> bool:
        return bool(self._patterns)

    @property
    def recipients(self) -> list[str]:
        """The keys of all recipients."""
        return list(self._patterns)

    def recipients_of(self, workflow: str) -> list[str]:
        """Return the keys of the recipients that want to hear of a workflow, by its name."""
        return [
            key
            for key, patterns in self._patterns.items()
            if any(fnmatchcase(workflow, pattern) for pattern in patterns)
        ]


NO_SUBSCRIPTIONS = Subscriptions({})


# --- what an event did to its run -----------------------------------------------------------------


class RunSnapshot(NamedTuple):
    """What matters of a run for notifications, to compare it before and after an event."""

    status: Status
    has_ended: bool


def snapshot(run: RunState) -> RunSnapshot:
    """Return what matters of a run now."""
    return RunSnapshot(run.status, run.has_ended)


_EARLIER = aliased(Run)
_LAST_END = (
    select(_EARLIER.status)
    .where(
        _EARLIER.workflow_id == Run.workflow_id,
        _EARLIER.number < Run.number,
        _EARLIER.deleted_at.is_(None),
        _EARLIER.is_report.is_(False),
        _EARLIER.status.in_((Status.DONE.value, Status.ERROR.value)),
    )
    .order_by(_EARLIER.number.desc())
    .limit(1)
    .scalar_subquery()
)
_NAME_AND_LAST_END = (
    select(Workflow.name, _LAST_END.label("last_end"))
    .join(Run, Run.workflow_id == Workflow.id)
    .where(Run.id == bindparam("run"))
)


def notify_of_change(
    connection: Connection,
    subscriptions: Subscriptions,
    run: RunState,
    before: RunSnapshot,
    now: datetime,
) -> None:
    """Write the notifications that an event causes, inside the event's transaction.

    A run that was over long before it was told of is no news.
    """
    kind = None if run.is_report else _kind_of_change(before, snapshot(run))
    if kind is None:
        return
    workflow = connection.execute(_NAME_AND_LAST_END, {"run": run.id}).one()
    if kind is Kind.DONE and workflow.last_end == Status.ERROR:
        kind = Kind.RECOVERED
    recipients = subscriptions.recipients_of(workflow.name)
    _write(connection, recipients, run.id, kind, now)
    has_failed_twice = kind is Kind.ERROR and workflow.last_end == Status.ERROR
    if has_failed_twice and Kind.FAILED_AGAIN in subscriptions.extras:
        _write(connection, recipients, run.id, Kind.FAILED_AGAIN, now)


def _kind_of_change(before: RunSnapshot, after: RunSnapshot) -> Kind | None:
    if after == before:
        return None
    if after == (Status.DONE, True):
        return Kind.DONE
    if after == (Status.ERROR, True):
        return Kind.ERROR
    # An end that was presumed may be taken back: then a job's failure is all that there was.
    has_failed = before.status is not Status.ERROR or before.has_ended
    return Kind.FAILURE if after.status is Status.ERROR and has_failed else None


def _write(
    connection: Connection, recipients: list[str], run_id: int, kind: Kind, now: datetime
) -> None:
    row = {"run_id": run_id, "kind": kind.value, "created_at": now, "due_at": now + SETTLE}
    if recipients:
        rows = [{**row, "recipient": recipient} for recipient in recipients]
        insert = insert_of(connection.dialect)(Notification).on_conflict_do_nothing()
        connection.execute(insert, rows)


# --- what no event tells --------------------------------------------------------------------------


class RunToTell(NamedTuple):
    """A run of which somebody is to be told, and its workflow's name."""

    id: int
    workflow: str


def _fell_lately(column: Any, before: str) -> ColumnElement[bool]:
    return and_(
        column < bindparam(before, type_=UTCDateTime),
        column >= bindparam(f"{before}_lately", type_=UTCDateTime),
    )


_SILENT = (
    select(Run.id, Workflow.name)
    .join(Workflow, (Workflow.id == Run.workflow_id) & NOT_DELETED)
    .where(
        IS_CURRENT,
        Run.status == Status.RUNNING.value,
        Run.is_report.is_(False),
        or_(
            _fell_lately(Run.updated_at, "silent"),
            _fell_lately(Run.lost_at, "now"),
        ),
        ~exists().where(Notification.run_id == Run.id, Notification.kind == Kind.STALE.value),
    )
    .limit(_MAX_SILENT_RUNS)
)


def find_silent_runs(
    connection: Connection, subscriptions: Subscriptions, moment: Moment
) -> list[RunToTell]:
    """Return the runs that fell silent lately, and which somebody subscribed to."""
    now = {"now": moment.now, "now_lately": moment.now - SILENT_LATELY}
    if moment.silent is None:
        silent: dict[str, datetime | None] = {"silent": None, "silent_lately": None}
    else:
        silent = {"silent": moment.silent, "silent_lately": moment.silent - SILENT_LATELY}
    rows = connection.execute(_SILENT, {**silent, **now})
    runs = (RunToTell(*row) for row in rows)
    return [run for run in runs if subscriptions.recipients_of(run.workflow)]


def not_told_yet(
    connection: Connection, subscriptions: Subscriptions, runs: Iterable[RunToTell], kind: Kind
) -> list[RunToTell]:
    """Return those of some runs that somebody subscribed to, and was not told of so yet."""
    wanted = [run for run in runs if subscriptions.recipients_of(run.workflow)]
    ids = [run.id for run in wanted]
    told = select(Notification.run_id).where(
        Notification.kind == kind.value, Notification.run_id.in_(ids)
    )
    no_news = told.union(select(Run.id).where(Run.id.in_(ids), Run.is_report.is_(True)))
    known = set(connection.scalars(no_news)) if wanted else set()
    return [run for run in wanted if run.id not in known]


def notify_of(
    connection: Connection,
    subscriptions: Subscriptions,
    runs: Iterable[RunToTell],
    kind: Kind,
    now: datetime,
) -> None:
    """Write the notifications of runs that are so as `kind` says."""
    for run in runs:
        _write(connection, subscriptions.recipients_of(run.workflow), run.id, kind, now)
