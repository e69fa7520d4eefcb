"""Questions about workflows and their runs."""

from collections import Counter, namedtuple
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Executable,
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
    WORKFLOW_STATUSES,
    Status,
    has_never_started,
    shown_status,
)
from panoptes.database.connections import UTCDateTime, reading
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
from panoptes.queries.asking import ask, built_once
from panoptes.queries.paging import (
    Key,
    Query,
    QueryRow,
    contains,
    count,
    keys,
    piece,
    place_of_page,
    read_chunks,
    read_page,
)
from panoptes.queries.results import (
    PER_PAGE,
    DeletedRun,
    Deletion,
    EarlierRun,
    EstimateView,
    Page,
    RunView,
    WorkflowFilter,
)
from panoptes.queries.times import TIME_PARAMETERS, Times, times_of

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
ALL = select(*(column.label(name) for name, column in _FIELDS.items()), *_COUNTS, *_LINES, _RECENT)
ALL = ALL.select_from(Run).join(Workflow, OF_WORKFLOW)
# The columns of these queries, of which SQLAlchemy's own rows take ten times as long to give one.
_Row = namedtuple("_Row", ALL.selected_columns.keys())  # type: ignore[misc]
_FIRST_LINE = len(_FIELDS) + len(_COUNTS)
_COLUMNS = len(_Row._fields)
# The same, by two ways: a list of runs leads to their workflows, or the other way round.
_CURRENT = ALL.where(IS_CURRENT)
_BY_WORKFLOW = ALL.where(Run.number == Workflow.run)
# Of a single one, made once: SQLAlchemy works out anew what it knows of a query that was just made.
_WITH_ID = ALL.where(Run.id == bindparam("run_id"))
_CURRENT_OF = _BY_WORKFLOW.where(Workflow.id == bindparam("workflow_id"))
_NUMBERED = ALL.where(
    Run.workflow_id == bindparam("workflow_id"), Run.number == bindparam("number")
)
COUNT_RUNS = select(func.count()).select_from(Run)
_COUNT = COUNT_RUNS.where(IS_CURRENT)
# Holds for all runs, and is worded so that an index leads to those in a state.
IN_INDEX = Run.is_current.in_((True, False))
# Runs that may be under way beside their workflow's current one.
IS_BESIDE = and_(Run.is_current == false(), Run.uid.is_not(None), Run.deleted_at.is_(None))

# How many jobs of a run are done: as many as are known, or as its engine counts.
JOBS_DONE = case((Run.progress_done > Run.jobs_done, Run.progress_done), else_=Run.jobs_done)
_NEWS = (Status.DONE, Status.ERROR)

ANY = WorkflowFilter()
_STARTED_BEFORE = bindparam("started_before", type_=UTCDateTime)
WORKFLOW_SORTS: dict[str, tuple[ColumnElement[Any], ...]] = {
    "id": (Workflow.id,),
    "name": (Workflow.name,),
    "status": (Run.status, Run.started_at),
    "started_at": (Run.started_at,),
}
# A search looks at so many names of workflows, the newest.
SEARCHED = 20_000
# The first page sums up the jobs of so many workflows, the newest.
SUMMED = 500
# All workflows are read so many at a time.
CHUNK = 500


# --- many workflows -------------------------------------------------------------------------------


def runs_under_way(moment: Moment) -> list[RunView]:
    """Return the runs that are under way and heard of; of very many, the newest."""
    newest = ALL.where(shows(Status.RUNNING, times_of(moment))).order_by(Run.id.desc())
    return _views(moment, newest.limit(SUMMED))


def runs_beside(moment: Moment, shown: Sequence[RunView]) -> dict[int, int]:
    """Return how many runs of workflows are under way beside the current one, by their ids.

    Only runs that their engine names can be.
    """
    ids = [run.workflow_id for run in shown if run.runs > 1]
    if not ids:
        return {}
    beside = COUNT_RUNS.where(Run.workflow_id.in_(ids), Run.deleted_at.is_(None), IS_BESIDE)
    found = beside.where(shows(Status.RUNNING, times_of(moment))).add_columns(Run.workflow_id)
    return {each: number for number, each in reading().execute(found.group_by(Run.workflow_id))}


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
        query = ALL.where(Run.workflow_id == workflow_id, Run.status.in_(statuses))
        return _views(moment, query.order_by(Run.number.desc()).limit(limit))
    queries = (
        ALL.where(is_latest, Run.status == status.value)
        for status in _NEWS
        for is_latest in (IS_CURRENT, Run.is_current == false())
    )
    return _latest(moment, queries, limit)


