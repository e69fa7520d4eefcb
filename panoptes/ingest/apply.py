"""What an event does: each change that it tells becomes transitions of its run and its jobs."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from panoptes.common.status import Status
from panoptes.engines.snakemake import error_texts, events
from panoptes.engines.snakemake.registration import Registration
from panoptes.models import job_life as jobs
from panoptes.models import job_rows, notification
from panoptes.models import rule as rules
from panoptes.models.job_rows import FoundJob
from panoptes.models.message import add_message
from panoptes.models.notification import NO_SUBSCRIPTIONS, Subscriptions
from panoptes.models.run_state import Ending, RunState
from panoptes.models.token import Reporter
from panoptes.models.workflow import lock_current_run, register

# What an ignored event is answered, with 200: its client must not be harmed.
NOT_ALLOWED = "Only its owner's token, or a valid one, may report of this run; this is ignored."
UNKNOWN_WORKFLOW = "There is no such workflow; the event is ignored."
CANCELLED = "The workflow was cancelled; the event is ignored."
COPY = "The event was there before."
OK = "ok"

LEFT_SILENTLY = "Snakemake stopped without a word about the run's end: did it crash?"
STILL_RUNNING = "The run ended before this job reported how it ended."


def begin(
    connection: Connection,
    told: Registration,
    owner: str | None,
    now: datetime,
    silent: datetime | None,
) -> int:
    """Register a run, inside the caller's transaction, and return its workflow's id.

    `owner` is the name of the token that it came with, if any. A running workflow that was last
    heard of before `silent` counts as dead. A call that only looks (`--dag`) would never say that
    it ended.
    """
    columns: dict[str, Any] = {
        "snakefile": told.snakefile,
        "command": told.command,
        "workdir": told.workdir,
        "owner": owner,
    }
    if told.runs_nothing:
        columns |= {"status": Status.NO_EXECUTION.value, "ended_at": now}
    return register(connection, told.name, columns, now, silent)


@dataclass(frozen=True, slots=True)
class _Context:
    """`at` is the time of the event by our clock, `now` that of its arrival; both UTC."""

    connection: Connection
    run: RunState
    at: datetime
    now: datetime


def ingest(
    connection: Connection,
    workflow_id: int,
    event: events.Event,
    digest: bytes | None,
    reporter: Reporter | None,
    now: datetime,
    subscriptions: Subscriptions = NO_SUBSCRIPTIONS,
) -> str:
    """Apply an event to the current run of its workflow, inside the caller's transaction.

    `digest` stands for the whole text of an event that can't come twice by itself (it carries a
    time), None otherwise. `reporter` is who sends it, None where nobody needs a token.
    `subscriptions` are told what becomes of the run. Returns what happened, as a sentence.
    """
    run = lock_current_run(connection, workflow_id)
    if run is None:
        return UNKNOWN_WORKFLOW
    if reporter is not None and not reporter.may_report(run.owner, run.started_at, now):
        return NOT_ALLOWED
    if run.status is Status.CANCELLED:
        return CANCELLED
    if digest is not None and not run.remember(digest):
        return COPY
    context = _Context(connection, run, run.event_time(event.time, now), now)
    before = notification.snapshot(run)
    for change in event.changes:
        _HANDLERS[type(change)](context, change)
    if event.message is not None:
        add_message(connection, run.id, context.at, event.message.level, event.message.text)
        run.count_line(event.message.level)
    run.save(connection, now)
    if subscriptions:
        notification.notify_of_change(connection, subscriptions, run, before, now)
    return OK


# --- jobs -----------------------------------------------------------------------------------------


def _job_info(context: _Context, info: events.JobInfo) -> None:
    details = dict(info.details)
    if info.in_group and context.run.group_name:
        details["group_name"] = context.run.group_name
    jobs.announce(context.connection, context.run, info.key, info.rule, details, context.at)


def _jobs_started(context: _Context, started: events.JobsStarted) -> None:
    for key in started.keys:
        jobs.start(context.connection, context.run, key, context.at)


def _job_finished(context: _Context, finished: events.JobFinished) -> None:
    jobs.finish(context.connection, context.run, finished.key, context.at)


def _job_failed(context: _Context, failed: events.JobFailed) -> None:
    jobs.fail(
        context.connection,
        context.run,
        failed.key,
        context.at,
        rule=failed.rule,
        details=failed.details,
        error=failed.error,
        text_follows=failed.text_follows,
    )


def _jobs_failed(context: _Context, failed: events.JobsFailed) -> None:
    for failure in failed.failures:
        _job_failed(context, failure)


def _job_restarts(context: _Context, restarts: events.JobRestarts) -> None:
    # No client before 8 tells of a failing `run:` block: that it starts again is all that comes.
    jobs.fail(context.connection, context.run, restarts.key, context.at)


def _shell_command(context: _Context, shell: events.ShellCommand) -> None:
    run = context.run
    if shell.key is not None:
        job = jobs.find(context.connection, run, shell.key)
        job_id = job.id if job else None
    else:
        job_id, run.job_without_command = run.job_without_command, None
    if job_id is not None:
        job_rows.give_command(context.connection, job_id, shell.command)


def _job_submitted(context: _Context, submitted: events.JobSubmitted) -> None:
    job = jobs.find(context.connection, context.run, submitted.key)
    if job is not None:
        job_rows.give_external_id(context.connection, job.id, submitted.external_id)


def _group_named(context: _Context, group: events.GroupNamed) -> None:
    context.run.group_name = group.name


# --- totals ---------------------------------------------------------------------------------------


def _planned(context: _Context, planned: events.Planned) -> None:
    context.run.clear_of_suspicion()
    if context.run.plan(sum(planned.rules.values())):
        rules.plan(context.connection, context.run.id, planned.rules)


def _progress(context: _Context, progress: events.Progress) -> None:
    run = context.run
    if run.is_told_twice(progress.done):
        _dry_run(context, events.DryRun())
        return
    run.progress(progress.done, progress.total)
    if progress.done == progress.total > 0 and not run.nested:
        _succeed(context, complete=True)


# --- words ----------------------------------------------------------------------------------------


def _error_text(context: _Context, error: events.ErrorText) -> None:
    run = context.run
    if error.fails_job and error.key is not None:
        # No client sends a job_error for a missing output.
        jobs.fail(context.connection, run, error.key, context.at, error=error.text)
        return
    failed = _failed_before(context, error)
    if failed:
        _give_words(context, failed, error.text)
    elif error.raised and run.knows_jobs:
        said = error_texts.Words(error.text, unreported=error.fails_job)
        run.waiting_words = error_texts.add(run.waiting_words, said)
        run.suspect(context.now, error.text)
    elif not run.knows_jobs:
        run.suspect(context.now, error.text)


def _failed_before(context: _Context, error: events.ErrorText) -> list[FoundJob]:
    """Return the jobs whose failure was told before these words, which belong to them."""
    connection, run = context.connection, context.run
    if error.group is not None:
        return job_rows.failed_of_group(connection, run.id, error.group)
    if error.key is not None:
        job = jobs.find(connection, run, error.key)
    elif error.raised and run.job_without_words is not None:
        job = job_rows.job_by_id(connection, run.job_without_words)
        if job.shell_command and not error_texts.quotes(error.text, job.shell_command):
            return []
    else:
        return []
    return [job] if job is not None and job.status == Status.ERROR else []


def _give_words(context: _Context, failed: list[FoundJob], text: str) -> None:
    run = context.run
    for job in failed:
        job_rows.give_words(context.connection, job.id, text)
        if run.error is None or run.error == job.error:
            run.error = text
    run.job_without_words = None


def _failure_detail(context: _Context, detail: events.FailureDetail) -> None:
    run = context.run
    run.waiting_words = error_texts.add(
        run.waiting_words, error_texts.Words(detail.text, detail=True)
    )


# --- ends -----------------------------------------------------------------------------------------


def _succeed(context: _Context, *, complete: bool = False) -> None:
    run = context.run
    jobs.end_running(context.connection, run, Status.DONE, context.at)
    run.succeed(context.now, complete=complete)


def _fail(context: _Context, text: str | None) -> None:
    """Close a run that ended with an error, and the jobs that never reported their end."""
    run = context.run

    def words_for(job: FoundJob) -> str:
        own, run.waiting_words = error_texts.take(
            run.waiting_words, job.rule, job.shell_command, reported=False
        )
        if own is None:
            return STILL_RUNNING
        run.error = run.error or own.text
        return f"{own.text}\n{STILL_RUNNING}"

    jobs.end_running(context.connection, run, Status.ERROR, context.at, words_for)
    run.fail(context.now, text)


def _run_succeeded(context: _Context, _event: events.RunSucceeded) -> None:
    _succeed(context)


def _run_will_fail(context: _Context, event: events.RunWillFail) -> None:
    context.run.will_fail(event.text)


def _run_failed(context: _Context, event: events.RunFailed) -> None:
    if not context.run.nested and not context.run.is_complete:
        _fail(context, event.text)


def _run_ended(context: _Context, ended: events.RunEnded) -> None:
    """The engine's own end: what came before says how it went."""
    run = context.run
    if run.has_ended and run.status is not Status.ERROR:
        run.log_file = ended.log
    elif run.status is Status.ERROR or run.ending == Ending.WILL_FAIL:
        # Also in a subworkflow: the main workflow won't begin.
        run.log_file = ended.log
        _fail(context, None)
    elif not run.nested:
        run.log_file = ended.log
        _succeed(context)


