"""What happened, in the words of panoptes: the last thing that knows nothing of Snakemake."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class JobInfo:
    """A job is about to run (or would, in a dry run).

    `details` holds only what the client told, under the names of the columns of `jobs`.
    `in_group` says that the job belongs to the group named last.
    """

    key: str
    rule: str
    details: Mapping[str, Any]
    in_group: bool = False


@dataclass(frozen=True, slots=True)
class JobsStarted:
    """Jobs run now; what they are is told later, or never (Snakemake 9)."""

    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class JobFinished:
    """A job came to a good end."""

    key: str


@dataclass(frozen=True, slots=True)
class JobFailed:
    """One attempt of a job failed. `error` are the client's words, where it had any."""

    key: str
    rule: str = ""
    error: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    # The text of the failure may come behind it, as an event of its own (Snakemake before 8).
    text_follows: bool = False


@dataclass(frozen=True, slots=True)
class JobsFailed:
    """A group failed, told in one event (Snakemake 7.19 to 8)."""

    failures: tuple[JobFailed, ...]


@dataclass(frozen=True, slots=True)
class JobRestarts:
    """A failed job will be tried again (Snakemake before 9 says so in words)."""

    key: str


@dataclass(frozen=True, slots=True)
class ShellCommand:
    """The command of the job `key`, or of the job announced last where that is None."""

    command: str
    key: str | None = None


@dataclass(frozen=True, slots=True)
class JobSubmitted:
    """A cluster took the job under an id of its own."""

    key: str
    external_id: str


@dataclass(frozen=True, slots=True)
class GroupNamed:
    """The jobs announced next, where they say so, belong to this group."""

    name: str


@dataclass(frozen=True, slots=True)
class Planned:
    """How many jobs each rule will have."""

    rules: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Progress:
    """How many jobs are done, of how many."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class ErrorText:
    """An error's words; alone it isn't a failure, for a retried attempt sends it too.

    `key` is the job that it names, `group` the group. `fails_job`: it is all that comes of a job's
    failure. `raised`: these are an exception's words, not what a Snakefile's author had to say.
    """

    text: str
    key: str | None = None
    group: str | None = None
    fails_job: bool = False
    raised: bool = True


@dataclass(frozen=True, slots=True)
class FailureDetail:
    """The words of a failure that comes with the next event (a traceback among the debug noise)."""

    text: str


@dataclass(frozen=True, slots=True)
class RunSucceeded:
    """The engine says that the run came to a good end (plugin from 0.3.0)."""


@dataclass(frozen=True, slots=True)
class RunFailed:
    """The engine says that the run ended with an error."""

    text: str


@dataclass(frozen=True, slots=True)
class RunWillFail:
    """The engine says that the run will end with an error, or that somebody stopped it."""

    text: str


@dataclass(frozen=True, slots=True)
class RunEnded:
    """The engine ended, in whichever way, and wrote this log."""

    log: str


@dataclass(frozen=True, slots=True)
class NothingToDo:
    """All outputs are there."""


@dataclass(frozen=True, slots=True)
class DryRun:
    """All jobs announced were a plan."""


@dataclass(frozen=True, slots=True)
class RanNothing:
    """The call did something else than running jobs (`--unlock`)."""


@dataclass(frozen=True, slots=True)
class EngineLeft:
    """The engine gave its lock back, the last thing that it does, also when it crashed."""


@dataclass(frozen=True, slots=True)
class NestedRun:
    """A run inside the run begins, or (`name` is None) the main run goes on.

    The subworkflows of Snakemake 5 to 7 count their jobs from 0 again.
    """

    name: str | None


@dataclass(frozen=True, slots=True)
class SignOfLife:
    """The engine goes on; nothing else is known."""


Change = (
    JobInfo
    | JobsStarted
    | JobFinished
    | JobFailed
    | JobsFailed
    | JobRestarts
    | ShellCommand
    | JobSubmitted
    | GroupNamed
    | Planned
    | Progress
    | ErrorText
    | FailureDetail
    | RunSucceeded
    | RunFailed
    | RunWillFail
    | RunEnded
    | NothingToDo
    | DryRun
    | RanNothing
    | EngineLeft
    | NestedRun
    | SignOfLife
)


@dataclass(frozen=True, slots=True)
class Message:
    """A line for the run's log; `level` is info, warning or error."""

    level: str
    text: str


@dataclass(frozen=True, slots=True)
class Event:
    """Everything that one update says.

    `time` is the client's Unix time in seconds, None where it sends none (before 6.14, and 9).
    `changes` happen in order. `message` is what the run's log keeps of it.
    """

    changes: tuple[Change, ...] = ()
    message: Message | None = None
    time: float | None = None
