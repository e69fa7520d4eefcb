"""Which samples are finished: values of a wildcard, and the states of each rule's jobs for them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from panoptes.common.status import Status
from panoptes.common.wildcards import ALL_DONE, WORST_FIRST, brief

NEVER = 2**31 - 1
# The columns of so many rules find their place on a usual screen.
ON_SCREEN = 24


class Counts(NamedTuple):
    """How many jobs there are, and how many in each state; all others of them are done."""

    jobs: int
    running: int = 0
    error: int = 0
    cancelled: int = 0
    planned: int = 0

    @property
    def by_status(self) -> dict[Status, int]:
        """How many jobs are in each state, the state that matters most first."""
        done = self.jobs - self.running - self.error - self.cancelled - self.planned
        counts = (self.error, self.running, self.cancelled, self.planned, done)
        return {status: jobs for status, jobs in zip(WORST_FIRST, counts, strict=True) if jobs > 0}


class RuleJobs(NamedTuple):
    """A rule, the wildcards that its jobs have, how many are known and how many still to come.

    Of those that are known, so many failed and so many are running.
    """

    name: str
    wildcards: Sequence[str]
    jobs: int
    pending: int = 0
    failed: int = 0
    running: int = 0


def wildcards(rules: Iterable[RuleJobs]) -> list[str]:
    """Return the wildcards of some rules: first the one that most rules have, then most jobs."""
    jobs: dict[str, list[int]] = {}
    for rule in rules:
        for name in rule.wildcards:
            jobs.setdefault(name, []).append(rule.jobs)
    return sorted(jobs, key=lambda name: (-len(jobs[name]), -sum(jobs[name])))


def in_order(rules: Iterable[RuleJobs]) -> list[RuleJobs]:
    """Return rules for the columns of a table: as they come, where a screen shows them all.

    Of more, those with failed jobs come first, then those that run.
    """
    columns = list(rules)
    if len(columns) <= ON_SCREEN:
        return columns
    return sorted(columns, key=lambda rule: (not rule.failed, not rule.running))


class ValueGroup(NamedTuple):
    """How many values of a wildcard share a place, and the most jobs that one of them has."""

    place: int
    values: int
    most_jobs: int


@dataclass(frozen=True, slots=True)
class Outlook:
    """From which place on a value is finished, and which rules are `ahead` of all values."""

    finished_from: int
    ahead: list[str]

    def status(self, place: int) -> Status:
        """Return the state of the values at a place; those that wait for more jobs are planned."""
        if place < ALL_DONE:
            return WORST_FIRST[place]
        return Status.DONE if place >= self.finished_from else Status.PLANNED


def outlook(rules: Sequence[RuleJobs], wildcard: str, groups: Sequence[ValueGroup]) -> Outlook:
    """Return what is still to come for the values of a wildcard.

    An engine may name a job only when it starts, and plan only numbers of jobs. So what a value
    still waits for is taken from the others: while a rule has jobs to come, as many jobs as the
    value with the most has. A rule that hasn't begun, and has enough planned jobs for each value
    to have one, is ahead: until it begins, nothing is finished.
    """
    least = max(1, sum(group.values for group in groups))
    ahead = [rule.name for rule in rules if rule.pending >= least and not rule.jobs]
    if ahead and groups:
        return Outlook(NEVER, ahead)
    some_come = any(rule.pending and wildcard in rule.wildcards for rule in rules)
    most = max((group.most_jobs for group in groups), default=0)
    return Outlook(ALL_DONE + (most if some_come else 0), [])


class Value(NamedTuple):
    """A value of a wildcard and its place."""

    value: str
    place: int


class CellJobs(NamedTuple):
    """The jobs of a rule for a value; `key` and `part` are the first one's."""

    counts: Counts
    key: str
    part: int


@dataclass(frozen=True, slots=True)
class Cell:
    """What a rule did for a value; it `waits` for more jobs than are known."""

    rule: str
    jobs: CellJobs | None
    waits: bool

    @property
    def status(self) -> Status | None:
        """The state that matters most; None where the rule has nothing to do for the value."""
        states = self.jobs.counts.by_status if self.jobs else {}
        worst = next(iter(states), None)
        return Status.PLANNED if self.waits and worst in (None, Status.DONE) else worst


@dataclass(frozen=True, slots=True)
class SampleRow:
    """A value, the state that matters most of its jobs, and a cell for each rule."""

    value: str
    status: Status
    cells: list[Cell]

    @property
    def is_finished(self) -> bool:
        """Whether all its jobs are done, and no more are expected."""
        return self.status == Status.DONE


def rows(
    values: Iterable[Value],
    cells: Mapping[tuple[str, str], CellJobs],
    rules: Sequence[RuleJobs],
    to_come: Outlook,
) -> list[SampleRow]:
    """Return the rows of some values; `cells` has their jobs by value and the rule's brief name.

    A cell waits where its rule has jobs to come and another of these values has more of them.
    """
    most: dict[str, int] = defaultdict(int)
    for (_, name), jobs in cells.items():
        most[name] = max(most[name], jobs.counts.jobs)
    found = []
    for value, place in values:
        status, row = to_come.status(place), []
        for rule in rules:
            known = cells.get((value, brief(rule.name)))
            is_less = (known.counts.jobs if known else 0) < most[brief(rule.name)]
            waits = status != Status.DONE and rule.pending > 0 and is_less
            row.append(Cell(rule.name, known, waits))
        found.append(SampleRow(value, status, row))
    return found
