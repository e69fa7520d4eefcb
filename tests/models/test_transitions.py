"""The state machine as a table: what may follow what, without HTTP and without a database."""

import itertools
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from panoptes.common.status import JOB_STATUSES, Status
from panoptes.models.run_state import RunState
from panoptes.models.transitions import JOBS, RUNS, JobEffect, JobEvent, Phase, RunEvent

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=timezone.utc)
RUNNING, PENDING, DONE = Status.RUNNING, Status.PENDING, Status.DONE
ERROR, PLANNED, CANCELLED = Status.ERROR, Status.PLANNED, Status.CANCELLED


def run(status: Status, *, ended: bool = False, **columns: Any) -> RunState:
    """A run in a state, as an event finds it."""
    numbers = {name: 0 for name, each in RunState.__dataclass_fields__.items() if each.init}
    row: dict[str, Any] = {
        **numbers,
        "engine": "snakemake",
        "owner": None,
        "is_current": True,
        "started_at": NOW,
        "status": status,
        "ended_at": NOW if ended else None,
        "error": None,
        "seen_at": None,
        "seen_by": None,
        "reasons": {},
        "clock_offset": None,
        "last_event_at": None,
        "suspected_at": None,
        "suspected_error": None,
        "engine_state": {},
    }
    return RunState(**row | columns)


# --- jobs -----------------------------------------------------------------------------------------


def test_every_event_has_its_row_for_every_state_of_a_job() -> None:
    assert set(JOBS) == set(itertools.product((None, *JOB_STATUSES), JobEvent))


@pytest.mark.parametrize("event", JobEvent)
def test_a_job_that_is_done_stays_so(event: JobEvent) -> None:
    after, effect = JOBS[DONE, event]
    assert after is DONE
    assert effect in (JobEffect.NAME, JobEffect.COMPLETE, JobEffect.IGNORE)


@pytest.mark.parametrize("event", JobEvent)
def test_a_job_that_is_cancelled_does_not_begin_again(event: JobEvent) -> None:
    after, _ = JOBS[CANCELLED, event]
    assert after in (CANCELLED, DONE, ERROR)


@pytest.mark.parametrize(
    ("status", "event", "expected"),
    [
        (None, JobEvent.QUEUED, (PENDING, JobEffect.CREATE)),
        (None, JobEvent.SEEN, (RUNNING, JobEffect.CREATE)),
        # Snakemake 9 says only that a job started; with --quiet not even that.
        (None, JobEvent.STARTED, (RUNNING, JobEffect.CREATE)),
        (None, JobEvent.FINISHED, (DONE, JobEffect.CREATE)),
        (PENDING, JobEvent.STARTED, (RUNNING, JobEffect.BEGIN)),
        # A cached task of Nextflow never runs.
        (PENDING, JobEvent.FINISHED, (DONE, JobEffect.END)),
        # Nextflow's events come in any order.
        (RUNNING, JobEvent.QUEUED, (RUNNING, JobEffect.DESCRIBE)),
        # Snakemake 9 describes a job behind its start, 8 sends everything twice.
        (RUNNING, JobEvent.SEEN, (RUNNING, JobEffect.DESCRIBE)),
        (RUNNING, JobEvent.FAILED, (ERROR, JobEffect.END)),
        # A dry run of Snakemake was followed by a real one.
        (PLANNED, JobEvent.SEEN, (RUNNING, JobEffect.BEGIN)),
        (ERROR, JobEvent.SEEN, (RUNNING, JobEffect.RETRY)),
        (ERROR, JobEvent.QUEUED, (PENDING, JobEffect.RETRY)),
        # The end of a run closed it before its own end came.
        (ERROR, JobEvent.FINISHED, (DONE, JobEffect.END)),
        (CANCELLED, JobEvent.FINISHED, (DONE, JobEffect.END)),
        (CANCELLED, JobEvent.FAILED, (ERROR, JobEffect.END)),
        # A copy of Snakemake 8, or what Nextflow tells behind its run's end.
        (ERROR, JobEvent.FAILED, (ERROR, JobEffect.COMPLETE)),
        (DONE, JobEvent.FINISHED, (DONE, JobEffect.COMPLETE)),
        # Nextflow aborts its tasks when it is interrupted.
        (RUNNING, JobEvent.CANCELLED, (CANCELLED, JobEffect.END)),
        (PENDING, JobEvent.CANCELLED, (CANCELLED, JobEffect.END)),
        (ERROR, JobEvent.CANCELLED, (CANCELLED, JobEffect.END)),
        # Overtaken by its job_finished.
        (DONE, JobEvent.SEEN, (DONE, JobEffect.NAME)),
    ],
)
def test_a_job(status: Status | None, event: JobEvent, expected: tuple[Status, JobEffect]) -> None:
    assert JOBS[status, event] == expected