def status_counts(moment: Moment, wanted: WorkflowFilter = ANY) -> dict[Status, int]:
    """Return how many workflows show each status, of those that are wanted in whatever status."""
    return workflow_counts(moment, wanted).by_status


def _engines_in_use() -> Select[Any]:
    """Return the query of the engines that workflows have: one look into an index for each."""
    first = select(func.min(Run.engine).label("engine")).where(IS_CURRENT)
    found = first.cte("engines", recursive=True)
    following = select(func.min(Run.engine)).where(IS_CURRENT, Run.engine > found.c.engine)
    found = found.union_all(select(following.scalar_subquery()).where(found.c.engine.is_not(None)))
    return select(literal(None), found.c.engine).where(found.c.engine.is_not(None))


_ENGINES_IN_USE = _engines_in_use()


@built_once
def _counting(wanted: WorkflowFilter) -> Executable:
    return counting(wanted)


def counting(wanted: WorkflowFilter, *more: Query) -> Executable:
    """Return the query of how many workflows show each status, and which engines are in use.

    And `more` that gives a number with its name. `read_counts` reads all of them at once.
    """
    conditions = filter_conditions(wanted)
    by_status = _COUNT.where(*conditions).add_columns(Run.status).group_by(Run.status)
    stale = _COUNT.where(*conditions, shows(Status.STALE)).add_columns(literal(Status.STALE.value))
    return union_all(by_status, stale, *more, _ENGINES_IN_USE)


class Counts(NamedTuple):
    """The numbers of a `counting` query by their names, and the engines of all workflows."""

    numbers: Mapping[str, int]
    engines: list[str]

    @property
    def by_status(self) -> dict[Status, int]:
        """How many workflows show each status."""
        counts = {status: self.numbers.get(status.value, 0) for status in WORKFLOW_STATUSES}
        return _with_stale(counts, counts[Status.STALE])


def read_counts(query: Executable, moment: Moment, wanted: WorkflowFilter) -> Counts:
    """Return what a `counting` query finds of what a filter lets through."""
    numbers, engines = {}, []
    for number, name in ask(query, **bound_values(moment, wanted)):
        if number is None:
            engines.append(name)
        else:
            numbers[name] = int(number)
    return Counts(numbers, engines)


def workflow_counts(moment: Moment, wanted: WorkflowFilter = ANY) -> Counts:
    """Return how many workflows show each status, and which engines are in use."""
    in_any_order = replace(wanted, sort="", page=1, per_page=PER_PAGE)
    return read_counts(_counting(in_any_order), moment, wanted)


def _with_stale(counts: dict[Status, int], stale: int) -> dict[Status, int]:
    """Count those that are silent as Stale, which no row says."""
    return counts | {Status.RUNNING: counts[Status.RUNNING] - stale, Status.STALE: stale}


def filter_conditions(wanted: WorkflowFilter) -> list[ColumnElement[bool]]:
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
        conditions.append(Run.started_at < _STARTED_BEFORE)
    return conditions


def _has_label(label: str) -> ColumnElement[bool]:
    """Return the condition that a run has a label: one look into an index for each run."""
    return exists().where(RunLabel.run_id == Run.id, RunLabel.label == label)


def _goes_by_workflow(wanted: WorkflowFilter) -> bool:
    """Return whether what is wanted is sorted by what no two workflows have the same."""
    return wanted.sort.removeprefix("-") in ("name", "id")


def bound_values(moment: Moment, wanted: WorkflowFilter) -> dict[str, object]:
    """Return the values of the parameters in a query of what a filter lets through."""
    values: dict[str, object] = times_of(moment)._asdict()
    if wanted.older_than is not None:
        values[_STARTED_BEFORE.key] = moment.now - timedelta(days=wanted.older_than)
    return values


def _conditions(wanted: WorkflowFilter) -> list[ColumnElement[bool]]:
    """Return all conditions of a filter."""
    conditions = filter_conditions(wanted)
    if wanted.engine is not None and _goes_by_workflow(wanted):
        # SQLite takes an engine's runs for few, and would sort all of them.
        conditions = filter_conditions(replace(wanted, engine=None))
        conditions.append(Run.engine.concat("") == wanted.engine)
    return conditions if wanted.status is None else [*conditions, shows(wanted.status)]


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
    total = sum(counts.values()) if wanted.status is None else counts.get(wanted.status, 0)
    place = place_of_page(wanted.page, total, wanted.per_page)
    query = _listing(replace(wanted, page=1, per_page=PER_PAGE), place.is_backwards)
    rows = ask(query, **bound_values(moment, wanted), **place.values).all() if place.size else []
    items = [view(moment, row) for row in place.in_order(rows)]
    return Page(items, total, place.number, wanted.per_page)


