"""What Nextflow's messages mean, as events.

Of a task only the latest state is sent, about once a second, and after an error again. Another try
of a task is a task of its own, with another id and the same name. Tasks that have nothing to do
with each other may have the same name, too.
"""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from panoptes.common.status import Status
from panoptes.common.wildcards import brief
from panoptes.engines import events
from panoptes.engines.body import fields
from panoptes.engines.events import Event, JobId, Outcome
from panoptes.engines.fields import MAX_KEY
from panoptes.engines.interface import (
    BatchReader,
    Engine,
    KnownAttempt,
    Lookup,
    Registration,
    Sent,
    State,
)
from panoptes.engines.nextflow.message import End, Message, read, read_description, read_event
from panoptes.engines.nextflow.task import Task
from panoptes.engines.watched import signal_words

_OPEN = ("NEW", "SUBMITTED", "RUNNING")


def translate(state: State, message: Message, lookup: Lookup) -> tuple[State, Sequence[Event]]:
    """Return what a message means.

    The state holds how the run ended, once that is known, and as `unnamed` what its workflow is
    called until the project is known.
    """
    return _Translation(dict(state), lookup).of(message)


class _Known(NamedTuple):
    """A job as it stands after what was translated so far."""

    id: JobId
    attempt: int
    workdir: str | None
    status: str


@dataclass(slots=True)
class _Translation:
    """A message on its way to events."""

    state: dict[str, Any]
    lookup: Lookup

    def of(self, message: Message) -> tuple[State, Sequence[Event]]:
        has_ended = "end" in self.state
        meant: list[Event] = [] if has_ended else [events.Alive(time=message.instant)]
        meant += self._about(message)
        meant += _processes(message, has_ended)
        jobs = _Jobs(self.lookup)
        for task in message.tasks:
            if has_ended and task.status in _OPEN and self.state["end"]["signal"]:
                task = replace(task, status="ABORTED")
            meant += _of_task(task, jobs.job_of(task))
        if message.done:
            meant.append(events.Progress(message.done))
        if message.end is not None:
            self.state["end"] = {"success": message.end.success, "signal": message.end.signal}
            meant += self._end(message.end)
        elif has_ended and any(map(_goes_on, message.tasks)):
            # What comes late doesn't let the run go on.
            meant += self._close(**self.state["end"])
        return self.state, meant

    def _about(self, message: Message) -> Iterator[Event]:
        if message.project is not None and "unnamed" in self.state:
            yield events.WorkflowNamed(message.project, self.state.pop("unnamed"))
        if message.details:
            started = message.started if message.end is None else None
            yield events.RunDescribed(message.details, started=started)

    def _end(self, end: End) -> Iterator[Event]:
        failed = self._job_of_report(end)
        if failed is not None and failed.status in (Status.RUNNING, Status.PENDING):
            details = {} if end.exit_status is None else {"exit_status": end.exit_status}
            yield events.JobFailed(JobId(failed.key, failed.part), details=details)
        if end.done:
            yield events.Progress(end.done)
        yield from self._close(end.success, end.signal, _words(end), end.at)
        if failed is not None and end.report:
            yield events.JobTold(JobId(failed.key, failed.part), error=end.words)

    def _close(
        self, success: bool, signal: str | None, text: str | None = None, at: float | None = None
    ) -> Iterator[Event]:
        if signal is not None:
            for job in self.lookup.running_jobs():
                yield events.JobCancelled(JobId(job.key, job.part))
        outcome = Outcome.SUCCESS if success else Outcome.ERROR
        yield events.RunEnded(outcome, text, time=at, is_report=at is not None)

    def _job_of_report(self, end: End) -> KnownAttempt | None:
        """Return the job that an error's report is about, where it names one."""
        if end.success or end.failed_task is None:
            return None
        named = JobId(brief(end.failed_task, MAX_KEY), -1)
        jobs = self.lookup.namesakes(named, later=True)
        failed = (job for job in jobs if job.status == Status.ERROR)
        return next(failed, next(iter(jobs), None))


class _Jobs:
    """Finds the jobs of tasks, those that the same message told of included."""

    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup
        self._told: dict[str, dict[JobId, _Known]] = {}

    def job_of(self, task: Task) -> JobId:
        told = self._told.setdefault(task.key, {})
        job_id = self._find(task, told)
        before = told.get(job_id)
        if before is None or before.attempt <= task.attempt:
            told[job_id] = _after(task, job_id)
        return job_id

    def _find(self, task: Task, told: Mapping[JobId, _Known]) -> JobId:
        if task.id in told or self._lookup.job(task.id) is not None:
            return task.id
        others = list(told.values())
        others += [job for job in self._others(task) if job.id not in told]
        if task.attempt == 1:
            # Its later tries came first; a task with the same name has nothing to do with it.
            others = [job for job in others if job.attempt > 1 and job.id.part > task.number]
        fitting = [(rank, job.id) for job in others if (rank := _rank(task, job)) is not None]
        return min(fitting)[1] if fitting else task.id

    def _others(self, task: Task) -> Iterator[_Known]:
        directions: tuple[bool, ...] = (False, True)
        if task.attempt == 1:
            directions = (True,) if self._lookup.run.jobs_retried else ()
        for later in directions:
            for job in self._lookup.namesakes(task.id, later=later):
                yield _Known(JobId(job.key, job.part), job.attempt, job.workdir, str(job.status))


