"""What is kept of a run when it has ended: what its rules took, read once from its jobs."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, text

from panoptes.analysis.estimate.known import Edge, known_wildcards
from panoptes.analysis.estimate.times import DoneJob, peak, rule_times
from panoptes.charts.graph.edges import rule_graph
from panoptes.common.moment import Moment
from panoptes.common.status import Status
from panoptes.database.connections import reading
from panoptes.models.job import Job
from panoptes.models.run import TO_SUM_UP, Run
from panoptes.queries.graph import job_samples, told_edges
from panoptes.queries.paging import QueryRow
from panoptes.queries.results import RunView
from panoptes.queries.runs import runs_by_id

# So many jobs of a run are looked at, its first ones.
MOST_JOBS = 100_000
# So many edges are kept.
MOST_EDGES = 2_000


@dataclass(frozen=True, slots=True)
class RunEnd:
    """What is kept of a run: columns of its rules' times, the peak of threads, and the edges."""

    run_id: int
    rules: list[dict[str, Any]]
    peak_threads: int
    edges: list[Edge]


def next_run_end(moment: Moment) -> RunEnd | None:
    """Return what is to be kept of a run that has ended; None where nothing is to be done."""
    due = select(Run.id).where(text(TO_SUM_UP), Run.settle_after.is_(None))
    run_id = reading().scalar(due.order_by(Run.ended_at).limit(1))
    if run_id is None:
        return None
    run = runs_by_id(moment, {run_id}).get(run_id)
    if run is None:  # It was deleted, or its workflow.
        return RunEnd(run_id, [], 0, [])
    jobs = _jobs(run_id)
    started = run.started_at.timestamp()
    spans = (
        (job.started_at.timestamp(), job.ended_at.timestamp(), job.threads or 1)
        for job in jobs
        if job.started_at and job.ended_at and not job.cached
    )
    return RunEnd(run_id, _rules(jobs, started), peak(spans), edges_of(run))


def edges_of(run: RunView) -> list[Edge]:
    """Return which rule feeds which: as the engine told it, or by the files of its jobs."""
    told = told_edges(run)
    edges = rule_graph(job_samples(run)).edges if told is None else told
    return list(edges)[:MOST_EDGES]


def _jobs(run_id: int) -> Sequence[QueryRow]:
    query = (
        select(
            *(Job.rule, Job.status, Job.started_at, Job.ended_at, Job.seconds),
            *(Job.wildcards, Job.threads, Job.cached),
        )
        .where(Job.run_id == run_id)
        .order_by(Job.id)
        .limit(MOST_JOBS)
    )
    return reading().execute(query).all()


def _rules(jobs: Sequence[QueryRow], started: float) -> list[dict[str, Any]]:
    done: dict[str, list[DoneJob]] = defaultdict(list)
    for job in jobs:
        if job.status == Status.DONE.value and job.seconds is not None and not job.cached:
            ended = job.ended_at.timestamp() - started
            named = known_wildcards(job.wildcards)
            done[job.rule].append(DoneJob(job.seconds, ended, job.threads or 1, named))
    found = ((rule, rule_times(of_rule)) for rule, of_rule in done.items())
    return [
        {
            "rule": rule,
            "jobs": times.jobs,
            "mean": times.mean,
            "threads": times.threads,
            "quantiles": _rounded(times.quantiles),
            "finishing": _rounded(times.order),
            "by_wildcards": {name: float(f"{s:.4g}") for name, s in times.by_wildcards.items()},
        }
        for rule, times in found
        if rule and times is not None
    ]


def _rounded(values: Sequence[float]) -> list[float]:
    return [float(f"{value:.4g}") for value in values]
