"""What a single message of Snakemake says, named as Snakemake names it.

`levels.py` reads these out of a message alone; what they mean for a run, which takes knowing what
came before, `translator.py` works out.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from panoptes.engines.events import GraphTold, LogLine, LogTail

# Letters of a message's digest.
DIGEST_LENGTH = 16


@dataclass(frozen=True, slots=True)
class JobInfo:
    """A job is about to run (or would, in a dry run).

    `details` holds only what the message has, named as columns of `jobs`. `in_group` says that the
    job belongs to the group named last.
    """

    key: str
    rule: str
    details: Mapping[str, Any]
    in_group: bool = False


@dataclass(frozen=True, slots=True)
class JobsStarted:
    """Jobs run now; a job_info says what they are, or nothing does (Snakemake 9)."""

    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class JobDone:
    """A job came to a good end; 9's log names its rule."""

    key: str
    rule: str = ""


@dataclass(frozen=True, slots=True)
class JobError:
    """One attempt of a job failed; `error` is the message's own text about it.

    `text_follows`: an error text may come behind it, as a message of its own (before Snakemake 8).
    """

    key: str
    rule: str = ""
    error: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    text_follows: bool = False


@dataclass(frozen=True, slots=True)
class ShellCommand:
    """The command of the job `key`, or of the job announced last where that is None."""

    command: str
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Submitted:
    """A cluster took jobs, each under an id of its own.

    They are named by a job's key, or by a group's id. `log` is the file to which the cluster writes
    what the job prints.
    """

    external_ids: Mapping[str, str]
    log: str | None = None


@dataclass(frozen=True, slots=True)
class GroupInfo:
    """The jobs announced next belong to this group, where they say that they are in one."""

    name: str


@dataclass(frozen=True, slots=True)
class JobStats:
    """How many jobs each rule will have (of very many rules, the first), and all together."""

    rules: Mapping[str, int]
    total: int


@dataclass(frozen=True, slots=True)
class ProgressCounts:
    """How many jobs are done, of how many in the whole DAG."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class ErrorMessage:
    """The text of an error; alone it isn't a failure, for a retried attempt sends it too.

    `key` is the job that it names, `group` the group. `fails_job`: where it is a job's, no other
    message tells of that failure. `raised`: it is an exception's text and not what a Snakefile's
    author wrote. `is_bare`: it is an exception's name alone, all that Snakemake 9 sends.
    """

    text: str
    key: str | None = None
    group: str | None = None
    fails_job: bool = False
    raised: bool = True
    is_bare: bool = False


@dataclass(frozen=True, slots=True)
class Traceback:
    """The end of a traceback (a debug message), about a failure that the next messages tell of."""

    text: str


@dataclass(frozen=True, slots=True)
class WorkflowSuccess:
    """The run came to a good end (plugin from 0.3.0)."""


@dataclass(frozen=True, slots=True)
class FatalError:
    """The run ended with an error."""

    text: str


@dataclass(frozen=True, slots=True)
class Exiting:
    """The run will end with an error, or somebody stopped it.

    `jobs_ended`: Snakemake waited for all jobs before it said so.
    """

    text: str
    jobs_ended: bool = False


@dataclass(frozen=True, slots=True)
class CompleteLog:
    """Snakemake ended, in whichever way, and wrote this log."""

    log: str


@dataclass(frozen=True, slots=True)
class NothingToRun:
    """All outputs are there, or the call does something else than running jobs (`--unlock`)."""

    only_looked: bool = False


@dataclass(frozen=True, slots=True)
class Started:
    """Snakemake 9 read the workflow and begins to run it."""


@dataclass(frozen=True, slots=True)
class DryRun:
    """All jobs announced were a plan."""


@dataclass(frozen=True, slots=True)
class LocksRemoved:
    """Snakemake gave its lock back: its last act, also when it crashed."""


@dataclass(frozen=True, slots=True)
class Subworkflow:
    """A run inside the run begins, or (`name` is None) the main workflow goes on.

    The subworkflows of Snakemake 5 to 7 count their jobs from 0 again.
    """

    name: str | None


@dataclass(frozen=True, slots=True)
class Alive:
    """Snakemake goes on; nothing else is known."""


@dataclass(frozen=True, slots=True)
class Described:
    """More about the run, named as columns of `runs` (our plugin for 9)."""

    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class JobUsed:
    """What a job used, where its rule has a benchmark (our plugin for 9)."""

    key: str
    usage: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class RunOver:
    """Snakemake is about to exit (our plugin for 9); what came before says how the run ended.

    `text` tells of what ended Snakemake itself, if anything.
    """

    text: str | None = None


Saying = (
    JobInfo
    | JobsStarted
    | JobDone
    | JobError
    | ShellCommand
    | Submitted
    | GroupInfo
    | JobStats
    | ProgressCounts
    | ErrorMessage
    | Traceback
    | WorkflowSuccess
    | FatalError
    | Exiting
    | CompleteLog
    | NothingToRun
    | Started
    | DryRun
    | LocksRemoved
    | Subworkflow
    | Alive
    | Described
    | JobUsed
    | RunOver
    | GraphTold
    | LogLine
    | LogTail
)


@dataclass(frozen=True, slots=True)
class Message:
    """Everything that one message says, in order.

    `time` is the client's Unix time in seconds, None where it sends none (before 6.14, and 9).
    `digest` stands for the whole text of a message that carries a time, and so can't come twice by
    itself; None otherwise.
    """

    sayings: tuple[Saying, ...] = ()
    time: float | None = None
    digest: str | None = None
