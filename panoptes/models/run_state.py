"""The life of a run: what ends it, what revives it, and what it counts.

`RunState` is a run as an event finds it. The event's transaction holds the row, so a verb reads
and changes it in memory and `save` writes it once. What may follow what is in `transitions.py`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any, overload

from sqlalchemy import Connection, bindparam, select, update

from panoptes.common.status import Status
from panoptes.database.connections import UTCDateTime
from panoptes.database.prepared import PreparedSelect, PreparedUpdate
from panoptes.models.run import NEXT_REVISION, Run, lost_at
from panoptes.models.transitions import RUNS, Phase, RunEffect, RunEvent

# An event may wait so long for its turn; one that seems to have waited longer comes from a client
# whose clock was set back.
LONGEST_WAIT = timedelta(seconds=10)
# Threads of one client overtake each other, but not by as much.
RACE = timedelta(seconds=1)

# What must follow an error at once may wait for a busy server, and for the network.
SILENCE = timedelta(seconds=10)


@dataclass(slots=True)
class RunState:
    """A run in the hands of the event that changes it; the fields are columns of `runs`.

    But for `stored`, which is what the database has of those that seldom change.
    """

    id: int
    engine: str
    dialect: str
    owner: str | None
    is_current: bool
    is_report: bool
    started_at: datetime
    allow_stop: bool
    stop_asked_at: datetime | None
    sends_logs: bool
    logs_followed_at: datetime | None
    status: Status
    ended_at: datetime | None
    error: str | None
    seen_at: datetime | None
    seen_by: str | None
    jobs_total: int
    jobs_queued: int
    jobs_running: int
    jobs_done: int
    jobs_failed: int
    jobs_ignored: int
    jobs_cancelled: int
    jobs_planned: int
    jobs_retried: int
    progress_done: int
    lines_info: int
    lines_warning: int
    lines_error: int
    reasons: dict[str, int]
    clock_offset: float | None
    last_event_at: datetime | None
    suspected_at: datetime | None
    suspected_error: str | None
    settle_after: datetime | None
    summed_up: bool
    engine_state: Mapping[str, Any]
    events_stored: int
    silence_limit: int | None
    lost_at: datetime | None
    stored: Sequence[Any] = field(init=False, default=())

    # --- what it knows ---------------------------------------------------------------------------

    @property
    def has_ended(self) -> bool:
        """Whether the engine's end is known."""
        return self.ended_at is not None

    @property
    def is_to_stop(self) -> bool:
        """Whether its client is to stop it: somebody asked for that, and its end isn't known."""
        is_open = not self.has_ended or self.status is Status.CANCELLED
        return self.stop_asked_at is not None and is_open

    @property
    def jobs_known(self) -> int:
        """How many jobs of it wait, run, or ran."""
        waiting_or_running = self.jobs_queued + self.jobs_running
        return waiting_or_running + self.jobs_done + self.jobs_failed + self.jobs_ignored

    @property
    def has_run_jobs(self) -> bool:
        """Whether a job of it came to an end, good or bad."""
        return self.jobs_done + self.jobs_failed + self.jobs_ignored > 0

    @property
    def phase(self) -> Phase:
        """Where it stands in the table of transitions."""
        if self.status is not Status.ERROR:
            return _PHASES[self.status]
        if not self.has_ended:
            return Phase.FAILING
        return Phase.FAILED if self.jobs_known else Phase.NEVER_BEGAN

    def set_clock(self, sent: float, arrival: datetime) -> None:
        """Learn of the client's clock from when, by it, something was sent that arrives now.

        What took longest to arrive tells least. Times of a report are of whatever clock wrote them.
        """
        if self.is_report:
            return
        offset = arrival.timestamp() - sent
        self.clock_offset = min(offset, offset if self.clock_offset is None else self.clock_offset)

    def event_time(
        self,
        client_time: float | None,
        arrival: datetime,
        longest_wait: timedelta = LONGEST_WAIT,
    ) -> datetime:
        """Return when an event happened, by our clock: never before what came before.

        The client's clock tells how long an event waited for its turn, however wrong the clock is,
        and is followed where it jumps: no event arrives before it happened, none waits for longer
        than `longest_wait`, and none happened before the last one. Of a run that is a report, it is
        taken as it is told.
        """
        if self.is_report:
            last = self.last_event_at or self.started_at
            self.last_event_at = max(last, self.reported_time(client_time, arrival) or last)
            return self.last_event_at
        last = self.last_event_at or self.started_at
        at = arrival
        if client_time is not None:
            at = self._by_our_clock(client_time, arrival, last, longest_wait)
        # Where our own clock was set back, what came before is no bound.
        self.last_event_at = max(at, min(last, arrival))
        return self.last_event_at

    @overload
    def reported_time(self, client_time: float, arrival: datetime) -> datetime: ...
    @overload
    def reported_time(self, client_time: float | None, arrival: datetime) -> datetime | None: ...
    def reported_time(self, client_time: float | None, arrival: datetime) -> datetime | None:
        """Return when something happened, by our clock, that is reported some time later.

        It was within the run, and before the report; None where the client doesn't say when.
        """
        if client_time is None:
            return None
        return max(self.our_time(client_time, arrival), min(self.started_at, arrival))

    def our_time(self, client_time: float, arrival: datetime) -> datetime:
        """Return a client's time by our clock, as far as that is known: not in the future."""
        try:
            at = datetime.fromtimestamp(client_time + (self.clock_offset or 0.0), arrival.tzinfo)
        except (OverflowError, ValueError):
            return arrival
        return min(at, arrival)

    def _by_our_clock(
        self, client_time: float, arrival: datetime, last: datetime, longest_wait: timedelta
    ) -> datetime:
        offset = arrival.timestamp() - client_time
        known = self.clock_offset
        if known is None or not known <= offset <= known + longest_wait.total_seconds():
            known = offset
        try:
            at = datetime.fromtimestamp(client_time + known, arrival.tzinfo)
        except (OverflowError, ValueError):  # A clock that jumped out of the calendar.
            return arrival
        if last - at > RACE:
            known, at = offset, arrival
        self.clock_offset = known
        return at

    # --- counts ----------------------------------------------------------------------------------

    def count_job(
        self,
        old: Status | None,
        new: Status | None,
        *,
        was_ignored: bool = False,
        ignored: bool = False,
    ) -> None:
        """Count a job under `new` and no longer under `old`; None stands for no job."""
        for status, is_ignored, by in ((old, was_ignored, -1), (new, ignored, 1)):
            if status is not None:
                failed_without_harm = is_ignored and status is Status.ERROR
                column = "jobs_ignored" if failed_without_harm else _COUNTED[status]
                setattr(self, column, getattr(self, column) + by)
        self.jobs_total = max(self.jobs_total, self.jobs_known + self.jobs_cancelled)

    def count_reason(self, reason: str | None) -> None:
        """Count why a job runs; a job that is started again keeps its first reason."""
        self.reasons[reason or ""] = self.reasons.get(reason or "", 0) + 1

    def count_line(self, level: str) -> None:
        """Count a line of the log, whose level is info, warning or error."""
        column = f"lines_{level}"
        setattr(self, column, getattr(self, column) + 1)

    def expect(self, jobs: int) -> None:
        """Take the number of jobs that it will have in all, at least."""
        self.jobs_total = max(self.jobs_total, jobs)

    def progress(self, done: int, total: int | None) -> None:
        """Take the engine's own counts; a total that it doesn't vouch for is None."""
        self.progress_done = max(self.progress_done, done)
        self.expect(max(total or 0, self.progress_done))

    # --- transitions -----------------------------------------------------------------------------

    def take(self, event: RunEvent, at: datetime, text: str | None = None) -> None:
        """Carry out what the table says; `text` is that of an error.

        The jobs of a run that ends must have been closed before, or be about to.
        """
        effect = RUNS[self.phase, event]
        if effect is RunEffect.GO_ON:
            self._go_on()
        elif effect is RunEffect.FAIL:
            self.status = Status.ERROR
            self.error = self.error or text
            self._forget_seen()
        elif effect is RunEffect.KEEP_TEXT:
            self.error = self.error or text
        elif effect in _ENDS:
            self._end(effect, at, text)

    def suspect(self, at: datetime, text: str) -> None:
        """Take an error that is the run's end if nothing is heard of it within SILENCE."""
        self.suspected_at, self.suspected_error = at, text

    def _go_on(self) -> None:
        if self.status is Status.ERROR and not self.jobs_failed:
            self.error = None
        self.ended_at = self.settle_after = None
        self.summed_up = False
        self.status = Status.ERROR if self.jobs_failed else Status.RUNNING

    def _end(self, effect: RunEffect, at: datetime, text: str | None) -> None:
        self.status = _ENDS[effect]
        self.summed_up = False
        self.ended_at = self.ended_at or at
        if effect is RunEffect.END_WITH_ERROR:
            self.error = self.error or text
        elif effect is not RunEffect.CANCEL:
            self.error = None
        if effect is RunEffect.SUCCEED:
            # Those that still run are done with their run.
            done = self.jobs_done + self.jobs_running
            ran = max(done, self.progress_done) + self.jobs_failed + self.jobs_ignored
            self.expect(ran)
            if not ran:
                self.status = Status.NO_EXECUTION

    def _forget_seen(self) -> None:
        """Let it need somebody again: what happens now, nobody has seen."""
        self.seen_at = self.seen_by = None

    # --- the database ----------------------------------------------------------------------------

    def is_in_time(self, now: datetime) -> bool:
        """Return whether its client gives signs of life, and none was missing until now."""
        return self.lost_at is not None and self.lost_at >= now

    def note_life(self, connection: Connection, now: datetime) -> None:
        """Write that it goes on, where nothing changed that a page shows."""
        values = {f"to_{name}": getattr(self, name) for name in _OF_LIFE}
        values["to_lost_at"] = self._lost_at(now)
        _NOTE_LIFE.run(connection, {"which": self.id, "now": self._heard_at(now), **values})

    def save(self, connection: Connection, now: datetime) -> None:
        """Write what changed."""
        if self.status is not Status.ERROR:
            self._forget_seen()  # That it was silent, or that it had failed, is no longer true.
        values: dict[str, Any] = {"which": self.id, "now": self._heard_at(now)}
        values.update(zip(_TO_OFTEN, _often(self), strict=True))
        values["to_reasons"] = self.reasons or None
        values["to_engine_state"] = self.engine_state or None
        values["to_lost_at"] = None if self.has_ended else self._lost_at(now)
        seldom = _seldom(self)
        if seldom == self.stored:
            _UPDATE_OFTEN.run(connection, values)
            return
        values.update(zip(_TO_SELDOM, seldom, strict=True))
        values["to_status"] = self.status.value
        _UPDATE.run(connection, values)
        self.stored = seldom

    def _heard_at(self, now: datetime) -> datetime:
        """Return when it was last heard of: a report is as old as what it tells."""
        return (self.last_event_at or self.started_at) if self.is_report else now

    def _lost_at(self, now: datetime) -> datetime | None:
        return None if self.is_report else lost_at(self.silence_limit, now)


