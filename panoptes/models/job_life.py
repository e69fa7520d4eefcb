"""The life of a job: every transition with its guard.

Each takes the run's state (held by the event's transaction), changes the run's and the rule's
counts with the job, and does nothing where a doubled or late event asks for what is already so.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from panoptes.common.status import Status
from panoptes.engines.snakemake import error_texts
from panoptes.models import job_rows as rows
from panoptes.models import rule as rules
from panoptes.models import sample as samples
from panoptes.models.job_rows import FoundJob
from panoptes.models.rule import Times
from panoptes.models.run_state import RunState
from panoptes.models.sample import KnownJob

_MAY_END = (Status.RUNNING, Status.PLANNED)
_MAY_RESTART = (Status.ERROR, Status.PLANNED)
_NOTHING_TOLD: Mapping[str, Any] = {}


def find(connection: Connection, run: RunState, key: str) -> FoundJob | None:
    """Return the job with this id in the run's current part."""
    return rows.find_job(connection, run.id, run.part, key)


def announce(
    connection: Connection,
    run: RunState,
    key: str,
    rule: str,
    details: Mapping[str, Any],
    at: datetime,
) -> None:
    """A job is about to run: it is new, or known by its id alone, or starts again."""
    job = find(connection, run, key)
    if job is None:
        job_id = _create(connection, run, key, rule, details, Status.RUNNING, at)
        run.job_began()
    elif job.status in _MAY_RESTART:
        job_id = _describe(connection, run, job, rule, details)
        _restart(connection, run, job, job.rule or rule, _wildcards(job, details), at)
    elif job.status == Status.RUNNING or not job.rule:
        # Snakemake 9 starts a job first, also when it starts again; or a late event finished it
        # before it was announced.
        job_id = _describe(connection, run, job, rule, details)
    else:
        return  # A copy, or an event that came late.
    run.job_without_command = None if "shell_command" in details else job_id
    run.has_checkpoint = run.has_checkpoint or bool(details.get("is_checkpoint"))


def start(connection: Connection, run: RunState, key: str, at: datetime) -> None:
    """A job runs, and what it is will be told later (Snakemake 9)."""
    job = find(connection, run, key)
    if job is None:
        _create(connection, run, key, "", {}, Status.RUNNING, at)
        run.job_began()
    elif job.status in _MAY_RESTART:
        _restart(connection, run, job, job.rule, job.wildcards, at)


def finish(connection: Connection, run: RunState, key: str, at: datetime) -> None:
    """A job came through: also one that was never announced, or was given up too early."""
    job = find(connection, run, key)
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
    details: Mapping[str, Any] = _NOTHING_TOLD,
    error: str | None = None,
    text_follows: bool = False,
) -> None:
    """An attempt failed, with these words where the client has any; a job that is done stays so.

    `text_follows`: an error behind it may be about this job, unless one before it was.
    """
    job = find(connection, run, key)
    if job is None:
        job_id = _create(connection, run, key, rule, details, Status.RUNNING, None)
    elif job.status in _MAY_END:
        job_id = _describe(connection, run, job, rule, details)
    else:
        return
    job = rows.job_by_id(connection, job_id)
    own, run.waiting_words = error_texts.take(run.waiting_words, job.rule, job.shell_command)
    text = error or (own.text if own else None)
    _move(connection, run, job, Status.ERROR, at, text)
    run.job_failed(text)
    only_detail = own is None or own.detail
    run.job_without_words = job_id if text_follows and only_detail else None


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
    times = Times(None if ended else at, at if ended else None)
    row = {
        "run_id": run.id,
        "part": run.part,
        "key": key,
        "rule": rule,
        "status": status.value,
        "started_at": times.started,
        "ended_at": times.ended,
        **details,
    }
    job_id = rows.insert_job(connection, row)
    run.count(None, status)
    job = KnownJob(job_id, key, run.part, rule, status, details.get("wildcards"))
    _enter(connection, run, job, details.get("reason"), times)
    return job_id


def _describe(
    connection: Connection, run: RunState, job: FoundJob, rule: str, details: Mapping[str, Any]
) -> int:
    # A rule and wildcards that are known stay: they count the job.
    wildcards = _wildcards(job, details)
    told = {**details, "wildcards": wildcards}
    rows.describe_job(connection, job.id, "" if job.rule else rule, told)
    now = KnownJob(job.id, job.key, job.part, job.rule or rule, Status(job.status), wildcards)
    if not job.rule:
        times = Times(job.started_at, job.ended_at)
        _enter(connection, run, now, details.get("reason"), times, job.attempt)
    elif not job.wildcards:
        samples.enter(connection, run.id, now)
    return int(job.id)


def _wildcards(job: FoundJob, details: Mapping[str, Any]) -> Mapping[str, str] | None:
    counted: Mapping[str, str] | None = job.wildcards if job.rule else None
    return counted or details.get("wildcards") or job.wildcards


def _enter(
    connection: Connection,
    run: RunState,
    job: KnownJob,
    reason: str | None,
    times: Times,
    attempts: int = 1,
) -> None:
    """Count a job as soon as its rule is known."""
    if not job.rule:
        return
    rules.move(
        connection,
        run.id,
        job.rule,
        None,
        job.status,
        attempts=attempts,
        retried=attempts > 1,
        now=times,
        job_id=job.id,
        wildcards=job.wildcards,
    )
    samples.enter(connection, run.id, job)
    run.count_reason(reason)


def _restart(
    connection: Connection,
    run: RunState,
    job: FoundJob,
    rule: str,
    wildcards: Mapping[str, str] | None,
    at: datetime,
) -> None:
    old = Status(job.status)
    if old is Status.PLANNED:
        attempt = job.attempt
    else:
        attempt = job.attempt + 1
        rows.keep_attempt(connection, job)
    rows.begin_attempt(connection, job.id, Status.RUNNING, attempt, at)
    first_retry = attempt == 2 and old is not Status.PLANNED
    rules.move(
        connection,
        run.id,
        rule,
        old,
        Status.RUNNING,
        attempts=attempt - job.attempt,
        retried=first_retry,
        now=Times(at),
    )
    samples.move(connection, run.id, rule, wildcards, old, Status.RUNNING)
    run.count(old, Status.RUNNING)
    run.jobs_retried += first_retry
    run.job_began()


def _move(
    connection: Connection,
    run: RunState,
    job: FoundJob,
    new: Status,
    at: datetime | None,
    error: str | None,
) -> None:
    old = Status(job.status)
    before = Times(job.started_at, job.ended_at)
    now = Times(job.started_at if new is not Status.PLANNED else None, at)
    if at is None:
        rows.begin_attempt(connection, job.id, new, job.attempt, None)
    else:
        rows.end_attempt(connection, job, new, at, error)
    rules.move(connection, run.id, job.rule, old, new, before=before, now=now)
    samples.move(connection, run.id, job.rule, job.wildcards, old, new)
    run.count(old, new)


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
    for job in rows.running_jobs(connection, run.id):
        end = None if new is Status.PLANNED else at
        _move(connection, run, job, new, end, words_for(job))
