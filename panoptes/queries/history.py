"""The runs of a workflow side by side, from what is kept of each: no job is read."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from panoptes.common.lateness import median_of
from panoptes.common.moment import Moment
from panoptes.common.status import Status
from panoptes.database.connections import db
from panoptes.models.rule import Rule
from panoptes.models.run import Run
from panoptes.queries.paging import QueryRow, one_of
from panoptes.queries.results import RunView
from panoptes.queries.runs import standing

# So many runs stand beside each other.
ON_A_PAGE = 20


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
    beside = db.session.execute(select(before.scalar_subquery(), after.scalar_subquery())).one()
    latest = [_short(moment, row) for row in db.session.execute(query)]
    return Strip(latest[::-1], *beside)


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
    for row in db.session.execute(query):
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
