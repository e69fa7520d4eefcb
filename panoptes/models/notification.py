"""Notifications: written in the transaction of the event that causes them, sent later.

One says what happened to a run to one recipient, once. How it is sent, `delivery.py` tells.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import Enum
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from sqlalchemy import (
    Connection,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
    bindparam,
    exists,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, aliased, mapped_column

from panoptes.common.status import Status
from panoptes.database.columns import Json, RowId, where_sql
from panoptes.database.connections import AnyRow, Model, UTCDateTime
from panoptes.models.run import IS_CURRENT, Run
from panoptes.models.run_state import RunState
from panoptes.models.workflow import NOT_DELETED, Workflow

# What happens at once after an event (its error's words, another try of the job) is waited for.
SETTLE = timedelta(seconds=3)
# Of a run that fell silent longer ago, nobody needs to be told: there was no server, or no setting.
SILENT_LATELY = timedelta(days=1)
_MANY = 100


class Kind(str, Enum):
    """What happened to a run."""

    FAILURE = "failure"
    ERROR = "error"
    DONE = "done"
    RECOVERED = "recovered"
    STALE = "stale"

    def __str__(self) -> str:
        return self.value


class Notification(Model):
    """`recipient` is the key of one; its address, which may hold a password, isn't kept.

    It waits while it has a `due_at`; then it was sent, or given up because of its `error`. `facts`
    is what is told, as long as it waits; it is put together when sending is first tried.
    """

    __tablename__ = "notifications"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"))
    recipient: Mapped[str] = mapped_column(String(16))
    kind: Mapped[str] = mapped_column(String(20))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    tries: Mapped[int] = mapped_column(Integer, default=0)
    facts: Mapped[dict[str, Any] | None] = mapped_column(Json)
    error: Mapped[str | None]

    __table_args__ = (
        UniqueConstraint("run_id", "recipient", "kind"),
        Index("notifications_due", "due_at", **where_sql("due_at IS NOT NULL")),
    )


class Subscriptions:
    """Who is told of which workflows: patterns of their names, by the recipients' keys."""

    def __init__(self, patterns: Mapping[str, Sequence[str]]) -> None:
        self._patterns = patterns

    def __bool__(self) -> bool:
        return bool(self._patterns)

    @property
    def keys(self) -> list[str]:
        """The keys of all."""
        return list(self._patterns)

    def of(self, name: str) -> list[str]:
        """Return the keys of those who are told of a workflow."""
        return [
            key
            for key, patterns in self._patterns.items()
            if any(fnmatchcase(name, pattern) for pattern in patterns)
        ]


NO_SUBSCRIPTIONS = Subscriptions({})


# --- what is to be told ---------------------------------------------------------------------------


class RunSnapshot(NamedTuple):
    """How a run stood before an event."""

    status: Status
    has_ended: bool


def standing(run: RunState) -> RunSnapshot:
    """Return how a run stands."""
    return RunSnapshot(run.status, run.has_ended)


_BEFORE = aliased(Run)
_LAST_END = (
    select(_BEFORE.status)
    .where(
        _BEFORE.workflow_id == Run.workflow_id,
        _BEFORE.number < Run.number,
        _BEFORE.deleted_at.is_(None),
        _BEFORE.status.in_((Status.DONE.value, Status.ERROR.value)),
    )
    .order_by(_BEFORE.number.desc())
    .limit(1)
    .scalar_subquery()
)
_STORY = (
    select(Workflow.name, _LAST_END.label("last_end"))
    .join(Run, Run.workflow_id == Workflow.id)
    .where(Run.id == bindparam("run"))
)
_INSERT = {
    "sqlite": sqlite.insert(Notification).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(Notification).on_conflict_do_nothing(),
}


def tell(
    connection: Connection,
    subscriptions: Subscriptions,
    run: RunState,
    before: RunSnapshot,
    now: datetime,
) -> None:
    """Write what is to be told of what an event did to its run, inside the event's transaction."""
    kind = _what_happened(before, run)
    if kind is None:
        return
    story = connection.execute(_STORY, {"run": run.id}).one()
    if kind is Kind.DONE and story.last_end == Status.ERROR:
        kind = Kind.RECOVERED
    _write(connection, subscriptions.of(story.name), run.id, kind, now)


def _what_happened(before: RunSnapshot, run: RunState) -> Kind | None:
    after = standing(run)
    if after == before:
        return None
    if after == (Status.DONE, True):
        return Kind.DONE
    if after == (Status.ERROR, True):
        return Kind.ERROR
    fails_now = after.status is Status.ERROR and before.status is not Status.ERROR
    return Kind.FAILURE if fails_now else None


def _write(connection: Connection, keys: list[str], run_id: int, kind: Kind, now: datetime) -> None:
    row = {"run_id": run_id, "kind": kind.value, "created_at": now, "due_at": now + SETTLE}
    if keys:
        rows = [{**row, "recipient": key} for key in keys]
        connection.execute(_INSERT[connection.dialect.name], rows)


_SILENT = (
    select(Run.id, Workflow.name)
    .join(Workflow, (Workflow.id == Run.workflow_id) & NOT_DELETED)
    .where(
        IS_CURRENT,
        Run.status == Status.RUNNING.value,
        Run.updated_at < bindparam("silent", type_=UTCDateTime),
        Run.updated_at >= bindparam("since", type_=UTCDateTime),
        ~exists().where(Notification.run_id == Run.id, Notification.kind == Kind.STALE.value),
    )
    .limit(_MANY)
)


def find_silent(
    connection: Connection, subscriptions: Subscriptions, silent: datetime
) -> list[AnyRow]:
    """Return runs that were last heard of before `silent`, of which somebody is to be told so."""
    values = {"silent": silent, "since": silent - SILENT_LATELY}
    return [row for row in connection.execute(_SILENT, values) if subscriptions.of(row.name)]


def tell_silent(
    connection: Connection, subscriptions: Subscriptions, runs: list[AnyRow], now: datetime
) -> None:
    """Write that these runs fell silent."""
    for run in runs:
        _write(connection, subscriptions.of(run.name), run.id, Kind.STALE, now)
