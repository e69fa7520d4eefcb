"""Reads and writes single rows of jobs and attempts, with statements that are built once."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Integer, bindparam, case, func, or_, select, update

from panoptes.common.status import Status
from panoptes.database.connections import UTCDateTime
from panoptes.database.prepared import PreparedInsert, PreparedSelect, PreparedUpdate
from panoptes.models.job import DETAILS, Attempt, Job

# So many jobs of one name are looked at, to find the one that another attempt belongs to.
MOST_NAMESAKES = 100


class JobRow(NamedTuple):
    """A job as an event finds it; `id` is 0 and `status` None where nobody spoke of it yet."""

    id: int
    key: str
    part: int
    rule: str
    status: str | None
    attempt: int = 1
    queued_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    shell_command: str | None = None
    error: str | None = None
    exit_status: int | None = None
    ignored: bool = False
    wildcards: Mapping[str, str] | None = None
    log: Sequence[str] | None = None
    external_id: str | None = None
    workdir: str | None = None

    @property
    def known_status(self) -> Status | None:
        """Its status, as the table of transitions has it."""
        return None if self.status is None else Status(self.status)


class JobOutput(NamedTuple):
    """What an error's text may say of a job that runs, its files too."""

    key: str
    part: int
    rule: str
    status: str | None
    shell_command: str | None
    wildcards: Mapping[str, str] | None
    log: list[str] | None
    output: list[str] | None


class _Error(NamedTuple):
    error: str | None


class AttemptTimes(NamedTuple):
    """When an attempt of a job began and ended, as far as it is known."""

    started_at: datetime | None
    ended_at: datetime | None


class _Number(NamedTuple):
    number: int


_COLUMNS = Job.__table__.c
_OF_RUN = select(*(_COLUMNS[name] for name in JobRow._fields)).where(
    Job.run_id == bindparam("run_id")
)
_FIND = PreparedSelect(
    _OF_RUN.where(Job.part == bindparam("part"), Job.key == bindparam("key")), JobRow
)
_MOST = bindparam("most", type_=Integer)
_SAME_KEY = _OF_RUN.where(Job.key == bindparam("key")).limit(MOST_NAMESAKES)
_LATER = PreparedSelect(_SAME_KEY.where(Job.part > bindparam("part")).order_by(Job.part), JobRow)
_EARLIER = PreparedSelect(
    _SAME_KEY.where(Job.part < bindparam("part")).order_by(Job.part.desc()), JobRow
)
_OPEN = PreparedSelect(
    _OF_RUN.where(
        or_(Job.status == Status.RUNNING.value, Job.status == Status.PENDING.value)
    ).limit(_MOST),
    JobRow,
)
_CANCELLED_SINCE = PreparedSelect(
    _OF_RUN.where(
        Job.status == Status.CANCELLED.value,
        Job.ended_at >= bindparam("since", type_=UTCDateTime),
    ).limit(_MOST),
    JobRow,
)
_RUNNING_OF_RULE = PreparedSelect(
    select(*(_COLUMNS[name] for name in JobOutput._fields)).where(
        Job.run_id == bindparam("run_id"),
        Job.rule == bindparam("rule"),
        Job.status == Status.RUNNING.value,
    ),
    JobOutput,
)
_FAILED_WITH = PreparedSelect(
    _OF_RUN.where(Job.status == Status.ERROR.value, Job.error == bindparam("error")), JobRow
)
_FIRST_ERROR = PreparedSelect(
    select(Job.error)
    .where(
        Job.run_id == bindparam("run_id"),
        Job.status == Status.ERROR.value,
        Job.ignored.is_(False),
        Job.error.is_not(None),
        Job.id != bindparam("but"),
    )
    .order_by(Job.ended_at, Job.id)
    .limit(1),
    _Error,
)
_EARLIER_ATTEMPTS = PreparedSelect(
    select(*(Attempt.__table__.c[name] for name in AttemptTimes._fields)).where(
        Attempt.job_id == bindparam("job_id")
    ),
    AttemptTimes,
)
_FAILED_OF_GROUP = PreparedSelect(
    _OF_RUN.where(Job.status == Status.ERROR.value, Job.group_name == bindparam("group_name")),
    JobRow,
)
_UNSAID: dict[str, Any] = {
    **dict.fromkeys(DETAILS),
    "is_checkpoint": False,
    "is_local": False,
    "cached": False,
    "ignored": False,
    "attempt": 1,
    "queued_at": None,
    "seconds": None,
    "error": None,
}
_INSERT = PreparedInsert(Job)
_KEEP_ATTEMPT = PreparedInsert(Attempt)
_FIND_ATTEMPT = PreparedSelect(
    select(Attempt.number).where(
        Attempt.job_id == bindparam("job_id"), Attempt.number == bindparam("number")
    ),
    _Number,
)
_OF_JOB = update(Job).where(Job.id == bindparam("which"))
_END_COLUMNS = ("status", "ended_at", "seconds", "error")