_PHASES = {
    Status.RUNNING: Phase.RUNNING,
    Status.DONE: Phase.DONE,
    Status.NO_EXECUTION: Phase.RAN_NOTHING,
    Status.CANCELLED: Phase.CANCELLED,
}
_ENDS = {
    RunEffect.SUCCEED: Status.DONE,
    RunEffect.END_WITH_ERROR: Status.ERROR,
    RunEffect.END_WITH_NOTHING: Status.NO_EXECUTION,
    RunEffect.CANCEL: Status.CANCELLED,
}
_COUNTED = {
    Status.PENDING: "jobs_queued",
    Status.RUNNING: "jobs_running",
    Status.DONE: "jobs_done",
    Status.ERROR: "jobs_failed",
    Status.CANCELLED: "jobs_cancelled",
    Status.PLANNED: "jobs_planned",
}
_STATE = tuple(each.name for each in fields(RunState) if each.init)
_FIXED = (
    *("id", "engine", "dialect", "owner", "is_current", "is_report", "started_at"),
    *("allow_stop", "stop_asked_at", "sends_logs", "logs_followed_at", "silence_limit", "lost_at"),
)
# What most events change; the rest is written when it does, and with it the indexes that it is in.
_OFTEN = (
    *("jobs_total", "jobs_queued", "jobs_running", "jobs_done", "progress_done", "lines_info"),
    *("reasons", "clock_offset", "last_event_at", "engine_state", "events_stored"),
)
_SELDOM = tuple(name for name in _STATE if name not in _FIXED + _OFTEN)
_often, _seldom = attrgetter(*_OFTEN), attrgetter(*_SELDOM)
_TO_OFTEN, _TO_SELDOM = ([f"to_{name}" for name in names] for names in (_OFTEN, _SELDOM))
_COLUMNS = Run.__table__.c


