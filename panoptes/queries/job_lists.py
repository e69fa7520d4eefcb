"""Questions for many jobs of a run: filtered, sorted, in pages or looked through piece by piece.

How many jobs a status, a rule and a wildcard let through is known from counts. A text is in no
index: the jobs have to be looked through, of many some at a time.
"""

import json
from array import array
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Integer,
    Text,
    bindparam,
    case,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
    union_all,
)

from panoptes.analysis.samples import Counts
from panoptes.common.moment import Moment
from panoptes.common.status import JOB_STATUSES, Status
from panoptes.common.wildcards import MOST_NAME, brief
from panoptes.database.connections import end_reading, reading
from panoptes.models.job import Job
from panoptes.models.sample import Wildcard, WildcardCount
from panoptes.queries.asking import ask, built_once
from panoptes.queries.jobs import CHUNK, JOBS, LISTED_JOBS, view
from panoptes.queries.paging import (
    ENOUGH_LETTERS,
    Key,
    Query,
    QueryRow,
    T,
    clamp,
    contains,
    count,
    keys,
    look_through,
    only,
    page_start,
    place_of,
    read_page,
)
from panoptes.queries.results import JobFilter, JobView, Page, PartialScan, RunView
from panoptes.queries.rules import known_of_rule

# A page sorts so many jobs without an index, and looks through so many for a text.
SORTED = 2000
LOOKED_THROUGH = 2500

# What failed comes first, then what runs.
_URGENCY = case(
    {status.value: place for place, status in enumerate(JOB_STATUSES)}, value=Job.status
)
JOB_SORTS: dict[str, tuple[ColumnElement[Any], ...]] = {
    # Ids are text; shorter ones first sorts those that are numbers as numbers.
    "jobid": (func.length(Job.key), Job.key),
    "name": (Job.rule,),
    "status": (_URGENCY,),
    "started_at": (Job.started_at,),
    "completed_at": (Job.ended_at,),
    "duration": (Job.seconds,),
    "attempts": (Job.attempt,),
}


class _FilterValues(NamedTuple):
    """What a filter asks for, or the parameters that stand for it in a query built once."""

    run_id: Any
    rule: Any
    name: Any
    value: Any


_PARAMETERS = _FilterValues(*map(bindparam, ("run_id", "of_rule", "wildcard", "value")))


class _Way(NamedTuple):
    """How jobs are found: by their status and rule, by a wildcard (`by_wildcard`), or by both."""

    status: Status | None
    has_rule: bool
    has_wildcard: bool = False
    by_wildcard: bool = False

    @property
    def id(self) -> ColumnElement[int]:
        """The job's row, in the index that finds the jobs."""
        return Wildcard.job_id if self.by_wildcard else Job.id

    def select(self, query: Query, values: _FilterValues) -> Query:
        """Return the query of the jobs that are found so."""
        has_it = (
            Wildcard.run_id == values.run_id,
            Wildcard.name == values.name,
            Wildcard.value == values.value,
        )
        if self.by_wildcard:
            query = query.join(Wildcard, Wildcard.job_id == Job.id).where(*has_it)
        elif self.has_wildcard:
            query = query.where(exists().where(*has_it, Wildcard.job_id == Job.id))
        return query.where(*self._of_job(values))

    def _of_job(self, values: _FilterValues) -> list[ColumnElement[bool]]:
        """Return the conditions on the job itself, which lead to it unless a wildcard does."""
        in_index = (Job.status, Job.rule)
        status, rule = (each.concat("") for each in in_index) if self.by_wildcard else in_index
        found = [] if self.by_wildcard else [Job.run_id == values.run_id]
        if self.has_rule:
            found.append(rule == values.rule)
        if self.status is not None:
            found.append(status == self.status.value)
        return found


class Pool(NamedTuple):
    """The jobs that a filter lets through but for its text: how many, and what finds them."""

    jobs: int
    way: _Way
    values: _FilterValues

    def select(self, query: Query) -> Query:
        """Return the query of the pool's jobs."""
        return self.way.select(query, self.values)


def pool(run: RunView, wanted: JobFilter) -> Pool:
    """Return which jobs may be wanted."""
    [found] = _pools(run, wanted, [wanted.status])
    return found


