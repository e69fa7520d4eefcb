"""Questions for many jobs of a run: filtered, sorted, in pages or looked through piece by piece.

How many jobs a status, a rule and a wildcard let through is known from counts. A text is in no
index: the jobs have to be looked through, of many some at a time.
"""

import json
from array import array
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from sqlalchemy import (
    ColumnElement,
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
    piece,
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


@dataclass(frozen=True, slots=True)
class Pool:
    """The jobs that a filter lets through but for its text: how many, and what finds them.

    `wildcard` is the brief name and value by which they are found first, if not by the rest.
    """

    jobs: int
    wildcard: tuple[str, str] | None
    conditions: list[ColumnElement[bool]]

    @property
    def id(self) -> ColumnElement[int]:
        """The job's row, in the index that finds the jobs."""
        return Wildcard.job_id if self.wildcard else Job.id

    def select(self, query: Query) -> Query:
        """Return the query of the pool's jobs."""
        if self.wildcard:
            query = query.join(Wildcard, Wildcard.job_id == Job.id)
        return query.where(*self.conditions)


def pool(run: RunView, wanted: JobFilter) -> Pool:
    """Return which jobs may be wanted."""
    [found] = _pools(run, wanted, [wanted.status])
    return found


def _pools(run: RunView, wanted: JobFilter, statuses: Sequence[Status | None]) -> list[Pool]:
    """Return which jobs may be wanted of each status; None stands for any."""
    of_run = known_of_rule(run, wanted.rule) if wanted.rule is not None else run.known
    if wanted.wildcard is None:
        return [
            Pool(_count(of_run, status), None, _conditions(run, wanted.rule, status))
            for status in statuses
        ]
    name, value = brief(wanted.wildcard[0], MOST_NAME), brief(wanted.wildcard[1])
    cells = _cells(run, name, value)
    has_it = (Wildcard.run_id == run.run_id, Wildcard.name == name, Wildcard.value == value)
    found = []
    for status in statuses:
        both = _count(cells.get(brief(wanted.rule or ""), {}), status)
        if sum(cells.get("", {}).values()) > _count(of_run, status):
            # Of the two, the one that finds fewer jobs has to be looked through.
            of_job = exists().where(*has_it, Wildcard.job_id == Job.id)
            found.append(Pool(both, None, [*_conditions(run, wanted.rule, status), of_job]))
        else:
            others = _conditions(run, wanted.rule, status, indexed=False)
            found.append(Pool(both, (name, value), [*has_it, *others]))
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


def _conditions(
    run: RunView, of_rule: str | None, of_status: Status | None, *, indexed: bool = True
) -> list[ColumnElement[bool]]:
    """Return the conditions on the job itself; `indexed`: they may lead to it."""
    in_index = (Job.status, Job.rule)
    status, rule = in_index if indexed else (each.concat("") for each in in_index)
    found = [Job.run_id == run.run_id] if indexed else []
    if of_rule is not None:
        found.append(rule == of_rule)
    if of_status is not None:
        found.append(status == of_status.value)
    return found


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
    end, before, pieces = min(start + wanted.per_page, total), 0, []
    for place, found in enumerate(pools):
        first, last = max(start - before, 0), min(end - before, found.jobs)
        if first < last:
            ids = found.select(select(found.id.label("id"), literal(place).label("place")))
            order = [Key(found.id, is_turned)]
            part, _ = piece(ids.select_from(Job), order, found.jobs, first, last - first)
            pieces.append(select(part.subquery()))
        before += found.jobs
    if not pieces:
        return Page([], total, number, wanted.per_page)
    chosen = union_all(*pieces).subquery().c
    query = columns.join(chosen.id.table, chosen.id == Job.id)
    in_order = query.order_by(chosen.place, Key(Job.id, is_turned).order())
    rows = reading().execute(in_order)
    return Page([make(row) for row in rows], total, number, wanted.per_page)


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
        jobs, found.id, matching, LOOKED_THROUGH, wanted.per_page, after, Job.letters
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
    return [*by, Key(found.id, wanted.sort.startswith("-"))]


# --- all of them ----------------------------------------------------------------------------------


def job_ids(run: RunView, wanted: JobFilter, *, paged: bool = False) -> Sequence[int]:
    """Return the row ids of a run's jobs that are wanted, in the order that is wanted.

    `paged`: those of the filter's page; else all of them.
    """
    found = pool(run, wanted)
    query = found.select(select(found.id).select_from(Job))
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
        rows = reading().execute(query, {"ids": chunk}).all()
        found = {row[0]: row for row in rows}
        end_reading()
        yield [found[job_id] for job_id in chunk if job_id in found]
