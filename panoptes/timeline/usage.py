"""How many jobs ran at once, and how many threads they had, over time."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import groupby, pairwise
from typing import NamedTuple

from panoptes.timeline.spans import Span, Window

# The most points of a series that was thinned out.
POINTS = 600


class Step(NamedTuple):
    """From `at` on, so many jobs and threads, until the next step."""

    at: float
    jobs: int
    threads: int


def usage(spans: Iterable[Span]) -> list[Step]:
    """Return each change of how many closed spans there are at once.

    What ends at a moment and what begins then don't overlap; what took no time counts nowhere.
    """
    jobs: defaultdict[float, int] = defaultdict(int)
    threads: defaultdict[float, int] = defaultdict(int)
    for span in spans:
        start, until, used = span.start, span.until, threads_of(span)
        jobs[start] += 1
        jobs[until] -= 1
        threads[start] += used
        threads[until] -= used
    steps, running, used = [], 0, 0
    for at in sorted(jobs):
        running, used = running + jobs[at], used + threads[at]
        steps.append(Step(at, running, used))
    return steps


def threads_of(span: Span) -> int:
    """Return how many threads a span has; a job that doesn't say has one, as in Snakemake."""
    return max(1, span.threads or 1)


def thinned(steps: Sequence[Step], window: Window, points: int = POINTS) -> list[Step]:
    """Return at most `points` steps; each of their bins shows its peak, so that none is lost."""
    if len(steps) <= points:
        return list(steps)
    bins = points // 2
    width = window.seconds / bins
    found: list[Step] = []
    before = Step(window.start, 0, 0)
    for number, group in groupby(steps, key=lambda step: _bin(window.place(step.at), bins)):
        inside = [before, *group]
        jobs, threads = max(step.jobs for step in inside), max(step.threads for step in inside)
        before = inside[-1]
        found.append(Step(window.start + number * width, jobs, threads))
        found.append(before._replace(at=window.start + (number + 1) * width))
    return _without_doubles(found)


def _without_doubles(steps: Sequence[Step]) -> list[Step]:
    """Of a bin's end and the next bin's begin at the same place, keep the latter."""
    kept = [step for step, after in pairwise(steps) if step.at < after.at]
    return [*kept, *steps[-1:]]


def _bin(place: float, bins: int) -> int:
    return min(bins - 1, int(place * bins))