def _pools(run: RunView, wanted: JobFilter, statuses: Sequence[Status | None]) -> list[Pool]:
    """Return which jobs may be wanted of each status; None stands for any."""
    of_run = known_of_rule(run, wanted.rule) if wanted.rule is not None else run.known
    has_rule = wanted.rule is not None
    if wanted.wildcard is None:
        values = _FilterValues(run.run_id, wanted.rule, None, None)
        return [Pool(_count(of_run, status), _Way(status, has_rule), values) for status in statuses]
    name, value = brief(wanted.wildcard[0], MOST_NAME), brief(wanted.wildcard[1])
    values = _FilterValues(run.run_id, wanted.rule, name, value)
    cells = _cells(run, name, value)
    has_it = sum(cells.get("", {}).values())
    found = []
    for status in statuses:
        both = _count(cells.get(brief(wanted.rule or ""), {}), status)
        # Of the two, the one that finds fewer jobs has to be looked through.
        by_wildcard = has_it <= _count(of_run, status)
        way = _Way(status, has_rule, has_wildcard=True, by_wildcard=by_wildcard)
        found.append(Pool(both, way, values))
    return found


def _count(known: Mapping[Status, int], status: Status | None) -> int:
    return sum(known.values()) if status is None else known.get(status, 0)


def _cells(run: RunView, name: str, value: str) -> dict[str, Mapping[Status, int]]:
    """Return how the jobs with a wildcard's value stand, by the rule's brief name and in sum."""
    counts = (getattr(WildcardCount, name) for name in Counts._fields)
    query = select(WildcardCount.rule, *counts).where(
        WildcardCount.run_id == run.run_id, WildcardCount.name == name, WildcardCount.value == value
    )
    return {rule: Counts(*numbers).by_status for rule, *numbers in reading().execute(query)}


def has_text(text: str) -> ColumnElement[bool]:
    """Return the condition that a job's rule, command, error, wildcards or files hold a text."""
    escaped = json.dumps(text, ensure_ascii=False)[1:-1]
    jsons = (Job.wildcards, Job.input, Job.output, Job.log)
    return or_(
        *(contains(column, text) for column in (Job.rule, Job.shell_command, Job.error)),
        *(contains(cast(column, Text), escaped) for column in jsons),
    )


# --- pages ----------------------------------------------------------------------------------------


def page_of(
    columns: Query, run: RunView, wanted: JobFilter, make: Callable[[QueryRow], T]
) -> Page[T]:
    """Return a page of a run's jobs, made of their rows; unless sorted, as they were announced.

    A text makes it look through all jobs that the rest of the filter lets through.
    """
    if wanted.sort.removeprefix("-") == "status" and not wanted.text:
        return _page_by_status(columns, run, wanted, make)
    found = pool(run, wanted)
    query, total = found.select(columns), found.jobs
    if wanted.text:
        query = query.where(has_text(wanted.text))
        total = count(only(query, func.count()))
    order = _order(found, wanted)
    return read_page(query, order, make, total, wanted.page, wanted.per_page)


def _page_by_status(
    columns: Query, run: RunView, wanted: JobFilter, make: Callable[[QueryRow], T]
) -> Page[T]:
    """Return a page of jobs by their status: counts tell which jobs of each are on it."""
    is_turned = wanted.sort.startswith("-")
    statuses = [wanted.status] if wanted.status else JOB_STATUSES
    pools = _pools(run, wanted, statuses[::-1] if is_turned else statuses)
    total = sum(found.jobs for found in pools)
    number, start = page_start(wanted.page, total, wanted.per_page)
    end, before = min(start + wanted.per_page, total), 0
    pieces: list[tuple[_Way, bool]] = []
    values: dict[str, object] = {}
    for found in pools:
        first, last = max(start - before, 0), min(end - before, found.jobs)
        if first < last:
            place = place_of(found.jobs, first, last - first)
            values[f"size_{len(pieces)}"] = place.size
            values[f"offset_{len(pieces)}"] = place.offset
            pieces.append((found.way, place.is_backwards))
        before += found.jobs
    if not pieces:
        return Page([], total, number, wanted.per_page)
    for parameter, value in zip(_PARAMETERS, pools[0].values, strict=True):
        values[parameter.key] = value
    rows = ask(_by_status(columns, tuple(pieces), is_turned), **values)
    return Page([make(row) for row in rows], total, number, wanted.per_page)


