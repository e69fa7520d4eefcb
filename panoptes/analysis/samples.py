"""Which samples are through: values of a wildcard, and how the jobs of each rule stand for them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from panoptes.common.wildcards import ALL_DONE, DONE, PLANNED, WORST_FIRST, brief

NEVER = 2**31 - 1


class Counts(NamedTuple):
    """How some jobs stand; those not counted otherwise are done."""

    jobs: int
    running: int = 0
    error: int = 0
    cancelled: int = 0
    planned: int = 0

    @property
    def by_status(self) -> dict[str, int]:
        """How many jobs are in each state, the state that matters most first."""
        done = self.jobs - self.running - self.error - self.cancelled - self.planned
        counts = (self.error, self.running, self.cancelled, self.planned, done)
        return {status: jobs for status, jobs in zip(WORST_FIRST, counts, strict=True) if jobs > 0}


# --- what is still to come ------------------------------------------------------------------------


class RuleJobs(NamedTuple):
    """A rule, the wildcards that its jobs have, how many are known and how many still to come."""

    name: str
    wildcards: Sequence[str]
    jobs: int
    pending: int = 0


@dataclass(frozen=True, slots=True)
class Wildcard:
    """A wildcard's name, and how many rules and jobs have it."""

    name: str
    rules: int
    jobs: int


def wildcards(rules: Iterable[RuleJobs]) -> list[Wildcard]:
    """Return the wildcards of some rules: first the one that most rules have, then most jobs."""
    jobs: dict[str, list[int]] = {}
    for rule in rules:
        for name in rule.wildcards:
            jobs.setdefault(name, []).append(rule.jobs)
    found = [Wildcard(name, len(each), sum(each)) for name, each in jobs.items()]
    return sorted(found, key=lambda each: (-each.rules, -each.jobs))


class Group(NamedTuple):
    """How many values of a wildcard have one place, and the most jobs that one of them has."""

    place: int
    values: int
    most_jobs: int


@dataclass(frozen=True, slots=True)
class Outlook:
    """From which place on a value is through, and which rules are `ahead` of all values."""

    through_from: int
    ahead: list[str]

    def status(self, place: int) -> str:
        """Return the state of the values at a place; those that wait for more jobs are planned."""
        if place < ALL_DONE:
            return WORST_FIRST[place]
        return DONE if place >= self.through_from else PLANNED


def outlook(rules: Sequence[RuleJobs], wildcard: str, groups: Sequence[Group]) -> Outlook:
    """Return what is still to come for the values of a wildcard.

    Snakemake tells of a job when it starts and of the plan only numbers, so that what a value
    still waits for is read from the others: while a rule has jobs to come, as many jobs as the
    value that has most. A rule that hasn't begun and is planned for so many jobs that each value
    may have one is ahead: until it begins, nothing is through.
    """
    least = max(1, sum(group.values for group in groups))
    ahead = [rule.name for rule in rules if rule.pending >= least and not rule.jobs]
    if ahead and groups:
        return Outlook(NEVER, ahead)
    some_come = any(rule.pending and wildcard in rule.wildcards for rule in rules)
    most = max((group.most_jobs for group in groups), default=0)
    return Outlook(ALL_DONE + (most if some_come else 0), [])


# --- rows and cells -------------------------------------------------------------------------------


class Value(NamedTuple):
    """A value of a wildcard and its place."""

    value: str
    place: int


class CellJobs(NamedTuple):
    """How the jobs of a rule stand for a value; `key` and `part` are the first one's."""

    counts: Counts
    key: str
    part: int


@dataclass(frozen=True, slots=True)
class Cell:
    """What a rule did for a value; it `waits` for more jobs than are known."""

    rule: str
    found: CellJobs | None
    waits: bool

    @property
    def status(self) -> str | None:
        """The state that matters most; None where the rule has nothing to do for the value."""
        states = self.found.counts.by_status if self.found else {}
        worst = next(iter(states), None)
        return PLANNED if self.waits and worst in (None, DONE) else worst


@dataclass(frozen=True, slots=True)
class Row:
    """A value, what matters most of its jobs, and a cell for each rule."""

    value: str
    status: str
    cells: list[Cell]

    @property
    def is_through(self) -> bool:
        """Whether all is done, and nothing more will come as far as anybody knows."""
        return self.status == DONE


Found = Mapping[tuple[str, str], CellJobs]


def rows(
    values: Sequence[Value], found: Found, rules: Sequence[RuleJobs], to_come: Outlook
) -> list[Row]:
    """Return the rows of some values; `found` holds their cells by value and the rule's brief name.

    A cell waits where its rule has jobs to come and another of these values has more of them.
    """
    most = {
        rule.name: max((_jobs(found, each.value, rule.name) for each in values), default=0)
        for rule in rules
        if rule.pending
    }
    return [_row(each, found, rules, most, to_come.status(each.place)) for each in values]


def _row(
    value: Value, found: Found, rules: Sequence[RuleJobs], most: Mapping[str, int], status: str
) -> Row:
    cells = []
    for rule in rules:
        waits = status != DONE and _jobs(found, value.value, rule.name) < most.get(rule.name, 0)
        cells.append(Cell(rule.name, found.get((value.value, brief(rule.name))), waits))
    return Row(value.value, status, cells)


def _jobs(found: Found, value: str, rule: str) -> int:
    cell = found.get((value, brief(rule)))
    return cell.counts.jobs if cell else 0
