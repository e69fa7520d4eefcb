"""The life of a job: carries out what the table of transitions says, and counts it.

Each verb takes the run's state (held by the event's transaction) and changes the run's, the rule's
and the samples' counts with the job.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from itertools import islice
from typing import Any

from sqlalchemy import Connection

from panoptes.common.status import Status
from panoptes.common.wildcards import MOST_WILDCARDS
from panoptes.models import job_rows as rows
from panoptes.models import rule as rules
from panoptes.models import rule_usage
from panoptes.models import sample as samples
from panoptes.models.job_rows import JobRow
from panoptes.models.rule import Times
from panoptes.models.run_state import RunState
from panoptes.models.sample import KnownJob
from panoptes.models.transitions import JOBS, JobEffect, JobEvent, RunEvent

Details = Mapping[str, Any]
_OPEN = (Status.RUNNING, Status.PENDING)
# So many jobs change in one transaction, with their counts: some 50 ms.
MOST_AT_ONCE = 250
# Before any time that a clock may show, if it is set back.
AT_ONCE = datetime(1970, 1, 1, tzinfo=timezone.utc)
# The error of a job that its run's end closed.
STILL_RUNNING = "The run ended before the end of this was reported."
# What becomes of a job that runs when its run has ended so.
_ENDS_AS = {
    Status.DONE: Status.DONE,
    Status.ERROR: Status.ERROR,
    Status.CANCELLED: Status.CANCELLED,
    Status.NO_EXECUTION: Status.PLANNED,
}
# Until its attempt has ended, nothing counts what a job used.
_NOT_COUNTED = (None, *_OPEN)
_BEGINNINGS = (JobEvent.QUEUED, JobEvent.SEEN, JobEvent.STARTED)


@dataclass(frozen=True, slots=True)
class Told:
    """What an event says of a job.

    `details` are columns of `jobs` that it names, `reason` the kind of reason why the job runs,
    `error` the text of a failure. `attempt` is the number of the attempt that it is about, where
    the engine counts them, and `started` when that began, where it is told with its end.
    """

    rule: str = ""
    details: Details = field(default_factory=dict)
    reason: str | None = None
    error: str | None = None
    attempt: int | None = None
    started: datetime | None = None

    @property
    def is_ignored(self) -> bool:
        """Whether it is a failure that doesn't fail the run."""
        return bool(self.details.get("ignored"))


def take(
    connection: Connection, run: RunState, job: JobRow, event: JobEvent, at: datetime, told: Told
) -> None:
    """Let an event happen to a job, whose `id` is 0 where it is new."""
    meant = _as_meant(connection, run, job, event, at, told)
    if meant is None:
        return
    status, effect = JOBS[meant.known_status, event]
    is_new = "usage" in told.details and (
        meant.known_status in _NOT_COUNTED or not rule_usage.is_known(connection, meant.id)
    )
    changed = _carry_out(connection, run, meant, status, effect, at, told)
    if changed is None:
        return
    if is_new and status not in _OPEN:
        rule_usage.count_usage(connection, run.id, changed.id)
    if status is Status.PLANNED:
        rules.renew_starts(connection, run.id)
    else:
        _tell_run(run, status, at, told.error, ignored=told.is_ignored)


def _as_meant(
    connection: Connection, run: RunState, job: JobRow, event: JobEvent, at: datetime, told: Told
) -> JobRow | None:
    """Return the job as it stands before the attempt that is meant, None for an earlier one."""
    if told.attempt is None or job.known_status is None:
        return job
    if told.attempt < job.attempt:
        if event is JobEvent.FAILED:
            _keep_earlier(connection, run, job, at, told.attempt, told)
        return None
    if told.attempt > job.attempt:
        return _before_later(connection, run, job, event, told.attempt, told.started or at)
    # The attempt has failed: what tells of its beginning comes late.
    is_late = job.known_status is Status.ERROR and event in _BEGINNINGS
    return None if is_late else job


def _carry_out(
    connection: Connection,
    run: RunState,
    job: JobRow,
    status: Status,
    effect: JobEffect,
    at: datetime,
    told: Told,
) -> JobRow | None:
    """Carry out an effect, and return the job, None where it stands as it stood."""
    if effect is JobEffect.IGNORE or (effect is JobEffect.NAME and job.rule):
        return None
    if effect is JobEffect.COMPLETE:
        _complete(connection, run, job, told)
        return None
    if effect is JobEffect.CREATE:
        return job._replace(id=_create(connection, run, job, status, at, told))
    if told.details or (told.rule and not job.rule):
        job = _describe(connection, run, job, told)
    if effect is JobEffect.END:
        ignored, started = told.is_ignored, told.started
        _end(connection, run, job, status, at, told.error, ignored=ignored, started=started)
    elif effect in (JobEffect.BEGIN, JobEffect.RETRY):
        _begin(connection, run, job, status, at, told)
    else:
        return None
    return job


