"""Questions of the first page: what needs somebody, what runs and what ended lately."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Executable, and_, func, literal, or_, select, union_all

from panoptes.common.moment import Moment
from panoptes.common.status import Status
from panoptes.models.run import IS_CURRENT, Run
from panoptes.models.workflow import Workflow
from panoptes.queries.asking import ask, built_once
from panoptes.queries.paging import Query
from panoptes.queries.results import Overview, RunView, SomeRuns, WhoWhere, WorkflowFilter
from panoptes.queries.runs import (
    ALL,
    ANY,
    COUNT_RUNS,
    IN_INDEX,
    IS_BESIDE,
    JOBS_DONE,
    OF_WORKFLOW,
    SUMMED,
    bound_values,
    counting,
    filter_conditions,
    read_counts,
    shows,
    view,
)
from panoptes.queries.times import TIME_PARAMETERS, times_of

# The page lists so many that run.
MOST_RUNNING = 50
# So many users and hosts have runs under way there.
MOST_WHERE = 20

_ENDED = (Status.DONE, Status.CANCELLED, Status.NO_EXECUTION)
_IS_TROUBLED = and_(
    Run.status.in_([Status.ERROR.value, Status.RUNNING.value]),
    or_(shows(Status.ERROR), shows(Status.STALE)),
)
_IS_OLDER = and_(_IS_TROUBLED, Run.seen_at.is_(None), Run.updated_at < TIME_PARAMETERS.lately)
_IS_SEEN = and_(_IS_TROUBLED, Run.seen_at.is_not(None))


def overview(moment: Moment, wanted: WorkflowFilter = ANY, limit: int = 10) -> Overview:
    """Return what needs attention, what runs and what ended lately, each newest first."""
    counts = read_counts(_numbers(wanted), moment, wanted)
    numbers, by_status = counts.numbers, counts.by_status
    found: dict[str, list[RunView]] = defaultdict(list)
    for row in ask(_runs(wanted, limit), **bound_values(moment, wanted)):
        found[row.part].append(view(moment, row))
    # In the order in which they began: so none changes its place while jobs of others go on.
    unseen = [*_by_start(found["failed"]), *_by_start(found["silent"])]
    lately = times_of(moment).lately
    seen, older = numbers["seen"], numbers["older"]
    return Overview(
        counts=by_status,
        engines=counts.engines,
        jobs_done=numbers["jobs_done"],
        jobs_total=numbers["jobs_total"],
        summed=SUMMED,
        needs_you=SomeRuns(
            [run for run in unseen if run.updated_at >= lately],
            by_status[Status.ERROR] + by_status[Status.STALE] - seen - older,
        ),
        older=SomeRuns([run for run in unseen if run.updated_at < lately], older),
        seen=SomeRuns(
            sorted(found["seen"], key=lambda run: run.seen_at or moment.now, reverse=True), seen
        ),
        # Of a workflow, several may run.
        running=SomeRuns(
            _by_start(found["running"])[:MOST_RUNNING],
            by_status[Status.RUNNING] + numbers["beside"],
        ),
        ended=sorted(found["ended"], key=lambda run: run.updated_at, reverse=True)[:limit],
    )


def _by_start(runs: Iterable[RunView]) -> list[RunView]:
    return sorted(runs, key=lambda run: (run.started_at, run.run_id), reverse=True)


@built_once
def _numbers(wanted: WorkflowFilter) -> Executable:
    """Return the query of all numbers of the page."""
    conditions = filter_conditions(wanted)
    newest = (
        select(JOBS_DONE.label("done"), Run.jobs_total.label("total"))
        .where(IS_CURRENT, *conditions)
        .order_by(Run.started_at.desc())
        .limit(SUMMED)
        .cte("newest")
    )
    counted = {
        "seen": (IS_CURRENT, _IS_SEEN),
        "older": (IS_CURRENT, _IS_OLDER),
        "beside": (IS_BESIDE, shows(Status.RUNNING)),
    }
    return counting(
        wanted,
        *(
            COUNT_RUNS.where(*each, *conditions).add_columns(literal(name))
            for name, each in counted.items()
        ),
        select(func.coalesce(func.sum(newest.c.done), 0), literal("jobs_done")),
        select(func.coalesce(func.sum(newest.c.total), 0), literal("jobs_total")),
    )


@built_once
def _runs(wanted: WorkflowFilter, limit: int) -> Query:
    """Return the query of all runs of the page, each with the part of it where it stands.

    An index has those of each part in their order.
    """
    of = filter_conditions(wanted)
    by_update, by_start = Run.updated_at.desc(), Run.started_at.desc()
    is_unseen = Run.seen_at.is_(None)

    def part(name: str, order: Any, most: int, *where: ColumnElement[bool]) -> Query:
        ids = select(Run.id, literal(name).label("part")).join(Workflow, OF_WORKFLOW)
        return select(ids.where(*where, *of).order_by(order).limit(most).subquery())

    chosen = union_all(
        part("failed", by_update, limit, IS_CURRENT, shows(Status.ERROR), is_unseen),
        part("silent", by_update, limit, IS_CURRENT, shows(Status.STALE), is_unseen),
        part("seen", Run.seen_at.desc(), limit, IS_CURRENT, _IS_SEEN),
        part("running", by_start, MOST_RUNNING, IS_CURRENT, shows(Status.RUNNING)),
        part("running", by_start, MOST_RUNNING, IS_BESIDE, shows(Status.RUNNING)),
        *(part("ended", by_update, limit, IS_CURRENT, shows(status)) for status in _ENDED),
    ).subquery("chosen")
    return ALL.add_columns(chosen.c.part).join(chosen, chosen.c.id == Run.id)


def who_runs_where(moment: Moment, wanted: WorkflowFilter = ANY) -> list[WhoWhere]:
    """Return who has runs under way on which host, those with most running jobs first."""
    rows = ask(_who_where(wanted), **bound_values(moment, wanted))
    return [WhoWhere(user, host, runs, int(jobs), cores) for user, host, runs, jobs, cores in rows]


@built_once
def _who_where(wanted: WorkflowFilter) -> Query:
    return (
        select(Run.user, Run.host, func.count(), func.sum(Run.jobs_running), func.sum(Run.cores))
        .join(Workflow, OF_WORKFLOW)
        .where(IN_INDEX, or_(IS_CURRENT, IS_BESIDE))
        .where(shows(Status.RUNNING), *filter_conditions(wanted))
        .where(or_(Run.user.is_not(None), Run.host.is_not(None)))
        .group_by(Run.user, Run.host)
        .order_by(func.sum(Run.jobs_running).desc(), Run.user, Run.host)
        .limit(MOST_WHERE)
    )
