"""What the questions are and what they are answered with: plain data for pages and the API."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Annotated, Any, Generic, NamedTuple, TypeVar

from panoptes.common import lateness
from panoptes.common.status import Status
from panoptes.common.wording import TO_THE_MINUTE

T = TypeVar("T")

PER_PAGE = 50
MAX_PER_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A slice of `total` items; pages count from 1."""

    items: list[T]
    total: int
    number: int
    per_page: int

    @property
    def pages(self) -> int:
        """How many pages there are; an empty list has one."""
        return max(1, -(-self.total // self.per_page))


@dataclass(frozen=True, slots=True)
class PartialScan(Generic[T]):
    """What was found by looking through a part of what is too much for one page.

    At most `step` of `whole` were looked through, those that come `after` this row's id (None: from
    the first on). What comes after `following` is still to be looked through, if it isn't None.
    """

    items: list[T]
    step: int
    whole: int
    after: int | None
    following: int | None


@dataclass(frozen=True, slots=True)
class EstimateView:
    """When a run will be done: probably, and within `low` and `high` in eight of ten cases.

    `basis_runs` is from how many earlier runs that is known, `past_error` by what share of a run
    such estimates were usually off, None where none has come true yet. `rough`: it may be far off;
    `at_least`: there may be more jobs than are known. `critical_path` are the rules to come that
    decide it, `waits_for` is the first of them that waits for several jobs: its `rule`, how many
    `jobs` are left, and the rule that they are `of`.
    """

    ends_at: datetime
    low: datetime
    high: datetime
    seconds_left: float
    basis_runs: int
    past_error: float | None
    rough: bool
    at_least: bool
    critical_path: list[str]
    waits_for: Mapping[str, Any] | None

    @property
    def is_soon(self) -> bool:
        """Whether it is given to the second."""
        return self.seconds_left < TO_THE_MINUTE


class RunView(NamedTuple):
    """A run with its workflow's name. Times are UTC; `pending` counts jobs that wait.

    `is_live`: it hasn't ended and isn't silent, so that something may still come. `run` is the
    number of this run, `runs` that of the workflow's current one and `newest` the highest: a run
    that ran nothing, or that is a report (`is_report`: it was over when it was told of), need not
    be current. `known` counts the jobs that are
    known, `lines` the lines of the log by their level, `reasons` the jobs by why they ran.
    `owner` is the name of the token that registered it. `never_started`: it was registered, and
    nothing came since. `lost_contact`: its client gives signs of life, and none came for too long.
    `can_be_resumed`: it was cancelled, so lately that this may be undone.
    `allow_stop`: its client stops it when it is asked to, as it was at `stop_asked_at`;
    `sends_logs`: it sends the logs of jobs at which somebody looks.
    `run_name` is what its engine calls it, `session` what it shares with runs that it resumes.
    `total_grows`: nobody knows how many jobs there will be, so `jobs_total` are those so far.
    `note` and `labels` are what people or its client say of it; `baseline` is the number of the
    workflow's run that others are compared with.
    `usual` is how long the good runs before one that is under way took.
    `estimate` is when it will be done, None where it isn't under way or, for it is, `why_not`.

    Of the kinds of classes that don't change, a tuple is made in a third of the time.
    """

    workflow_id: int
    run_id: int
    name: str
    run: int
    runs: int
    newest: int
    is_report: bool
    pinned: bool
    status: Status
    is_live: bool
    never_started: bool
    lost_contact: bool
    can_be_resumed: bool
    jobs_done: int
    jobs_total: int
    jobs_running: int
    jobs_failed: int
    jobs_ignored: int
    jobs_cancelled: int
    jobs_retried: int
    jobs_pending: int
    known: Mapping[Status, int]
    lines: Mapping[str, int]
    reasons: Mapping[str, int]
    started_at: datetime
    completed_at: datetime | None
    updated_at: datetime
    duration: timedelta
    usual: lateness.Usual | None
    error: str | None
    seen_at: datetime | None
    seen_by: str | None
    allow_stop: bool
    stop_asked_at: datetime | None
    stop_asked_by: str | None
    sends_logs: bool
    owner: str | None
    engine: str
    main_file: str | None
    command: str | None
    workdir: str | None
    log_file: str | None
    user: str | None
    host: str | None
    engine_version: str | None
    platform: str | None
    cores: int | None
    config_files: list[str] | None
    run_name: str | None
    session: str | None
    total_grows: bool
    note: str | None
    labels: list[str]
    baseline: int | None
    params: Mapping[str, Any] | None
    about: Mapping[str, Any] | None
    estimate: EstimateView | None
    why_not: str | None

    @property
    def is_baseline(self) -> bool:
        """Whether other runs are compared with it."""
        return self.run == self.baseline

    @property
    def is_late(self) -> bool:
        """Whether it has been running for much longer than the good runs before it took."""
        return self.is_live and lateness.is_late(self.duration.total_seconds(), self.usual)


class EarlierRun(NamedTuple):
    """A run that another one resumes."""

    workflow_id: int
    run: int
    run_name: str | None


@dataclass(frozen=True, slots=True)
class RuleView:
    """How a rule's jobs stand. `planned` is None where the client never told it.

    `pending` is None then, too. `jobs` are all that are known. The durations are seconds of jobs
    that are done, None where none is: of the latest, their median. `seconds` are those of all
    attempts that ended, from the `first_start` to the `last_end`.
    """

    name: str
    planned: int | None
    pending: int | None
    queued: int
    running: int
    done: int
    error: int
    cancelled: int
    retried: int
    attempts: int
    jobs: int
    median_seconds: float | None
    max_seconds: float | None
    first_start: datetime | None
    last_end: datetime | None
    seconds: float

    @property
    def known(self) -> Mapping[Status, int]:
        """How many of its jobs are in each state."""
        counts = {
            Status.PENDING: self.queued,
            Status.RUNNING: self.running,
            Status.DONE: self.done,
            Status.ERROR: self.error,
            Status.CANCELLED: self.cancelled,
        }
        return {**counts, Status.PLANNED: self.jobs - sum(counts.values())}

    @property
    def begun(self) -> int:
        """How many of its jobs began, or ended without having been seen to."""
        return self.running + self.done + self.error + self.cancelled

    @property
    def total(self) -> int:
        """How many jobs the rule has: those planned, or those known where they are more."""
        return max(self.planned or 0, self.queued + self.begun)


class JobField(NamedTuple):
    """How the API gives a field of a job, for the column of `jobs` that is called like the field.

    `name` is its name there, if it isn't the column's, and `place` its column in CSV and TSV, from
    1 (0: it has none). `empty` makes the list or map that stands for one which no client sent. A
    `numeric` text is given as a number where it is one.
    """

    name: str = ""
    place: int = 0
    empty: Callable[[], Any] | None = None
    numeric: bool = False


@dataclass(frozen=True, slots=True)
class JobView:
    """A job of a workflow's run, and the one table of its fields: what is read, given and written.

    A field with a `JobField` is a column of `jobs`. The API's JSON, the files of jobs, CSV and TSV
    follow from it. `key` is the job's id as text, `part` is 0 but for subworkflows, times are UTC
    and of the latest attempt, and `seconds` is how long that took, or has been running. `usual` is
    what its rule's jobs usually take, read of a job that runs or is alone on its page.
    """

    id: int
    workflow_id: int
    run: int
    key: Annotated[str, JobField("jobid", 1, numeric=True)]
    part: Annotated[int, JobField()]
    rule: Annotated[str, JobField("name", 2)]
    status: Annotated[Status, JobField(place=4)]
    started_at: Annotated[datetime | None, JobField(place=6)]
    ended_at: Annotated[datetime | None, JobField("completed_at", 7)]
    seconds: Annotated[float | None, JobField("duration", 8)]
    error: Annotated[str | None, JobField(place=11)]
    attempt: Annotated[int, JobField(place=5)]
    msg: Annotated[str | None, JobField()]
    input: Annotated[list[str], JobField(place=13, empty=list)]
    output: Annotated[list[str], JobField(place=14, empty=list)]
    log: Annotated[list[str], JobField(place=15, empty=list)]
    benchmark: Annotated[str | None, JobField()]
    wildcards: Annotated[dict[str, str], JobField(place=3, empty=dict)]
    is_checkpoint: Annotated[bool, JobField()]
    shell_command: Annotated[str | None, JobField(place=12)]
    threads: Annotated[int | None, JobField(place=9)]
    resources: Annotated[dict[str, Any] | list[Any] | None, JobField(place=10)]
    requested_memory: Annotated[int | None, JobField(place=18)]
    requested_seconds: Annotated[float | None, JobField(place=19)]
    priority: Annotated[str | None, JobField(numeric=True)]
    reason: Annotated[str | None, JobField()]
    is_local: Annotated[bool, JobField()]
    conda_env: Annotated[str | None, JobField()]
    external_id: Annotated[str | None, JobField(place=16)]
    group_name: Annotated[str | None, JobField("group", 17)]
    queued_at: Annotated[datetime | None, JobField()]
    exit_status: Annotated[int | None, JobField()]
    cached: Annotated[bool, JobField()]
    ignored: Annotated[bool, JobField()]
    usage: Annotated[dict[str, Any] | None, JobField()]
    workdir: Annotated[str | None, JobField()]
    about: Annotated[dict[str, Any] | None, JobField()]
    left_out: Annotated[dict[str, int], JobField(empty=dict)]
    usual: lateness.Usual | None = None

    @property
    def is_late(self) -> bool:
        """Whether it runs for much longer than its rule's jobs usually take."""
        return self.status is Status.RUNNING and lateness.is_late(self.seconds, self.usual)


# By the columns of `jobs`, in the order in which the API gives them.
JOB_FIELDS: dict[str, JobField] = {
    column.name: given._replace(name=given.name or column.name)
    for column in fields(JobView)
    for given in getattr(column.type, "__metadata__", ())
}


class JobName(NamedTuple):
    """By what a job's page is found in its run."""

    key: str
    part: int


@dataclass(frozen=True, slots=True)
class AttemptView:
    """One attempt of a job; the last is the job as it stands."""

    number: int
    status: Status
    started_at: datetime | None
    ended_at: datetime | None
    seconds: float | None
    error: str | None
    external_id: str | None
    log: list[str]
    workdir: str | None
    exit_status: int | None


@dataclass(frozen=True, slots=True)
class MessageView:
    """A line of a run's log; `level` is info, warning or error."""

    time: datetime
    level: str
    text: str


class SomeRuns(NamedTuple):
    """The newest of `number` runs."""

    runs: list[RunView]
    number: int

    @property
    def more(self) -> int:
        """How many there are besides."""
        return max(0, self.number - len(self.runs))


@dataclass(frozen=True, slots=True)
class Overview:
    """What the first page shows; jobs are those of the `summed` newest workflows.

    `needs_you` failed or fell silent lately and `older` before; somebody has `seen` others.
    `engines` are all that are in use.
    """

    counts: dict[Status, int]
    engines: list[str]
    jobs_done: int
    jobs_total: int
    summed: int
    needs_you: SomeRuns
    older: SomeRuns
    seen: SomeRuns
    running: SomeRuns
    ended: list[RunView]


class WhoWhere(NamedTuple):
    """Runs under way of a user on a host: how many, with how many running jobs, on how many cores.

    Each is None where it isn't known.
    """

    user: str | None
    host: str | None
    runs: int
    jobs_running: int
    cores: int | None


@dataclass(frozen=True, slots=True)
class Deletion:
    """What was deleted in one go: so many workflows, of which `name` is one."""

    at: datetime
    workflows: int
    name: str


@dataclass(frozen=True, slots=True)
class DeletedRun:
    """A run that was deleted alone, by its number; `owner` as in `RunView`."""

    at: datetime
    run: int
    owner: str | None


@dataclass(frozen=True, slots=True)
class SampleView:
    """A value of a wildcard in a run, and how many jobs have it."""

    name: str
    value: str
    jobs: int
    run: RunView


@dataclass(frozen=True, slots=True)
class SearchedJobs:
    """How many jobs a search looked at, of how many; of `more` than those, where not all count.

    Older ones than the row `older` were not looked at, if there are any.
    """

    number: int
    whole: int
    more: bool
    older: int | None


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What was found, at most `limit` of each; `rules` are (rule's name, run).

    `errors` are runs whose own error holds the text, `noted` those whose note or label does.
    `searched` says which jobs were looked at; the next search looks at `step` of them.
    """

    workflows: list[RunView]
    rules: list[tuple[str, RunView]]
    samples: list[SampleView]
    jobs: list[tuple[JobView, RunView]]
    errors: list[RunView]
    noted: list[RunView]
    limit: int
    searched: SearchedJobs
    step: int

    @property
    def engines(self) -> set[str]:
        """The engines of the runs whose parts were found."""
        of_parts = (run for _, run in (*self.rules, *self.jobs))
        return {run.engine for run in (*of_parts, *(sample.run for sample in self.samples))}


@dataclass(frozen=True, slots=True)
class WorkflowFilter:
    """Which workflows; `text` is a part of the name, `name` all of it.

    `owner` is the whole name of the token that registered the current run, `user` of who runs it on
    which `host`, `engine` its engine's name, `label` is one of its labels. It began more than
    `older_than` days ago. `sort` is a key of WORKFLOW_SORTS.
    """

    status: Status | None = None
    text: str = ""
    name: str | None = None
    owner: str | None = None
    user: str | None = None
    host: str | None = None
    engine: str | None = None
    label: str | None = None
    older_than: int | None = None
    sort: str = "-started_at"
    page: int = 1
    per_page: int = PER_PAGE

    @property
    def whose(self) -> dict[str, str | None]:
        """By which owner, user, host and engine it lets through, as an address has them."""
        return {"owner": self.owner, "user": self.user, "host": self.host, "engine": self.engine}

    @property
    def lets_all_through(self) -> bool:
        """Whether it leaves nothing out."""
        given = (self.status, self.name, *self.whose.values(), self.label, self.older_than)
        return not self.text and all(each is None for each in given)


@dataclass(frozen=True, slots=True)
class JobFilter:
    """Which jobs; `text` is a part of the rule, a wildcard, a file, the command or the error.

    `wildcard` is a name with its whole value.
    `sort` is a key of JOB_SORTS. Where not all can be looked through at once, those come that are
    `after` this row's id.
    """

    status: Status | None = None
    rule: str | None = None
    wildcard: tuple[str, str] | None = None
    text: str = ""
    sort: str = ""
    page: int = 1
    per_page: int = PER_PAGE
    after: int | None = None
