"""Questions about workflows and their runs."""

from collections import Counter, namedtuple
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Select,
    Text,
    and_,
    bindparam,
    case,
    cast,
    exists,
    extract,
    false,
    func,
    literal,
    or_,
    select,
    union_all,
)

from panoptes.analysis.estimate.model import TOO_FEW
from panoptes.common.lateness import usual_of
from panoptes.common.moment import Moment
from panoptes.common.status import (
    SHORTEST_SILENCE,
    TIME_TO_START,
    WORKFLOW_STATUSES,
    Status,
    has_never_started,
    shown_status,
)
from panoptes.database.connections import reading
from panoptes.database.tables import aliased
from panoptes.models.message import LEVELS
from panoptes.models.run import IS_CURRENT, Run, is_silent
from panoptes.models.run_label import RunLabel
from panoptes.models.workflow import (
    NOT_DELETED,
    RUN_IDS,
    UNDO,
    Workflow,
    can_be_resumed,
    wholly_of,
)
from panoptes.queries.paging import (
    Key,
    Query,
    QueryRow,
    contains,
    count,
    keys,
    read_chunks,
    read_page,
)
from panoptes.queries.results import (
    PER_PAGE,
    DeletedRun,
    Deletion,
    EarlierRun,
    EstimateView,
    Overview,
    Page,
    RunView,
    SomeRuns,
    WhoWhere,
    WorkflowFilter,
)

# Every question about runs joins them to their workflow by this, so that none finds what is
# deleted. (The current run of a deleted workflow doesn't call itself current.)
OF_WORKFLOW = and_(Run.workflow_id == Workflow.id, Run.deleted_at.is_(None), NOT_DELETED)
_OTHER = aliased(Run)
_NEWEST = (
    select(func.max(_OTHER.number))
    .where(_OTHER.workflow_id == Workflow.id, _OTHER.deleted_at.is_(None))
    .correlate(Workflow)
    .scalar_subquery()
)
# The fields of a `RunView` that are columns.
_FIELDS: dict[str, Any] = {
    **{name: getattr(Run, name, None) for name in RunView._fields},
    "name": Workflow.name,
    "pinned": Workflow.pinned,
    "baseline": Workflow.baseline,
    "runs": Workflow.run,
    "newest": _NEWEST,
    "run_id": Run.id,
    "run": Run.number,
    "completed_at": Run.ended_at,
}
_FIELDS = {name: column for name, column in _FIELDS.items() if column is not None}
_COUNTS = (
    Run.last_event_at,
    Run.lost_at,
    Run.estimated_at,
    Run.progress_done,
    Run.jobs_queued,
    Run.jobs_planned,
)
_LINES = [getattr(Run, f"lines_{level}") for level in LEVELS]
# So many good runs tell how long one usually takes.
EARLIER_RUNS = 10


def _recent() -> ColumnElement[str]:
    """Return how many seconds the good runs before a run took, each with a blank behind it."""
    run = aliased(Run)
    seconds = extract("epoch", run.ended_at) - extract("epoch", run.started_at)
    latest = (
        select(cast(seconds, Text).label("seconds"))
        .where(
            run.workflow_id == Run.workflow_id,
            run.number < Run.number,
            run.deleted_at.is_(None),
            run.status == Status.DONE.value,
            run.engine == Run.engine,
            run.dialect == Run.dialect,
        )
        .order_by(run.number.desc())
        .limit(EARLIER_RUNS)
        .correlate(Run)
        .subquery()
    )
    return select(func.aggregate_strings(latest.c.seconds + " ", "")).scalar_subquery()