def _nothing_to_do(context: _Context, _event: events.NothingToDo) -> None:
    run = context.run
    if not run.nested and not run.knows_jobs:
        run.run_nothing(context.now)


def _dry_run(context: _Context, _event: events.DryRun) -> None:
    jobs.end_running(context.connection, context.run, Status.PLANNED, context.at)
    context.run.run_nothing(context.now)


def _engine_left(context: _Context, _event: events.EngineLeft) -> None:
    """A run that has no end by now will get none."""
    run = context.run
    if run.has_ended or (run.nested and run.status is not Status.ERROR):
        return
    if run.knows_jobs:
        _fail(context, LEFT_SILENTLY)
    else:
        run.run_nothing(context.now)


def _nested_run(context: _Context, nested: events.NestedRun) -> None:
    context.run.enter_part(nested=nested.name is not None)


def _sign_of_life(context: _Context, _event: events.SignOfLife) -> None:
    context.run.clear_of_suspicion()


_HANDLERS: dict[type, Callable[[_Context, Any], None]] = {
    events.JobInfo: _job_info,
    events.JobsStarted: _jobs_started,
    events.JobFinished: _job_finished,
    events.JobFailed: _job_failed,
    events.JobsFailed: _jobs_failed,
    events.JobRestarts: _job_restarts,
    events.ShellCommand: _shell_command,
    events.JobSubmitted: _job_submitted,
    events.GroupNamed: _group_named,
    events.Planned: _planned,
    events.Progress: _progress,
    events.ErrorText: _error_text,
    events.FailureDetail: _failure_detail,
    events.RunSucceeded: _run_succeeded,
    events.RunFailed: _run_failed,
    events.RunWillFail: _run_will_fail,
    events.RunEnded: _run_ended,
    events.NothingToDo: _nothing_to_do,
    events.DryRun: _dry_run,
    events.RanNothing: _nothing_to_do,
    events.EngineLeft: _engine_left,
    events.NestedRun: _nested_run,
    events.SignOfLife: _sign_of_life,
}
