"""A job and its attempts: their tables.

The job's own row holds its latest attempt; `attempts` holds those before it. `job_life.py` has the
transitions, `job_rows.py` the statements that they are made of.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Float, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from panoptes.database.columns import Json, RowId
from panoptes.database.connections import Model, UTCDateTime


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

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"))
    part: Mapped[int] = mapped_column(Integer)
    key: Mapped[str] = mapped_column(String(100))
    rule: Mapped[str] = mapped_column(String)
    status: Mapped[str] = mapped_column(String(20))
    attempt: Mapped[int] = mapped_column(Integer, default=1)
    queued_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    started_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    seconds: Mapped[float | None] = mapped_column(Float)
    # Before what may be long: to read what stands behind it, SQLite has to read all of it.
    letters: Mapped[int] = mapped_column(Integer, default=0)
    error: Mapped[str | None]

    # From here on, what an engine may say of a job (DETAILS).
    wildcards: Mapped[dict[str, str] | None] = mapped_column(Json)
    input: Mapped[list[str] | None] = mapped_column(Json)
    output: Mapped[list[str] | None] = mapped_column(Json)
    log: Mapped[list[str] | None] = mapped_column(Json)
    benchmark: Mapped[str | None]
    shell_command: Mapped[str | None]
    msg: Mapped[str | None]
    reason: Mapped[str | None]
    resources: Mapped[dict[str, Any] | list[Any] | None] = mapped_column(Json)
    requested_memory: Mapped[int | None] = mapped_column(RowId)
    requested_seconds: Mapped[float | None] = mapped_column(Float)
    priority: Mapped[str | None] = mapped_column(String(40))
    threads: Mapped[int | None] = mapped_column(RowId)
    is_checkpoint: Mapped[bool] = mapped_column(Boolean, default=False)
    is_local: Mapped[bool] = mapped_column(Boolean, default=False)
    conda_env: Mapped[str | None]
    external_id: Mapped[str | None] = mapped_column(String(100))
    group_name: Mapped[str | None]
    exit_status: Mapped[int | None] = mapped_column(RowId)
    cached: Mapped[bool] = mapped_column(Boolean, default=False)
    ignored: Mapped[bool] = mapped_column(Boolean, default=False)
    usage: Mapped[dict[str, Any] | None] = mapped_column(Json)
    workdir: Mapped[str | None]
    about: Mapped[dict[str, Any] | None] = mapped_column(Json)
    left_out: Mapped[dict[str, int] | None] = mapped_column(Json)

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

    job_id: Mapped[int] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    status: Mapped[str] = mapped_column(String(20))
    started_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    exit_status: Mapped[int | None] = mapped_column(RowId)
    external_id: Mapped[str | None] = mapped_column(String(100))
    log: Mapped[list[str] | None] = mapped_column(Json)
    workdir: Mapped[str | None]
    error: Mapped[str | None]


_NAMES = Job.__table__.c.keys()
DETAILS = _NAMES[_NAMES.index("wildcards") :]
