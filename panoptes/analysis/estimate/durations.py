"""What jobs take: the first of several sources that knows enough, from earlier runs or this one."""

import math
from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean, median, pstdev
from typing import NamedTuple

from panoptes.analysis.estimate.known import (
    History,
    PastRun,
    RuleNow,
    RuleTimes,
    Rung,
    RunNow,
)
from panoptes.analysis.estimate.times import quantiles

# So many runs say what a rule's jobs take; the weight of a run halves with every so many after it.
RUNS = 10
HALF_LIFE = 5
LEAST_RUNS_WITH_WILDCARDS = 2
LEAST_JOBS = 3
# Rules that gather take longer the more they gather, by this power.
GATHERING = 0.5
# A run's order of finishing is that of another one with as many cores, or nearly so.
SIMILAR_CORES = 1.5
MOST_CORRECTED = 2.0
# A rule's own pace counts as much as that of the whole run once so many of its jobs are done.
OWN = 5
# Where the jobs of a rule differ by so much (in logarithms), one says half as much of the pace.
EVEN_ENOUGH = 0.5
_EVEN = (1.0,)


class Usual(NamedTuple):
    """What a rule's jobs usually take: their mean, and the shares of it that some of them took."""

    mean: float
    rung: Rung
    shares: Sequence[float] = _EVEN


def times_of(name: str, runs: Iterable[PastRun], most: int = RUNS) -> list[RuleTimes]:
    """Return what a rule's jobs took in the latest runs in which some were done."""
    found = (run.rules[name].times for run in runs if name in run.rules)
    return [times for times in found if times is not None][:most]


def weighted_mean(values: Sequence[float]) -> float:
    """Return the mean of values of runs, the latest first, which count most."""
    weights = [math.pow(0.5, place / HALF_LIFE) for place in range(len(values))]
    return sum(w * value for w, value in zip(weights, values, strict=True)) / sum(weights)


class Durations:
    """What the jobs of a run take, as far as its history and the run itself tell."""

    def __init__(self, now: RunNow, history: History) -> None:
        """Look nothing up yet."""
        self._now = now
        self._history = history
        self._usual: dict[str, Usual] = {}
        self._times: dict[str, list[RuleTimes]] = {}

    def usual(self, rule: str) -> Usual:
        """Return what the jobs of a rule usually take."""
        if rule not in self._usual:
            self._usual[rule] = self._find(rule)
        return self._usual[rule]

    def of_wildcards(self, rule: str, wildcards: str) -> float | None:
        """Return what jobs of a rule with the same wildcards took; None in too few runs."""
        if not wildcards:
            return None
        found = [
            each.by_wildcards[wildcards]
            for each in self._with_threads(rule, self._past(rule))
            if wildcards in each.by_wildcards
        ]
        return weighted_mean(found) if len(found) >= LEAST_RUNS_WITH_WILDCARDS else None

    def order(self, rule: str) -> Sequence[float]:
        """Return how the mean of a rule's first jobs to end stands to that of all, by tenths."""
        capacity = self._now.cores or self._now.peak
        runs = [run for run in self._history.runs if _are_similar(run.capacity, capacity)]
        orders = [each.order for each in times_of(rule, runs) if each.order and min(each.order) > 0]
        if not orders:
            return ()
        return [math.exp(fmean(map(math.log, tenth))) for tenth in zip(*orders, strict=True)]

    def _past(self, rule: str) -> list[RuleTimes]:
        if rule not in self._times:
            self._times[rule] = times_of(rule, self._history.runs)
        return self._times[rule]

    def _with_threads(self, rule: str, times: Sequence[RuleTimes]) -> list[RuleTimes]:
        now = self._now.rules.get(rule)
        return [each for each in times if now is None or each.threads == now.threads]

    def _find(self, rule: str) -> Usual:
        times, now = self._past(rule), self._now.rules.get(rule)
        same = self._with_threads(rule, times)
        if same and (sum(each.jobs for each in same) >= LEAST_JOBS or len(same) == len(times)):
            return _of_runs(same, Rung.THREADS)
        if times:
            return _of_runs(times, Rung.RULE)
        if now is not None and now.timed:
            return Usual(now.seconds / now.timed, Rung.THIS_RUN)
        if rule in self._history.elsewhere:
            return _of_runs([self._history.elsewhere[rule]], Rung.SERVER)
        means = [each.seconds / each.timed for each in self._now.rules.values() if each.timed]
        return Usual(median(means), Rung.MEDIAN) if means else Usual(0.0, Rung.NOTHING)


def _of_runs(times: Sequence[RuleTimes], rung: Rung) -> Usual:
    mean = weighted_mean([each.mean for each in times])
    shares = sorted(
        value / each.mean for each in times[:3] if each.mean > 0 for value in each.quantiles
    )
    return Usual(mean, rung, quantiles(shares) if shares else _EVEN)


def _are_similar(one: int, other: int) -> bool:
    if not one or not other:
        return False
    return max(one, other) <= SIMILAR_CORES * min(one, other)


def at_progress(order: Sequence[float], share: float) -> float:
    """Return how the mean of so large a share of jobs, the first to end, stands to that of all."""
    if not order or share <= 0:
        return 1.0
    place = share * 10 - 1
    if place <= 0:
        return order[0]
    low = min(int(place), 9)
    high = min(low + 1, 9)
    return order[low] + (order[high] - order[low]) * (place - low)


def of_pending(order: Sequence[float], share: float) -> float:
    """Return how the mean of those jobs that end last stands to that of all."""
    if not order or share >= 1:
        return 1.0
    rest = (1 - share * at_progress(order, share)) / (1 - share)
    return min(MOST_CORRECTED, max(1 / MOST_CORRECTED, rest))


def _spread(shares: Sequence[float]) -> float:
    return pstdev([math.log(share) for share in shares if share > 0] or [0.0])


class Pace:
    """How fast this run goes beside what is usual, as a whole and by rule."""

    def __init__(
        self, rules: Mapping[str, RuleNow], totals: Mapping[str, int], durations: Durations
    ) -> None:
        """Compare what is done with what is usual of jobs that end as early."""
        self._logs: dict[str, tuple[float, float]] = {}
        for name, rule in rules.items():
            usual = durations.usual(name)
            if not rule.timed or usual.mean <= 0 or rule.seconds <= 0:
                continue
            if not (usual.rung.is_history or usual.rung is Rung.SERVER):
                continue
            done = rule.done / max(1, totals.get(name, rule.done))
            expected = usual.mean * at_progress(durations.order(name), done)
            weight = rule.timed / (1 + (_spread(usual.shares) / EVEN_ENOUGH) ** 2)
            self._logs[name] = weight, math.log(rule.seconds / rule.timed / expected)
        jobs = sum(number for number, _ in self._logs.values())
        self.log = sum(number * log for number, log in self._logs.values()) / (jobs + 1)

    def of(self, rule: str) -> float:
        """Return by how much longer than usual the jobs of a rule take."""
        number, log = self._logs.get(rule, (0, 0.0))
        own = (number * log + OWN * self.log) / (number + OWN)
        return math.exp(own)
