"""What any engine can say: its translator returns these events and only these."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, NamedTuple

from panoptes.common.status import Status

Details = Mapping[str, Any]


class JobId(NamedTuple):
    """A job as its engine names it.

    `part` tells jobs apart that have the same key: those of runs inside a run that use the same
    keys again (the subworkflows of Snakemake 5 to 7), and those to which an engine gives the same
    name (Nextflow, where it is the id of the job's first task). 0 for everybody else.
    """

    key: str
    part: int = 0


class Outcome(Enum):
    """How a run can end; whoever only planned or found nothing to do ran nothing."""

    SUCCESS = "success"
    ERROR = "error"
    NOTHING_TO_DO = "nothing to do"
    DRY_RUN = "dry run"


@dataclass(frozen=True, slots=True)
class Event:
    """`time` is the client's Unix time in seconds, None where it sends none.

    `is_report`: it is told later than it happened, and others that were told before may have
    happened after it; else no event happened before those that came before it.
    """

    time: float | None = field(default=None, kw_only=True)
    is_report: bool = field(default=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class RunDescribed(Event):
    """What the run is: `details` holds only what the engine said, named as columns of `runs`.

    `started` is when it began, a Unix time as `time` is: perhaps long before it was registered.
    """

    details: Details
    started: float | None = field(default=None, kw_only=True)


@dataclass(frozen=True, slots=True)
class WorkflowNamed(Event):
    """What the workflow is called, of which nothing but `provisional` was known to register it."""

    name: str
    provisional: str


@dataclass(frozen=True, slots=True)
class Planned(Event):
    """The run expects `total` jobs in all, and so many more of each rule in `rules`."""

    total: int
    rules: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GraphTold(Event):
    """Which rules there are, before their first jobs, and pairs of one and one that it feeds."""

    rules: Sequence[str]
    edges: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class AboutJob(Event):
    """Something about a job; `attempt` is the number of its try, None where nobody counts them."""

    job: JobId
    attempt: int | None = field(default=None, kw_only=True)


@dataclass(frozen=True, slots=True)
class JobEnd(AboutJob):
    """How an attempt of a job ended; `started` is when it began, where that is told with it.

    It is a Unix time as `time` is.
    """

    started: float | None = field(default=None, kw_only=True)


@dataclass(frozen=True, slots=True)
class JobSeen(AboutJob):
    """A job waits in a queue (PENDING) or is about to run (RUNNING).

    `details` holds only what the engine said, named as columns of `jobs`; `reason` is, in a few
    words, the kind of reason why the job runs.
    """

    rule: str = ""
    details: Details = field(default_factory=dict)
    status: Status = Status.RUNNING
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class JobStarted(AboutJob):
    """A job runs now. Events before or behind it say what the job is."""


@dataclass(frozen=True, slots=True)
class JobFinished(JobEnd):
    """A job came to a good end; `details` may say that it was `cached`."""

    details: Details = field(default_factory=dict)
    rule: str = ""


@dataclass(frozen=True, slots=True)
class JobFailed(JobEnd):
    """An attempt of a job failed; `error` is the engine's text about it.

    `details` may say that the failure is `ignored`: then it doesn't fail the run.
    """

    rule: str = ""
    error: str | None = None
    details: Details = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class JobCancelled(JobEnd):
    """The engine called a job off, or stopped it."""

    details: Details = field(default_factory=dict)
    rule: str = ""


@dataclass(frozen=True, slots=True)
class JobSkipped(Event):
    """A job that was called started never ran."""

    job: JobId


@dataclass(frozen=True, slots=True)
class JobTold(Event):
    """More about a known job: its command, its id in a cluster, or the text of its failure."""

    job: JobId
    details: Details = field(default_factory=dict)
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Progress(Event):
    """The engine's own count of finished jobs, and of all jobs where that is to be believed."""

    done: int
    total: int | None = None


@dataclass(frozen=True, slots=True)
class LogLine(Event):
    """A line for the run's log; `level` is info, warning or error."""

    level: str
    text: str


@dataclass(frozen=True, slots=True)
class LogTail(Event):
    """The end of a log file of a job, as it stands now or as it was when an attempt failed.

    `text` is what the file, of `size` bytes, has from the byte `offset` on: its end, or all that
    came since the last time. `path` is as the engine calls it, in a job's `log` too where it stands
    there. Of a job that nobody has spoken of, it says nothing.
    """

    job: JobId
    path: str
    offset: int
    text: str
    size: int


@dataclass(frozen=True, slots=True)
class RunFailing(Event):
    """The run will end with an error, or somebody stopped it; running jobs may still finish.

    Of a run that came to a good end, something failed that follows it, such as a handler.
    """

    text: str


@dataclass(frozen=True, slots=True)
class RunEnded(Event):
    """The run is over. `text` is the engine's about an error.

    `only_looked`: the call was none to run jobs (nor is a dry run), and says nothing of how the
    workflow stands.
    `is_correction`: it had ended already, as was guessed; this is how and why it really did.
    `is_report`: it ended at `time`, perhaps long before that is told.
    """

    outcome: Outcome
    text: str | None = None
    only_looked: bool = False
    is_correction: bool = False


@dataclass(frozen=True, slots=True)
class EndSuspected(Event):
    """The run has ended with an error, unless it is heard of again at once."""

    text: str


@dataclass(frozen=True, slots=True)
class Alive(Event):
    """The engine is there and goes on."""
