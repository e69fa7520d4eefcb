"""What an estimate is made from: a run as it stands, and those before it. Times are seconds."""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum

# Raised with every change of the model: past errors of another one say nothing about it.
VERSION = 1
# Jobs' times are kept at so many steps from the shortest to the longest.
STEPS = 20
# A rule's order of finishing says something from so many jobs on.
LEAST_ORDERED = 5

Edge = tuple[str, str]


class Rung(IntEnum):
    """By what the time of a job is foretold, the best first."""

    WILDCARDS = 1
    THREADS = 2
    RULE = 3
    THIS_RUN = 4
    SERVER = 5
    MEDIAN = 6
    NOTHING = 7

    @property
    def is_history(self) -> bool:
        """Whether earlier runs of the same workflow say it."""
        return self <= Rung.RULE


@dataclass(frozen=True, slots=True)
class RuleTimes:
    """What the finished jobs of a rule took in a run.

    `jobs` are those whose time is known, `mean` is theirs, each cut at three times their median.
    `quantiles` are at equal steps from the shortest to the longest. `order` is the mean of those
    that ended first, as a share of the mean of all, for each tenth of them; empty for few jobs.
    `by_wildcards` are the times of some jobs, by what `known_wildcards` makes of their wildcards.
    """

    jobs: int
    mean: float
    quantiles: Sequence[float]
    threads: int = 1
    order: Sequence[float] = ()
    by_wildcards: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PastRule:
    """A rule in an earlier run: its jobs, how many of them were planned, and when they ran.

    `first_start` and `last_end` are since the run began; `times` is None where no job was done.
    """

    jobs: int
    planned: int | None = None
    times: RuleTimes | None = None
    first_start: float | None = None
    last_end: float | None = None


@dataclass(frozen=True, slots=True)
class PastRun:
    """An earlier run; one that didn't come to a good end says only what its jobs took.

    `peak` is how many threads its jobs had at once.
    """

    rules: Mapping[str, PastRule]
    seconds: float
    is_good: bool = True
    edges: Sequence[Edge] = ()
    cores: int | None = None
    peak: int = 0

    @property
    def capacity(self) -> int:
        """How many threads it could use, as far as it is known."""
        return self.cores or self.peak


@dataclass(frozen=True, slots=True)
class RunningJob:
    """A job that runs, since `elapsed` seconds."""

    rule: str
    elapsed: float
    threads: int = 1
    wildcards: str = ""


@dataclass(frozen=True, slots=True)
class RuleNow:
    """A rule of the run: how many of its jobs are planned (None: nobody knows), known and done.

    Of those done the time of `timed` is known, `seconds` in sum. `failed` won't be done either.
    """

    jobs: int = 0
    planned: int | None = None
    done: int = 0
    failed: int = 0
    timed: int = 0
    seconds: float = 0.0
    threads: int = 1


@dataclass(frozen=True, slots=True)
class RunNow:
    """A run that is under way, for `elapsed` seconds.

    `jobs_total` is how many jobs its engine expects in all, by now. `peak` is how many threads its
    jobs had at once so far, `edges` are the rules that feed others, as far as this run tells.
    """

    elapsed: float
    rules: Mapping[str, RuleNow]
    running: Sequence[RunningJob] = ()
    jobs_total: int = 0
    edges: Sequence[Edge] = ()
    cores: int | None = None
    peak: int = 0

    @property
    def has_plan(self) -> bool:
        """Whether its engine told how many jobs of which rule there will be."""
        return any(rule.planned is not None for rule in self.rules.values())


@dataclass(frozen=True, slots=True)
class History:
    """What is known beside the run: its workflow's earlier runs, the latest first.

    `elsewhere` is what jobs of rules took in other workflows.
    """

    runs: Sequence[PastRun] = ()
    elsewhere: Mapping[str, RuleTimes] = field(default_factory=dict)

    @property
    def good(self) -> list[PastRun]:
        """The runs that came to a good end."""
        return [run for run in self.runs if run.is_good]


def known_wildcards(wildcards: Mapping[str, str] | None) -> str:
    """Return what jobs of the same wildcards have in common, in few letters."""
    if not wildcards:
        return ""
    text = "\0".join(f"{name}={value}" for name, value in sorted(wildcards.items()))
    return f"{zlib.crc32(text.encode('utf-8', 'replace')):08x}"
