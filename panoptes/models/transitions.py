"""The state machine of jobs and runs: (status, event) -> (status, effect).

The tables say what may happen; `job_life.py` and `run_state.py` carry out the effects. Each row
that isn't plain says which client makes it necessary. A pair that a table lacks is a mistake.
"""

from enum import Enum, auto

from panoptes.common.status import Status

RUNNING, DONE, ERROR = Status.RUNNING, Status.DONE, Status.ERROR
PENDING, PLANNED, CANCELLED = Status.PENDING, Status.PLANNED, Status.CANCELLED


class JobEvent(Enum):
    """What can be said of a job."""

    QUEUED = auto()
    SEEN = auto()
    STARTED = auto()
    FINISHED = auto()
    FAILED = auto()
    SKIPPED = auto()
    CANCELLED = auto()


class JobEffect(Enum):
    """What an event does to the row of a job."""

    CREATE = auto()
    DESCRIBE = auto()  # Fill in what is new about it.
    NAME = auto()  # The same, but only where its rule isn't known yet.
    BEGIN = auto()  # Its first attempt begins.
    RETRY = auto()  # Another attempt begins.
    END = auto()
    COMPLETE = auto()  # Fill in how it ended, if only its run's end had closed it.
    IGNORE = auto()


# None is a job that nobody has spoken of yet.
JOBS: dict[tuple[Status | None, JobEvent], tuple[Status, JobEffect]] = {
    (None, JobEvent.QUEUED): (PENDING, JobEffect.CREATE),
    (None, JobEvent.SEEN): (RUNNING, JobEffect.CREATE),
    (None, JobEvent.STARTED): (RUNNING, JobEffect.CREATE),  # Snakemake 9, described behind it
    (None, JobEvent.FINISHED): (DONE, JobEffect.CREATE),  # of a group: 9 with --quiet rules
    (None, JobEvent.FAILED): (ERROR, JobEffect.CREATE),
    (PENDING, JobEvent.QUEUED): (PENDING, JobEffect.DESCRIBE),
    (PENDING, JobEvent.SEEN): (RUNNING, JobEffect.BEGIN),
    (PENDING, JobEvent.STARTED): (RUNNING, JobEffect.BEGIN),
    (PENDING, JobEvent.FINISHED): (DONE, JobEffect.END),  # cached
    (PENDING, JobEvent.FAILED): (ERROR, JobEffect.END),  # could not be submitted
    (PLANNED, JobEvent.QUEUED): (PENDING, JobEffect.BEGIN),
    (PLANNED, JobEvent.SEEN): (RUNNING, JobEffect.BEGIN),
    (PLANNED, JobEvent.STARTED): (RUNNING, JobEffect.BEGIN),
    (PLANNED, JobEvent.FINISHED): (DONE, JobEffect.END),
    (PLANNED, JobEvent.FAILED): (ERROR, JobEffect.END),
    (RUNNING, JobEvent.QUEUED): (RUNNING, JobEffect.DESCRIBE),  # came after the start (Nextflow)
    (RUNNING, JobEvent.SEEN): (RUNNING, JobEffect.DESCRIBE),  # Snakemake 9, or a copy of 8
    (RUNNING, JobEvent.STARTED): (RUNNING, JobEffect.IGNORE),  # a copy
    (RUNNING, JobEvent.FINISHED): (DONE, JobEffect.END),
    (RUNNING, JobEvent.FAILED): (ERROR, JobEffect.END),
    (ERROR, JobEvent.QUEUED): (PENDING, JobEffect.RETRY),
    (ERROR, JobEvent.SEEN): (RUNNING, JobEffect.RETRY),
    (ERROR, JobEvent.STARTED): (RUNNING, JobEffect.RETRY),
    (ERROR, JobEvent.FINISHED): (
        DONE,
        JobEffect.END,
    ),  # given up too early: the run's end came first
    (ERROR, JobEvent.FAILED): (ERROR, JobEffect.COMPLETE),  # a copy of Snakemake 8
    (DONE, JobEvent.QUEUED): (DONE, JobEffect.NAME),
    (DONE, JobEvent.SEEN): (DONE, JobEffect.NAME),  # overtaken by its job_finished (Snakemake 9)
    (DONE, JobEvent.STARTED): (DONE, JobEffect.IGNORE),  # came late
    (DONE, JobEvent.FINISHED): (DONE, JobEffect.COMPLETE),  # a copy of Snakemake 8
    (DONE, JobEvent.FAILED): (DONE, JobEffect.IGNORE),  # what is done stays so
    (CANCELLED, JobEvent.QUEUED): (CANCELLED, JobEffect.NAME),
    (CANCELLED, JobEvent.SEEN): (CANCELLED, JobEffect.NAME),
    (CANCELLED, JobEvent.STARTED): (CANCELLED, JobEffect.IGNORE),
    # Given up too early: the run's end came first (Nextflow).
    (CANCELLED, JobEvent.FINISHED): (DONE, JobEffect.END),
    (CANCELLED, JobEvent.FAILED): (ERROR, JobEffect.END),
    # Snakemake 9 starts local rules that --immediate-submit then doesn't run.
    (None, JobEvent.SKIPPED): (PLANNED, JobEffect.IGNORE),
    (PENDING, JobEvent.SKIPPED): (PLANNED, JobEffect.END),
    (PLANNED, JobEvent.SKIPPED): (PLANNED, JobEffect.IGNORE),
    (RUNNING, JobEvent.SKIPPED): (PLANNED, JobEffect.END),
    (ERROR, JobEvent.SKIPPED): (ERROR, JobEffect.IGNORE),
    (DONE, JobEvent.SKIPPED): (DONE, JobEffect.IGNORE),
    (CANCELLED, JobEvent.SKIPPED): (CANCELLED, JobEffect.IGNORE),
    # Nextflow aborts the tasks that wait or run when its run fails or is interrupted.
    (None, JobEvent.CANCELLED): (CANCELLED, JobEffect.CREATE),
    (PENDING, JobEvent.CANCELLED): (CANCELLED, JobEffect.END),
    (PLANNED, JobEvent.CANCELLED): (CANCELLED, JobEffect.END),
    (RUNNING, JobEvent.CANCELLED): (CANCELLED, JobEffect.END),
    (ERROR, JobEvent.CANCELLED): (CANCELLED, JobEffect.END),  # the run's end came first
    (DONE, JobEvent.CANCELLED): (DONE, JobEffect.IGNORE),
    (CANCELLED, JobEvent.CANCELLED): (CANCELLED, JobEffect.IGNORE),
}


