"""One run against another: which rules took longer, and which failures are new."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

# A rule counts as slower or faster from these on: so many times as long, and not just a moment.
SLOWER = 1.3
LEAST_SECONDS = 2.0
# The whole is slower where this share of so many rules is.
MOST_OF_ALL = 0.6
LEAST_RULES = 4
# Below this, two durations are as good as the same.
NEARLY = 1.1


class RuleTimes(NamedTuple):
    """A rule in one run: `jobs` are known or planned, seconds are of those done and of all."""

    jobs: int
    median: float | None
    total: float


@dataclass(frozen=True, slots=True)
class RulePair:
    """A rule in a run and in the one that it is compared with; None where it isn't in it."""

    name: str
    this: RuleTimes | None
    other: RuleTimes | None

    @property
    def ratio(self) -> float | None:
        """How many times as long its jobs usually took; None where one of both isn't known."""
        if self.this is None or self.other is None:
            return None
        if self.this.median is None or not self.other.median:
            return None
        return self.this.median / self.other.median

    @property
    def differs(self) -> bool:
        """Whether it is new, gone, has another number of jobs, or took another time."""
        if self.this is None or self.other is None or self.this.jobs != self.other.jobs:
            return True
        return self.ratio is not None and not 1 / NEARLY < self.ratio < NEARLY

    @property
    def is_slower(self) -> bool:
        """Whether its jobs took much longer."""
        took = self.this.median if self.this else None
        return self.ratio is not None and self.ratio >= SLOWER and (took or 0.0) >= LEAST_SECONDS


class Pace(Enum):
    """What took longer: nothing much, some rules, or all of it (another machine, larger data)."""

    SAME = "same"
    SOME_RULES = "some rules"
    WHOLE = "whole"


class Failure(NamedTuple):
    """A failed job; `about` says which of its rule's jobs it is, `words` why it failed."""

    key: str
    part: int
    rule: str
    about: str
    words: str


@dataclass(frozen=True, slots=True)
class Failures:
    """Failed jobs of a run: those that hadn't failed in the other and those that had.

    With the latter goes whether the words were the same. `gone` are those of the other that didn't
    fail again.
    """

    new: list[Failure]
    same: list[tuple[Failure, bool]]
    gone: list[Failure]


def pairs(this: Mapping[str, RuleTimes], other: Mapping[str, RuleTimes]) -> list[RulePair]:
    """Return the rules of two runs, in the order of the first and then of the other."""
    return [RulePair(name, this.get(name), other.get(name)) for name in {**this, **other}]


def pace(of_rules: Iterable[RulePair]) -> Pace:
    """Return what took longer; rules whose jobs take a moment don't count."""
    long = [
        pair
        for pair in of_rules
        if pair.ratio is not None and pair.this and (pair.this.median or 0.0) >= LEAST_SECONDS
    ]
    slower = sum(pair.is_slower for pair in long)
    if len(long) >= LEAST_RULES and slower >= MOST_OF_ALL * len(long):
        return Pace.WHOLE
    return Pace.SOME_RULES if slower else Pace.SAME


def failures(this: Sequence[Failure], other: Sequence[Failure]) -> Failures:
    """Tell the failures of a run by whether the same job had failed in the other."""
    before = {_job(failure): failure for failure in other}
    now = {_job(failure) for failure in this}
    return Failures(
        new=[failure for failure in this if _job(failure) not in before],
        same=[
            (failure, failure.words == before[_job(failure)].words)
            for failure in this
            if _job(failure) in before
        ],
        gone=[failure for failure in other if _job(failure) not in now],
    )


def _job(failure: Failure) -> tuple[str, str]:
    return failure.rule, failure.about
