"""A job and its attempts: their tables, and every transition of a job with its guard.

The job's own row holds its latest attempt; `attempts` holds those before it. Each transition takes
the run's state (held by the event's transaction), changes both rows' counts with the job, and does
nothing where a doubled or late event asks for what is already so.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Connection,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
    bindparam,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from panoptes.db import AnyRow, Model, UTCDateTime
from panoptes.models import rule as rules
from panoptes.models import words
from panoptes.models.columns import Json, RowId, inserted_id
from panoptes.models.run import RunState
from panoptes.models.status import Status


class Job(Model):
    """A job, once per run and part. Times are of its latest attempt, `seconds` how long it took.

    `rule` is empty while only the job's id is known. `resources` is a map from Snakemake 9 and a
    list of values without names before.
    """

    __tablename__ = "jobs"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"))
    part: Mapped[int] = mapped_column(Integer)
    key: Mapped[str] = mapped_column(String(100))
    rule: Mapped[str] = mapped_column(String)
    status: Mapped[str] = mapped_column(String(20))
    attempt: Mapped[int] = mapped_column(Integer, default=1)
    started_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    seconds: Mapped[float | None] = mapped_column(Float)
    error: Mapped[str | None]

    wildcards: Mapped[dict[str, str] | None] = mapped_column(Json)
    input: Mapped[list[str] | None] = mapped_column(Json)
    output: Mapped[list[str] | None] = mapped_column(Json)
    log: Mapped[list[str] | None] = mapped_column(Json)
    benchmark: Mapped[str | None]
    shell_command: Mapped[str | None]
    msg: Mapped[str | None]
    reason: Mapped[str | None]
    resources: Mapped[dict[str, Any] | list[Any] | None] = mapped_column(Json)
    priority: Mapped[str | None] = mapped_column(String(40))
    threads: Mapped[int | None] = mapped_column(RowId)
    is_checkpoint: Mapped[bool] = mapped_column(Boolean, default=False)
    is_local: Mapped[bool] = mapped_column(Boolean, default=False)
    conda_env: Mapped[str | None]
    external_id: Mapped[str | None] = mapped_column(String(100))
    group_name: Mapped[str | None]

    __table_args__ = (
        UniqueConstraint("run_id", "part", "key"),
        Index("jobs_of_run", "run_id", "id"),
        Index("jobs_by_status", "run_id", "status"),
        Index("jobs_by_rule", "run_id", "rule"),
    )


class Attempt(Model):
    """An attempt that was followed by another one."""

    __tablename__ = "attempts"

    job_id: Mapped[int] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    status: Mapped[str] = mapped_column(String(20))
    started_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    error: Mapped[str | None]


# What a client tells of a job, beside its rule.
DETAILS = [
    "wildcards",
    "input",
    "output",
    "log",
    "benchmark",
    "shell_command",
    "msg",
    "reason",
    "resources",
    "priority",
    "threads",
    "is_checkpoint",
    "is_local",
    "conda_env",
    "external_id",
    "group_name",
]

_COLUMNS = Job.__table__.c
_UNTOLD: dict[str, Any] = dict.fromkeys(DETAILS) | {"is_checkpoint": False, "is_local": False}

_FOUND = select(
    Job.id,
    Job.key,
    Job.rule,
    Job.status,
    Job.attempt,
    Job.started_at,
    Job.ended_at,
    Job.shell_command,
    Job.error,
)
_FIND = _FOUND.where(
    Job.run_id == bindparam("run_id"),
    Job.part == bindparam("part"),
    Job.key == bindparam("key"),
)
_BY_ID = _FOUND.where(Job.id == bindparam("which"))
_RUNNING = _FOUND.where(Job.run_id == bindparam("run_id"), Job.status == Status.RUNNING.value)
_FAILED_OF_GROUP = _FOUND.where(
    Job.run_id == bindparam("run_id"),
    Job.status == Status.ERROR.value,
    Job.group_name == bindparam("group_name"),
)
_INSERT = insert(Job)
_KEEP_ATTEMPT = insert(Attempt)
_OF_JOB = update(Job).where(Job.id == bindparam("which"))
_MOVE = _OF_JOB.values(
    {
        name: bindparam(f"to_{name}", type_=_COLUMNS[name].type)
        for name in ("status", "attempt", "started_at", "ended_at", "seconds", "error")
    }
)
# What an event doesn't tell stays: a job_error must not empty what job_info filled.
_DESCRIBE = _OF_JOB.values(
    {
        name: func.coalesce(bindparam(f"to_{name}", type_=_COLUMNS[name].type), _COLUMNS[name])
        for name in ("rule", *DETAILS)
    }
)
_GIVE_COMMAND = _OF_JOB.where(Job.shell_command.is_(None)).values(
    shell_command=bindparam("command")
)
_GIVE_WORDS = _OF_JOB.values(error=bindparam("words"))
_GIVE_EXTERNAL_ID = _OF_JOB.values(external_id=bindparam("external_id"))

# A row of _FOUND.
FoundJob = AnyRow


def find_job(connection: Connection, run: RunState, key: str) -> FoundJob | None:
    """Return the job with this id in the run's current part."""
    return connection.execute(_FIND, {"run_id": run.id, "part": run.part, "key": key}).first()