def _tell_run(
    run: RunState, status: Status, at: datetime, error: str | None, *, ignored: bool
) -> None:
    """Let what became of a job happen to its run."""
    if status in _OPEN:
        run.take(RunEvent.JOB_BEGAN, at)
    elif status is not Status.ERROR or ignored:
        run.take(RunEvent.JOB_FINISHED, at)
    else:
        run.take(RunEvent.JOB_FAILED, at, error)


def _keep_earlier(
    connection: Connection, run: RunState, job: JobRow, at: datetime, attempt: int, told: Told
) -> None:
    """Keep how an attempt failed of which nothing was known when a later one was told."""
    if rows.has_attempt(connection, job.id, attempt):
        return
    failed = JobRow(
        id=job.id,
        key=job.key,
        part=job.part,
        rule=job.rule,
        status=Status.ERROR.value,
        attempt=attempt,
        started_at=told.started,
        ended_at=at,
        error=told.error,
        exit_status=told.details.get("exit_status"),
        log=told.details.get("log"),
        external_id=told.details.get("external_id"),
        workdir=told.details.get("workdir"),
    )
    rows.keep_attempt(connection, failed)
    rules.add_times(connection, run.id, job.rule, Times(told.started, at))


def _before_later(
    connection: Connection,
    run: RunState,
    job: JobRow,
    event: JobEvent,
    attempt: int,
    at: datetime,
) -> JobRow:
    """Return a job as it stands before an event about an attempt later than all that are known.

    An attempt is followed by another one where it failed, whether that was told or not. What is
    done stays so, unless only its run's end closed it.
    """
    if job.known_status is Status.DONE and job.exit_status is not None:
        return job
    if job.known_status is not Status.ERROR:
        _end(connection, run, job, Status.ERROR, at, None)
        job = rows.find_job(connection, run.id, job.part, job.key) or job
    if event not in _BEGINNINGS:
        _begin(connection, run, job, Status.RUNNING, at, Told(attempt=attempt))
        job = rows.find_job(connection, run.id, job.part, job.key) or job
    return job


def _complete(connection: Connection, run: RunState, job: JobRow, told: Told) -> None:
    if job.exit_status is None and told.details.get("exit_status") is not None:
        if job.known_status is Status.ERROR:
            rows.write_error(connection, job.id, told.error)
        tell(connection, run, job, told.details, None)


def tell(
    connection: Connection, run: RunState, job: JobRow, details: Details, error: str | None
) -> None:
    """Fill in more about a job, and the text of a failure that came before it."""
    if details:
        ended = job.known_status not in _OPEN
        new_usage = ended and "usage" in details and not rule_usage.is_known(connection, job.id)
        _describe(connection, run, job, Told(details=details))
        if new_usage:
            rule_usage.count_usage(connection, run.id, job.id)
    if error is not None and job.status == Status.ERROR:
        rows.write_error(connection, job.id, error)
        if not job.ignored and run.error in (None, job.error):
            run.error = error


def end_open(
    connection: Connection, run: RunState, new: Status, at: datetime, error: str | None = None
) -> None:
    """Close the jobs that still run when their run ends, since no event of theirs will come.

    Jobs that wait are cancelled. Jobs that become Planned lose their start: a dry run never started
    them. Very many are left to `settle`, step by step, so that events of other runs go between.
    """
    if run.jobs_running + run.jobs_queued > MOST_AT_ONCE:
        run.settle_after = AT_ONCE
    elif run.jobs_running or run.jobs_queued:
        _end_some(connection, run, new, at, error)


def settle(connection: Connection, run: RunState) -> None:
    """Close some of the jobs that were left open when their run ended."""
    new = _ENDS_AS[run.status]
    _end_some(connection, run, new, run.ended_at or run.started_at, STILL_RUNNING)
    if not run.jobs_running and not run.jobs_queued:
        run.settle_after = None


def _end_some(
    connection: Connection, run: RunState, new: Status, at: datetime, error: str | None
) -> None:
    for job in rows.open_jobs(connection, run.id, MOST_AT_ONCE):
        never_began = job.status == Status.PENDING and new is not Status.PLANNED
        status = Status.CANCELLED if never_began else new
        text = error if status is Status.ERROR else None
        _end(connection, run, job, status, at, text)
    if new is Status.PLANNED and not run.jobs_running and not run.jobs_queued:
        rules.renew_starts(connection, run.id)


def reopen(connection: Connection, run: RunState, since: datetime) -> bool:
    """Let some of the jobs wait or run again that were cancelled `since` then, with their run.

    Returns whether there may be more.
    """
    jobs = rows.jobs_cancelled_since(connection, run.id, since, MOST_AT_ONCE)
    for job in jobs:
        status = Status.RUNNING if job.started_at else Status.PENDING
        rows.begin_attempt(
            connection,
            job.id,
            status,
            job.attempt,
            queued=job.queued_at,
            started=job.started_at,
            external_id=job.external_id,
            workdir=job.workdir,
        )
        before, now = Times(job.started_at, job.ended_at), Times(job.started_at)
        rules.move(connection, run.id, job.rule, Status.CANCELLED, status, before=before, now=now)
        samples.move(connection, run.id, job.rule, job.wildcards, Status.CANCELLED, status)
        run.count_job(Status.CANCELLED, status)
    if len(jobs) == MOST_AT_ONCE:
        return True
    rules.renew_ends(connection, run.id)
    return False