# Asked of runs that are under way, of which there are few.
_RECENT = case((Run.status == Status.RUNNING.value, _recent())).label("recent")
_ALL = select(*(column.label(name) for name, column in _FIELDS.items()), *_COUNTS, *_LINES, _RECENT)
_ALL = _ALL.select_from(Run).join(Workflow, OF_WORKFLOW)
# The columns of these queries, of which SQLAlchemy's own rows take ten times as long to give one.
_Row = namedtuple("_Row", _ALL.selected_columns.keys())  # type: ignore[misc]
_FIRST_LINE = len(_FIELDS) + len(_COUNTS)
# The same, by two ways: a list of runs leads to their workflows, or the other way round.
_CURRENT = _ALL.where(IS_CURRENT)
_BY_WORKFLOW = _ALL.where(Run.number == Workflow.run)
# Of a single one, made once: SQLAlchemy works out anew what it knows of a query that was just made.
_WITH_ID = _ALL.where(Run.id == bindparam("run_id"))
_CURRENT_OF = _BY_WORKFLOW.where(Workflow.id == bindparam("workflow_id"))
_NUMBERED = _ALL.where(
    Run.workflow_id == bindparam("workflow_id"), Run.number == bindparam("number")
)
_COUNT_RUNS = select(func.count()).select_from(Run)
_COUNT = _COUNT_RUNS.where(IS_CURRENT)
# Holds for all runs, and is worded so that an index leads to those in a state.
_IN_INDEX = Run.is_current.in_((True, False))
# Runs that may be under way beside their workflow's current one.
_IS_BESIDE = and_(Run.is_current == false(), Run.uid.is_not(None), Run.deleted_at.is_(None))

# How many jobs of a run are done: as many as are known, or as its engine counts.
JOBS_DONE = case((Run.progress_done > Run.jobs_done, Run.progress_done), else_=Run.jobs_done)
_ENDED = (Status.DONE, Status.CANCELLED, Status.NO_EXECUTION)
_NEWS = (Status.DONE, Status.ERROR)

ANY = WorkflowFilter()
WORKFLOW_SORTS: dict[str, tuple[ColumnElement[Any], ...]] = {
    "id": (Workflow.id,),
    "name": (Workflow.name,),
    "status": (Run.status, Run.started_at),
    "started_at": (Run.started_at,),
}
# The first page sums up the jobs of so many workflows, the newest.
SUMMED = 500
# The first page lists so many that run.
MOST_RUNNING = 50
# What needs somebody is older than that: it is folded away.
LATELY = timedelta(days=7)
# A search looks at so many names of workflows, the newest.
SEARCHED = 20_000
# All workflows are read so many at a time.
CHUNK = 500


# --- many workflows -------------------------------------------------------------------------------


def overview(moment: Moment, wanted: WorkflowFilter = ANY, limit: int = 10) -> Overview:
    """Return what needs attention, what runs and what ended lately, each newest first."""
    conditions = _wanted(moment, wanted)
    current = _CURRENT.where(*conditions)
    numbers = _numbers_of_troubled(moment, conditions)
    by_status, engines = _counts(moment, wanted)
    counts = _with_stale(by_status, numbers.stale)
    needs_you, older, seen = _troubled(moment, current, counts, numbers, limit)
    newest = select(JOBS_DONE.label("done"), Run.jobs_total.label("total"))
    newest = newest.where(IS_CURRENT, *conditions)
    jobs = newest.order_by(Run.started_at.desc()).limit(SUMMED).subquery().c
    done, total = reading().execute(select(func.sum(jobs.done), func.sum(jobs.total))).one()
    ended = (current.where(Run.status == status.value) for status in _ENDED)
    return Overview(
        counts=counts,
        engines=engines,
        jobs_done=int(done or 0),
        jobs_total=int(total or 0),
        summed=SUMMED,
        needs_you=needs_you,
        older=older,
        seen=seen,
        running=_running(moment, conditions, counts[Status.RUNNING]),
        ended=_latest(moment, ended, limit),
    )


def _running(moment: Moment, wanted: list[ColumnElement[bool]], current: int) -> SomeRuns:
    """Return runs that are under way, the newest first: of a workflow there may be several.

    `current` is the number of those that are their workflow's current run.
    """
    conditions = (shows(moment, Status.RUNNING), *wanted)
    others = count(_COUNT_RUNS.where(_IS_BESIDE, *conditions))
    found: list[RunView] = []
    for which in (IS_CURRENT, _IS_BESIDE) if others else (IS_CURRENT,):
        newest = _ALL.where(which, *conditions).order_by(Run.started_at.desc())
        found += _views(moment, newest.limit(MOST_RUNNING))
    found.sort(key=lambda run: run.started_at, reverse=True)
    return SomeRuns(found[:MOST_RUNNING], current + others)