def job_by_id(connection: Connection, job_id: int) -> FoundJob | None:
    """Return the job with this row id."""
    return connection.execute(_BY_ID, {"which": job_id}).first()


def failed_of_group(connection: Connection, run: RunState, group: str) -> list[FoundJob]:
    """Return the failed jobs of a group of jobs."""
    found = connection.execute(_FAILED_OF_GROUP, {"run_id": run.id, "group_name": group})
    return list(found)


def announce(
    connection: Connection,
    run: RunState,
    key: str,
    rule: str,
    details: Mapping[str, Any],
    at: datetime,
) -> None:
    """A job is about to run: it is new, or known by its id alone, or starts again."""
    job = find_job(connection, run, key)
    if job is None:
        job_id = _create(connection, run, key, rule, details, Status.RUNNING, at)
    elif job.status in _MAY_RESTART:
        job_id = _describe(connection, run, job, rule, details)
        _restart(connection, run, job, rule, at)
    elif not job.rule:
        # Snakemake 9 starts a job first; a late event finished it before it was announced.
        job_id = _describe(connection, run, job, rule, details)
    else:
        return  # A copy, or an event that came late.
    run.job_without_command = None if "shell_command" in details else job_id
    run.has_checkpoint = run.has_checkpoint or bool(details.get("is_checkpoint"))


def start(connection: Connection, run: RunState, key: str, at: datetime) -> None:
    """A job runs, and what it is will be told later (Snakemake 9)."""
    job = find_job(connection, run, key)
    if job is None:
        _create(connection, run, key, "", {}, Status.RUNNING, at)
    elif job.status in _MAY_RESTART:
        _restart(connection, run, job, job.rule, at)


def finish(connection: Connection, run: RunState, key: str, at: datetime) -> None:
    """A job came through: also one that was never announced, or was given up too early."""
    job = find_job(connection, run, key)
    if job is None:
        _create(connection, run, key, "", {}, Status.DONE, at)
    elif job.status in _MAY_END or job.status == Status.ERROR:
        _move(connection, run, job, Status.DONE, at, None)
    else:
        return
    run.job_came_through()


def fail(
    connection: Connection,
    run: RunState,
    key: str,
    at: datetime,
    *,
    rule: str = "",
    details: Mapping[str, Any] = _UNTOLD,
    error: str | None = None,
) -> int | None:
    """An attempt failed, with these words where the client has any.

    Returns the job's row id, None where nothing changed: a job that is done stays so.
    """
    job = find_job(connection, run, key)
    if job is None:
        job_id = _create(connection, run, key, rule, details, Status.RUNNING, None)
    elif job.status in _MAY_END:
        job_id = _describe(connection, run, job, rule, details)
    else:
        return None
    job = connection.execute(_BY_ID, {"which": job_id}).one()
    waiting, run.waiting_words = words.take(run.waiting_words, job.rule, job.shell_command)
    text = error or waiting
    _move(connection, run, job, Status.ERROR, at, text)
    run.job_failed(text)
    return job_id


_MAY_END = (Status.RUNNING, Status.PLANNED)
_MAY_RESTART = (Status.ERROR, Status.CANCELLED, Status.PLANNED)