@built_once
def _by_status(columns: Query, pieces: tuple[tuple[_Way, bool], ...], is_turned: bool) -> Query:
    """Return the query of pieces of the jobs that are found in some ways, in their order."""
    parts = []
    for place, (way, is_backwards) in enumerate(pieces):
        ids = way.select(
            select(way.id.label("id"), literal(place).label("place")).select_from(Job), _PARAMETERS
        )
        size, offset = (bindparam(f"{name}_{place}", type_=Integer) for name in ("size", "offset"))
        ordered = ids.order_by(Key(way.id, is_turned).order(backwards=is_backwards))
        parts.append(select(ordered.limit(size).offset(offset).subquery()))
    chosen = union_all(*parts).subquery().c
    query = columns.join(chosen.id.table, chosen.id == Job.id)
    return query.order_by(chosen.place, Key(Job.id, is_turned).order())


def list_jobs(
    moment: Moment, run: RunView, wanted: JobFilter
) -> Page[JobView] | PartialScan[JobView]:
    """Return what a page lists of a run's jobs, in a time that doesn't grow with them."""
    found, make = pool(run, wanted), partial(view, moment, run)
    if not wanted.text or _can_be_looked_through(found):
        columns = JOBS if wanted.text else LISTED_JOBS
        sort = wanted.sort if wanted.sort.removeprefix("-") in _sorts(wanted, found.jobs) else ""
        return page_of(columns, run, replace(wanted, sort=sort), make)
    jobs, matching, after = found.select(JOBS), has_text(wanted.text), wanted.after
    rows, following = look_through(
        jobs, found.way.id, matching, LOOKED_THROUGH, wanted.per_page, after, Job.letters
    )
    return PartialScan(list(map(make, rows)), LOOKED_THROUGH, found.jobs, after, following)


def _can_be_looked_through(found: Pool) -> bool:
    """Return whether one page can look for a text in all jobs of a pool."""
    if found.jobs > LOOKED_THROUGH:
        return False
    letters = found.select(select(func.coalesce(func.sum(Job.letters), 0)).select_from(Job))
    return count(letters) <= ENOUGH_LETTERS


def sorts(wanted: JobFilter, found: Page[JobView] | PartialScan[JobView]) -> Collection[str]:
    """Return by what a page sorts the jobs that were found."""
    return () if isinstance(found, PartialScan) else _sorts(wanted, found.total)


def _sorts(wanted: JobFilter, number: int) -> Collection[str]:
    if number <= SORTED:
        return JOB_SORTS
    if wanted.status or wanted.wildcard or wanted.text:
        return ("status",)
    # All of a run's jobs are in an index in these orders.
    if wanted.rule:
        return ("status", "duration")
    return [name for name in JOB_SORTS if name != "jobid"]


def _order(found: Pool, wanted: JobFilter) -> list[Key]:
    """Return how the jobs of a pool are sorted; what is alike, as it was announced."""
    by = keys(JOB_SORTS, wanted.sort) if wanted.sort else []
    return [*by, Key(found.way.id, wanted.sort.startswith("-"))]


# --- all of them ----------------------------------------------------------------------------------


def job_ids(run: RunView, wanted: JobFilter, *, paged: bool = False) -> Sequence[int]:
    """Return the row ids of a run's jobs that are wanted, in the order that is wanted.

    `paged`: those of the filter's page; else all of them.
    """
    found = pool(run, wanted)
    query = found.select(select(found.way.id).select_from(Job))
    if wanted.text:
        query = query.where(has_text(wanted.text))
    ordered = query.order_by(*(key.order() for key in _order(found, wanted)))
    # As numbers in one piece: very many objects would stay in memory to the end.
    ids = array("q", reading().scalars(ordered.execution_options(yield_per=CHUNK)))
    start = (clamp(wanted.page, len(ids), wanted.per_page) - 1) * wanted.per_page
    return ids[start : start + wanted.per_page] if paged else ids


def by_id(columns: Query, ids: Sequence[int]) -> Iterator[list[QueryRow]]:
    """Yield rows of jobs, which begin with it, in the order of their row ids, few at a time.

    Each time in a transaction of its own: whoever downloads slowly holds none open. What is
    deleted meanwhile is left out.
    """
    query = columns.where(columns.selected_columns.id.in_(bindparam("ids", expanding=True)))
    for start in range(0, len(ids), CHUNK):
        chunk = ids[start : start + CHUNK]
        rows = ask(query, ids=chunk).all()
        found = {row[0]: row for row in rows}
        end_reading()
        yield [found[job_id] for job_id in chunk if job_id in found]