def runs_under_way(moment: Moment) -> list[RunView]:
    """Return the runs that are under way and heard of; of very many, the newest."""
    newest = _ALL.where(shows(moment, Status.RUNNING)).order_by(Run.id.desc())
    return _views(moment, newest.limit(SUMMED))


def runs_beside(moment: Moment, shown: Sequence[RunView]) -> dict[int, int]:
    """Return how many runs of workflows are under way beside the current one, by their ids.

    Only runs that their engine names can be.
    """
    ids = [run.workflow_id for run in shown if run.runs > 1]
    if not ids:
        return {}
    beside = _COUNT_RUNS.where(Run.workflow_id.in_(ids), Run.deleted_at.is_(None), _IS_BESIDE)
    found = beside.where(shows(moment, Status.RUNNING)).add_columns(Run.workflow_id)
    return {each: number for number, each in reading().execute(found.group_by(Run.workflow_id))}


def who_runs_where(moment: Moment, wanted: WorkflowFilter = ANY, limit: int = 20) -> list[WhoWhere]:
    """Return who has runs under way on which host, those with most running jobs first."""
    query = (
        select(Run.user, Run.host, func.count(), func.sum(Run.jobs_running), func.sum(Run.cores))
        .join(Workflow, OF_WORKFLOW)
        .where(_IN_INDEX, or_(IS_CURRENT, _IS_BESIDE))
        .where(shows(moment, Status.RUNNING), *_wanted(moment, wanted))
        .where(or_(Run.user.is_not(None), Run.host.is_not(None)))
        .group_by(Run.user, Run.host)
        .order_by(func.sum(Run.jobs_running).desc(), Run.user, Run.host)
        .limit(limit)
    )
    rows = reading().execute(query)
    return [WhoWhere(user, host, runs, int(jobs), cores) for user, host, runs, jobs, cores in rows]


class _Troubled(NamedTuple):
    """How many runs in trouble are stale, how many were seen, and how many others are older."""

    stale: int
    seen: int
    older: int


def _numbers_of_troubled(moment: Moment, wanted: list[ColumnElement[bool]]) -> _Troubled:
    is_stale = Run.status == Status.RUNNING.value
    is_older = and_(Run.seen_at.is_(None), Run.updated_at < moment.now - LATELY)
    conditions = (is_stale, Run.seen_at.is_not(None), is_older)
    numbers = select(*(func.sum(case((each, 1), else_=0)) for each in conditions))
    row = reading().execute(numbers.where(IS_CURRENT, _is_troubled(moment), *wanted)).one()
    return _Troubled(*(int(number or 0) for number in row))


def _troubled(
    moment: Moment,
    current: Query,
    counts: Mapping[Status, int],
    numbers: _Troubled,
    limit: int,
) -> tuple[SomeRuns, SomeRuns, SomeRuns]:
    """Return the runs that failed or fell silent: lately, before, and those somebody has seen."""
    lately = moment.now - LATELY
    unseen = [
        *_unseen(moment, current, Status.ERROR, limit),
        *_unseen(moment, current, Status.STALE, limit),
    ]
    number = counts[Status.ERROR] + counts[Status.STALE] - numbers.seen - numbers.older
    seen = current.where(_is_troubled(moment), Run.seen_at.is_not(None))
    seen = seen.order_by(Run.seen_at.desc()).limit(limit)
    return (
        SomeRuns([run for run in unseen if run.updated_at >= lately], number),
        SomeRuns([run for run in unseen if run.updated_at < lately], numbers.older),
        SomeRuns(_views(moment, seen) if numbers.seen else [], numbers.seen),
    )


def _unseen(moment: Moment, current: Query, status: Status, limit: int) -> list[RunView]:
    """Return the latest runs in trouble that nobody has seen, in the order in which they began.

    So none changes its place while jobs of others go on.
    """
    query = current.where(shows(moment, status), Run.seen_at.is_(None))
    latest = _views(moment, query.order_by(Run.updated_at.desc()).limit(limit))
    return sorted(latest, key=lambda run: run.started_at, reverse=True)