# --- runs -----------------------------------------------------------------------------------------


def test_every_event_has_its_row_for_every_phase_of_a_run() -> None:
    assert set(RUNS) == set(itertools.product(Phase, RunEvent))


@pytest.mark.parametrize("event", [event for event in RunEvent if event is not RunEvent.RESUMED])
def test_a_cancelled_run_stays_cancelled(event: RunEvent) -> None:
    state = run(CANCELLED, ended=True)
    state.take(event, NOW, "x")
    assert (state.status, state.error) == (CANCELLED, None)


@pytest.mark.parametrize(
    ("before", "event", "status", "has_ended"),
    [
        (run(RUNNING), RunEvent.JOB_FAILED, ERROR, False),
        (run(RUNNING), RunEvent.FAILING, RUNNING, False),
        (run(RUNNING, jobs_done=1), RunEvent.SUCCEEDED, DONE, True),
        (run(RUNNING), RunEvent.SUCCEEDED, Status.NO_EXECUTION, True),
        (run(RUNNING), RunEvent.RAN_NOTHING, Status.NO_EXECUTION, True),
        (run(RUNNING), RunEvent.FAILED, ERROR, True),
        (run(RUNNING), RunEvent.CANCELLED, CANCELLED, True),
        # Cancelling is undone: it is what it was before.
        (run(CANCELLED, ended=True), RunEvent.RESUMED, RUNNING, False),
        (run(CANCELLED, ended=True, jobs_failed=1), RunEvent.RESUMED, ERROR, False),
        (run(DONE, ended=True), RunEvent.RESUMED, DONE, True),
        # Other jobs of a failed run go on (Snakemake's --keep-going), or the failed one does.
        (run(ERROR, jobs_failed=1), RunEvent.JOB_FINISHED, ERROR, False),
        (run(ERROR, jobs_running=1), RunEvent.JOB_BEGAN, RUNNING, False),
        # A failure that is ignored fails no run (Nextflow's errorStrategy).
        (run(RUNNING, jobs_ignored=1), RunEvent.SUCCEEDED, DONE, True),
        # An error before any job is the end, unless Snakemake goes on.
        (run(ERROR, ended=True), RunEvent.ALIVE, RUNNING, False),
        (run(ERROR, ended=True, jobs_failed=1), RunEvent.ALIVE, ERROR, False),
        # A job that begins behind the end: a checkpoint, or the workflow behind a subworkflow.
        (run(DONE, ended=True, jobs_running=1), RunEvent.JOB_BEGAN, RUNNING, False),
        # What comes late changes no end.
        (run(DONE, ended=True), RunEvent.JOB_FAILED, DONE, True),
        (run(DONE, ended=True), RunEvent.FAILING, DONE, True),
        (run(ERROR, ended=True, jobs_failed=1), RunEvent.JOB_FINISHED, ERROR, True),
        # But the engine's own last word does.
        (run(DONE, ended=True), RunEvent.FAILED, ERROR, True),
        (run(ERROR, ended=True, jobs_done=2), RunEvent.SUCCEEDED, DONE, True),
        # What has ended can't be called off.
        (run(DONE, ended=True), RunEvent.CANCELLED, DONE, True),
    ],
)
def test_a_run(before: RunState, event: RunEvent, status: Status, has_ended: bool) -> None:
    before.take(event, NOW, "words")
    assert (before.status, before.has_ended) == (status, has_ended)


def test_the_first_error_text_of_a_run_stays() -> None:
    state = run(RUNNING)
    state.take(RunEvent.JOB_FAILED, NOW, "the first")
    state.take(RunEvent.FAILED, NOW, "the last")
    assert state.error == "the first"


def test_a_retry_takes_the_error_text_back_but_not_that_of_a_run_that_is_stopping() -> None:
    state = run(RUNNING, jobs_running=1)
    state.take(RunEvent.JOB_FAILED, NOW, "failed")
    state.take(RunEvent.JOB_BEGAN, NOW)
    assert state.error is None
    state.take(RunEvent.FAILING, NOW, "interrupted")
    state.take(RunEvent.JOB_FINISHED, NOW)
    assert state.error == "interrupted"


def test_the_time_of_an_end_is_that_of_the_first_word_of_it() -> None:
    state = run(RUNNING, jobs_done=1)
    state.take(RunEvent.SUCCEEDED, NOW)
    state.take(RunEvent.FAILED, NOW + timedelta(minutes=1))
    assert state.ended_at == NOW
