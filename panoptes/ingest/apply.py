"""What a message does: its engine's events become transitions of a run and its jobs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from sqlalchemy import Connection

from panoptes.common.moment import Moment
from panoptes.common.status import Status
from panoptes.engines import events
from panoptes.engines.events import JobId, Outcome
from panoptes.engines.interface import Engine, Registration, Repeated, Sent
from panoptes.ingest.lookup import Lookup
from panoptes.models import job_life as jobs
from panoptes.models import job_rows, notification
from panoptes.models import rule as rules
from panoptes.models.held_message import Held, forget_held, held, hold
from panoptes.models.job_life import STILL_RUNNING
from panoptes.models.job_rows import JobRow
from panoptes.models.log_text import LogName, add_log_text
from panoptes.models.message import add_message
from panoptes.models.notification import NO_SUBSCRIPTIONS, Subscriptions
from panoptes.models.run import describe_run
from panoptes.models.run_state import LONGEST_WAIT, RunState
from panoptes.models.token import Reporter
from panoptes.models.transitions import JobEvent, RunEvent
from panoptes.models.workflow import (
    RUN_IDS,
    Registered,
    can_be_resumed,
    end_overtaken,
    give_own_name,
    give_way,
    lock_current_run,
    lock_reported_run,
    lock_run,
    lock_silent_run,
    lock_unsettled_run,
    register,
    resume,
    take_back,
)

# An engine that begins a run registers it within this time.
TIME_TO_REGISTER = timedelta(minutes=5)
# What a message that changes nothing is answered, with 200: its client must not be harmed.
NOT_ALLOWED = "Only its owner's token, or a valid one, may report of this run; this is ignored."
UNKNOWN_WORKFLOW = "There is no such workflow; the event is ignored."
CANCELLED = "The workflow was cancelled; the event is ignored."
COPY = "The event was there before."
OK = "ok"


def begin(
    connection: Connection,
    registration: Registration,
    owner: str | None,
    moment: Moment,
) -> Registered:
    """Register a run, inside the caller's transaction.

    `owner` is the name of the token that it came with, if any. A silent workflow counts as dead.
    """
    columns = {
        **registration.described.details,
        "engine": registration.engine.name,
        "dialect": registration.engine.dialect,
        "uid": registration.uid,
        "owner": owner,
        "engine_state": registration.state,
    }
    started = registration.described.started
    if registration.is_report and started is not None:
        columns["is_report"] = True
        began = min(datetime.fromtimestamp(started, timezone.utc), moment.now)
        columns |= {"started_at": began, "updated_at": began}
    if registration.runs_nothing:
        ended_at = columns.get("started_at", moment.now)
        columns |= {"status": Status.NO_EXECUTION.value, "ended_at": ended_at}
    return register(
        connection,
        registration.name,
        columns,
        moment,
        locks_folder=registration.locks_folder,
        only_looks=registration.runs_nothing or registration.is_dry_run,
    )


@dataclass(frozen=True, slots=True)
class Message:
    """A message of an engine about a run: the run `uid`, or the one that reports under an id.

    `content` is what the engine's translator takes, read from what was `sent`. `reporter` is who
    sends it, None where nobody needs a token. `arrived` is when it came, in UTC.
    """

    engine: Engine
    content: Any
    sent: Sent
    reporter: Reporter | None
    arrived: datetime
    workflow_id: int = 0
    uid: str | None = None


# Events that tell of many rules, each of which is a row.
_OF_RULES = (events.Planned, events.GraphTold)


@dataclass(frozen=True, slots=True)
class _Context:
    """`at` is the time of an event by our clock, `now` that of its arrival; both UTC.

    Of a run that is a report, which is told of when it is over, `now` is `at`.
    """

    connection: Connection
    run: RunState
    lookup: Lookup
    at: datetime
    now: datetime


def apply(
    connection: Connection, message: Message, subscriptions: Subscriptions = NO_SUBSCRIPTIONS
) -> str:
    """Apply a message to its run, inside the caller's transaction.

    `subscriptions` are notified of what becomes of the run. Returns what happened, as a sentence.
    """
    run = _find_run(connection, message)
    if run is None or engine_key(run) != message.engine.key:
        return UNKNOWN_WORKFLOW
    reporter = message.reporter
    if reporter is not None and not reporter.may_report(run.owner, run.started_at, message.arrived):
        return NOT_ALLOWED
    if run.status is Status.CANCELLED:
        # Nobody reads it once it is too late to undo the cancelling.
        if can_be_resumed(run.status, run.ended_at, message.arrived):
            hold(connection, run.id, Held(message.arrived, message.workflow_id, *message.sent))
        return CANCELLED
    return _apply_to(connection, run, message, subscriptions)


def engine_key(run: RunState) -> tuple[str, str]:
    """Return the key of the engine, in its dialect, that reports of a run."""
    return run.engine, run.dialect


def _apply_to(
    connection: Connection, run: RunState, message: Message, subscriptions: Subscriptions
) -> str:
    change = Change(connection, run, message.engine, message.arrived)
    if not change.take(message.content):
        return COPY
    change.save(subscriptions, locks_folder=message.workflow_id >= RUN_IDS)
    return OK


class Change:
    """What messages do to a run that the transaction holds; `save` writes what became of it.

    `arrived` is when they came, `longest_wait` how long they may have waited for that. `changes`
    are about how many rows were written for them.
    """

    def __init__(
        self,
        connection: Connection,
        run: RunState,
        engine: Engine,
        arrived: datetime,
        longest_wait: timedelta = LONGEST_WAIT,
    ) -> None:
        self._connection, self._run, self._arrived = connection, run, arrived
        self._longest_wait = longest_wait
        self.changes = 0
        self._translate = engine.translate
        self._before, self._had_run_jobs = notification.snapshot(run), run.has_run_jobs
        # Signs of life alone change nothing that a page shows.
        self._is_more_than_life = run.suspected_at is not None or not run.is_in_time(arrived)

    def take(self, content: Any) -> bool:
        """Apply what a message says; return whether it is new, as far as its engine can tell."""
        run, now, state = self._run, self._arrived, self._run.engine_state
        lookup = Lookup(self._connection, run)
        try:
            run.engine_state, meant = self._translate(state, content, lookup)
        except Repeated:
            return False
        if any(type(event) is not events.Alive for event in meant) or run.engine_state != state:
            self._is_more_than_life = True
        run.suspected_at = None
        for event in meant:
            if event.is_report and event.time is not None:
                at = run.reported_time(event.time, now)
            else:
                at = run.event_time(event.time, now, self._longest_wait)
            context = _Context(self._connection, run, lookup, at, at if run.is_report else now)
            _HANDLERS[type(event)](context, event)
            self.changes += len(event.rules) if isinstance(event, _OF_RULES) else 1
        return True

    def save(self, subscriptions: Subscriptions, *, locks_folder: bool = False) -> None:
        """Write the run, see to others of its workflow, and notify of what became of it.

        `locks_folder`: it has been given an id of its own, since another run was under way.
        """
        run, now = self._run, self._arrived
        if not self._is_more_than_life and notification.snapshot(run) == self._before:
            run.note_life(self._connection, now)
            return
        run.save(self._connection, now)
        if run.has_run_jobs:
            is_first = not self._had_run_jobs
            _settle_others(self._connection, run, now, ends_others=is_first and locks_folder)
        if subscriptions:
            notification.notify_of_change(self._connection, subscriptions, run, self._before, now)


def undo_cancel(
    connection: Connection,
    workflow_id: int,
    number: int | None,
    engines: Mapping[tuple[str, str], Engine],
    now: datetime,
    subscriptions: Subscriptions = NO_SUBSCRIPTIONS,
) -> bool:
    """Let a cancelled run go on, and apply what came of it meanwhile, as if it came now.

    Works inside the caller's transaction; returns False where a run has so many jobs that another
    one is needed, and events are to go between. `number` is that of the run, None for the current
    one, and `engines` are all that there are, by their keys. Raises NotFound and Conflict.
    """
    run = resume(connection, workflow_id, now, number)
    if run is None:
        return True
    if run.status is Status.CANCELLED:
        return False
    engine = engines[engine_key(run)]
    for each in held(connection, run.id):
        sent = Sent(each.content_type, each.body)
        content, report_id = engine.read(sent), each.workflow_id
        message = Message(engine, content, sent, None, each.arrived, workflow_id=report_id)
        _apply_to(connection, run, message, subscriptions)
    forget_held(connection, run.id)
    current = lock_current_run(connection, workflow_id)
    if current is not None and current.has_run_jobs:
        end_overtaken(connection, current, now)
    return True


def settle_ended_run(connection: Connection, now: datetime) -> bool:
    """Close some of the jobs that a run left open when it ended, for there were very many.

    Works inside the caller's transaction; returns whether there was such a run.
    """
    run = lock_unsettled_run(connection, now)
    if run is None:
        return False
    jobs.settle(connection, run)
    run.save(connection, run.ended_at or now)
    return True


def _find_run(connection: Connection, message: Message) -> RunState | None:
    if message.uid is None:
        return lock_reported_run(connection, message.workflow_id)
    return lock_run(connection, message.uid)


def _settle_others(
    connection: Connection, run: RunState, now: datetime, *, ends_others: bool
) -> None:
    """See to the other runs of a workflow, of which this one runs jobs."""
    if not run.is_current and not run.has_ended and not run.is_report:
        take_back(connection, run)
    if ends_others:
        end_overtaken(connection, run, now)


def end_silent_run(
    connection: Connection, now: datetime, subscriptions: Subscriptions = NO_SUBSCRIPTIONS
) -> bool:
    """End a run that wasn't heard of again after what may have been its end.

    Works inside the caller's transaction; returns whether there was one.
    """
    run = lock_silent_run(connection, now)
    if run is None or run.suspected_at is None:
        return False
    before, since = notification.snapshot(run), run.suspected_at
    run.suspected_at = None
    jobs.end_open(connection, run, Status.ERROR, since, STILL_RUNNING)
    run.take(RunEvent.FAILED, since, run.suspected_error)
    run.save(connection, now)
    if subscriptions:
        notification.notify_of_change(connection, subscriptions, run, before, now)
    return True


# --- jobs -----------------------------------------------------------------------------------------


def _take(context: _Context, job_id: JobId, event: JobEvent, **told: Any) -> None:
    job = context.lookup.job(job_id) or JobRow(0, job_id.key, job_id.part, "", None)
    context.lookup.forget(job_id)
    jobs.take(context.connection, context.run, job, event, context.at, jobs.Told(**told))


def _job_seen(context: _Context, seen: events.JobSeen) -> None:
    _take(
        context,
        seen.job,
        JobEvent.QUEUED if seen.status is Status.PENDING else JobEvent.SEEN,
        rule=seen.rule,
        details=seen.details,
        reason=seen.reason,
        attempt=seen.attempt,
    )


def _job_started(context: _Context, started: events.JobStarted) -> None:
    _take(context, started.job, JobEvent.STARTED, attempt=started.attempt)


def _end(
    context: _Context,
    end: events.JobFinished | events.JobFailed | events.JobCancelled,
    event: JobEvent,
    error: str | None = None,
) -> None:
    _take(
        context,
        end.job,
        event,
        rule=end.rule,
        details=end.details,
        error=error,
        attempt=end.attempt,
        started=context.run.reported_time(end.started, context.now),
    )


def _job_finished(context: _Context, finished: events.JobFinished) -> None:
    _end(context, finished, JobEvent.FINISHED)


def _job_failed(context: _Context, failed: events.JobFailed) -> None:
    _end(context, failed, JobEvent.FAILED, failed.error)


def _job_cancelled(context: _Context, cancelled: events.JobCancelled) -> None:
    _end(context, cancelled, JobEvent.CANCELLED)


def _job_skipped(context: _Context, skipped: events.JobSkipped) -> None:
    _take(context, skipped.job, JobEvent.SKIPPED)


def _job_told(context: _Context, told: events.JobTold) -> None:
    if told.error is None and told.details.keys() == {"shell_command"}:
        # Snakemake before 9 sends one for each job, which needn't be read for it.
        key, part = told.job
        job_rows.write_command(
            context.connection, context.run.id, part, key, told.details["shell_command"]
        )
        return
    job = context.lookup.job(told.job)
    if job is not None:
        context.lookup.forget(told.job)
        jobs.tell(context.connection, context.run, job, told.details, told.error)


def _log_tail(context: _Context, tail: events.LogTail) -> None:
    job = context.lookup.job(tail.job)
    if job is not None:
        name = LogName(context.run.id, job.part, job.key, job.attempt, tail.path)
        add_log_text(context.connection, name, tail.offset, tail.text, tail.size, context.now)
        if not context.run.sends_logs:
            context.run.sends_logs = True
            describe_run(context.connection, context.run.id, {"sends_logs": True})


# --- the run --------------------------------------------------------------------------------------


def _run_described(context: _Context, described: events.RunDescribed) -> None:
    run, details = context.run, described.details
    if described.started is not None:
        started = run.our_time(described.started, context.now)
        # An engine takes a moment to register; what is later was told when it was over.
        if started < run.started_at - TIME_TO_REGISTER:
            run.started_at = started
            details = {**details, "started_at": started}
    describe_run(context.connection, run.id, details)
    context.run.silence_limit = described.details.get("silence_limit", context.run.silence_limit)


def _workflow_named(context: _Context, named: events.WorkflowNamed) -> None:
    give_own_name(context.connection, context.run.id, named.name, instead_of=named.provisional)


def _planned(context: _Context, planned: events.Planned) -> None:
    context.run.take(RunEvent.ALIVE, context.now)
    context.run.expect(planned.total)
    rules.plan(context.connection, context.run.id, planned.rules)


def _graph_told(context: _Context, told: events.GraphTold) -> None:
    rules.announce(context.connection, context.run.id, told.rules)
    describe_run(context.connection, context.run.id, {"graph": list(told.edges)})


def _progress(context: _Context, progress: events.Progress) -> None:
    context.run.progress(progress.done, progress.total)


def _log_line(context: _Context, line: events.LogLine) -> None:
    add_message(context.connection, context.run.id, context.at, line.level, line.text)
    context.run.count_line(line.level)


def _run_failing(context: _Context, failing: events.RunFailing) -> None:
    context.run.take(RunEvent.FAILING, context.now, failing.text)


# How a run ended -> what becomes of the jobs that are still open, and of the run.
_ENDS = {
    Outcome.SUCCESS: (Status.DONE, RunEvent.SUCCEEDED, None),
    Outcome.ERROR: (Status.ERROR, RunEvent.FAILED, STILL_RUNNING),
    Outcome.NOTHING_TO_DO: (Status.PLANNED, RunEvent.RAN_NOTHING, None),
    Outcome.DRY_RUN: (Status.PLANNED, RunEvent.RAN_NOTHING, None),
}


def _run_ended(context: _Context, ended: events.RunEnded) -> None:
    status, event, job_error = _ENDS[ended.outcome]
    if ended.is_correction:
        context.run.error = None
    jobs.end_open(context.connection, context.run, status, context.at, job_error)
    context.run.take(event, context.at if ended.is_report else context.now, ended.text)
    if ended.only_looked or ended.outcome is Outcome.DRY_RUN:
        give_way(context.connection, context.run)


def _end_suspected(context: _Context, suspected: events.EndSuspected) -> None:
    context.run.suspect(context.now, suspected.text)


def _alive(context: _Context, _alive: events.Alive) -> None:
    context.run.take(RunEvent.ALIVE, context.now)


_HANDLERS: dict[type, Callable[[_Context, Any], None]] = {
    events.RunDescribed: _run_described,
    events.WorkflowNamed: _workflow_named,
    events.Planned: _planned,
    events.GraphTold: _graph_told,
    events.JobSeen: _job_seen,
    events.JobStarted: _job_started,
    events.JobFinished: _job_finished,
    events.JobFailed: _job_failed,
    events.JobCancelled: _job_cancelled,
    events.JobSkipped: _job_skipped,
    events.JobTold: _job_told,
    events.Progress: _progress,
    events.LogLine: _log_line,
    events.LogTail: _log_tail,
    events.RunFailing: _run_failing,
    events.RunEnded: _run_ended,
    events.EndSuspected: _end_suspected,
    events.Alive: _alive,
}
