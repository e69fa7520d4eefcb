"""What an estimate of a run is made from, and how it is shown: the making itself is `analysis`'."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from panoptes.analysis.estimate.correction import Made, PastEstimates
from panoptes.analysis.estimate.known import (
    VERSION,
    History,
    RuleNow,
    RunningJob,
    RunNow,
    known_wildcards,
)
from panoptes.analysis.estimate.known import RuleTimes as Times
from panoptes.analysis.estimate.model import TOO_FEW, Estimate, WhyNot, estimate
from panoptes.common.moment import Moment
from panoptes.common.status import Status
from panoptes.database.connections import reading
from panoptes.models.estimate import Estimate as Kept
from panoptes.models.job import Job
from panoptes.models.rule import Rule
from panoptes.models.rule_times import RuleTimes
from panoptes.models.run import Run
from panoptes.queries.paging import Query
from panoptes.queries.results import RunView
from panoptes.queries.rule_history import TIMES, of_same_name, past_runs
from panoptes.queries.run_ends import edges_of
from panoptes.queries.runs import oldest_estimate, runs_by_id

# A run is estimated anew after so long, and first when it has been running for so long.
INTERVAL = timedelta(seconds=10)
# What is shown moves only by this share of what is left, or more.
LEAST_MOVE = 0.05
# So many running jobs are looked at, and so many estimates of the past.
MOST_RUNNING = 2_000
MOST_OWN, MOST_OF_OTHERS = 100, 300
# So many rules are looked up in other workflows.
MOST_ELSEWHERE = 50
# So many rules of the way to the end are shown.
MOST_OF_PATH = 8


@dataclass(frozen=True, slots=True)
class NewEstimate:
    """What is to be kept of an estimate: `shown` is None where it shows what was shown before.

    `made` are the columns of the estimate that is learnt from later, None where there is none.
    """

    run_id: int
    shown: dict[str, Any] | None
    made: dict[str, Any] | None
    peak_threads: int


def next_estimate(moment: Moment) -> NewEstimate | None:
    """Estimate the run that has waited longest for it; None where none is due."""
    run_id = oldest_estimate(moment, INTERVAL)
    run = None if run_id is None else runs_by_id(moment, {run_id}).get(run_id)
    if run is None:
        return None
    before = reading().execute(select(Run.estimate, Run.peak_threads).where(Run.id == run_id))
    known, peak = before.one()
    result, now = estimate_of(run, moment.now, peak or 0)
    made = None
    if isinstance(result, Estimate) and result.predicted > 0:
        made = {
            "version": VERSION,
            "tenth": result.tenth,
            "is_history": result.is_history,
            "is_ordered": result.is_ordered,
            "predicted": result.predicted,
            "shown": result.left,
            "low": result.low,
            "high": result.high,
        }
    shown = _shown(result, moment.now, known)
    return NewEstimate(run.run_id, None if shown == known else shown, made, now.peak)


def estimate_of(run: RunView, now: datetime, peak: int) -> tuple[Estimate | WhyNot, RunNow]:
    """Return a run's estimate, and how it stands; `peak` is how many threads it had at once."""
    runs = past_runs(run.run_id)
    is_known = any(past.is_good for past in runs)
    as_it_stands = _run_now(run, now, peak, needs_edges=not is_known)
    names = {name for past in runs for name, rule in past.rules.items() if rule.times}
    unknown = (name for name, rule in as_it_stands.rules.items() if not rule.timed)
    elsewhere = _elsewhere(run, [name for name in unknown if name not in names])
    return estimate(as_it_stands, History(runs, elsewhere), _past(run)), as_it_stands