def _create(
    connection: Connection,
    run: RunState,
    job: JobRow,
    status: Status,
    at: datetime,
    told: Told,
) -> int:
    started = at if status is Status.RUNNING else told.started
    times, attempt = Times(started, None if status in _OPEN else at), told.attempt or 1
    row = {
        "run_id": run.id,
        "part": job.part,
        "key": job.key,
        "rule": told.rule,
        "status": status.value,
        "attempt": attempt,
        "queued_at": at if status is Status.PENDING else None,
        "started_at": times.started,
        "ended_at": times.ended,
        "seconds": times.seconds,
        "error": told.error,
        **told.details,
    }
    job_id = rows.insert_job(connection, row)
    run.count_job(None, status, ignored=told.is_ignored)
    run.jobs_retried += attempt > 1
    new = KnownJob(job_id, job.key, job.part, told.rule, status, told.details.get("wildcards"))
    _enter(connection, run, new, told.reason, times, attempt)
    return job_id


def _describe(connection: Connection, run: RunState, job: JobRow, told: Told) -> JobRow:
    """Return the job with what is new about it. A rule and wildcards that count it already stay."""
    counted = (job.wildcards if job.rule else None) or {}
    added = _added(counted, told.details.get("wildcards") or job.wildcards or {})
    wildcards = {**counted, **added} or None
    rows.describe_job(
        connection, job.id, "" if job.rule else told.rule, {**told.details, "wildcards": wildcards}
    )
    described = job._replace(rule=job.rule or told.rule, wildcards=wildcards)
    known = KnownJob(job.id, job.key, job.part, described.rule, Status(str(job.status)), wildcards)
    if not job.rule:
        times = Times(job.started_at, job.ended_at)
        _enter(connection, run, known, told.reason, times, job.attempt)
    elif added:
        samples.enter(connection, run.id, known._replace(wildcards=added))
    return described


def _added(counted: Mapping[str, str], told: Mapping[str, str]) -> dict[str, str]:
    """Return the wildcards of a job that are new; it is found by its first ones, old or new."""
    new = {name: value for name, value in told.items() if name not in counted}
    return dict(islice(new.items(), max(MOST_WILDCARDS - len(counted), 0))) if counted else new


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
    for earlier in rows.earlier_attempts(connection, job.id) if attempts > 1 else ():
        rules.add_times(connection, run.id, job.rule, Times(*earlier))
    samples.enter(connection, run.id, job)
    run.count_reason(reason)


def _begin(
    connection: Connection,
    run: RunState,
    job: JobRow,
    new: Status,
    at: datetime,
    told: Told,
) -> None:
    """Begin a job's first attempt, or another one behind one that failed.

    Another attempt has neither the cluster's id nor the folder of the one before.
    """
    old = Status(str(job.status))
    again = old is Status.ERROR
    if again:
        _forgive(connection, run, job)
    attempt = max(told.attempt or 1, job.attempt + again)
    first_retry = again and job.attempt == 1
    if again:
        rows.keep_attempt(connection, job)
    started = at if new is Status.RUNNING else None
    queued = job.queued_at if old is Status.PENDING else None
    rows.begin_attempt(
        connection,
        job.id,
        new,
        attempt,
        queued=queued if started else at,
        started=started,
        external_id=told.details.get("external_id") or (None if again else job.external_id),
        workdir=told.details.get("workdir") or (None if again else job.workdir),
    )
    rules.move(
        connection,
        run.id,
        job.rule,
        old,
        new,
        attempts=attempt - job.attempt,
        retried=first_retry,
        now=Times(started),
    )
    samples.move(connection, run.id, job.rule, job.wildcards, old, new)
    run.count_job(old, new, was_ignored=job.ignored)
    run.jobs_retried += first_retry


def _forgive(connection: Connection, run: RunState, job: JobRow) -> None:
    """Let the run's error be that of the first job that is still failed, not of this one."""
    if job.error is not None and run.error == job.error and run.jobs_failed > 1:
        run.error = rows.first_error(connection, run.id, job.id)


def _end(
    connection: Connection,
    run: RunState,
    job: JobRow,
    new: Status,
    at: datetime,
    error: str | None,
    *,
    ignored: bool = False,
    started: datetime | None = None,
) -> None:
    old = Status(str(job.status))
    if old is Status.ERROR:
        _forgive(connection, run, job)
    before = Times(job.started_at, job.ended_at)
    if new is Status.PLANNED:
        now = Times()
        rows.begin_attempt(connection, job.id, new, job.attempt, workdir=job.workdir)
    else:
        now = Times(job.started_at or started, at)
        rows.end_attempt(connection, job, new, at, error, started)
    rules.move(connection, run.id, job.rule, old, new, before=before, now=now)
    samples.move(connection, run.id, job.rule, job.wildcards, old, new)
    run.count_job(old, new, was_ignored=job.ignored, ignored=ignored)