class Phase(Enum):
    """A run's status, told apart by what else matters for what may happen to it."""

    RUNNING = auto()
    FAILING = auto()  # Error, but its end is still to come: other jobs go on.
    NEVER_BEGAN = auto()  # Error, before any job.
    FAILED = auto()
    DONE = auto()
    RAN_NOTHING = auto()
    CANCELLED = auto()


class RunEvent(Enum):
    """What can happen to a run."""

    JOB_BEGAN = auto()
    JOB_FINISHED = auto()
    JOB_FAILED = auto()
    ALIVE = auto()
    FAILING = auto()
    SUCCEEDED = auto()
    FAILED = auto()
    RAN_NOTHING = auto()
    CANCELLED = auto()
    RESUMED = auto()


class RunEffect(Enum):
    """What an event does to a run; GO_ON makes it RUNNING, or FAILING where jobs have failed."""

    GO_ON = auto()
    FAIL = auto()  # It is an Error, and goes on as long as jobs do.
    KEEP_TEXT = auto()
    SUCCEED = auto()
    END_WITH_ERROR = auto()
    END_WITH_NOTHING = auto()
    CANCEL = auto()
    IGNORE = auto()


def _rows(
    effect: RunEffect, event: RunEvent, *phases: Phase
) -> dict[tuple[Phase, RunEvent], RunEffect]:
    return {(phase, event): effect for phase in phases}


_OPEN = (Phase.RUNNING, Phase.FAILING)
_ENDED = (Phase.NEVER_BEGAN, Phase.FAILED, Phase.DONE, Phase.RAN_NOTHING)

RUNS: dict[tuple[Phase, RunEvent], RunEffect] = {
    # A job that begins is a sign that the run goes on, whatever was thought of it: all Snakemakes
    # report a failure before its retry; the main workflow follows a subworkflow (5 to 7).
    **_rows(RunEffect.GO_ON, RunEvent.JOB_BEGAN, *_OPEN, *_ENDED),
    **_rows(RunEffect.GO_ON, RunEvent.JOB_FINISHED, *_OPEN),
    # The end of a job that comes behind the run's own (a copy of Snakemake 8) changes nothing.
    **_rows(RunEffect.IGNORE, RunEvent.JOB_FINISHED, *_ENDED),
    **_rows(RunEffect.FAIL, RunEvent.JOB_FAILED, *_OPEN, Phase.NEVER_BEGAN, Phase.FAILED),
    **_rows(RunEffect.IGNORE, RunEvent.JOB_FAILED, Phase.DONE, Phase.RAN_NOTHING),
    # An error of which no job is known is taken for the end (9 sends no other one), until the
    # engine is heard of again.
    **_rows(RunEffect.GO_ON, RunEvent.ALIVE, Phase.NEVER_BEGAN, Phase.FAILED),
    **_rows(RunEffect.IGNORE, RunEvent.ALIVE, *_OPEN, Phase.DONE, Phase.RAN_NOTHING),
    **_rows(RunEffect.KEEP_TEXT, RunEvent.FAILING, *_OPEN, Phase.NEVER_BEGAN, Phase.FAILED),
    # What fails behind a good end (Snakemake's `onsuccess`) doesn't undo it.
    **_rows(RunEffect.KEEP_TEXT, RunEvent.FAILING, Phase.DONE),
    **_rows(RunEffect.IGNORE, RunEvent.FAILING, Phase.RAN_NOTHING),
    # Only the engine's own word ends a run, and the last one counts: Snakemake 7 counts all jobs
    # as done, and then says "Complete log"; an error may follow "removed all locks" (8.30).
    **_rows(RunEffect.SUCCEED, RunEvent.SUCCEEDED, *_OPEN, *_ENDED),
    **_rows(RunEffect.END_WITH_ERROR, RunEvent.FAILED, *_OPEN, *_ENDED),
    **_rows(RunEffect.END_WITH_NOTHING, RunEvent.RAN_NOTHING, *_OPEN, *_ENDED),
    **_rows(RunEffect.CANCEL, RunEvent.CANCELLED, *_OPEN),
    # Ends can't be called off, and a cancelled run stays so, whatever its client still sends.
    **_rows(RunEffect.IGNORE, RunEvent.CANCELLED, *_ENDED),
    **{(Phase.CANCELLED, event): RunEffect.IGNORE for event in RunEvent},
    # Only who cancelled it can take that back.
    **_rows(RunEffect.IGNORE, RunEvent.RESUMED, *_OPEN, *_ENDED),
    **_rows(RunEffect.GO_ON, RunEvent.RESUMED, Phase.CANCELLED),
}
