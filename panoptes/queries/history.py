"""The runs of a workflow side by side, from what is kept of each: no job is read."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import case, extract, func, literal, select

from panoptes.common.lateness import median_of
from panoptes.common.moment import Moment
from panoptes.common.status import Status
from panoptes.database.connections import UTCDateTime, reading
from panoptes.models.rule import Rule
from panoptes.models.run import Run
from panoptes.models.workflow import Workflow
from panoptes.queries.paging import QueryRow, one_of
from panoptes.queries.results import RunView
from panoptes.queries.runs import OF_WORKFLOW, shows, standing
from panoptes.queries.times import times_of

# So many runs stand beside each other, and so many of each workflow in a list of them.
ON_A_PAGE = 20
IN_A_LIST = 10


@dataclass(frozen=True, slots=True)
class ShortRun:
    """What a strip shows of a run; `seconds` is how long it took, or has been running."""

    number: int
    status: Status
    seconds: float


@dataclass(frozen=True, slots=True)
class Strip:
    """The latest runs of a workflow, the oldest first, and the numbers beside one of them."""

    runs: list[ShortRun]
    before: int | None
    after: int | None


@dataclass(frozen=True, slots=True)
class RuleInRun:
    """How a rule went in a run: what matters most of its jobs, and what they usually took."""

    status: Status
    jobs: int
    done: int
    failed: int
    median: float | None


def strip(moment: Moment, run: RunView) -> Strip:
    """Return the latest runs of a run's workflow, and those beside it."""
    of_workflow = (Run.workflow_id == run.workflow_id, Run.deleted_at.is_(None))
    query = (
        select(
            *(Run.number, Run.status, Run.started_at, Run.ended_at),
            *(Run.updated_at, Run.lost_at, Run.last_event_at),
        )
        .where(*of_workflow)
        .order_by(Run.number.desc())
        .limit(ON_A_PAGE)
    )
    before = select(func.max(Run.number)).where(*of_workflow, Run.number < run.run)
    after = select(func.min(Run.number)).where(*of_workflow, Run.number > run.run)
    beside = reading().execute(select(before.scalar_subquery(), after.scalar_subquery())).one()
    latest = [_short(moment, row) for row in reading().execute(query)]
    return Strip(latest[::-1], *beside)


def earlier_runs(moment: Moment, current: Sequence[RunView]) -> dict[int, list[ShortRun]]:
    """Return the runs before the current ones, so many that `IN_A_LIST` of each workflow are known.

    They go by the ids of the workflows that have some, the oldest first.
    """
    ids = [run.workflow_id for run in current if run.runs > 1]
    if not ids:
        return {}
    # Worked out by the database: there are hundreds.
    is_stale = shows(Status.STALE, times_of(moment))
    now = literal(moment.now, UTCDateTime)
    last = case((Run.ended_at.is_not(None), Run.ended_at), (is_stale, Run.updated_at), else_=now)
    status = case((is_stale, Status.STALE.value), else_=Run.status)
    seconds = extract("epoch", last) - extract("epoch", Run.started_at)
    query = select(Run.workflow_id, Run.number, status, seconds).join(Workflow, OF_WORKFLOW)
    query = query.where(
        one_of(Workflow.id, ids), Run.number < Workflow.run, Run.number > Workflow.run - IN_A_LIST
    )
    found: dict[int, list[ShortRun]] = {}
    for workflow_id, number, name, took in reading().execute(
        query.order_by(Run.workflow_id, Run.number)
    ):
        run = ShortRun(number, Status(name), max(0.0, float(took)))
        found.setdefault(workflow_id, []).append(run)
    return found


def _short(moment: Moment, row: QueryRow) -> ShortRun:
    stands = standing(moment, row, row.ended_at)
    seconds = (stands.last - row.started_at).total_seconds()
    return ShortRun(row.number, stands.status, max(0.0, seconds))


def rules_in_runs(runs: Sequence[RunView], names: Iterable[str]) -> dict[int, dict[str, RuleInRun]]:
    """Return how rules of these names went in each run, by the ids of the runs' rows."""
    found: dict[int, dict[str, RuleInRun]] = {run.run_id: {} for run in runs}
    query = select(
        Rule.run_id,
        Rule.name,
        Rule.planned,
        Rule.jobs,
        Rule.running,
        Rule.done,
        Rule.error,
        Rule.cancelled,
        Rule.recent,
    ).where(one_of(Rule.run_id, list(found)), Rule.name.in_(list(names)))
    for row in reading().execute(query):
        found[row.run_id][row.name] = RuleInRun(
            _status(row.error, row.running, row.cancelled, row.done),
            max(row.planned or 0, row.jobs),
            row.done,
            row.error,
            median_of(row.recent),
        )
    return found


def _status(failed: int, running: int, cancelled: int, done: int) -> Status:
    """Return what matters most of a rule's jobs."""
    counts = (
        (failed, Status.ERROR),
        (running, Status.RUNNING),
        (cancelled, Status.CANCELLED),
        (done, Status.DONE),
    )
    return next((status for number, status in counts if number), Status.PLANNED)
