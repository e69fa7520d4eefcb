"""One execution of a workflow: its table. What its life is, `run_state.py` tells."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Connection,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    UniqueConstraint,
    func,
    insert,
    select,
    true,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from panoptes.common.status import Status
from panoptes.database.columns import Json, RowId, where_sql
from panoptes.database.connections import Model, UTCDateTime


class Run(Model):
    """A run. Counts are of jobs; `progress_done` is the engine's own count of those done.

    `owner` is the name of the token that registered it, None where there was none.
    `deleted_at`: it has become too old, is hidden and goes for good. (With a deleted workflow go
    all its runs, which don't say so themselves.)
    `is_current`: it is its workflow's latest, and that isn't deleted. `revision` numbers the
    changes of all runs, so that the highest ones tell whether anything changed. `lines_*` count the
    log, `reasons` the jobs by why they ran (the names of `reasons.Kind`).
    """

    __tablename__ = "runs"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    workflow_id: Mapped[int] = mapped_column(ForeignKey("workflows.id", ondelete="CASCADE"))
    number: Mapped[int] = mapped_column(Integer)
    engine: Mapped[str] = mapped_column(String(40), default="snakemake")
    snakefile: Mapped[str | None]
    command: Mapped[str | None]
    workdir: Mapped[str | None]
    owner: Mapped[str | None]
    started_at: Mapped[datetime] = mapped_column(UTCDateTime)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime)
    revision: Mapped[int] = mapped_column(RowId)
    is_current: Mapped[bool] = mapped_column(Boolean, default=True)
    deleted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    status: Mapped[str] = mapped_column(String(20))
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    error: Mapped[str | None]
    log_file: Mapped[str | None]
    jobs_total: Mapped[int] = mapped_column(RowId, default=0)
    jobs_running: Mapped[int] = mapped_column(Integer, default=0)
    jobs_done: Mapped[int] = mapped_column(Integer, default=0)
    jobs_failed: Mapped[int] = mapped_column(Integer, default=0)
    jobs_cancelled: Mapped[int] = mapped_column(Integer, default=0)
    jobs_planned: Mapped[int] = mapped_column(Integer, default=0)
    jobs_retried: Mapped[int] = mapped_column(Integer, default=0)
    progress_done: Mapped[int] = mapped_column(RowId, default=0)
    lines_info: Mapped[int] = mapped_column(Integer, default=0)
    lines_warning: Mapped[int] = mapped_column(Integer, default=0)
    lines_error: Mapped[int] = mapped_column(Integer, default=0)
    reasons: Mapped[dict[str, int] | None] = mapped_column(Json)

    # What the intake has to remember from one event to the next.
    part: Mapped[int] = mapped_column(Integer, default=0)
    part_base: Mapped[int] = mapped_column(RowId, default=0)
    planned: Mapped[int | None] = mapped_column(RowId)
    progress_total: Mapped[int | None] = mapped_column(RowId)
    nested: Mapped[bool] = mapped_column(Boolean, default=False)
    has_checkpoint: Mapped[bool] = mapped_column(Boolean, default=False)
    ending: Mapped[str | None] = mapped_column(String(20))
    group_name: Mapped[str | None]
    job_without_command: Mapped[int | None] = mapped_column(RowId)
    job_without_words: Mapped[int | None] = mapped_column(RowId)
    waiting_words: Mapped[list[dict[str, Any]] | None] = mapped_column(Json)
    clock_offset: Mapped[float | None] = mapped_column(Float)
    recent_events: Mapped[bytes] = mapped_column(LargeBinary, default=b"")

    __table_args__ = (
        UniqueConstraint("workflow_id", "number"),
        Index("runs_by_owner", "owner", "started_at"),
        Index("runs_by_revision", "revision"),
        Index("runs_deleted", "deleted_at", **where_sql("deleted_at IS NOT NULL")),
        # Lists show each workflow as its current run.
        Index("runs_by_start", "is_current", "started_at"),
        Index("runs_by_status", "is_current", "status", "started_at"),
        Index("runs_by_update", "is_current", "status", "updated_at"),
    )


IS_CURRENT = Run.is_current == true()
NEXT_REVISION = select(func.coalesce(func.max(Run.revision), 0) + 1).scalar_subquery()
_INSERT = insert(Run).values(revision=NEXT_REVISION)
# Lists show current runs: that of a deleted workflow is none any more.
CLEAR_CURRENT = update(Run).where(IS_CURRENT).values(is_current=False, revision=NEXT_REVISION)
_PASS_ON = update(Run).values(is_current=False).where(IS_CURRENT)


def create_run(
    connection: Connection,
    workflow_id: int,
    number: int,
    metadata: dict[str, Any],
    now: datetime,
) -> None:
    """Begin a run, which is its workflow's current one.

    `metadata` are columns that its client told, and its owner.
    """
    connection.execute(_PASS_ON.where(Run.workflow_id == workflow_id))
    row = {"workflow_id": workflow_id, "number": number, "status": Status.RUNNING.value}
    connection.execute(_INSERT, {**row, "started_at": now, "updated_at": now, **metadata})
