"""Replays runs that ended with only what was known on the way, and tells how far off we were."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import fmean, median
from typing import Any

from panoptes.analysis.estimate.baselines import NAMES, baselines
from panoptes.analysis.estimate.correction import Made, PastEstimates
from panoptes.analysis.estimate.known import (
    Edge,
    History,
    PastRule,
    PastRun,
    RuleNow,
    RunningJob,
    RunNow,
)
from panoptes.analysis.estimate.model import Estimate, estimate
from panoptes.analysis.estimate.times import DoneJob, peak, rule_times

# At such shares of its time, an estimate of a run is looked at.
POINTS = (0.1, 0.25, 0.5, 0.75, 0.9)
# Such estimates are kept on the way, and correct later ones.
_KEPT = tuple(place / 20 for place in range(1, 20, 2))
# So many earlier runs, and so many estimates of other workflows, are looked at.
RUNS = 20
MOST_OTHERS = 300
_NOTHING = dict.fromkeys(("jobs", "done", "timed", "failed", "seconds"), 0)


@dataclass(frozen=True, slots=True)
class Job:
    """A job of a run that ended; times are seconds since the run began.

    `is_cached`: nothing ran.
    """

    rule: str
    begin: float
    end: float
    threads: int = 1
    wildcards: str = ""
    is_cached: bool = False
    is_done: bool = True


@dataclass(frozen=True, slots=True)
class Ended:
    """A run that ended, with all its jobs; `planned` is what its engine told when it began.

    `grown_at` is when it told `jobs_total`, which it did not know before. It `began` then, in Unix
    seconds.
    """

    jobs: Sequence[Job]
    seconds: float
    planned: Mapping[str, int] | None = None
    jobs_total: int = 0
    grown_at: float = 0.0
    edges: Sequence[Edge] = ()
    cores: int | None = None
    is_good: bool = True
    began: float = 0.0


@dataclass(slots=True)
class Point:
    """How far off estimates were at one point, as shares of the runs' time."""

    errors: list[float] = field(default_factory=list)
    biases: list[float] = field(default_factory=list)
    widths: list[float] = field(default_factory=list)
    covered: list[bool] = field(default_factory=list)
    rough: list[bool] = field(default_factory=list)
    others: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in NAMES})


@dataclass(slots=True)
class Outcome:
    """How far off estimates were, by point; `jumps` are how far each moved from the one before."""

    points: dict[float, Point] = field(default_factory=lambda: {point: Point() for point in POINTS})
    jumps: list[float] = field(default_factory=list)
    runs: int = 0


def past_run(run: Ended) -> PastRun:
    """Return what is kept of a run at its end."""
    by_rule: dict[str, list[Job]] = {}
    for job in run.jobs:
        by_rule.setdefault(job.rule, []).append(job)
    rules = {}
    for name, jobs in by_rule.items():
        ran = [job for job in jobs if not job.is_cached]
        done = [DoneJob(j.end - j.begin, j.end, j.threads, j.wildcards) for j in ran if j.is_done]
        rules[name] = PastRule(
            jobs=len(jobs),
            planned=None if run.planned is None else run.planned.get(name, 0),
            times=rule_times(done),
            first_start=min((job.begin for job in ran), default=None),
            last_end=max((job.end for job in ran), default=None),
        )
    spans = ((job.begin, job.end, job.threads) for job in run.jobs if not job.is_cached)
    return PastRun(rules, run.seconds, run.is_good, run.edges, run.cores, peak(spans))


def as_it_stood(run: Ended, elapsed: float) -> RunNow:
    """Return what was known of a run when so many seconds had passed."""
    counts: dict[str, dict[str, Any]] = {}
    for name, number in (run.planned or {}).items():
        counts.setdefault(name, dict(_NOTHING))["planned"] = number
    running = []
    begun = [job for job in run.jobs if job.begin <= elapsed]
    for job in begun:
        of_rule = counts.setdefault(job.rule, dict(_NOTHING))
        of_rule["jobs"] += 1
        of_rule["threads"] = job.threads
        if job.end > elapsed:
            running.append(RunningJob(job.rule, elapsed - job.begin, job.threads, job.wildcards))
            continue
        of_rule["done" if job.is_done else "failed"] += 1
        if job.is_done and not job.is_cached:
            of_rule["timed"] += 1
            of_rule["seconds"] += job.end - job.begin
    total = run.jobs_total if elapsed >= run.grown_at else sum((run.planned or {}).values())
    return RunNow(
        elapsed=elapsed,
        rules={name: RuleNow(**of_rule) for name, of_rule in counts.items()},
        running=running,
        jobs_total=max(total, len(begun)),
        cores=run.cores,
        peak=peak((job.begin, min(job.end, elapsed), job.threads) for job in begun),
    )