@built_once
def _listing(wanted: WorkflowFilter, is_backwards: bool) -> Query:
    """Return the query of a piece of the wanted workflows in their order."""
    order = keys(WORKFLOW_SORTS, wanted.sort)
    if _goes_by_workflow(wanted):
        query = _BY_WORKFLOW
    else:
        query = _CURRENT
        order.append(Key(Run.id, order[0].descending))
    return piece(query.where(*_conditions(wanted)), order, backwards=is_backwards)


def matching_ids(moment: Moment, wanted: WorkflowFilter, limit: int | None = None) -> list[int]:
    """Return the ids of all workflows that are wanted, those that began first coming first."""
    query = _CURRENT.with_only_columns(Workflow.id).where(*_conditions(wanted))
    values = bound_values(moment, wanted)
    return list(reading().scalars(query.order_by(Run.started_at).limit(limit), values))


def workflows_named(moment: Moment, text: str, limit: int) -> list[RunView]:
    """Return workflows whose name holds a text, the newest first."""
    query = _CURRENT.where(_named(text)).order_by(Run.started_at.desc(), Run.id.desc())
    return _views(moment, query.limit(limit))


def runs_with_error(moment: Moment, text: str, newest: int, limit: int) -> list[RunView]:
    """Return runs, of so many of the newest, whose own error holds a text, the newest first."""
    first = select(func.max(Run.id) - newest).scalar_subquery()
    query = ALL.where(Run.id > first, contains(Run.error, text))
    return _views(moment, query.order_by(Run.id.desc()).limit(limit))


def runs_with_words(moment: Moment, text: str, newest: int, limit: int) -> list[RunView]:
    """Return runs, of so many of the newest, whose note or label holds a text, the newest first."""
    first = select(func.max(Run.id) - newest).scalar_subquery()
    has_label = exists().where(RunLabel.run_id == Run.id, contains(RunLabel.label, text))
    query = ALL.where(Run.id > first, or_(contains(Run.note, text), has_label))
    return _views(moment, query.order_by(Run.id.desc()).limit(limit))


def all_workflows(moment: Moment, wanted: WorkflowFilter = ANY) -> Iterator[list[RunView]]:
    """Yield every wanted workflow by id, each as its current run, few at a time."""
    query = _BY_WORKFLOW.where(*_conditions(wanted))
    values = bound_values(moment, wanted)
    for rows in read_chunks(query, Workflow.id, "workflow_id", CHUNK, **values):
        yield [view(moment, row) for row in rows]


def shows(status: Status, times: Times = TIME_PARAMETERS) -> ColumnElement[bool]:
    """Return the condition that a run shows this status at these times."""
    is_running = Run.status == Status.RUNNING.value
    if status is Status.STALE:
        return and_(is_running, _is_silent(times))
    if status is Status.RUNNING:
        # Worded so that no index leads to those that were updated: all but some were.
        return and_(is_running, _is_silent(times).is_(False))
    return and_(Run.status == status.value)


def _is_silent(times: Times) -> ColumnElement[bool]:
    """Return the condition that nothing came of a run for long, or ever."""
    has_begun_late = and_(Run.last_event_at.is_(None), Run.updated_at < times.begun)
    # In an index: so the many that were heard of just now aren't looked at.
    is_due = Run.updated_at < times.heard
    return and_(is_due, or_(is_silent(times.now, times.silent), has_begun_late))


def current_runs(moment: Moment, workflow_ids: Sequence[int]) -> list[RunView]:
    """Return the current runs of some workflows, by the workflows' ids."""
    query = _BY_WORKFLOW.where(Workflow.id.in_(workflow_ids)).order_by(Workflow.id)
    return _views(moment, query)


def deletions(moment: Moment, owner: str | None = None, limit: int = 3) -> list[Deletion]:
    """Return the latest deletions that can be undone, by this owner if named, the newest first."""
    rows = ask(_deletions(owner, limit), since=moment.now - UNDO)
    return [Deletion(at, number, name) for at, number, name in rows if at]


@built_once
def _deletions(owner: str | None, limit: int) -> Query:
    query = (
        select(Workflow.deleted_at, func.count(), func.min(Workflow.name))
        .where(Workflow.deleted_at >= _SINCE)
        .group_by(Workflow.deleted_at)
        .order_by(Workflow.deleted_at.desc())
        .limit(limit)
    )
    return query if owner is None else query.where(wholly_of(owner))