def _run_now(run: RunView, now: datetime, peak: int, *, needs_edges: bool) -> RunNow:
    query = (
        select(Rule.name, Rule.jobs, Rule.planned, Rule.done, Rule.timed, Rule.done_seconds)
        .add_columns(Rule.error + Rule.cancelled, Job.threads)
        .outerjoin(Job, Job.id == Rule.first_job)
        .where(Rule.run_id == run.run_id)
    )
    rules = {
        name: RuleNow(jobs, planned, done, failed, timed, seconds, threads or 1)
        for name, jobs, planned, done, timed, seconds, failed, threads in reading().execute(query)
    }
    jobs = (
        select(Job.rule, Job.started_at, Job.threads, Job.wildcards)
        .where(Job.run_id == run.run_id, Job.status == Status.RUNNING.value)
        .limit(MOST_RUNNING)
    )
    running = [
        RunningJob(rule, _seconds(now - started), threads or 1, known_wildcards(wildcards))
        for rule, started, threads, wildcards in reading().execute(jobs)
        if started is not None and rule
    ]
    return RunNow(
        elapsed=_seconds(now - run.started_at),
        rules=rules,
        running=running,
        jobs_total=run.jobs_total,
        edges=edges_of(run) if needs_edges else (),
        cores=run.cores,
        peak=max(peak, sum(job.threads for job in running)),
    )


def _seconds(time: timedelta) -> float:
    return max(0.0, time.total_seconds())


def _elsewhere(run: RunView, names: Iterable[str]) -> dict[str, Times]:
    """Return what jobs of rules took in the latest runs of other workflows of the same engine."""
    latest = (
        select(func.max(RuleTimes.run_id))
        .join(Run, Run.id == RuleTimes.run_id)
        .where(RuleTimes.rule.in_(list(names)[:MOST_ELSEWHERE]), Run.engine == run.engine)
        .group_by(RuleTimes.rule)
    )
    query = select(RuleTimes.rule, *(getattr(RuleTimes, name) for name in TIMES))
    rows = reading().execute(query.where(RuleTimes.run_id.in_(latest)))
    return {rule: Times(*times) for rule, *times in rows}


def _past(run: RunView) -> PastEstimates:
    """Return the estimates of runs that came to a good end: of this workflow and of others."""
    ids = of_same_name(run.run_id)
    query = (
        select(Kept.tenth, Kept.is_history, Kept.is_ordered, Kept.predicted, Kept.shown)
        .add_columns(Kept.low, Kept.high, Kept.made_at, Run.started_at, Run.ended_at)
        .join(Run, Run.id == Kept.run_id)
        .where(Kept.version == VERSION, Run.engine == run.engine, Run.ended_at.is_not(None))
        .where(Run.status == Status.DONE.value)
        .order_by(Kept.run_id.desc())
    )
    own = query.where(Run.workflow_id.in_(ids)).limit(MOST_OWN)
    others = query.where(Run.workflow_id.not_in(ids)).limit(MOST_OF_OTHERS)
    return PastEstimates(_made(own), _made(others))


def _made(query: Query) -> list[Made]:
    return [
        Made(
            tenth=row.tenth,
            is_history=row.is_history,
            is_ordered=row.is_ordered,
            predicted=row.predicted,
            shown=row.shown,
            low=row.low,
            high=row.high,
            left=_seconds(row.ended_at - row.made_at),
            whole=_seconds(row.ended_at - row.started_at),
        )
        for row in reading().execute(query)
    ]


# --- how it is shown ------------------------------------------------------------------------------


def _shown(
    result: Estimate | WhyNot, now: datetime, known: Mapping[str, Any] | None
) -> dict[str, Any] | None:
    """Return what is to be shown: times that moved little stay as they are known."""
    if isinstance(result, WhyNot):
        return None if result is TOO_FEW else {"why_not": result.reason}
    ends = {name: _rounded(now, getattr(result, name)) for name in ("left", "low", "high")}
    if known is not None and "left" in known:
        moved = abs(known["left"] - ends["left"])
        before = known["left"] - now.timestamp()
        if before > 0 and moved < LEAST_MOVE * max(before, result.left):
            ends = {name: known[name] for name in ends}
    return {
        **ends,
        "runs": result.runs,
        "past_error": None if result.past_error is None else round(result.past_error, 2),
        "rough": result.rough,
        "at_least": result.at_least,
        "path": list(result.path[:MOST_OF_PATH]),
        "waits": None if result.waits is None else asdict(result.waits),
    }


def _rounded(now: datetime, seconds: float) -> int:
    """Return when so many seconds have passed, in Unix seconds, as exactly as can be known."""
    end = now.timestamp() + seconds
    step = next((step for limit, step in _STEPS if seconds < limit), 300)
    return round(end / step) * step


# Below so many seconds that are left, the end is given in steps of so many.
_STEPS = ((120, 1), (600, 10), (7200, 60))