def _write(*names: str) -> PreparedUpdate:
    return PreparedUpdate(
        _OF_JOB.values({name: bindparam(f"to_{name}", type_=_COLUMNS[name].type) for name in names})
    )


_BEGIN = _write(
    *("attempt", "queued_at", "started_at", "exit_status", "external_id", "cached", "ignored"),
    *("usage", "workdir"),
    *_END_COLUMNS,
)
# SQLite writes every index anew of which a column is named, whether it changes or not.
_END = _write(*_END_COLUMNS)
_NEW_LETTERS = bindparam("to_letters", type_=Integer)
_START_AND_END = _write("started_at", *_END_COLUMNS)
# What an event doesn't say stays: a job_error must not empty what job_info filled.
_DESCRIBE = PreparedUpdate(
    _OF_JOB.values(
        {
            name: func.coalesce(bindparam(f"to_{name}", type_=_COLUMNS[name].type), _COLUMNS[name])
            for name in ("rule", *DETAILS)
        }
        | {"letters": case((Job.letters < _NEW_LETTERS, _NEW_LETTERS), else_=Job.letters)}
    )
)
_WRITE_COMMAND = PreparedUpdate(
    update(Job)
    .where(
        Job.run_id == bindparam("of_run"),
        Job.part == bindparam("of_part"),
        Job.key == bindparam("of_key"),
    )
    .values(shell_command=bindparam("command"))
)
_WRITE_ERROR = _write("error")


def find_job(connection: Connection, run_id: int, part: int, key: str) -> JobRow | None:
    """Return the job with this key in a part of a run."""
    return _FIND.first(connection, {"run_id": run_id, "part": part, "key": key})


def namesakes(
    connection: Connection, run_id: int, part: int, key: str, *, later: bool
) -> list[JobRow]:
    """Return jobs with this key in later parts than one, or in earlier ones, the nearest first."""
    query = _LATER if later else _EARLIER
    return query.all(connection, {"run_id": run_id, "part": part, "key": key})


def open_jobs(connection: Connection, run_id: int, most: int) -> list[JobRow]:
    """Return the jobs that wait or run, but no more than so many."""
    return _OPEN.all(connection, {"run_id": run_id, "most": most})


def jobs_cancelled_since(
    connection: Connection, run_id: int, since: datetime, most: int
) -> list[JobRow]:
    """Return the jobs that were cancelled at a time or later, but no more than so many."""
    return _CANCELLED_SINCE.all(connection, {"run_id": run_id, "since": since, "most": most})


def running_jobs_of(connection: Connection, run_id: int, rule: str) -> list[JobOutput]:
    """Return the jobs of a rule that run."""
    return _RUNNING_OF_RULE.all(connection, {"run_id": run_id, "rule": rule})


def failed_jobs_with(connection: Connection, run_id: int, error: str) -> list[JobRow]:
    """Return the failed jobs with this error."""
    return _FAILED_WITH.all(connection, {"run_id": run_id, "error": error})


def first_error(connection: Connection, run_id: int, but: int) -> str | None:
    """Return the error of the job that failed first, among those of a run but one."""
    row = _FIRST_ERROR.first(connection, {"run_id": run_id, "but": but})
    return row.error if row else None


def failed_of_group(connection: Connection, run_id: int, group: str) -> list[JobRow]:
    """Return the failed jobs of a group of jobs."""
    return _FAILED_OF_GROUP.all(connection, {"run_id": run_id, "group_name": group})