def _is_troubled(moment: Moment) -> ColumnElement[bool]:
    """Return the condition that a run failed or is silent."""
    statuses = Run.status.in_([Status.ERROR.value, Status.RUNNING.value])
    return and_(statuses, or_(*(shows(moment, each) for each in (Status.ERROR, Status.STALE))))


def _latest(moment: Moment, queries: Iterable[Query], limit: int) -> list[RunView]:
    """Return the latest runs of queries for one state each, which an index has in that order."""
    found = []
    for query in queries:
        found += _views(moment, query.order_by(Run.updated_at.desc()).limit(limit))
    return sorted(found, key=lambda run: run.updated_at, reverse=True)[:limit]


def latest_news(moment: Moment, limit: int, workflow_id: int | None = None) -> list[RunView]:
    """Return the runs that ended or failed lately, of all workflows or of one, the newest first."""
    if workflow_id is not None:
        statuses = [status.value for status in _NEWS]
        query = _ALL.where(Run.workflow_id == workflow_id, Run.status.in_(statuses))
        return _views(moment, query.order_by(Run.number.desc()).limit(limit))
    queries = (
        _ALL.where(is_latest, Run.status == status.value)
        for status in _NEWS
        for is_latest in (IS_CURRENT, Run.is_current == false())
    )
    return _latest(moment, queries, limit)


def status_counts(moment: Moment, wanted: WorkflowFilter = ANY) -> dict[Status, int]:
    """Return how many workflows show each status, of those that are wanted in whatever status."""
    return workflow_counts(moment, wanted).by_status


class WorkflowCounts(NamedTuple):
    """How many of the wanted workflows show each status, and the engines of all workflows."""

    by_status: dict[Status, int]
    engines: list[str]


def workflow_counts(moment: Moment, wanted: WorkflowFilter = ANY) -> WorkflowCounts:
    """Return how many workflows show each status, and which engines are in use."""
    stale = count(_COUNT.where(*_wanted(moment, wanted), shows(moment, Status.STALE)))
    by_status, engines = _counts(moment, wanted)
    return WorkflowCounts(_with_stale(by_status, stale), engines)


def _engines_in_use() -> Select[Any]:
    """Return the question which engines the workflows have: one look into an index for each."""
    first = select(func.min(Run.engine).label("engine")).where(IS_CURRENT)
    found = first.cte("engines", recursive=True)
    following = select(func.min(Run.engine)).where(IS_CURRENT, Run.engine > found.c.engine)
    found = found.union_all(select(following.scalar_subquery()).where(found.c.engine.is_not(None)))
    return select(literal(None), found.c.engine).where(found.c.engine.is_not(None))


_ENGINES_IN_USE = _engines_in_use()


def _counts(moment: Moment, wanted: WorkflowFilter) -> WorkflowCounts:
    """Return the numbers by the statuses of rows, and the engines in use: both at once."""
    by_status = _COUNT.where(*_wanted(moment, wanted)).add_columns(Run.status).group_by(Run.status)
    found: dict[Status, int] = {}
    engines = []
    for number, name in reading().execute(by_status.union_all(_ENGINES_IN_USE)):
        if number is None:
            engines.append(name)
        else:
            found[Status(name)] = number
    return WorkflowCounts({status: found.get(status, 0) for status in WORKFLOW_STATUSES}, engines)


def _with_stale(counts: dict[Status, int], stale: int) -> dict[Status, int]:
    """Count those that are silent as Stale, which no row says."""
    return counts | {Status.RUNNING: counts[Status.RUNNING] - stale, Status.STALE: stale}


def _wanted(moment: Moment, wanted: WorkflowFilter) -> list[ColumnElement[bool]]:
    """Return the conditions of a filter, but for that on the status."""
    conditions = [_named(wanted.text)] if wanted.text else []
    if wanted.name is not None:
        ids = select(Workflow.id).where(Workflow.name == wanted.name, NOT_DELETED)
        conditions.append(Run.workflow_id.in_(ids))
    whose = ((getattr(Run, name), value) for name, value in wanted.whose.items())
    conditions += [column == value for column, value in whose if value is not None]
    if wanted.label is not None:
        conditions.append(_has_label(wanted.label))
    if wanted.older_than is not None:
        conditions.append(Run.started_at < moment.now - timedelta(days=wanted.older_than))
    return conditions