def deleted_runs(moment: Moment, workflow_id: int) -> list[DeletedRun]:
    """Return the runs of a workflow that were deleted alone lately, the newest deletion first."""
    rows = ask(_DELETED_RUNS, workflow_id=workflow_id, since=moment.now - UNDO)
    return [DeletedRun(at, run, owner) for at, run, owner in rows if at]


_SINCE = bindparam("since", type_=UTCDateTime)
_DELETED_RUNS = (
    select(Run.deleted_at, Run.number, Run.owner)
    .where(Run.workflow_id == bindparam("workflow_id"), Run.deleted_at >= _SINCE)
    .order_by(Run.deleted_at.desc())
    .limit(3)
)


# --- the runs of all workflows --------------------------------------------------------------------


def runs_before(moment: Moment, before: int, limit: int) -> list[RunView]:
    """Return the newest runs of all workflows, by when they were registered.

    They come before the one with the row id `before`.
    """
    return _views(moment, ALL.where(Run.id < before).order_by(Run.id.desc()).limit(limit))


def run_counts(moment: Moment) -> dict[Status, int]:
    """Return how many runs of all workflows show each status.

    An index counts those that there are, and those that are deleted are few.
    """
    by_status = select(Run.status, func.count()).group_by(Run.is_current, Run.status)
    deleted = select(Run.status, -func.count()).group_by(Run.status)
    deleted_ids = select(Workflow.id).where(Workflow.deleted_at.is_not(None))
    is_stale = shows(Status.STALE, times_of(moment))
    silent = COUNT_RUNS.join(Workflow, OF_WORKFLOW).where(IN_INDEX, is_stale)
    parts = union_all(
        by_status.where(IN_INDEX),
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
        found = ask(_WITH_ID, run_id=workflow_id - RUN_IDS)
    elif run is None:
        found = ask(_CURRENT_OF, workflow_id=workflow_id)
    else:
        found = ask(_NUMBERED, workflow_id=workflow_id, number=run)
    row = found.first()
    return None if row is None else view(moment, row)


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
    make = partial(view, moment)
    return read_page(ALL.where(of_workflow), newest, make, total, page, per_page)


def runs_with(moment: Moment, run: RunView, page: int = 1) -> Page[RunView]:
    """Return a page of the runs of a run's workflow, of which it may be the only one."""
    if run.runs == run.newest == 1:
        return Page([run], 1, 1, PER_PAGE)
    return runs(moment, run.workflow_id, page)


def chunks_of_runs(
    moment: Moment, workflow_id: int, status: Status | None = None, label: str | None = None
) -> Iterator[list[RunView]]:
    """Yield a workflow's runs, the newest first, some at a time; as `runs` chooses them."""
    query = ALL.where(_of_workflow(moment, workflow_id, status, label))
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
    query = ALL.where(_of_workflow(moment, workflow_id, status, label))
    return _views(moment, query.order_by(Run.number.desc()))


def _of_workflow(
    moment: Moment, workflow_id: int, status: Status | None, label: str | None
) -> ColumnElement[bool]:
    conditions: list[ColumnElement[bool]] = [Run.workflow_id == workflow_id]
    if status is not None:
        conditions.append(shows(status, times_of(moment)))
    if label is not None:
        conditions.append(_has_label(label))
    return and_(*conditions)


def oldest_estimate(moment: Moment, age: timedelta) -> int | None:
    """Return the row of the run under way whose estimate is oldest, and as old at least."""
    made_at = func.coalesce(Run.estimated_at, Run.started_at)
    # Worded so that an index leads to those that run.
    is_running = (Run.is_current.in_((True, False)), shows(Status.RUNNING, times_of(moment)))
    due = select(Run.id).join(Workflow, OF_WORKFLOW).where(*is_running, made_at <= moment.now - age)
    return reading().scalar(due.order_by(made_at).limit(1))


def runs_by_id(moment: Moment, ids: set[int]) -> dict[int, RunView]:
    """Return runs by their row id."""
    return {run.run_id: run for run in _views(moment, ALL.where(Run.id.in_(ids)))}


def _views(moment: Moment, query: Query) -> list[RunView]:
    return [view(moment, row) for row in reading().execute(query)]


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


def view(moment: Moment, columns: QueryRow) -> RunView:
    """Return a row of ALL, which may have more columns behind its own, as what a page shows."""
    row: Any = _Row._make(columns[:_COLUMNS])
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
