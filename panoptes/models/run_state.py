"""The life of a run: what ends it, what revives it, and what the intake remembers of it.

`RunState` is a run as an event finds it. The event's transaction holds the row, so a verb reads
and changes it in memory and `save` writes it once.
"""

from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from panoptes.common.status import Status
from panoptes.database.connections import UTCDateTime
from panoptes.database.prepared import PreparedSelect, PreparedUpdate
from panoptes.engines.snakemake import error_texts
from panoptes.engines.snakemake.reasons import kind
from panoptes.models.run import NEXT_REVISION, Run

DIGEST_SIZE = 8
# Snakemake 8 sends everything twice; copies were seen up to 5 events apart.
REMEMBERED_EVENTS = 32
# No run has as many jobs; sums over all runs stay below what a column holds.
MAX_TOTAL = 10**12
# A client's clock within this of ours is taken at its word.
CLOCK_TOLERANCE = timedelta(seconds=60)


class Ending(str, Enum):
    """What the engine said, before its last word, about how the run ends."""

    WILL_FAIL = "will fail"
    COMPLETE = "complete"


@dataclass(slots=True)
class RunState:
    """A run in the hands of the event that changes it; the fields are columns of `runs`."""

    id: int
    owner: str | None
    started_at: datetime
    status: Status
    ended_at: datetime | None
    error: str | None
    log_file: str | None
    jobs_total: int
    jobs_running: int
    jobs_done: int
    jobs_failed: int
    jobs_cancelled: int
    jobs_planned: int
    jobs_retried: int
    progress_done: int
    lines_info: int
    lines_warning: int
    lines_error: int
    reasons: dict[str, int]
    part: int
    part_base: int
    planned: int | None
    progress_total: int | None
    nested: bool
    has_checkpoint: bool
    ending: str | None
    group_name: str | None
    job_without_command: int | None
    job_without_words: int | None
    waiting_words: list[error_texts.Words]
    clock_offset: float | None
    recent_events: bytes

    # --- what it knows ---------------------------------------------------------------------------

    @property
    def has_ended(self) -> bool:
        """Whether the engine's end is known."""
        return self.ended_at is not None

    @property
    def knows_jobs(self) -> bool:
        """Whether any job of it runs, ran or failed."""
        return self._known > 0

    @property
    def is_complete(self) -> bool:
        """Whether all jobs are done: a sure end, which nothing that follows makes worse."""
        return self.status is Status.DONE and self.ending == Ending.COMPLETE

    def remember(self, digest: bytes) -> bool:
        """Remember an event; return whether it is new and not a copy of one."""
        known = self.recent_events
        at = known.find(digest)
        while at % DIGEST_SIZE and at > 0:  # It may begin in the middle of another one.
            at = known.find(digest, at + 1)
        if at >= 0:
            return False
        self.recent_events = (known + digest)[-DIGEST_SIZE * REMEMBERED_EVENTS :]
        return True

    def event_time(self, client_time: float | None, arrival: datetime) -> datetime:
        """Return when an event happened, by our clock.

        The client's own time where it sends one; where its clock is wrong, shifted by the
        difference that its first event showed, so that durations stay right.
        """
        if client_time is None:
            return arrival
        offset = arrival.timestamp() - client_time
        if abs(offset) <= CLOCK_TOLERANCE.total_seconds():
            offset = 0.0
        # The smallest is the nearest to the truth: an event may have waited for its turn.
        if self.clock_offset is None or abs(offset) < abs(self.clock_offset):
            self.clock_offset = offset
        try:
            return datetime.fromtimestamp(client_time + self.clock_offset, arrival.tzinfo)
        except (OverflowError, ValueError):  # A clock that jumped out of the calendar.
            return arrival

    # --- jobs ------------------------------------------------------------------------------------

    def count(self, old: Status | None, new: Status | None) -> None:
        """Count a job under `new` and no longer under `old`; None stands for no job."""
        for status, by in ((old, -1), (new, 1)):
            if status is not None:
                column = _COUNTED[status]
                setattr(self, column, getattr(self, column) + by)
        self.jobs_total = max(self.jobs_total, self._known)

    def count_reason(self, reason: str | None) -> None:
        """Count why a job runs; a job that is started again keeps its first reason."""
        name = kind(reason).name
        self.reasons[name] = self.reasons.get(name, 0) + 1

    def job_began(self) -> None:
        """A job that begins is a sign that the run goes on, whatever was thought of it."""
        if self.is_complete:
            self.ending = None
        self._go_on()

    def job_came_through(self) -> None:
        """The run goes on; one whose end was told stays as it ended."""
        if not self.has_ended:
            self._go_on()

    def job_failed(self, text: str | None) -> None:
        """The run is failing, until the job is started again or the engine says otherwise."""
        if self.has_ended and self.status is not Status.ERROR:
            return
        self.status = Status.ERROR
        self.error = self.error or text

    def _go_on(self) -> None:
        self.ended_at = None
        self.status = Status.ERROR if self.jobs_failed else Status.RUNNING
        if not self.jobs_failed and self.ending != Ending.WILL_FAIL:
            self.error = None

    # --- totals ----------------------------------------------------------------------------------

    def plan(self, jobs: int) -> bool:
        """Take the number of planned jobs; False when it was known (a dry run tells it twice)."""
        if self.planned is not None:
            return False
        self._expect(jobs)
        return True

    def progress(self, done: int, total: int) -> None:
        """Take the engine's own counts.

        Its total is that of the whole DAG: too large to the end with --until, right where a
        checkpoint made the DAG grow. So the plan stands unless there was a checkpoint.
        """
        self.progress_done = max(self.progress_done, self.part_base + done)
        if done:
            # A total that grows while jobs end is a checkpoint's work, also where no job said so.
            grows = self.progress_total is not None and total > self.progress_total
            self.has_checkpoint = self.has_checkpoint or grows
            self.progress_total = total
        if self.planned is None or self.has_checkpoint:
            self._expect(max(self.planned or 0, total))
        self.jobs_total = max(self.jobs_total, self.progress_done)

    def is_told_twice(self, done: int) -> bool:
        """Return whether nothing happened since the plan was told.

        The plugin before 0.3 sends a dry run so: no job done, announced jobs, no job done.
        """
        return done == 0 and self.planned is not None and self.jobs_running == self._known > 0

    def _expect(self, jobs: int) -> None:
        self.planned = jobs
        self.jobs_total = min(max(self.jobs_total, self.part_base + jobs), MAX_TOTAL)

    @property
    def _known(self) -> int:
        return self.jobs_running + self.jobs_done + self.jobs_failed

    # --- the log ---------------------------------------------------------------------------------

    def count_line(self, level: str) -> None:
        """Count a line of the log, whose level is info, warning or error."""
        column = f"lines_{level}"
        setattr(self, column, getattr(self, column) + 1)

    # --- ends ------------------------------------------------------------------------------------

    def succeed(self, at: datetime, *, complete: bool = False) -> None:
        """The run came to a good end: what really ran is its total.

        `complete`: the engine counted all its jobs as done. Jobs must have been closed before.
        """
        if complete:
            self.ending = Ending.COMPLETE.value
        done = max(self.jobs_done, self.progress_done)
        self.status = Status.DONE if done or self.jobs_failed else Status.NO_EXECUTION
        self.jobs_total = done + self.jobs_failed
        self.error = None
        self.ended_at = self.ended_at or at

    def fail(self, at: datetime, text: str | None) -> None:
        """The run ended with an error. Jobs must have been closed before."""
        self.status = Status.ERROR
        self.error = self.error or text
        self.ended_at = self.ended_at or at

    def run_nothing(self, at: datetime) -> None:
        """The call came to its end without having run a job."""
        self.status = Status.NO_EXECUTION
        self.error = None
        self.ended_at = self.ended_at or at

    def cancel(self, at: datetime) -> None:
        """A person called it off; it stays so. Jobs must have been closed before."""
        self.status = Status.CANCELLED
        self.ended_at = self.ended_at or at

    def will_fail(self, text: str) -> None:
        """The engine says that its end will be an error, or that somebody stopped it."""
        if self.status is not Status.DONE:
            self.ending = Ending.WILL_FAIL.value
            self.error = self.error or text

    def suspect(self, at: datetime, text: str) -> None:
        """An error's words came while nothing runs: the end, unless something follows.

        All that comes of a missing input or a locked folder is one error.
        """
        all_done = self.planned is not None and self.jobs_done >= self.part_base + self.planned > 0
        if not self.has_ended and not self.jobs_running and not all_done:
            self.fail(at, text)

    def clear_of_suspicion(self) -> None:
        """The engine goes on after an error that came before any job."""
        if self.status is Status.ERROR and not self.knows_jobs:
            self._go_on()

    def enter_part(self, *, nested: bool) -> None:
        """Job ids begin at 0 again (the subworkflows of Snakemake 5 to 7)."""
        if self.status is not Status.ERROR:
            self._go_on()
        self.part += 1
        self.part_base = self.jobs_total
        self.planned = self.progress_total = None
        self.nested = nested
        self.ending = None

    # --- the database ----------------------------------------------------------------------------

    def save(self, connection: Connection, now: datetime) -> None:
        """Write what changed."""
        values = {f"to_{name}": getattr(self, name) for name in _CHANGING}
        values["to_status"] = self.status.value
        values["to_reasons"] = self.reasons or None
        values["to_waiting_words"] = [asdict(each) for each in self.waiting_words] or None
        _UPDATE.run(connection, {"which": self.id, "now": now, **values})