def _write(*names: str, **more: Any) -> PreparedUpdate:
    values = {name: bindparam(f"to_{name}", type_=_COLUMNS[name].type) for name in names}
    updated = {"updated_at": bindparam("now", type_=UTCDateTime)}
    of_run = update(Run).where(Run.id == bindparam("which"))
    return PreparedUpdate(of_run.values(values | updated | more))


_UPDATE = _write(*_OFTEN, *_SELDOM, "lost_at", revision=NEXT_REVISION)
_UPDATE_OFTEN = _write(*_OFTEN, "lost_at", revision=NEXT_REVISION)
_OF_LIFE = ("clock_offset", "last_event_at", "events_stored")
# Without a revision: an open page needn't be made anew for each sign of life.
_NOTE_LIFE = _write(*_OF_LIFE, "lost_at")


class LockRun:
    """A question that finds a run and holds its row for the transaction."""

    def __init__(self, *conditions: Any) -> None:
        columns = (_COLUMNS[name] for name in _STATE)
        found = select(*columns).where(*conditions).with_for_update(of=Run)
        self._select = PreparedSelect(found, RunState)

    def run(self, connection: Connection, values: Mapping[str, Any]) -> RunState | None:
        """Return the run, None where there is none."""
        state = self._select.first(connection, values)
        if state is None:
            return None
        state.status = Status(state.status)
        state.reasons = state.reasons or {}
        state.engine_state = state.engine_state or {}
        state.stored = _seldom(state)
        return state
