"""Questions about workflows, their runs, and a run's rules and log."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, false, func, select

from panoptes.db import AnyRow, AnySelect, db
from panoptes.models.job import Job
from panoptes.models.message import Message
from panoptes.models.rule import Rule
from panoptes.models.run import Run
from panoptes.models.status import WORKFLOW_STATUSES, Status, shown_status
from panoptes.models.workflow import IS_THERE, Workflow
from panoptes.queries.paging import clamp, contains, count, order, slice_of
from panoptes.queries.views import (
    PER_PAGE,
    MessageView,
    Moment,
    Overview,
    Page,
    RuleView,
    RunView,
    WorkflowFilter,
)

# Every question about runs joins them to their workflow by one of these two, so that none finds
# what is deleted.
OF_WORKFLOW = and_(Run.workflow_id == Workflow.id, Run.deleted_at.is_(None), IS_THERE)
IS_CURRENT = and_(OF_WORKFLOW, Run.number == Workflow.run)
_COLUMNS = (
    Workflow.name,
    Workflow.run.label("runs"),
    Workflow.pinned,
    Run.id,
    Run.workflow_id,
    Run.number,
    Run.revision,
    Run.status,
    Run.jobs_done,
    Run.progress_done,
    Run.jobs_total,
    Run.jobs_running,
    Run.jobs_failed,
    Run.jobs_retried,
    Run.started_at,
    Run.ended_at,
    Run.updated_at,
    Run.error,
    Run.owner,
    Run.engine,
    Run.snakefile,
    Run.command,
    Run.workdir,
    Run.log_file,
)
_CURRENT = select(*_COLUMNS).select_from(Workflow).join(Run, IS_CURRENT)
_ALL = select(*_COLUMNS).select_from(Run).join(Workflow, OF_WORKFLOW)
_COUNT = select(func.count()).select_from(Workflow).join(Run, IS_CURRENT)

ANY = WorkflowFilter()
WORKFLOW_SORTS: dict[str, tuple[ColumnElement[Any], ...]] = {
    "id": (Workflow.id.expression,),
    "name": (Workflow.name.expression,),
    "status": (Run.status.expression,),
    "started_at": (Run.started_at.expression,),
    "updated_at": (Run.updated_at.expression,),
}


# --- many workflows -------------------------------------------------------------------------------


def overview(moment: Moment, limit: int = 10) -> Overview:
    """Return what needs attention, what runs and what ended lately, each newest first."""
    done, total = _job_sums()
    return Overview(
        counts=status_counts(moment),
        jobs_done=done,
        jobs_total=total,
        failed=_newest(moment, Status.ERROR, limit),
        stale=_newest(moment, Status.STALE, limit),
        running=_newest(moment, Status.RUNNING, limit),
        ended=_latest_ended(moment, limit),
    )


def _job_sums() -> tuple[int, int]:
    done = case((Run.progress_done > Run.jobs_done, Run.progress_done), else_=Run.jobs_done)
    query = select(func.coalesce(func.sum(done), 0), func.coalesce(func.sum(Run.jobs_total), 0))
    row = db.session.execute(query.select_from(Workflow).join(Run, IS_CURRENT)).one()
    return int(row[0]), int(row[1])


def _newest(moment: Moment, status: Status, limit: int) -> list[RunView]:
    query = _CURRENT.where(_shows(moment, status)).order_by(Run.started_at.desc())
    return _views(moment, query.limit(limit))


_ENDED = (Status.DONE, Status.CANCELLED, Status.NO_EXECUTION)


def _latest_ended(moment: Moment, limit: int) -> list[RunView]:
    ended = Run.status.in_([status.value for status in _ENDED])
    query = _CURRENT.where(ended).order_by(Run.updated_at.desc())
    return _views(moment, query.limit(limit))


def status_counts(moment: Moment, wanted: WorkflowFilter = ANY) -> dict[Status, int]:
    """Return how many workflows show each status, of those that are wanted in whatever status."""
    shown = case(
        (_shows(moment, Status.STALE), Status.STALE.value), else_=Run.status.expression
    ).label("shown")
    query = select(shown, func.count()).select_from(Workflow).join(Run, IS_CURRENT)
    query = query.where(*_wanted(wanted))
    found = {Status(name): number for name, number in db.session.execute(query.group_by(shown))}
    return {status: found.get(status, 0) for status in WORKFLOW_STATUSES}


def workflows(moment: Moment, wanted: WorkflowFilter) -> Page[RunView]:
    """Return a page of workflows, each as its current run."""
    conditions = _wanted(wanted)
    if wanted.status is not None:
        conditions.append(_shows(moment, wanted.status))
    total = count(_COUNT.where(*conditions))
    number = clamp(wanted.page, total, wanted.per_page)
    ordering = order(WORKFLOW_SORTS, wanted.sort, default="-started_at")
    query = _CURRENT.where(*conditions).order_by(*ordering, Run.id.desc())
    items = _views(moment, slice_of(query, number, wanted.per_page))
    return Page(items, total, number, wanted.per_page)


def _wanted(wanted: WorkflowFilter) -> list[ColumnElement[bool]]:
    """Return the conditions of a filter, but for that on the status."""
    conditions: list[ColumnElement[bool]] = []
    if wanted.text:
        conditions.append(contains(Workflow.name, wanted.text))
    if wanted.owner is not None:
        conditions.append(Run.owner == wanted.owner)
    return conditions


def all_workflows(moment: Moment, owner: str | None = None) -> list[RunView]:
    """Return every workflow by id, or those of an owner, each as its current run."""
    wanted = _wanted(WorkflowFilter(owner=owner))
    return _views(moment, _CURRENT.where(*wanted).order_by(Workflow.id))


def _shows(moment: Moment, status: Status) -> ColumnElement[bool]:
    """Return the condition that a run shows this status at this moment."""
    if status is Status.STALE and moment.silent is None:
        return false()
    if status is Status.STALE:
        return and_(Run.status == Status.RUNNING.value, Run.updated_at < moment.silent)
    if status is Status.RUNNING and moment.silent is not None:
        return and_(Run.status == Status.RUNNING.value, Run.updated_at >= moment.silent)
    return and_(Run.status == status.value)


def current_runs(moment: Moment, workflow_ids: Sequence[int]) -> list[RunView]:
    """Return the current runs of some workflows, by the workflows' ids."""
    query = _CURRENT.where(Workflow.id.in_(workflow_ids)).order_by(Workflow.id)
    return _views(moment, query)


