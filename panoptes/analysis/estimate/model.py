"""The estimate of a run: what is left, how long it takes, and how sure that is."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from statistics import fmean

from panoptes.analysis.estimate.correction import PastEstimates, correction
from panoptes.analysis.estimate.durations import (
    GATHERING,
    Durations,
    Pace,
    of_pending,
)
from panoptes.analysis.estimate.jobs_left import UNNAMED, totals
from panoptes.analysis.estimate.known import (
    Edge,
    History,
    PastRun,
    RuleNow,
    Rung,
    RunningJob,
    RunNow,
)
from panoptes.analysis.estimate.schedule import Need, Outcome, RuleLeft, replay

REPLAYS = 3
# Without history, so many jobs have to be done.
LEAST_DONE = 3
# A first run's estimate is rough until so much of it has passed, one of a partly cached run until
# half of it has.
FIRST_RUN_KNOWN = 0.75
CACHED_KNOWN = 0.5
CACHED = 0.85
GROWN = 3.0
# A run that goes half as fast again as those before, or so much slower, is unlike them.
UNUSUAL_PACE = math.log(1.5)
# A job that runs for longer than any before it goes on for such a share of the time until now.
LONGER_THAN_EVER = 0.5
# It is a straggler when it takes so many times as long as any before it.
STRAGGLING = 1.5
# Around what a job with the same wildcards took.
_NEARLY = (0.8, 0.9, 1.0, 1.1, 1.25)


@dataclass(frozen=True, slots=True)
class Waiting:
    """That a rule waits for so many jobs of another one."""

    rule: str
    jobs: int
    of: str


@dataclass(frozen=True, slots=True)
class Estimate:
    """What is left of a run, in seconds: probably, at least and at most (the 80 % band).

    `predicted` is what the replay says before it is corrected. `runs` is how many earlier runs it
    is made from, `rough` that it is to be taken with care. `path` are the rules to come that decide
    when it ends, one after the other.
    """

    left: float
    low: float
    high: float
    predicted: float
    tenth: int
    runs: int
    rough: bool
    is_history: bool
    is_ordered: bool
    path: Sequence[str] = ()
    waits: Waiting | None = None
    at_least: bool = False
    past_error: float | None = None


@dataclass(frozen=True, slots=True)
class WhyNot:
    """Why there is no estimate, as a sentence."""

    reason: str


TOO_FEW = WhyNot("Fewer than 3 jobs are done, and no earlier run says how long they take.")
NOTHING_KNOWN = WhyNot("Nothing says how many jobs there will be.")


def estimate(now: RunNow, history: History, past: PastEstimates) -> Estimate | WhyNot:
    """Return when a run will be done, or why nobody can say."""
    good = history.good
    done = sum(rule.done for rule in now.rules.values())
    if not good and done < LEAST_DONE:
        return TOO_FEW
    if not good and now.jobs_total <= done + len(now.running) and not now.has_plan:
        return NOTHING_KNOWN
    return _Model(now, history).estimate(past)


class _Model:
    def __init__(self, now: RunNow, history: History) -> None:
        self.now = now
        self.history = history
        self.good = history.good
        self.totals = totals(now, history)
        self.durations = Durations(now, history)
        self.pace = Pace(now.rules, self.totals.jobs, self.durations)
        self.needs = _needs(now, self.totals.jobs, self.good)
        self.rungs: dict[Rung, float] = {}
        self.is_ordered = False
        self.has_straggler = False
        self.rules = self._rules()

    def estimate(self, past: PastEstimates) -> Estimate:
        capacity, is_sure = self._capacity()
        outcomes = [
            replay(self.rules, capacity, Random(seed))  # noqa: S311  # Always the same ones.  # nosec B311
            for seed in range(REPLAYS)
        ]
        predicted = fmean(outcome.seconds for outcome in outcomes)
        progress = self.now.elapsed / max(1e-9, self.now.elapsed + predicted)
        tenth = min(9, int(10 * progress))
        is_history = self._rung().is_history
        factors = correction(past, tenth, is_history=is_history, is_ordered=self.is_ordered)
        has_missed = past.has_missed(tenth)
        rough = not factors.is_known or not is_sure or has_missed or self._is_rough(progress)
        wider = math.exp(0.5 * abs(self.pace.log)) if rough else 1.0
        path = outcomes[0].path
        return Estimate(
            left=predicted * factors.middle,
            low=predicted * factors.low / wider,
            high=predicted * factors.high * wider,
            predicted=predicted,
            tenth=tenth,
            runs=len(self.good[:10]),
            rough=rough,
            is_history=is_history,
            is_ordered=self.is_ordered,
            path=[name for name in path if name != UNNAMED],
            waits=self._waits(outcomes[0]),
            at_least=self.totals.at_least,
            past_error=past.past_error,
        )

    # --- what is left ----------------------------------------------------------------------------

    def _rules(self) -> list[RuleLeft]:
        running: dict[str, list[RunningJob]] = {}
        for job in self.now.running:
            running.setdefault(job.rule, []).append(job)
        names = {**dict.fromkeys(self.totals.jobs), **dict.fromkeys(running)}
        return [self._left(name, running.get(name, ())) for name in names]

    def _left(self, name: str, running: Sequence[RunningJob]) -> RuleLeft:
        rule = self.now.rules.get(name, RuleNow(threads=self._usual_threads(name)))
        total = max(self.totals.jobs.get(name, 0), rule.done + rule.failed + len(running))
        usual, order = self.durations.usual(name), self.durations.order(name)
        pace = self._pace(name)
        share = rule.done / total if total else 1.0
        pending = total - rule.done - rule.failed - len(running)
        if pending or running:
            weight = (pending + len(running)) * usual.mean * rule.threads
            self.rungs[usual.rung] = self.rungs.get(usual.rung, 0.0) + weight
            self.is_ordered = self.is_ordered or bool(order)
        mean = usual.mean * pace * self._gathers(name)
        return RuleLeft(
            name=name,
            total=total,
            over=rule.done + rule.failed,
            running=[self._remaining(job, mean, usual.shares) for job in running],
            mean=mean * of_pending(order, share),
            shares=usual.shares,
            threads=max(1, rule.threads),
            needs=self.needs.get(name, ()),
        )

    def _pace(self, name: str) -> float:
        """What a run itself or nothing says of a rule holds its pace already."""
        rung = self.durations.usual(name).rung
        return self.pace.of(name) if rung.is_history or rung is Rung.SERVER else 1.0

    def _usual_threads(self, name: str) -> int:
        for run in self.history.runs:
            times = run.rules[name].times if name in run.rules else None
            if times is not None:
                return times.threads
        return 1

    def _gathers(self, name: str) -> float:
        """Return by how much longer a rule takes that gathers more than before."""
        factor = 1.0
        for need in self.needs.get(name, ()):
            if need.needs_all and self.totals.jobs.get(name) == 1:
                before = [run.rules[need.rule].jobs for run in self.good if need.rule in run.rules]
                usual = fmean(before[:10]) if before else 0.0
                if usual:
                    factor = max(factor, (self.totals.jobs.get(need.rule, 0) / usual) ** GATHERING)
        return factor

    def _remaining(self, job: RunningJob, mean: float, shares: Sequence[float]) -> float:
        own = self.durations.of_wildcards(job.rule, job.wildcards)
        if own is None:
            took = [mean * share for share in shares]
        else:
            took = [own * self.pace.of(job.rule) * share for share in _NEARLY]
        longer = [each - job.elapsed for each in took if each > job.elapsed]
        if longer:
            return fmean(longer)
        self.has_straggler = self.has_straggler or job.elapsed > STRAGGLING * max(took)
        return LONGER_THAN_EVER * job.elapsed

    # --- how it goes -----------------------------------------------------------------------------

    def _capacity(self) -> tuple[int, bool]:
        """Return how many threads there are, and whether that is sure."""
        now = self.now
        used = sum(job.threads for job in now.running)
        if now.cores:
            last = self.good[0].capacity if self.good else now.cores
            return max(now.cores, used), not last or now.cores <= 1.5 * last
        peak = max(now.peak, used, 1)
        ready = replay(self.rules, peak, Random(0)).ready  # noqa: S311  # Always the same one.  # nosec B311
        last = self.good[0].capacity if self.good else 0
        if ready > 0 and now.running:
            return peak, bool(last) and peak <= 1.5 * last
        return max(peak, last), bool(last)

    def _rung(self) -> Rung:
        """Return what most of the rest is foretold by."""
        return max(self.rungs, key=lambda rung: self.rungs[rung], default=Rung.NOTHING)

    def _is_rough(self, progress: float) -> bool:
        if not self.good:
            return progress < FIRST_RUN_KNOWN
        if self.has_straggler or abs(self.pace.log) > UNUSUAL_PACE:
            return True
        if progress < FIRST_RUN_KNOWN and self._may_grow():
            return True
        last = sum(rule.jobs for rule in self.good[0].rules.values())
        total = sum(self.totals.jobs.values())
        cached = any(rule.timed < rule.done for rule in self.now.rules.values())
        if progress < CACHED_KNOWN and (cached or total < CACHED * last):
            return True
        # One job after the other: what one takes longer, no other makes up for.
        is_serial = all(number <= 1 for number in self.totals.jobs.values())
        return is_serial or total >= GROWN * last

    def _may_grow(self) -> bool:
        """Return whether the number of jobs is only guessed from runs that had various ones."""
        if self.now.has_plan:
            return self.totals.awaits_checkpoint
        counts = [sum(rule.jobs for rule in run.rules.values()) for run in self.good[:3]]
        return len(counts) < 2 or max(counts) > 1.1 * min(counts)

    def _waits(self, outcome: Outcome) -> Waiting | None:
        """Return the first rule of the way to the end that waits for several jobs of another."""
        by_name = {rule.name: rule for rule in self.rules}
        for rule in (by_name[name] for name in outcome.path):
            for need in rule.needs:
                other = by_name.get(need.rule)
                if other is None or not rule.pending or rule.over or rule.running:
                    continue
                left = other.total - other.over
                if left > 0 and (need.needs_all or rule.total == 1):
                    return Waiting(rule.name, left, other.name)
        return None


def _needs(now: RunNow, jobs: Mapping[str, int], good: Sequence[PastRun]) -> dict[str, list[Need]]:
    """Return which rules each rule needs, without going round in circles."""
    known = dict.fromkeys([*now.edges, *(good[0].edges if good else ())])
    edges = [edge for edge in known if edge[0] in jobs and edge[1] in jobs]
    result: dict[str, list[Need]] = {}
    for source, target in _without_circles(edges):
        need = Need(source, _needs_all((source, target), jobs, good))
        result.setdefault(target, []).append(need)
    return result


def _needs_all(edge: Edge, jobs: Mapping[str, int], good: Sequence[PastRun]) -> bool:
    """Return whether no job of a rule began before the last one of another had ended."""
    seen = []
    for run in good[:3]:
        source, target = run.rules.get(edge[0]), run.rules.get(edge[1])
        if source is None or target is None or source.jobs < 2 or target.first_start is None:
            continue
        seen.append(source.last_end is not None and target.first_start >= source.last_end)
    if seen:
        return all(seen)
    return jobs[edge[1]] == 1


def _without_circles(edges: Sequence[Edge]) -> list[Edge]:
    """Return the edges that lead on from what needs nothing, as far as they do."""
    targets: dict[str, list[str]] = {}
    needed: dict[str, int] = {}
    for source, target in edges:
        if source != target:
            targets.setdefault(source, []).append(target)
            needed[target] = needed.get(target, 0) + 1
            needed.setdefault(source, 0)
    place: dict[str, int] = {}
    free = [name for name, number in needed.items() if not number]
    while free:
        name = free.pop()
        place[name] = len(place)
        for target in targets.get(name, ()):
            needed[target] -= 1
            if not needed[target]:
                free.append(target)
    return [(source, target) for source, target in edges if source in place and target in place]
