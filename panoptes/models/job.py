"""A job and its attempts: their tables.

The job's own row holds its latest attempt; `attempts` holds those before it. `job_life.py` has the
transitions, `job_rows.py` the statements that they are made of.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnClause,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
)

from panoptes.database.columns import Json, RowId
from panoptes.database.connections import UTCDateTime
from panoptes.database.tables import Model, column


class Job(Model):
    """A job, once per run and part. Times are of its latest attempt, `seconds` how long it took.

    `rule` is empty while only the job's key is known. `queued_at` is since when the attempt waited.
    `letters` is how long all is together that the engine said of it: whoever reads many jobs for a
    page goes by it.
    `cached`: an earlier run had done it already. `ignored`: its failure doesn't fail the run.
    `resources` is what was asked for: a map, or a list of values without names (Snakemake before
    9); of it, `requested_memory` is in bytes, `requested_seconds` is the limit of its time.
    `usage` is what was used: `common/usage.py` reads it.
    `workdir` is the folder in which the latest attempt works, where each has its own, and `about`
    what else the engine says of a job, by the engine's own names.
    `left_out` tells of how many items a very long list or map was relieved, by its column.
    """

    __tablename__ = "jobs"

    id: ColumnClause[int] = column(RowId, primary_key=True)
    run_id: ColumnClause[int] = column(ForeignKey("runs.id", ondelete="CASCADE"))
    part: ColumnClause[int] = column(Integer)
    key: ColumnClause[str] = column(String(100))
    rule: ColumnClause[str] = column(String)
    status: ColumnClause[str] = column(String(20))
    attempt: ColumnClause[int] = column(Integer, default=1)
    queued_at: ColumnClause[datetime | None] = column(UTCDateTime)
    started_at: ColumnClause[datetime | None] = column(UTCDateTime)
    ended_at: ColumnClause[datetime | None] = column(UTCDateTime)
    seconds: ColumnClause[float | None] = column(Float)
    # Before what may be long: to read what stands behind it, SQLite has to read all of it.
    letters: ColumnClause[int] = column(Integer, default=0)
    error: ColumnClause[str | None] = column(String)

    # From here on, what an engine may say of a job (DETAILS).
    wildcards: ColumnClause[dict[str, str] | None] = column(Json)
    input: ColumnClause[list[str] | None] = column(Json)
    output: ColumnClause[list[str] | None] = column(Json)
    log: ColumnClause[list[str] | None] = column(Json)
    benchmark: ColumnClause[str | None] = column(String)
    shell_command: ColumnClause[str | None] = column(String)
    msg: ColumnClause[str | None] = column(String)
    reason: ColumnClause[str | None] = column(String)
    resources: ColumnClause[dict[str, Any] | list[Any] | None] = column(Json)
    requested_memory: ColumnClause[int | None] = column(RowId)
    requested_seconds: ColumnClause[float | None] = column(Float)
    priority: ColumnClause[str | None] = column(String(40))
    threads: ColumnClause[int | None] = column(RowId)
    is_checkpoint: ColumnClause[bool] = column(Boolean, default=False)
    is_local: ColumnClause[bool] = column(Boolean, default=False)
    conda_env: ColumnClause[str | None] = column(String)
    external_id: ColumnClause[str | None] = column(String(100))
    group_name: ColumnClause[str | None] = column(String)
    exit_status: ColumnClause[int | None] = column(RowId)
    cached: ColumnClause[bool] = column(Boolean, default=False)
    ignored: ColumnClause[bool] = column(Boolean, default=False)
    usage: ColumnClause[dict[str, Any] | None] = column(Json)
    workdir: ColumnClause[str | None] = column(String)
    about: ColumnClause[dict[str, Any] | None] = column(Json)
    left_out: ColumnClause[dict[str, int] | None] = column(Json)

    __table_args__ = (
        # A job is also looked for by its key alone.
        UniqueConstraint("run_id", "key", "part", name="jobs_by_key"),
        Index("jobs_of_run", "run_id", "id"),
        Index("jobs_by_status", "run_id", "status", "id"),
        # With the status in it, a rule's failed jobs are found without looking at the others.
        Index("jobs_by_rule", "run_id", "rule", "id", "status"),
        Index("jobs_by_rule_seconds", "run_id", "rule", "seconds", "id"),
        # One for each order of the list of jobs: sorting 100,000 for a page takes too long.
        Index("jobs_by_seconds", "run_id", "seconds", "id"),
        Index("jobs_by_start", "run_id", "started_at", "id"),
        Index("jobs_by_end", "run_id", "ended_at", "id"),
        Index("jobs_by_attempt", "run_id", "attempt", "id"),
    )


class Attempt(Model):
    """An attempt that was followed by another one."""

    __tablename__ = "attempts"

    job_id: ColumnClause[int] = column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    number: ColumnClause[int] = column(Integer, primary_key=True)
    status: ColumnClause[str] = column(String(20))
    started_at: ColumnClause[datetime | None] = column(UTCDateTime)
    ended_at: ColumnClause[datetime | None] = column(UTCDateTime)
    exit_status: ColumnClause[int | None] = column(RowId)
    external_id: ColumnClause[str | None] = column(String(100))
    log: ColumnClause[list[str] | None] = column(Json)
    workdir: ColumnClause[str | None] = column(String)
    error: ColumnClause[str | None] = column(String)


_NAMES = Job.__table__.c.keys()
DETAILS = _NAMES[_NAMES.index("wildcards") :]