def _create(
    connection: Connection,
    run: RunState,
    key: str,
    rule: str,
    details: Mapping[str, Any],
    status: Status,
    at: datetime | None,
) -> int:
    ended = status is not Status.RUNNING
    row = {
        "run_id": run.id,
        "part": run.part,
        "key": key,
        "rule": rule,
        "status": status.value,
        "started_at": None if ended else at,
        "ended_at": at if ended else None,
        **_UNTOLD,
        **details,
    }
    job_id = inserted_id(connection.execute(_INSERT, row))
    rules.move(connection, run.id, rule, None, status, attempts=1)
    run.count(None, status)
    if not ended:
        run.job_began()
    return job_id


def _describe(
    connection: Connection, run: RunState, job: FoundJob, rule: str, details: Mapping[str, Any]
) -> int:
    told = {f"to_{name}": details.get(name) for name in DETAILS}
    connection.execute(_DESCRIBE, {"which": job.id, "to_rule": rule or None, **told})
    if rule and not job.rule:
        status, retried = Status(job.status), job.attempt > 1
        rules.move(connection, run.id, rule, None, status, attempts=job.attempt, retried=retried)
    return int(job.id)


def _restart(connection: Connection, run: RunState, job: FoundJob, rule: str, at: datetime) -> None:
    old = Status(job.status)
    if old is Status.PLANNED:
        attempt = job.attempt
    else:
        attempt = job.attempt + 1
        _keep_attempt(connection, job)
    _write(connection, job.id, Status.RUNNING, attempt, at, None, None)
    first_retry = attempt == 2 and old is not Status.PLANNED
    rules.move(
        connection,
        run.id,
        rule,
        old,
        Status.RUNNING,
        attempts=attempt - job.attempt,
        retried=first_retry,
    )
    run.count(old, Status.RUNNING)
    run.jobs_retried += first_retry
    run.job_began()


def _keep_attempt(connection: Connection, job: FoundJob) -> None:
    connection.execute(
        _KEEP_ATTEMPT,
        {
            "job_id": job.id,
            "number": job.attempt,
            "status": job.status,
            "started_at": job.started_at,
            "ended_at": job.ended_at,
            "error": job.error,
        },
    )


def _move(
    connection: Connection,
    run: RunState,
    job: FoundJob,
    new: Status,
    at: datetime | None,
    error: str | None,
) -> None:
    old = Status(job.status)
    started = job.started_at if new is not Status.PLANNED else None
    _write(connection, job.id, new, job.attempt, started, at, error)
    rules.move(connection, run.id, job.rule, old, new)
    run.count(old, new)


def _write(
    connection: Connection,
    job_id: int,
    status: Status,
    attempt: int,
    started: datetime | None,
    ended: datetime | None,
    error: str | None,
) -> None:
    seconds = None
    if started and ended:
        # A clock may have been set back meanwhile.
        ended = max(started, ended)
        seconds = (ended - started).total_seconds()
    values = {
        "to_status": status.value,
        "to_attempt": attempt,
        "to_started_at": started,
        "to_ended_at": ended,
        "to_seconds": seconds,
        "to_error": error,
    }
    connection.execute(_MOVE, {"which": job_id, **values})


# --- many at once ---------------------------------------------------------------------------------


def end_running(
    connection: Connection,
    run: RunState,
    new: Status,
    at: datetime,
    words_for: Callable[[FoundJob], str | None] = lambda _job: None,
) -> None:
    """Close the jobs that still run when their run ends, since no event of theirs will come.

    Jobs that become Planned lose their start: a dry run never started them.
    """
    for job in connection.execute(_RUNNING, {"run_id": run.id}).all():
        end = None if new is Status.PLANNED else at
        _move(connection, run, job, new, end, words_for(job))


# --- what comes later -----------------------------------------------------------------------------


def give_command(connection: Connection, job_id: int, command: str) -> None:
    """The shell command of a job that has none yet."""
    connection.execute(_GIVE_COMMAND, {"which": job_id, "command": command})


def give_words(connection: Connection, job_id: int, text: str) -> None:
    """The words of a failure that came after it."""
    connection.execute(_GIVE_WORDS, {"which": job_id, "words": text})


def give_external_id(connection: Connection, job_id: int, external_id: str) -> None:
    """The id that a cluster gave to the job."""
    connection.execute(_GIVE_EXTERNAL_ID, {"which": job_id, "external_id": external_id})