def learn(runs: Sequence[Ended]) -> list[list[Made]]:
    """Return the estimates that would have been made of each of a workflow's runs.

    The runs come in the order in which they began.
    """
    made: list[list[Made]] = []
    for run, before in zip(runs, _histories(runs), strict=True):
        own = [each for of_run in made for each in of_run]
        made.append(_made(run, History(before), PastEstimates(own)))
    return made


def back_test(
    runs: Sequence[Ended],
    made: Sequence[Sequence[Made]],
    others: Sequence[Made] = (),
    first: int = 1,
) -> Outcome:
    """Replay a workflow's runs, and return how far off estimates of their ends were.

    `made` is what `learn` says of them, `others` are estimates of other workflows: those count
    that came true before a run began. The first run to be judged is that of index `first`.
    """
    outcome = Outcome()
    for index, (run, before) in enumerate(zip(runs, _histories(runs), strict=True)):
        if not run.is_good or run.seconds <= 0 or index < first:
            continue
        own = [each for of_run in made[:index] for each in of_run]
        known = [each for each in others if each.ended <= run.began][-MOST_OTHERS:]
        _judge(run, History(before), PastEstimates(own, known), outcome)
    return outcome


def _histories(runs: Sequence[Ended]) -> Iterator[list[PastRun]]:
    """Yield the runs before each one, the latest first."""
    before: list[PastRun] = []
    for run in runs:
        yield before[:RUNS]
        before.insert(0, past_run(run))


def _made(run: Ended, history: History, past: PastEstimates) -> list[Made]:
    if not run.is_good or run.seconds <= 0:
        return []
    found: dict[int, Made] = {}
    for share in _KEPT:
        result = estimate(as_it_stood(run, share * run.seconds), history, past)
        if isinstance(result, Estimate) and result.predicted > 0 and result.tenth not in found:
            found[result.tenth] = Made(
                tenth=result.tenth,
                is_history=result.is_history,
                is_ordered=result.is_ordered,
                predicted=result.predicted,
                shown=result.left,
                low=result.low,
                high=result.high,
                left=(1 - share) * run.seconds,
                whole=run.seconds,
                ended=run.began + run.seconds,
            )
    return list(found.values())


def _judge(run: Ended, history: History, past: PastEstimates, outcome: Outcome) -> None:
    outcome.runs += 1
    ends = []
    for share, point in outcome.points.items():
        now, left = as_it_stood(run, share * run.seconds), (1 - share) * run.seconds
        for name, other in baselines(now, history).items():
            if other is not None:
                point.others[name].append(abs(other - left) / run.seconds)
        result = estimate(now, history, past)
        if not isinstance(result, Estimate):
            continue
        ends.append(now.elapsed + result.left)
        point.errors.append(abs(result.left - left) / run.seconds)
        point.biases.append((result.left - left) / run.seconds)
        point.widths.append((result.high - result.low) / run.seconds)
        point.covered.append(result.low <= left <= result.high)
        point.rough.append(result.rough)
    outcome.jumps += [abs(b - a) / run.seconds for a, b in pairwise(ends)]


@dataclass(frozen=True, slots=True)
class Row:
    """One point of a back-test: medians of shares of the runs' time, None where nothing was said.

    `coverage` is the share of bands that held what came true, `rough` that of those said to be so.
    """

    point: float
    estimates: int
    error: float | None
    bias: float | None
    coverage: float | None
    width: float | None
    rough: float | None
    baselines: dict[str, float | None]


def rows(outcomes: Sequence[Outcome]) -> list[Row]:
    """Return the figures of each point, over all that were back-tested."""
    found = []
    for share in POINTS:
        points = [outcome.points[share] for outcome in outcomes]
        errors = [each for point in points for each in point.errors]
        found.append(
            Row(
                point=share,
                estimates=len(errors),
                error=_median(errors),
                bias=_median([each for point in points for each in point.biases]),
                coverage=_mean([each for point in points for each in point.covered]),
                width=_median([each for point in points for each in point.widths]),
                rough=_mean([each for point in points for each in point.rough]),
                baselines={
                    name: _median([each for point in points for each in point.others[name]])
                    for name in NAMES
                },
            )
        )
    return found


def jumps(outcomes: Sequence[Outcome]) -> float | None:
    """Return by what share of a run its estimated end usually moved between two points."""
    return _median([each for outcome in outcomes for each in outcome.jumps])


def _median(values: Sequence[float]) -> float | None:
    return median(values) if values else None


def _mean(values: Sequence[float]) -> float | None:
    return fmean(values) if values else None