def earlier_attempts(connection: Connection, job_id: int) -> list[AttemptTimes]:
    """Return the times of a job's attempts before the latest."""
    return _EARLIER_ATTEMPTS.all(connection, {"job_id": job_id})


def insert_job(connection: Connection, row: Mapping[str, Any]) -> int:
    """Add a job, of which `row` holds what is known, and return its row id."""
    return _INSERT.new_id(connection, {**_UNSAID, **row, "letters": _letters(row)})


def _letters(details: Mapping[str, Any]) -> int:
    """Return how long is what is said of a job, about as the database has it."""
    letters = 0
    for value in details.values():
        if isinstance(value, str):
            letters += len(value)
        elif isinstance(value, (list, tuple)):
            letters += sum(len(each) for each in value if isinstance(each, str)) + 4 * len(value)
        elif isinstance(value, Mapping):
            letters += _letters(value) + sum(len(name) + 8 for name in value)
    return letters


def describe_job(
    connection: Connection, job_id: int, rule: str, details: Mapping[str, Any]
) -> None:
    """Fill in what an event says of a job; what it doesn't say stays."""
    values = {f"to_{name}": details.get(name) for name in DETAILS}
    values |= {"to_rule": rule or None, "to_letters": _letters(details)}
    _DESCRIBE.run(connection, {"which": job_id, **values})


def has_attempt(connection: Connection, job_id: int, number: int) -> bool:
    """Return whether an attempt of a job was put away."""
    return _FIND_ATTEMPT.first(connection, {"job_id": job_id, "number": number}) is not None


def keep_attempt(connection: Connection, job: JobRow) -> None:
    """Put a job's latest attempt away, before another one begins."""
    _KEEP_ATTEMPT.run(
        connection,
        {
            "job_id": job.id,
            "number": job.attempt,
            "status": job.status,
            "started_at": job.started_at,
            "ended_at": job.ended_at,
            "exit_status": job.exit_status,
            "external_id": job.external_id,
            "log": job.log,
            "workdir": job.workdir,
            "error": job.error,
        },
    )


def begin_attempt(
    connection: Connection,
    job_id: int,
    status: Status,
    attempt: int,
    *,
    queued: datetime | None = None,
    started: datetime | None = None,
    external_id: str | None = None,
    workdir: str | None = None,
) -> None:
    """Write that a job's latest attempt stands at its beginning."""
    values: dict[str, Any] = dict.fromkeys(
        ("to_ended_at", "to_seconds", "to_error", "to_exit_status", "to_usage")
    )
    values |= {"to_status": status.value, "to_attempt": attempt, "to_cached": False}
    values |= {"to_queued_at": queued, "to_started_at": started, "to_ignored": False}
    values |= {"to_external_id": external_id, "to_workdir": workdir}
    _BEGIN.run(connection, {"which": job_id, **values})


def end_attempt(
    connection: Connection,
    job: JobRow,
    status: Status,
    ended: datetime,
    error: str | None,
    started: datetime | None = None,
) -> None:
    """Write how a job's latest attempt ended, and when it `started` where that wasn't known."""
    seconds = None
    began = job.started_at or started
    if began:
        # A clock may have been set back meanwhile.
        ended = max(began, ended)
        seconds = (ended - began).total_seconds()
    values = {
        "to_status": status.value,
        "to_ended_at": ended,
        "to_seconds": seconds,
        "to_error": error,
    }
    if job.started_at is None and started is not None:
        _START_AND_END.run(connection, {"which": job.id, "to_started_at": started, **values})
    else:
        _END.run(connection, {"which": job.id, **values})


def write_command(connection: Connection, run_id: int, part: int, key: str, command: str) -> None:
    """Write the command of a job, if there is one with this key."""
    at = {"of_run": run_id, "of_part": part, "of_key": key}
    _WRITE_COMMAND.run(connection, {**at, "command": command})


def write_error(connection: Connection, job_id: int, text: str | None) -> None:
    """Write the text of a failure that came after it, None where it has none after all."""
    _WRITE_ERROR.run(connection, {"which": job_id, "to_error": text})