def _has_label(label: str) -> ColumnElement[bool]:
    """Return the condition that a run has a label: one look into an index for each run."""
    return exists().where(RunLabel.run_id == Run.id, RunLabel.label == label)


def _goes_by_workflow(wanted: WorkflowFilter) -> bool:
    """Return whether what is wanted is sorted by what no two workflows have the same."""
    return wanted.sort.removeprefix("-") in ("name", "id")


def _conditions(moment: Moment, wanted: WorkflowFilter) -> list[ColumnElement[bool]]:
    """Return all conditions of a filter."""
    conditions = _wanted(moment, wanted)
    if wanted.engine is not None and _goes_by_workflow(wanted):
        # SQLite takes an engine's runs for few, and would sort all of them.
        conditions = _wanted(moment, replace(wanted, engine=None))
        conditions.append(Run.engine.concat("") == wanted.engine)
    return conditions if wanted.status is None else [*conditions, shows(moment, wanted.status)]


def _named(text: str) -> ColumnElement[bool]:
    """Return the condition that a run's workflow is one of the newest, and has `text` in its name.

    Its name is looked for first: few workflows have it.
    """
    newest = select(func.max(Workflow.id) - SEARCHED).scalar_subquery()
    ids = select(Workflow.id).where(Workflow.id > newest, contains(Workflow.name, text))
    return Run.workflow_id.in_(ids)


def workflows(
    moment: Moment, wanted: WorkflowFilter, counts: Mapping[Status, int]
) -> Page[RunView]:
    """Return a page of workflows, each as its current run; `counts` are the `status_counts`."""
    conditions = _conditions(moment, wanted)
    total = sum(counts.values()) if wanted.status is None else counts.get(wanted.status, 0)
    order = keys(WORKFLOW_SORTS, wanted.sort)
    if _goes_by_workflow(wanted):
        query = _BY_WORKFLOW
    else:
        query = _CURRENT
        order.append(Key(Run.id, order[0].descending))
    view, query = partial(_view, moment), query.where(*conditions)
    return read_page(query, order, view, total, wanted.page, wanted.per_page)


def matching_ids(moment: Moment, wanted: WorkflowFilter, limit: int | None = None) -> list[int]:
    """Return the ids of all workflows that are wanted, those that began first coming first."""
    query = _CURRENT.with_only_columns(Workflow.id).where(*_conditions(moment, wanted))
    return list(reading().scalars(query.order_by(Run.started_at).limit(limit)))


def workflows_named(moment: Moment, text: str, limit: int) -> list[RunView]:
    """Return workflows whose name holds a text, the newest first."""
    query = _CURRENT.where(_named(text)).order_by(Run.started_at.desc(), Run.id.desc())
    return _views(moment, query.limit(limit))


def runs_with_error(moment: Moment, text: str, newest: int, limit: int) -> list[RunView]:
    """Return runs, of so many of the newest, whose own error holds a text, the newest first."""
    first = select(func.max(Run.id) - newest).scalar_subquery()
    query = _ALL.where(Run.id > first, contains(Run.error, text))
    return _views(moment, query.order_by(Run.id.desc()).limit(limit))


def runs_with_words(moment: Moment, text: str, newest: int, limit: int) -> list[RunView]:
    """Return runs, of so many of the newest, whose note or label holds a text, the newest first."""
    first = select(func.max(Run.id) - newest).scalar_subquery()
    has_label = exists().where(RunLabel.run_id == Run.id, contains(RunLabel.label, text))
    query = _ALL.where(Run.id > first, or_(contains(Run.note, text), has_label))
    return _views(moment, query.order_by(Run.id.desc()).limit(limit))