# --- one workflow ---------------------------------------------------------------------------------


def workflow(moment: Moment, workflow_id: int, run: int | None = None) -> RunView | None:
    """Return a workflow's current run, or its run of this number; None where there is none."""
    if run is None:
        query = _CURRENT.where(Workflow.id == workflow_id)
    else:
        query = _ALL.where(Run.workflow_id == workflow_id, Run.number == run)
    return next(iter(_views(moment, query)), None)


def runs(moment: Moment, workflow_id: int) -> list[RunView]:
    """Return all runs of a workflow, the newest first."""
    query = _ALL.where(Run.workflow_id == workflow_id).order_by(Run.number.desc())
    return _views(moment, query)


def runs_by_id(moment: Moment, ids: set[int]) -> dict[int, RunView]:
    """Return runs by their row id."""
    return {run.run_id: run for run in _views(moment, _ALL.where(Run.id.in_(ids)))}


def _views(moment: Moment, query: AnySelect) -> list[RunView]:
    return [_view(moment, row) for row in db.session.execute(query)]


def _view(moment: Moment, row: AnyRow) -> RunView:
    done = max(row.jobs_done, row.progress_done)
    total = max(row.jobs_total, done + row.jobs_failed)
    is_silent = moment.silent is not None and row.updated_at < moment.silent
    last = row.ended_at or (row.updated_at if is_silent else moment.now)
    return RunView(
        workflow_id=row.workflow_id,
        run_id=row.id,
        name=row.name,
        run=row.number,
        runs=row.runs,
        pinned=row.pinned,
        status=shown_status(Status(row.status), row.updated_at, moment.silent),
        is_live=row.ended_at is None and not is_silent,
        revision=row.revision,
        jobs_done=done,
        jobs_total=total,
        jobs_running=row.jobs_running,
        jobs_failed=row.jobs_failed,
        jobs_retried=row.jobs_retried,
        jobs_pending=max(0, total - done - row.jobs_running - row.jobs_failed),
        started_at=row.started_at,
        completed_at=row.ended_at,
        updated_at=row.updated_at,
        duration=max(timedelta(0), last - row.started_at),
        error=row.error,
        owner=row.owner,
        engine=row.engine,
        snakefile=row.snakefile,
        command=row.command,
        workdir=row.workdir,
        log_file=row.log_file,
    )