_STATE = tuple(field.name for field in fields(RunState))
_CHANGING = tuple(name for name in _STATE if name not in ("id", "owner", "started_at"))
_COLUMNS = Run.__table__.c
_COUNTED = {
    Status.RUNNING: "jobs_running",
    Status.DONE: "jobs_done",
    Status.ERROR: "jobs_failed",
    Status.CANCELLED: "jobs_cancelled",
    Status.PLANNED: "jobs_planned",
}

_UPDATE = PreparedUpdate(
    update(Run)
    .where(Run.id == bindparam("which"))
    .values(
        {name: bindparam(f"to_{name}", type_=_COLUMNS[name].type) for name in _CHANGING}
        | {"revision": NEXT_REVISION, "updated_at": bindparam("now", type_=UTCDateTime)}
    )
)


def state_query(*conditions: Any) -> PreparedSelect:
    """Return the query for `lock_run` that finds the run of `conditions` and holds its row."""
    columns = (_COLUMNS[name] for name in _STATE)
    return PreparedSelect(select(*columns).where(*conditions).with_for_update(of=Run))


def lock_run(
    connection: Connection, query: PreparedSelect, values: dict[str, Any]
) -> RunState | None:
    """Return a run, held for this transaction; None where there is none."""
    return _state(query.first(connection, values))


def _state(row: Any) -> RunState | None:
    if row is None:
        return None
    values = dict(zip(_STATE, row, strict=True))
    values["status"] = Status(values["status"])
    values["reasons"] = values["reasons"] or {}
    values["waiting_words"] = [error_texts.Words(**each) for each in values["waiting_words"] or ()]
    return RunState(**values)
