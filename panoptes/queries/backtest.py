"""Recorded runs as an estimate's back-test wants them: with all their jobs."""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import func, select

from panoptes.analysis.estimate.backtest import Ended, Job, Outcome, back_test, learn
from panoptes.analysis.estimate.known import known_wildcards
from panoptes.common.status import Status
from panoptes.database.connections import reading
from panoptes.models.job import Job as JobRow
from panoptes.models.rule import Rule
from panoptes.models.run import Run
from panoptes.models.workflow import NOT_DELETED, Workflow
from panoptes.queries.paging import QueryRow
from panoptes.queries.run_ends import MOST_JOBS

_ENDED = (Status.DONE.value, Status.ERROR.value, Status.CANCELLED.value)


def back_test_all(most_runs: int) -> list[Outcome]:
    """Replay at most so many runs of each workflow, and return how far off estimates were.

    Each is judged by what was known when it began, estimates of other workflows included.
    """
    made = {kind: learn(_runs(kind, most_runs)) for kind in _kinds()}
    outcomes = []
    for kind, own in made.items():
        of_others = (runs for other, runs in made.items() if other != kind)
        others = [each for runs in of_others for run in runs for each in run]
        others.sort(key=lambda each: each.ended)
        outcomes.append(back_test(_runs(kind, most_runs), own, others))
    return outcomes


def _kinds() -> list[tuple[int, str, str]]:
    """Return the workflows that have several good runs, each way of reporting for itself."""
    query = (
        select(Run.workflow_id, Run.engine, Run.dialect)
        .join(Workflow, Workflow.id == Run.workflow_id)
        .where(NOT_DELETED, Run.deleted_at.is_(None), Run.status == Status.DONE.value)
        .group_by(Run.workflow_id, Run.engine, Run.dialect)
        .having(func.count() > 1)
    )
    return [(each, engine, dialect) for each, engine, dialect in reading().execute(query)]


def _runs(kind: tuple[int, str, str], most: int) -> list[Ended]:
    workflow_id, engine, dialect = kind
    query = (
        select(Run.id, Run.status, Run.started_at, Run.ended_at, Run.cores, Run.edges)
        .add_columns(Run.jobs_total)
        .where(Run.workflow_id == workflow_id, Run.engine == engine, Run.dialect == dialect)
        .where(Run.status.in_(_ENDED), Run.ended_at.is_not(None), Run.deleted_at.is_(None))
        .order_by(Run.started_at.desc(), Run.id.desc())
        .limit(most)
    )
    return [_ended(row) for row in reading().execute(query).all()[::-1]]


def _ended(run: QueryRow) -> Ended:
    began = run.started_at.timestamp()
    query = (
        select(JobRow.rule, JobRow.started_at, JobRow.ended_at, JobRow.threads)
        .add_columns(JobRow.wildcards, JobRow.cached, JobRow.status)
        .where(JobRow.run_id == run.id, JobRow.ended_at.is_not(None), JobRow.rule != "")
        .order_by(JobRow.id)
        .limit(MOST_JOBS)
    )
    jobs = [
        Job(
            rule=row.rule,
            begin=(row.started_at or row.ended_at).timestamp() - began,
            end=row.ended_at.timestamp() - began,
            threads=row.threads or 1,
            wildcards=known_wildcards(row.wildcards),
            is_cached=row.cached or row.started_at is None,
            is_done=row.status == Status.DONE.value,
        )
        for row in reading().execute(query)
    ]
    plans = select(Rule.name, Rule.planned).where(Rule.run_id == run.id)
    found = reading().execute(plans.where(Rule.planned.is_not(None)))
    planned = {name: number for name, number in found if number is not None}
    return Ended(
        jobs=jobs,
        seconds=max(0.0, run.ended_at.timestamp() - began),
        planned=planned or None,
        jobs_total=run.jobs_total,
        grown_at=_grown_at(jobs, planned),
        edges=[(source, target) for source, target in run.edges or ()],
        cores=run.cores,
        is_good=run.status == Status.DONE.value,
        began=began,
    )


def _grown_at(jobs: Sequence[Job], planned: dict[str, int]) -> float:
    """Return when the first job began that was not planned: before, nobody knew of it."""
    begun: dict[str, int] = defaultdict(int)
    for job in sorted(jobs, key=lambda job: job.begin):
        begun[job.rule] += 1
        if begun[job.rule] > planned.get(job.rule, 0):
            return job.begin
    return 0.0