def all_workflows(moment: Moment, wanted: WorkflowFilter = ANY) -> Iterator[list[RunView]]:
    """Yield every wanted workflow by id, each as its current run, few at a time."""
    query = _BY_WORKFLOW.where(*_conditions(moment, wanted))
    for rows in read_chunks(query, Workflow.id, "workflow_id", CHUNK):
        yield [_view(moment, row) for row in rows]


def shows(moment: Moment, status: Status) -> ColumnElement[bool]:
    """Return the condition that a run shows this status at this moment."""
    is_running = Run.status == Status.RUNNING.value
    if status is Status.STALE:
        return and_(is_running, _is_silent(moment))
    if status is Status.RUNNING:
        # Worded so that no index leads to those that were updated: all but some were.
        return and_(is_running, _is_silent(moment).is_(False))
    return and_(Run.status == status.value)


def _is_silent(moment: Moment) -> ColumnElement[bool]:
    """Return the condition that nothing came of a run for long, or ever."""
    has_begun_late = and_(Run.last_event_at.is_(None), Run.updated_at < moment.now - TIME_TO_START)
    # In an index: so the many that were heard of just now aren't looked at.
    is_due = Run.updated_at < moment.now - SHORTEST_SILENCE
    return and_(is_due, or_(is_silent(moment), has_begun_late))


def current_runs(moment: Moment, workflow_ids: Sequence[int]) -> list[RunView]:
    """Return the current runs of some workflows, by the workflows' ids."""
    query = _BY_WORKFLOW.where(Workflow.id.in_(workflow_ids)).order_by(Workflow.id)
    return _views(moment, query)


def deletions(moment: Moment, owner: str | None = None, limit: int = 3) -> list[Deletion]:
    """Return the latest deletions that can be undone, by this owner if named, the newest first."""
    query = (
        select(Workflow.deleted_at, func.count(), func.min(Workflow.name))
        .where(Workflow.deleted_at >= moment.now - UNDO)
        .group_by(Workflow.deleted_at)
        .order_by(Workflow.deleted_at.desc())
        .limit(limit)
    )
    if owner is not None:
        query = query.where(wholly_of(owner))
    return [Deletion(at, number, name) for at, number, name in reading().execute(query) if at]


def deleted_runs(moment: Moment, workflow_id: int, limit: int = 3) -> list[DeletedRun]:
    """Return the runs of a workflow that were deleted alone lately, the newest deletion first."""
    query = (
        select(Run.deleted_at, Run.number, Run.owner)
        .where(Run.workflow_id == workflow_id, Run.deleted_at >= moment.now - UNDO)
        .order_by(Run.deleted_at.desc())
        .limit(limit)
    )
    return [DeletedRun(at, run, owner) for at, run, owner in reading().execute(query) if at]


# --- the runs of all workflows --------------------------------------------------------------------


def runs_before(moment: Moment, before: int, limit: int) -> list[RunView]:
    """Return the newest runs of all workflows, by when they were registered.

    They come before the one with the row id `before`.
    """
    return _views(moment, _ALL.where(Run.id < before).order_by(Run.id.desc()).limit(limit))


def run_counts(moment: Moment) -> dict[Status, int]:
    """Return how many runs of all workflows show each status.

    An index counts those that there are, and those that are deleted are few.
    """
    by_status = select(Run.status, func.count()).group_by(Run.is_current, Run.status)
    deleted = select(Run.status, -func.count()).group_by(Run.status)
    deleted_ids = select(Workflow.id).where(Workflow.deleted_at.is_not(None))
    silent = _COUNT_RUNS.join(Workflow, OF_WORKFLOW).where(_IN_INDEX, shows(moment, Status.STALE))
    parts = union_all(
        by_status.where(_IN_INDEX),
        deleted.where(Run.deleted_at.is_not(None)),
        deleted.where(Run.deleted_at.is_(None), Run.workflow_id.in_(deleted_ids)),
        silent.with_only_columns(
            literal(Status.STALE.value), func.count(), maintain_column_froms=True
        ),
    )
    found: Counter[str] = Counter()
    for status, number in reading().execute(parts):
        found[status] += number
    counts = {status: found[status.value] for status in WORKFLOW_STATUSES}
    return _with_stale(counts, counts[Status.STALE])


