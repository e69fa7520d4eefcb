"""How many jobs ran at once, and how many threads they had, over time."""

from collections.abc import Iterable, Sequence
from itertools import groupby, pairwise
from operator import itemgetter
from typing import NamedTuple

from panoptes.charts.timeline.spans import Span, Window

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
    changes: list[tuple[float, int, int]] = []
    for span in spans:
        used = threads_of(span)
        changes += ((span.start, 1, used), (span.until, -1, -used))
    steps, running, used = [], 0, 0
    for at, group in groupby(sorted(changes), key=itemgetter(0)):
        for _, jobs, threads in group:
            running, used = running + jobs, used + threads
        steps.append(Step(at, running, used))
    return steps


def threads_of(span: Span) -> int:
    """Return how many threads a span has; a job that doesn't say has one."""
    return max(1, span.threads or 1)


def thinned(steps: Sequence[Step], window: Window, points: int = POINTS) -> list[Step]:
    """Return at most `points` steps; each of their bins shows its peak, so that none is lost."""
    if len(steps) <= points:
        return list(steps)
    bins = points // 2
    width = window.seconds / bins
    thin: list[Step] = []
    before = Step(window.start, 0, 0)
    numbered = zip(window.bins((step.at for step in steps), bins), steps, strict=True)
    for number, group in groupby(numbered, key=itemgetter(0)):
        inside = [before, *(step for _, step in group)]
        jobs, threads = max(step.jobs for step in inside), max(step.threads for step in inside)
        before = inside[-1]
        thin.append(Step(window.start + number * width, jobs, threads))
        thin.append(before._replace(at=window.start + (number + 1) * width))
    # Where a bin ends and the next one begins at the same place, only the latter counts.
    return [*(step for step, after in pairwise(thin) if step.at < after.at), *thin[-1:]]
