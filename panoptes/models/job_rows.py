"""Reads and writes single rows of jobs and attempts, with statements that are built once."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, select, update

from panoptes.common.status import Status
from panoptes.database.connections import AnyRow
from panoptes.database.prepared import PreparedInsert, PreparedSelect, PreparedUpdate
from panoptes.models.job import DETAILS, Attempt, Job

# A row of _FOUND.
FoundJob = AnyRow

_COLUMNS = Job.__table__.c
_UNTOLD: dict[str, Any] = {
    **dict.fromkeys(DETAILS),
    "is_checkpoint": False,
    "is_local": False,
    "attempt": 1,
    "seconds": None,
    "error": None,
}

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
    Job.part,
    Job.wildcards,
)
_OF_RUN = _FOUND.where(Job.run_id == bindparam("run_id"))
_FIND = PreparedSelect(_OF_RUN.where(Job.part == bindparam("part"), Job.key == bindparam("key")))
_BY_ID = PreparedSelect(_FOUND.where(Job.id == bindparam("which")))
_RUNNING = PreparedSelect(_OF_RUN.where(Job.status == Status.RUNNING.value))
_FAILED_OF_GROUP = PreparedSelect(
    _OF_RUN.where(Job.status == Status.ERROR.value, Job.group_name == bindparam("group_name"))
)
_INSERT = PreparedInsert(Job)
_KEEP_ATTEMPT = PreparedInsert(Attempt)
_OF_JOB = update(Job).where(Job.id == bindparam("which"))
_ENDS = ("status", "ended_at", "seconds", "error")


def _write(*names: str) -> PreparedUpdate:
    return PreparedUpdate(
        _OF_JOB.values({name: bindparam(f"to_{name}", type_=_COLUMNS[name].type) for name in names})
    )


_BEGIN = _write("attempt", "started_at", *_ENDS)
# SQLite writes every index anew of which a column is named, whether it changes or not.
_END = _write(*_ENDS)
# What an event doesn't tell stays: a job_error must not empty what job_info filled.
_DESCRIBE = PreparedUpdate(
    _OF_JOB.values(
        {
            name: func.coalesce(bindparam(f"to_{name}", type_=_COLUMNS[name].type), _COLUMNS[name])
            for name in ("rule", *DETAILS)
        }
    )
)
_GIVE_COMMAND = PreparedUpdate(_OF_JOB.values(shell_command=bindparam("command")))
_GIVE_WORDS = PreparedUpdate(_OF_JOB.values(error=bindparam("words")))
_GIVE_EXTERNAL_ID = PreparedUpdate(_OF_JOB.values(external_id=bindparam("external_id")))


def find_job(connection: Connection, run_id: int, part: int, key: str) -> FoundJob | None:
    """Return the job with this id in a part of a run."""
    return _FIND.first(connection, {"run_id": run_id, "part": part, "key": key})


def job_by_id(connection: Connection, job_id: int) -> FoundJob:
    """Return the job with this row id."""
    return _BY_ID.first(connection, {"which": job_id})


def running_jobs(connection: Connection, run_id: int) -> list[FoundJob]:
    """Return the jobs that run."""
    return _RUNNING.all(connection, {"run_id": run_id})


def failed_of_group(connection: Connection, run_id: int, group: str) -> list[FoundJob]:
    """Return the failed jobs of a group of jobs."""
    return _FAILED_OF_GROUP.all(connection, {"run_id": run_id, "group_name": group})


def insert_job(connection: Connection, row: Mapping[str, Any]) -> int:
    """Add a job, of which `row` tells what is known, and return its row id."""
    return _INSERT.run(connection, {**_UNTOLD, **row})


def describe_job(
    connection: Connection, job_id: int, rule: str, details: Mapping[str, Any]
) -> None:
    """Fill in what was told of a job; what wasn't told now stays."""
    told = {f"to_{name}": details.get(name) for name in DETAILS}
    _DESCRIBE.run(connection, {"which": job_id, "to_rule": rule or None, **told})


def keep_attempt(connection: Connection, job: FoundJob) -> None:
    """Put a job's latest attempt away, before another one begins."""
    _KEEP_ATTEMPT.run(
        connection,
        {
            "job_id": job.id,
            "number": job.attempt,
            "status": job.status,
            "started_at": job.started_at,
            "ended_at": job.ended_at,
            "error": job.error,
        },
    )


def begin_attempt(
    connection: Connection, job_id: int, status: Status, attempt: int, started: datetime | None
) -> None:
    """Write that a job's latest attempt stands at its beginning, with or without a start."""
    values = dict.fromkeys(("to_ended_at", "to_seconds", "to_error"))
    values |= {"to_status": status.value, "to_attempt": attempt, "to_started_at": started}
    _BEGIN.run(connection, {"which": job_id, **values})


def end_attempt(
    connection: Connection, job: FoundJob, status: Status, ended: datetime, error: str | None
) -> None:
    """Write how a job's latest attempt ended."""
    seconds = None
    if job.started_at:
        # A clock may have been set back meanwhile.
        ended = max(job.started_at, ended)
        seconds = (ended - job.started_at).total_seconds()
    values = {
        "to_status": status.value,
        "to_ended_at": ended,
        "to_seconds": seconds,
        "to_error": error,
    }
    _END.run(connection, {"which": job.id, **values})


def give_command(connection: Connection, job_id: int, command: str) -> None:
    """The shell command of a job's latest attempt, which an event of its own tells."""
    _GIVE_COMMAND.run(connection, {"which": job_id, "command": command})


def give_words(connection: Connection, job_id: int, text: str) -> None:
    """The words of a failure that came after it."""
    _GIVE_WORDS.run(connection, {"which": job_id, "words": text})


def give_external_id(connection: Connection, job_id: int, external_id: str) -> None:
    """The id that a cluster gave to the job."""
    _GIVE_EXTERNAL_ID.run(connection, {"which": job_id, "external_id": external_id})