# --- one workflow ---------------------------------------------------------------------------------


def workflow(moment: Moment, workflow_id: int, run: int | None = None) -> RunView | None:
    """Return a workflow's current run, or its run of this number; None where there is none.

    An id from RUN_IDS on stands for its run.
    """
    if workflow_id >= RUN_IDS and run is None:
        found = reading().execute(_WITH_ID, {"run_id": workflow_id - RUN_IDS})
    elif run is None:
        found = reading().execute(_CURRENT_OF, {"workflow_id": workflow_id})
    else:
        found = reading().execute(_NUMBERED, {"workflow_id": workflow_id, "number": run})
    row = found.first()
    return None if row is None else _view(moment, row)


def place_of(uid: str) -> tuple[int, int] | None:
    """Return the workflow's id and the number of the run that its engine names so."""
    query = select(Run.workflow_id, Run.number).join(Workflow, OF_WORKFLOW).where(Run.uid == uid)
    found = reading().execute(query).first()
    return None if found is None else (found.workflow_id, found.number)


def resumed_by(run: RunView, limit: int = 10) -> list[EarlierRun]:
    """Return the runs of a run's session before it, which it resumes, the latest first."""
    if run.session is None:
        return []
    query = select(Run.workflow_id, Run.number, Run.run_name).join(Workflow, OF_WORKFLOW)
    query = query.where(Run.session == run.session, Run.id < run.run_id)
    found = reading().execute(query.order_by(Run.id.desc()).limit(limit))
    return [EarlierRun(*row) for row in found]


def workflow_named(moment: Moment, name: str) -> RunView | None:
    """Return the current run of the workflow with this name; None where there is none."""
    return next(iter(_views(moment, _BY_WORKFLOW.where(Workflow.name == name))), None)


def runs(
    moment: Moment,
    workflow_id: int,
    page: int = 1,
    per_page: int = PER_PAGE,
    status: Status | None = None,
    label: str | None = None,
) -> Page[RunView]:
    """Return a page of a workflow's runs, the newest first; of a status and a label, if given."""
    of_workflow = _of_workflow(moment, workflow_id, status, label)
    total = count(select(func.count()).where(of_workflow, Run.deleted_at.is_(None)))
    newest = [Key(Run.number, descending=True)]
    view = partial(_view, moment)
    return read_page(_ALL.where(of_workflow), newest, view, total, page, per_page)


def chunks_of_runs(
    moment: Moment, workflow_id: int, status: Status | None = None, label: str | None = None
) -> Iterator[list[RunView]]:
    """Yield a workflow's runs, the newest first, some at a time; as `runs` chooses them."""
    query = _ALL.where(_of_workflow(moment, workflow_id, status, label))
    before: int | None = None
    while True:
        older = query if before is None else query.where(Run.number < before)
        found = _views(moment, older.order_by(Run.number.desc()).limit(CHUNK))
        if not found:
            return
        yield found
        before = found[-1].run


def all_runs(
    moment: Moment, workflow_id: int, status: Status | None = None, label: str | None = None
) -> list[RunView]:
    """Return all runs of a workflow, the newest first; of a status and a label, if given."""
    query = _ALL.where(_of_workflow(moment, workflow_id, status, label))
    return _views(moment, query.order_by(Run.number.desc()))


def _of_workflow(
    moment: Moment, workflow_id: int, status: Status | None, label: str | None
) -> ColumnElement[bool]:
    conditions: list[ColumnElement[bool]] = [Run.workflow_id == workflow_id]
    if status is not None:
        conditions.append(shows(moment, status))
    if label is not None:
        conditions.append(_has_label(label))
    return and_(*conditions)


def oldest_estimate(moment: Moment, age: timedelta) -> int | None:
    """Return the row of the run under way whose estimate is oldest, and as old at least."""
    made_at = func.coalesce(Run.estimated_at, Run.started_at)
    # Worded so that an index leads to those that run.
    is_running = (Run.is_current.in_((True, False)), shows(moment, Status.RUNNING))
    due = select(Run.id).join(Workflow, OF_WORKFLOW).where(*is_running, made_at <= moment.now - age)
    return reading().scalar(due.order_by(made_at).limit(1))


