"""What the finished jobs of a rule took: what is kept of it at a run's end."""

from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean, median
from typing import NamedTuple

from panoptes.analysis.estimate.known import LEAST_ORDERED, STEPS, RuleTimes

# What takes so many times as long as usual counts as no more.
CUT = 3.0
# Of how many jobs of a rule the wildcards are kept.
MOST_WILDCARDS = 100


class DoneJob(NamedTuple):
    """A job that is done: how long it took and when it ended."""

    seconds: float
    ended: float
    threads: int = 1
    wildcards: str = ""


def rule_times(jobs: Sequence[DoneJob]) -> RuleTimes | None:
    """Return what the jobs of a rule took, None where none is done."""
    if not jobs:
        return None
    seconds = sorted(job.seconds for job in jobs)
    limit = CUT * median(seconds)
    return RuleTimes(
        jobs=len(jobs),
        mean=fmean(min(each, limit) for each in seconds),
        quantiles=quantiles(seconds),
        threads=max(job.threads for job in jobs),
        order=_order([job.seconds for job in sorted(jobs, key=lambda job: job.ended)]),
        by_wildcards=_by_wildcards(jobs),
    )


def quantiles(ordered: Sequence[float], steps: int = STEPS) -> list[float]:
    """Return the values at equal steps from the least to the greatest of ordered ones."""
    return [at_share(ordered, step / steps) for step in range(steps + 1)]


def at_share(ordered: Sequence[float], share: float) -> float:
    """Return the value below which this share of ordered ones is."""
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def peak(spans: Iterable[tuple[float, float, int]]) -> int:
    """Return how many threads jobs had at once, of which begin, end and threads are given."""
    changes = []
    for begin, end, threads in spans:
        changes += [(begin, threads), (end, -threads)]
    changes.sort()
    used = most = 0
    for _, by in changes:
        used += by
        most = max(most, used)
    return most


def _order(seconds: Sequence[float]) -> list[float]:
    mean = fmean(seconds)
    if len(seconds) < LEAST_ORDERED or mean <= 0:
        return []
    first = (max(1, round(len(seconds) * tenth / 10)) for tenth in range(1, 11))
    return [fmean(seconds[:number]) / mean for number in first]


def _by_wildcards(jobs: Iterable[DoneJob]) -> Mapping[str, float]:
    named = [job for job in jobs if job.wildcards]
    # The longest matter most.
    named.sort(key=lambda job: -job.seconds)
    return {job.wildcards: job.seconds for job in named[:MOST_WILDCARDS]}