def _processes(message: Message, has_ended: bool) -> Iterator[Event]:
    """Yield which processes there are, and which feeds which."""
    if message.processes and not has_ended:
        yield events.Planned(0, dict.fromkeys(message.processes, 0))
    if message.feeds is not None:
        named = {name for pair in message.feeds for name in pair}
        yield events.GraphTold(sorted(named.difference(message.processes)), message.feeds)


def _after(task: Task, job_id: JobId) -> _Known:
    """Return how a job stands once a task of it was told."""
    if _will_be_retried(task):
        return _Known(job_id, task.attempt + 1, None, Status.PENDING)
    status = Status.ERROR if task.status == "FAILED" else Status.RUNNING
    return _Known(job_id, task.attempt, task.details.get("workdir"), status)


def _rank(task: Task, job: _Known) -> int | None:
    """Return how well a task fits as a try of a job, 0 for best; None where it can't be one."""
    workdir = task.details.get("workdir")
    if job.attempt == task.attempt:
        if job.workdir is None or workdir is None:
            return 1
        return 0 if job.workdir == workdir else None
    if job.attempt == task.attempt - 1 and job.status == Status.ERROR:
        return 1
    return 2 if job.attempt < task.attempt else 3


def _will_be_retried(task: Task) -> bool:
    return task.status == "FAILED" and task.action == "RETRY"


def _goes_on(task: Task) -> bool:
    return task.status in _OPEN or _will_be_retried(task)


def _of_task(task: Task, job: JobId) -> Iterator[Event]:
    """Yield what a task's state means for its job."""
    details = task.details
    if task.status in _OPEN:
        is_running = task.status == "RUNNING"
        yield events.JobSeen(
            job,
            task.process,
            details,
            Status.RUNNING if is_running else Status.PENDING,
            attempt=task.attempt,
            time=task.started if is_running else task.submitted,
            is_report=True,
        )
        return
    if task.status == "CACHED":
        # Its times are those of the run that did it.
        yield events.JobFinished(
            job, {**details, "cached": True}, task.process, attempt=task.attempt
        )
        return
    times: dict[str, Any] = {
        "attempt": task.attempt,
        "started": task.started,
        "time": task.ended,
        "is_report": True,
    }
    if task.status == "COMPLETED":
        yield events.JobFinished(job, details, task.process, **times)
    elif task.status == "ABORTED":
        yield events.JobCancelled(job, details, task.process, **times)
    else:
        ignored = {"ignored": True} if task.action == "IGNORE" else {}
        yield events.JobFailed(job, task.process, None, {**details, **ignored}, **times)
        if _will_be_retried(task):
            # It fails no run: the next try waits, and is told as soon as it has an id.
            yield events.JobSeen(
                job,
                task.process,
                status=Status.PENDING,
                attempt=task.attempt + 1,
                time=task.ended,
                is_report=True,
            )


def _words(end: End) -> str | None:
    """Return why a run ended, in words."""
    if end.success:
        return None
    if end.signal is not None:
        return f"Interrupted by {signal_words(end.signal)}"
    return end.words


def _read_sent(sent: Sent) -> Message:
    return read_event(fields(*sent))


NEXTFLOW = Engine("nextflow", translate, read)
# Runs that are imported from their traces come in batches.
_IMPORTED = Engine("nextflow", translate, _read_sent, "batches")


def registration(
    uid: str, message: Message, told: Mapping[str, Any], state: State | None = None
) -> Registration:
    """Return the registration of a run by its first message; `told` are more columns of `runs`.

    Until its project is known, the workflow has the name of the run.
    """
    name = message.project
    if name is None:
        name = message.run_name or str(uuid.uuid4())
        state = {**(state or {}), "unnamed": name}
    described = events.RunDescribed({**message.details, **told, "total_grows": True})
    return Registration(NEXTFLOW, name, described, uid=uid, state=state)


def describe(description: Mapping[str, Any]) -> Registration:
    """Return the registration of a run that is described by the protocol's names."""
    return registration("", read_description(description), {})._replace(engine=_IMPORTED)


NEXTFLOW_BATCHES = BatchReader(_IMPORTED, describe, read_event)