def runs_by_id(moment: Moment, ids: set[int]) -> dict[int, RunView]:
    """Return runs by their row id."""
    return {run.run_id: run for run in _views(moment, _ALL.where(Run.id.in_(ids)))}


def _views(moment: Moment, query: Query) -> list[RunView]:
    return [_view(moment, row) for row in reading().execute(query)]


class Standing(NamedTuple):
    """How a run stands at a moment; `last` is its end, or up to when it is known to go on."""

    status: Status
    has_stopped: bool
    never_started: bool
    last: datetime


def standing(moment: Moment, row: QueryRow, ended_at: datetime | None) -> Standing:
    """Return how a run stands, of whose row the signs of life are read."""
    never_started = has_never_started(row.status, row.updated_at, row.last_event_at, moment.now)
    has_stopped = moment.is_silent(row.updated_at, row.lost_at) or never_started
    last = ended_at or (row.updated_at if has_stopped else moment.now)
    status = shown_status(Status(row.status), is_silent=has_stopped)
    return Standing(status, has_stopped, never_started, last)


def _view(moment: Moment, columns: QueryRow) -> RunView:
    row: Any = _Row._make(columns)
    stands = standing(moment, row, row.completed_at)
    done = max(row.jobs_done, row.progress_done)
    failed = row.jobs_failed + row.jobs_ignored
    total = max(row.jobs_total, done + failed)
    # The columns of the fields come first.
    values = dict(zip(_FIELDS, row, strict=False))
    values.update(
        status=stands.status,
        is_live=row.completed_at is None and not stands.has_stopped,
        never_started=stands.never_started,
        lost_contact=row.completed_at is None and moment.is_lost(row.lost_at),
        can_be_resumed=can_be_resumed(row.status, row.completed_at, moment.now),
        jobs_done=done,
        jobs_total=total,
        jobs_pending=max(0, total - done - row.jobs_running - failed - row.jobs_cancelled),
        known={
            Status.PENDING: row.jobs_queued,
            Status.RUNNING: row.jobs_running,
            Status.DONE: row.jobs_done,
            Status.ERROR: failed,
            Status.CANCELLED: row.jobs_cancelled,
            Status.PLANNED: row.jobs_planned,
        },
        lines=dict(zip(LEVELS, row[_FIRST_LINE:], strict=False)),
        reasons=row.reasons or {},
        labels=row.labels or [],
        duration=max(timedelta(0), stands.last - row.started_at),
        usual=usual_of(row.recent),
        **_estimate(moment, row, stands),
    )
    return RunView(**values)


FAILED = "It has failed: what runs is finished, and nothing says how much that is."
JUST_BEGUN = "It has just begun."
SILENT = "Nothing was heard of it for too long."


def _estimate(moment: Moment, row: QueryRow, stands: Standing) -> dict[str, Any]:
    """Return a run's estimate, or why there is none, as fields of its view."""
    known = row.estimate or {}
    if row.completed_at is not None:
        return {"estimate": None, "why_not": None}
    if stands.status is not Status.RUNNING:
        why_not = FAILED if stands.status is Status.ERROR else SILENT
        return {"estimate": None, "why_not": why_not}
    if "left" not in known:
        reason = JUST_BEGUN if row.estimated_at is None else TOO_FEW.reason
        return {"estimate": None, "why_not": known.get("why_not", reason)}
    # What should have happened by now is about to.
    ends_at, low, high = (
        max(moment.now, datetime.fromtimestamp(known[name], moment.now.tzinfo))
        for name in ("left", "low", "high")
    )
    view = EstimateView(
        ends_at=ends_at,
        low=low,
        high=max(ends_at, high),
        seconds_left=(ends_at - moment.now).total_seconds(),
        basis_runs=known["runs"],
        past_error=known["past_error"],
        rough=known["rough"],
        at_least=known["at_least"],
        critical_path=known["path"],
        waits_for=known["waits"],
    )
    return {"estimate": view, "why_not": None}
