"""What the jobs of rules took in a workflow's earlier runs: no job is read."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select

from panoptes.analysis.estimate.known import PastRule, PastRun
from panoptes.analysis.estimate.known import RuleTimes as Times
from panoptes.common.status import Status
from panoptes.database.connections import reading
from panoptes.database.tables import aliased
from panoptes.models.rule import Rule
from panoptes.models.rule_times import RuleTimes
from panoptes.models.run import Run
from panoptes.models.workflow import Workflow
from panoptes.queries.paging import one_of

# The columns of `rule_times` that are what an estimate reads.
TIMES = ("jobs", "mean", "quantiles", "threads", "finishing", "by_wildcards")
# So many good runs say how a rule's jobs are, and so many others what those took that were done.
MOST_GOOD = 10
MOST_OTHERS = 10
_BAD = (Status.ERROR.value, Status.CANCELLED.value)


def past_runs(run_id: int, *, only_good: bool = False) -> list[PastRun]:
    """Return the runs of a run's workflow before it, by the id of its row, the latest first.

    Those of other engines, and of other ways in which an engine reports, are left out: what a job's
    time holds differs. An entry that got a suffix has the history of the one that has the name.
    """
    this = aliased(Run)
    query = (
        select(Run.id, Run.status, Run.started_at, Run.ended_at, Run.cores)
        .add_columns(Run.peak_threads, Run.edges)
        .join(this, (this.engine == Run.engine) & (this.dialect == Run.dialect))
        .where(this.id == run_id, Run.id != run_id, Run.started_at <= this.started_at)
        .where(Run.deleted_at.is_(None), Run.summed_up)
        .order_by(Run.number.desc())
    )
    good = query.where(Run.status == Status.DONE.value).limit(MOST_GOOD)
    bad = query.where(Run.status.in_(_BAD)).limit(MOST_OTHERS)
    rows = [
        row
        for workflow_id in of_same_name(run_id)
        for wanted in ((good,) if only_good else (good, bad))
        for row in reading().execute(wanted.where(Run.workflow_id == workflow_id))
    ]
    rows.sort(key=lambda row: row.started_at, reverse=True)
    rules = _rules({row.id: row.started_at for row in rows}) if rows else {}
    return [
        PastRun(
            rules=rules[row.id],
            seconds=max(0.0, (row.ended_at - row.started_at).total_seconds()),
            is_good=row.status == Status.DONE.value,
            edges=[(source, target) for source, target in row.edges or ()],
            cores=row.cores,
            peak=row.peak_threads or 0,
        )
        for row in rows
        if row.ended_at is not None
    ]


def of_same_name(run_id: int) -> list[int]:
    """Return the workflow of a run, and the one whose name it was to have."""
    own, wanted = aliased(Workflow), aliased(Workflow)
    query = (
        select(own.id, wanted.id)
        .join(Run, Run.workflow_id == own.id)
        .outerjoin(wanted, (wanted.name == own.wanted_name) & wanted.deleted_at.is_(None))
        .where(Run.id == run_id)
    )
    return [each for row in reading().execute(query) for each in dict.fromkeys(row) if each]


def _rules(started: Mapping[int, datetime]) -> dict[int, dict[str, PastRule]]:
    found: dict[int, dict[str, PastRule]] = {run_id: {} for run_id in started}
    query = (
        select(Rule.run_id, Rule.name, Rule.jobs, Rule.planned, Rule.first_start, Rule.last_end)
        .add_columns(*(getattr(RuleTimes, name) for name in TIMES))
        .outerjoin(RuleTimes, (RuleTimes.run_id == Rule.run_id) & (RuleTimes.rule == Rule.name))
        .where(one_of(Rule.run_id, list(started)))
    )
    for run_id, name, jobs, planned, first_start, last_end, *times in reading().execute(query):
        begun = started[run_id]
        found[run_id][name] = PastRule(
            jobs=jobs,
            planned=planned,
            times=None if times[1] is None else Times(*times),
            first_start=_since(begun, first_start),
            last_end=_since(begun, last_end),
        )
    return found


def _since(begun: datetime, at: datetime | None) -> float | None:
    return None if at is None else (at - begun).total_seconds()
