"""One execution of a workflow: its table. What its life is, `run_state.py` tells."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar

from sqlalchemy import (
    Boolean,
    ColumnClause,
    ColumnElement,
    Connection,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
    false,
    func,
    insert,
    or_,
    select,
    true,
    update,
)

from panoptes.common.status import Status
from panoptes.database.columns import Json, RowId, inserted_id, where_sql
from panoptes.database.connections import UTCDateTime
from panoptes.database.tables import Model, column
from panoptes.models.run_label import write_labels

# Whose rules' times are still to be kept.
TO_SUM_UP = "ended_at IS NOT NULL AND NOT summed_up"


class Run(Model):
    """A run. Counts are of jobs; `progress_done` is the engine's own count of those finished.

    `uid` is what the run is called by an engine that names its runs, so that several of one
    workflow may be under way at once; None where events carry only the workflow's id. `owner` is
    the name of the token that registered it, None where there was none.
    `run_name` is what its engine calls a run for people, `session` what a run shares with those
    that it resumes; `params` are the workflow's, without secrets, and `about` is what else the
    engine says of the run, by the engine's own names. `total_grows`: the engine never knows how
    many jobs there will be, so `jobs_total` are those so far.
    `deleted_at`: it has become too old, is hidden and will be removed. (With a deleted workflow go
    all its runs, which don't say so themselves.)
    `is_current`: it is its workflow's latest, and that isn't deleted. `revision` numbers the
    changes of all runs, so that the highest ones tell whether anything changed. `lines_*` count the
    log, `reasons` the jobs by why they ran ("" stands for those without a reason).
    `seen_at` and `seen_by`: somebody has seen that it failed or fell silent, and the name of the
    token that said so, if there was one; the next failure or sign of life empties both.
    `allow_stop`: whoever started it allows that it is stopped from here, which its client is then
    asked for. `stop_asked_at` and `stop_asked_by`: that was done, and the name of the token.
    `sends_logs`: its client sends logs of its jobs, also those at which somebody looks.
    `logs_followed_at` is when somebody was last seen to look at a log of one of its jobs.
    `jobs_failed` leaves out the failures that were ignored, which `jobs_ignored` counts.
    `is_report`: it was over before it was told of; its times are taken as they are told, and nobody
    is notified of it.
    `clock_offset` is by how many seconds the client's clock is behind ours, `last_event_at` when
    the latest event happened by our clock: None where none came since the run was registered.
    `settle_after`: it has ended, and jobs of it are still open that will be ended from then on.
    `suspected_at` is when `suspected_error` came, its end unless it is heard of again at once.
    `graph` are pairs of a rule and one that it feeds, where the engine told them.
    `engine_state` belongs to the engine's translator alone; `dialect` tells which of its engine's
    ways of reporting it uses. `events_stored` is the highest number of its events that is stored,
    where its client numbers them.
    `silence_limit` is for how many seconds it may be silent, where its client gives signs of life:
    after `lost_at`, if nothing came since, contact with it is lost.
    `summed_up`: it has ended, and what its rules took is kept (`rule_times`), as are
    `peak_threads`, how many its jobs had at once, and `edges`, the rules that feed others.
    `estimate` is when it will be done, as it is shown, and `estimated_at` when that was last asked.
    `note` and `labels` are what people, or its client, say of it; lists find it by `run_labels`.
    Who ran it where: `user` and `host`, `engine_version`, `cores` that it may use, `platform` (the
    operating system), `config_files`; each None where its engine doesn't tell.
    """

    __tablename__ = "runs"

    id: ColumnClause[int] = column(RowId, primary_key=True)
    workflow_id: ColumnClause[int] = column(ForeignKey("workflows.id", ondelete="CASCADE"))
    number: ColumnClause[int] = column(Integer)
    uid: ColumnClause[str | None] = column(String(100))
    engine: ColumnClause[str] = column(String(40))
    dialect: ColumnClause[str] = column(String(40), default="")
    main_file: ColumnClause[str | None] = column(String)
    command: ColumnClause[str | None] = column(String)
    workdir: ColumnClause[str | None] = column(String)
    owner: ColumnClause[str | None] = column(String)
    started_at: ColumnClause[datetime] = column(UTCDateTime)
    updated_at: ColumnClause[datetime] = column(UTCDateTime)
    revision: ColumnClause[int] = column(RowId)
    is_current: ColumnClause[bool] = column(Boolean, default=True)
    is_report: ColumnClause[bool] = column(Boolean, default=False)
    deleted_at: ColumnClause[datetime | None] = column(UTCDateTime)

    status: ColumnClause[str] = column(String(20))
    ended_at: ColumnClause[datetime | None] = column(UTCDateTime)
    error: ColumnClause[str | None] = column(String)
    seen_at: ColumnClause[datetime | None] = column(UTCDateTime)
    seen_by: ColumnClause[str | None] = column(String)
    allow_stop: ColumnClause[bool] = column(Boolean, default=False)
    stop_asked_at: ColumnClause[datetime | None] = column(UTCDateTime)
    stop_asked_by: ColumnClause[str | None] = column(String)
    sends_logs: ColumnClause[bool] = column(Boolean, default=False)
    logs_followed_at: ColumnClause[datetime | None] = column(UTCDateTime)
    log_file: ColumnClause[str | None] = column(String)
    run_name: ColumnClause[str | None] = column(String)
    session: ColumnClause[str | None] = column(String(100))
    params: ColumnClause[dict[str, Any] | None] = column(Json)
    about: ColumnClause[dict[str, Any] | None] = column(Json)
    total_grows: ColumnClause[bool] = column(Boolean, default=False)
    jobs_total: ColumnClause[int] = column(RowId, default=0)
    jobs_queued: ColumnClause[int] = column(Integer, default=0)
    jobs_running: ColumnClause[int] = column(Integer, default=0)
    jobs_done: ColumnClause[int] = column(Integer, default=0)
    jobs_failed: ColumnClause[int] = column(Integer, default=0)
    jobs_ignored: ColumnClause[int] = column(Integer, default=0)
    jobs_cancelled: ColumnClause[int] = column(Integer, default=0)
    jobs_planned: ColumnClause[int] = column(Integer, default=0)
    jobs_retried: ColumnClause[int] = column(Integer, default=0)
    progress_done: ColumnClause[int] = column(RowId, default=0)
    lines_info: ColumnClause[int] = column(Integer, default=0)
    lines_warning: ColumnClause[int] = column(Integer, default=0)
    lines_error: ColumnClause[int] = column(Integer, default=0)
    reasons: ColumnClause[dict[str, int] | None] = column(Json)
    clock_offset: ColumnClause[float | None] = column(Float)
    last_event_at: ColumnClause[datetime | None] = column(UTCDateTime)
    suspected_at: ColumnClause[datetime | None] = column(UTCDateTime)
    suspected_error: ColumnClause[str | None] = column(String)
    settle_after: ColumnClause[datetime | None] = column(UTCDateTime)
    graph: ColumnClause[list[list[str]] | None] = column(Json)
    engine_state: ColumnClause[dict[str, Any] | None] = column(Json)
    silence_limit: ColumnClause[int | None] = column(Integer)
    lost_at: ColumnClause[datetime | None] = column(UTCDateTime)
    events_stored: ColumnClause[int] = column(RowId, default=0)
    summed_up: ColumnClause[bool] = column(Boolean, default=False)
    peak_threads: ColumnClause[int | None] = column(RowId)
    edges: ColumnClause[list[list[str]] | None] = column(Json)
    estimate: ColumnClause[dict[str, Any] | None] = column(Json)
    estimated_at: ColumnClause[datetime | None] = column(UTCDateTime)

    note: ColumnClause[str | None] = column(String)
    labels: ColumnClause[list[str] | None] = column(Json)
    user: ColumnClause[str | None] = column(String)
    host: ColumnClause[str | None] = column(String)
    engine_version: ColumnClause[str | None] = column(String)
    cores: ColumnClause[int | None] = column(Integer)
    platform: ColumnClause[str | None] = column(String)
    config_files: ColumnClause[list[str] | None] = column(Json)

    __table_args__ = (
        UniqueConstraint("workflow_id", "number"),
        Index("runs_by_uid", "uid", unique=True, **where_sql("uid IS NOT NULL")),
        Index("runs_by_session", "session", **where_sql("session IS NOT NULL")),
        Index("runs_by_owner", "owner", "started_at"),
        Index("runs_by_user", "user", "started_at", **where_sql('"user" IS NOT NULL')),
        Index("runs_by_host", "host", "started_at", **where_sql("host IS NOT NULL")),
        Index("runs_by_revision", "revision"),
        Index("runs_suspected", "suspected_at", **where_sql("suspected_at IS NOT NULL")),
        Index("runs_to_settle", "settle_after", **where_sql("settle_after IS NOT NULL")),
        Index("runs_to_sum_up", "ended_at", **where_sql(TO_SUM_UP)),
        Index("runs_deleted", "deleted_at", **where_sql("deleted_at IS NOT NULL")),
        Index("deleted_of", "workflow_id", "deleted_at", **where_sql("deleted_at IS NOT NULL")),
        Index("runs_seen", "is_current", "seen_at", **where_sql("seen_at IS NOT NULL")),
        # Lists show each workflow as its current run.
        Index("runs_by_start", "is_current", "started_at"),
        Index("runs_by_engine", "is_current", "engine", "started_at"),
        Index("runs_by_status", "is_current", "status", "started_at"),
        Index("runs_by_update", "is_current", "status", "updated_at", "seen_at"),
    )
    # Ids are never used again: whoever knows a removed run by its id must not find another one.
    __table_options__: ClassVar = {"sqlite_autoincrement": True}


IS_CURRENT = Run.is_current == true()
NEXT_REVISION = select(func.coalesce(func.max(Run.revision), 0) + 1).scalar_subquery()
_INSERT = insert(Run).values(revision=NEXT_REVISION)
# Lists show current runs: that of a deleted workflow is none any more.
CLEAR_CURRENT = update(Run).where(IS_CURRENT).values(is_current=False, revision=NEXT_REVISION)
_PASS_ON = update(Run).values(is_current=False).where(IS_CURRENT)
_BE_CURRENT = update(Run).values(is_current=True, revision=NEXT_REVISION)


def create_run(
    connection: Connection,
    workflow_id: int,
    number: int,
    columns: Mapping[str, Any],
    now: datetime,
    *,
    is_current: bool = True,
) -> int:
    """Begin a run and return its row's id; `columns` are its engine and so on."""
    if is_current:
        connection.execute(_PASS_ON.where(Run.workflow_id == workflow_id))
    limit = columns.get("silence_limit")
    row = {
        "lost_at": lost_at(limit, now),
        "workflow_id": workflow_id,
        "number": number,
        "status": Status.RUNNING.value,
        "started_at": now,
        "updated_at": now,
        "is_current": is_current,
    }
    run_id = inserted_id(connection.execute(_INSERT, {**row, **columns}))
    if labels := columns.get("labels"):
        write_labels(connection, run_id, labels)
    return run_id


def lost_at(silence_limit: int | None, heard_at: datetime) -> datetime | None:
    """Return from when on contact with a run is lost that was last heard of at a time."""
    return None if silence_limit is None else heard_at + timedelta(seconds=silence_limit)


def is_silent(now: Any, silent: Any) -> ColumnElement[bool]:
    """Return the condition that a run which hasn't ended is silent (`Moment.is_silent`).

    The moment's times may be parameters of a statement.
    """
    return or_(func.coalesce(Run.lost_at < now, false()), Run.updated_at < silent)


def make_current(connection: Connection, workflow_id: int, number: int) -> None:
    """Let a workflow's run of this number call itself current, and no other."""
    connection.execute(_PASS_ON.where(Run.workflow_id == workflow_id))
    connection.execute(_BE_CURRENT.where(Run.workflow_id == workflow_id, Run.number == number))


def place_of_run(connection: Connection, run_id: int) -> tuple[int, int]:
    """Return the id of a run's workflow, and its number there."""
    place = select(Run.workflow_id, Run.number).where(Run.id == run_id)
    workflow_id, number = connection.execute(place).one()
    return workflow_id, number


def free_uid(connection: Connection, uid: str) -> None:
    """Let a run be called so that a deleted one was."""
    connection.execute(update(Run).where(Run.uid == uid).values(uid=None))


def write_stored(connection: Connection, run_id: int, number: int) -> None:
    """Note the highest number of a run's events that is stored, where nothing else changes."""
    connection.execute(update(Run).where(Run.id == run_id).values(events_stored=number))


def describe_run(connection: Connection, run_id: int, columns: Mapping[str, Any]) -> None:
    """Fill in what an engine says of a run that has begun."""
    connection.execute(update(Run).where(Run.id == run_id).values(dict(columns)))
    if "labels" in columns:
        write_labels(connection, run_id, columns["labels"] or [])
