"""Which samples are through: a run's jobs as a matrix of a wildcard's values and rules."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

DONE = "Done"
PLANNED = "Planned"
# Of jobs that share a cell, the first of these that one of them has is the cell's.
WORST_FIRST = ("Error", "Running", "Cancelled", PLANNED, DONE)


class SampleJob(NamedTuple):
    """A job, as far as the matrix needs it."""

    rule: str
    status: str
    key: str
    part: int
    wildcards: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Wildcard:
    """A wildcard's name, and how many rules and jobs have it."""

    name: str
    rules: int
    jobs: int


@dataclass(frozen=True, slots=True)
class Cell:
    """What a rule did for a value; `waits` for more jobs than are known."""

    rule: str
    jobs: list[SampleJob]
    waits: bool

    @property
    def counts(self) -> dict[str, int]:
        """How many jobs are in each state, the state that matters most first."""
        counts = Counter(job.status for job in self.jobs)
        return {status: counts[status] for status in WORST_FIRST if counts[status]}

    @property
    def status(self) -> str | None:
        """The state that matters most; None where the rule has nothing to do for the value."""
        return _worst({job.status for job in self.jobs}, waits=self.waits)


@dataclass(frozen=True, slots=True)
class Row:
    """A value, the jobs of each rule that are known, and what matters most of them."""

    value: str
    jobs: Mapping[str, list[SampleJob]]
    status: str

    @property
    def is_through(self) -> bool:
        """Whether all is done, and nothing more will come as far as anybody knows."""
        return self.status == DONE


@dataclass(frozen=True, slots=True)
class Matrix:
    """The rules that have a wildcard, as they were first announced, and a row for each value.

    `most` is how many jobs of a rule a value has at most, of rules with jobs still to come. `ahead`
    are rules that haven't begun and are planned for so many jobs that each value may have one:
    until they begin, nothing is through.
    """

    rules: list[str]
    rows: list[Row]
    most: Mapping[str, int]
    ahead: list[str]

    def cells(self, row: Row) -> list[Cell]:
        """Return a row's cells, one for each rule."""
        return [self._cell(rule, row.jobs.get(rule, [])) for rule in self.rules]

    def _cell(self, rule: str, jobs: list[SampleJob]) -> Cell:
        return Cell(rule, jobs, waits=len(jobs) < self.most.get(rule, 0))


Found = dict[str, dict[str, list[SampleJob]]]


def wildcards(jobs: Iterable[SampleJob]) -> list[Wildcard]:
    """Return the wildcards of some jobs: first the one that most rules have, then most jobs."""
    rules: dict[str, set[str]] = {}
    number: Counter[str] = Counter()
    for job in jobs:
        for name in job.wildcards:
            number[name] += 1
            rules.setdefault(name, set()).add(job.rule)
    found = [Wildcard(name, len(rules[name]), number[name]) for name in rules]
    return sorted(found, key=lambda each: (-each.rules, -each.jobs))


def matrix(jobs: Iterable[SampleJob], wildcard: str, pending: Mapping[str, int]) -> Matrix:
    """Return the matrix of a wildcard; `pending` says how many jobs of a rule are still to come.

    Snakemake tells of a job when it starts and of the plan only numbers, so that what a value
    still waits for is read from the others: as many jobs of a rule as the value that has most.
    """
    found, rules, begun = _sorted_out(jobs, wildcard)
    # A rule of fewer jobs than there are values is about something else.
    least = max(1, len(found))
    ahead = [rule for rule, jobs in pending.items() if jobs >= least and rule not in begun]
    most = {
        rule: max(len(cells.get(rule, ())) for cells in found.values())
        for rule in rules
        if pending.get(rule)
    }
    rows = [_row(value, found[value], most, ahead) for value in sorted(found, key=natural)]
    return Matrix(rules, rows, most, ahead if found else [])


def _sorted_out(jobs: Iterable[SampleJob], wildcard: str) -> tuple[Found, list[str], set[str]]:
    """Return value -> rule -> jobs, the rules that have the wildcard, and all that have begun."""
    found: Found = {}
    rules: dict[str, None] = {}
    begun: set[str] = set()
    for job in jobs:
        begun.add(job.rule)
        value = job.wildcards.get(wildcard)
        if value is not None:
            rules.setdefault(job.rule)
            found.setdefault(value, {}).setdefault(job.rule, []).append(job)
    return found, list(rules), begun


def _row(
    value: str, jobs: Mapping[str, list[SampleJob]], most: Mapping[str, int], ahead: list[str]
) -> Row:
    waits = bool(ahead) or any(len(jobs.get(rule, ())) < number for rule, number in most.items())
    states = {job.status for of_rule in jobs.values() for job in of_rule}
    return Row(value, jobs, _worst(states, waits=waits) or PLANNED)


def _worst(states: set[str], *, waits: bool) -> str | None:
    known = next((status for status in WORST_FIRST if status in states), None)
    return PLANNED if waits and known in (None, DONE) else known


def natural(text: str) -> list[tuple[int, str]]:
    """Return by what to sort so that K2 comes before K10; the text itself settles K02 and K2."""
    pieces = re.split(r"([0-9]+)", text.casefold())
    # Every second piece is a number. int() would refuse some, and needs more time.
    digits = [piece.lstrip("0") for piece in pieces[1::2]]
    pieces[1::2] = digits
    return [(len(piece) if n % 2 else 0, piece) for n, piece in enumerate(pieces)] + [(0, text)]
