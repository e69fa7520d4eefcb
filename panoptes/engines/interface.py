"""What an engine's package gives the rest of panoptes, and what it is given.

A translator is a pure function: the state that it kept, a message of its engine, and a lookup that
answers questions about what is known already -> the state to keep, and the events that the message
means. The state is a small map that JSON can hold; it is kept with the run and names nothing that
anybody else reads.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from panoptes.common.status import Status
from panoptes.engines.events import Event, JobId, RunDescribed

State = Mapping[str, Any]


class Repeated(Exception):
    """The message came before; a translator raises it where it can tell for sure."""


class KnownJob(Protocol):
    """A job as it stands before the message; the command is its last attempt's."""

    @property
    def key(self) -> str: ...  # noqa: D102
    @property
    def part(self) -> int: ...  # noqa: D102
    @property
    def rule(self) -> str: ...  # noqa: D102
    @property
    def status(self) -> str | None: ...  # noqa: D102
    @property
    def shell_command(self) -> str | None: ...  # noqa: D102
    @property
    def log(self) -> Sequence[str] | None: ...  # noqa: D102
    @property
    def wildcards(self) -> Mapping[str, str] | None: ...  # noqa: D102


class KnownAttempt(KnownJob, Protocol):
    """The same, with the number of its latest attempt and the folder in which that worked."""

    @property
    def attempt(self) -> int: ...  # noqa: D102
    @property
    def workdir(self) -> str | None: ...  # noqa: D102


class KnownOutput(KnownJob, Protocol):
    """The same, with the files that the job makes."""

    @property
    def output(self) -> Sequence[str] | None: ...  # noqa: D102


class KnownRun(Protocol):
    """A run as it stands before the message; counts are of jobs."""

    @property
    def status(self) -> Status: ...  # noqa: D102
    @property
    def has_ended(self) -> bool: ...  # noqa: D102
    @property
    def error(self) -> str | None: ...  # noqa: D102
    @property
    def jobs_known(self) -> int: ...  # noqa: D102
    @property
    def jobs_total(self) -> int: ...  # noqa: D102
    @property
    def jobs_running(self) -> int: ...  # noqa: D102
    @property
    def jobs_done(self) -> int: ...  # noqa: D102
    @property
    def jobs_failed(self) -> int: ...  # noqa: D102
    @property
    def jobs_retried(self) -> int: ...  # noqa: D102
    @property
    def progress_done(self) -> int: ...  # noqa: D102


class Lookup(Protocol):
    """Questions about the run that a message is about, and about its jobs."""

    @property
    def run(self) -> KnownRun:
        """The run."""

    def job(self, job: JobId) -> KnownAttempt | None:
        """Return a job, None for one that is not known yet."""

    def namesakes(self, job: JobId, *, later: bool) -> Sequence[KnownAttempt]:
        """Return jobs with the same key in later parts, or in earlier ones, the nearest first."""

    def failed_of_group(self, group: str) -> Sequence[KnownJob]:
        """Return the failed jobs of a group of jobs."""

    def running_jobs(self) -> Sequence[KnownJob]:
        """Return the jobs that run."""

    def running_jobs_of(self, rule: str) -> Sequence[KnownOutput]:
        """Return the jobs of a rule that run."""

    def unexplained_jobs(self) -> Sequence[KnownJob]:
        """Return the jobs that failed with their run, without a word about them."""


Translate = Callable[[State, Any, Lookup], tuple[State, Sequence[Event]]]


class Sent(NamedTuple):
    """A message as its engine sent it: a request's content type and body."""

    content_type: str
    body: bytes


class Engine(NamedTuple):
    """A workflow engine: `name` is what `runs.engine` holds.

    `read` makes of a message what `translate` takes, once more where it was kept for later.
    `dialect` tells apart the ways in which one engine reports, each with an `Engine` of its own;
    `runs.dialect` holds that of a run.
    """

    name: str
    translate: Translate
    read: Callable[[Sent], Any]
    dialect: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """What tells it from all others, and is kept with its runs."""
        return self.name, self.dialect


class Registration(NamedTuple):
    """A run that begins, as its engine's front door read it.

    `name` is the workflow's, None where panoptes shall make one up. `uid` is what the engine calls
    the run itself, where it names its runs. `runs_nothing`: the call does something else (`--dag`),
    and will never say that it ended; `is_dry_run`: it will only say what it would run.
    `locks_folder`: no other run of its engine can be under way in its folder. `state` is what the
    engine's translator begins with. `is_report`: the run is over, and is told of only now.
    """

    engine: Engine
    name: str | None
    described: RunDescribed
    uid: str | None = None
    runs_nothing: bool = False
    is_dry_run: bool = False
    locks_folder: bool = False
    state: State | None = None
    is_report: bool = False


class BatchReader(NamedTuple):
    """What lets an engine's runs come in batches (`POST /api/runs`).

    `describe` makes a registration of the description that a client sends of its run, `read` makes
    what the engine's translator takes of an event; both get clean JSON objects and raise Broken.
    """

    engine: Engine
    describe: Callable[[Mapping[str, Any]], Registration]
    read: Callable[[Mapping[str, Any]], Any]