# --- rules ----------------------------------------------------------------------------------------


def rules(run: RunView) -> list[RuleView]:
    """Return a run's rules by name."""
    durations = _durations(run.run_id)
    query = select(Rule).where(Rule.run_id == run.run_id).order_by(Rule.name)
    return [
        _rule_view(run, rule, *durations.get(rule.name, (None, None)))
        for rule in db.session.scalars(query)
    ]


def _durations(run_id: int) -> dict[str, tuple[float, float]]:
    """Return rule -> (median, longest) seconds of its jobs that are done."""
    place = func.row_number().over(partition_by=Job.rule, order_by=Job.seconds)
    ranked = (
        select(
            Job.rule,
            Job.seconds,
            place.label("place"),
            func.count().over(partition_by=Job.rule).label("jobs"),
        )
        .where(Job.run_id == run_id, Job.status == Status.DONE.value, Job.seconds.is_not(None))
        .subquery()
    )
    # The one in the middle, or the two: 2 * place is jobs, jobs + 1 or jobs + 2.
    columns = ranked.c
    middle = (2 * columns.place).between(columns.jobs, columns.jobs + 2)
    query = select(
        columns.rule,
        func.avg(case((middle, columns.seconds))),
        func.max(columns.seconds),
    ).group_by(columns.rule)
    return {rule: (float(median), float(most)) for rule, median, most in db.session.execute(query)}


def _rule_view(run: RunView, rule: Rule, median: float | None, longest: float | None) -> RuleView:
    known = rule.running + rule.done + rule.error + rule.cancelled
    # Snakemake 5.28 plans a job that it then leaves out, after a checkpoint.
    planned = known if run.status is Status.DONE else rule.planned
    return RuleView(
        name=rule.name,
        planned=rule.planned,
        pending=None if rule.planned is None else max(0, (planned or 0) - known),
        running=rule.running,
        done=rule.done,
        error=rule.error,
        cancelled=rule.cancelled,
        retried=rule.retried,
        attempts=rule.attempts,
        median_seconds=median,
        max_seconds=longest,
    )


# --- messages -------------------------------------------------------------------------------------


def messages(
    run: RunView,
    level: str | None = None,
    page: int = 1,
    per_page: int | None = PER_PAGE,
    text: str = "",
) -> Page[MessageView]:
    """Return a page of a run's log, the oldest line first; all of it where `per_page` is None.

    `level` is info, warning or error, None for all of them; `text` is a part of the line.
    """
    conditions = [Message.run_id == run.run_id]
    if level:
        conditions.append(Message.level == level)
    if text:
        conditions.append(contains(Message.text, text))
    total = count(select(func.count()).select_from(Message).where(*conditions))
    per_page = per_page or max(1, total)
    number = clamp(page, total, per_page)
    query = select(Message.time, Message.level, Message.text).where(*conditions)
    rows = db.session.execute(slice_of(query.order_by(Message.id), number, per_page))
    return Page(
        [MessageView(row.time, row.level, row.text) for row in rows], total, number, per_page
    )
