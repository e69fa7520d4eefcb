"""Questions for many jobs of a run: filtered, sorted, in pages or looked through piece by piece.

How many jobs a status, a rule and a wildcard let through is known from counts. A text is in no
index: the jobs have to be looked through, of many some at a time.
"""

from array import array
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, exists, func, select

from panoptes.analysis.samples import Counts
from panoptes.common.status import Status
from panoptes.common.wildcards import MOST_NAME, brief
from panoptes.database.connections import db
from panoptes.models.job import Job
from panoptes.models.sample import Wildcard, WildcardCount
from panoptes.queries.jobs import CHUNK, JOBS, view
from panoptes.queries.paging import (
    Key,
    Query,
    QueryRow,
    ScanWindow,
    Slice,
    any_contains,
    clamp,
    count,
    keys,
    look_through,
    only,
    read_page,
)
from panoptes.queries.results import JobFilter, JobView, Moment, Page, PartialScan, RunView
from panoptes.queries.rules import known_of_rule

# A page sorts so many jobs without an index, and looks through so many for a text.
SORTED = 2000
LOOKED_THROUGH = 2500

JOB_SORTS: dict[str, tuple[ColumnElement[Any], ...]] = {
    # Ids are text; shorter ones first sorts those that are numbers as numbers.
    "jobid": (func.length(Job.key), Job.key.expression),
    "name": (Job.rule.expression,),
    "status": (Job.status.expression,),
    "started_at": (Job.started_at.expression,),
    "completed_at": (Job.ended_at.expression,),
    "duration": (Job.seconds.expression,),
    "attempts": (Job.attempt.expression,),
}


# All of a run's jobs are in an index in these orders.
_INDEXED = tuple(name for name in JOB_SORTS if name != "jobid")


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
        return Wildcard.job_id.expression if self.wildcard else Job.id.expression

    def select(self, query: Query) -> Query:
        """Return the query of the pool's jobs."""
        if self.wildcard:
            query = query.join(Wildcard, Wildcard.job_id == Job.id)
        return query.where(*self.conditions)


def pool(run: RunView, wanted: JobFilter) -> Pool:
    """Return which jobs may be wanted."""
    of_run = known_of_rule(run, wanted.rule) if wanted.rule is not None else run.known
    jobs = _count(of_run, wanted.status)
    if wanted.wildcard is None:
        return Pool(jobs, None, _conditions(run, wanted))
    name, value = brief(wanted.wildcard[0], MOST_NAME), brief(wanted.wildcard[1])
    cells = _cells(run, name, value)
    both = _count(cells.get(brief(wanted.rule or ""), {}), wanted.status)
    has_it = (
        Wildcard.run_id == run.run_id,
        Wildcard.name == name,
        Wildcard.value == value,
    )
    if sum(cells.get("", {}).values()) > jobs:
        # Of the two, the one that finds fewer jobs has to be looked through.
        of_job = exists().where(*has_it, Wildcard.job_id == Job.id)
        return Pool(both, None, [*_conditions(run, wanted), of_job])
    return Pool(both, (name, value), [*has_it, *_conditions(run, wanted, indexed=False)])


def _count(known: Mapping[Status, int], status: Status | None) -> int:
    return sum(known.values()) if status is None else known.get(status, 0)


def _cells(run: RunView, name: str, value: str) -> dict[str, Mapping[Status, int]]:
    """Return how the jobs with a wildcard's value stand, by the rule's brief name and in sum."""
    columns = (
        WildcardCount.rule,
        WildcardCount.jobs,
        WildcardCount.running,
        WildcardCount.error,
        WildcardCount.cancelled,
        WildcardCount.planned,
    )
    query = select(*columns).where(
        WildcardCount.run_id == run.run_id, WildcardCount.name == name, WildcardCount.value == value
    )
    found: dict[str, Mapping[Status, int]] = {}
    for rule, *counts in db.session.execute(query):
        by_status = Counts(*counts).by_status
        found[rule] = {Status(status): jobs for status, jobs in by_status.items()}
    return found


def _conditions(
    run: RunView, wanted: JobFilter, *, indexed: bool = True
) -> list[ColumnElement[bool]]:
    """Return the conditions on the job itself; `indexed`: they may lead to it."""
    status, rule = Job.status.expression, Job.rule.expression
    if not indexed:
        status, rule = status.concat(""), rule.concat("")
    found = [Job.run_id == run.run_id] if indexed else []
    if wanted.rule is not None:
        found.append(rule == wanted.rule)
    if wanted.status is not None:
        found.append(status == wanted.status.value)
    return found


def has_text(text: str) -> ColumnElement[bool]:
    """Return the condition that a job's rule, command, wildcards or files hold a text."""
    return any_contains(
        (Job.rule, Job.shell_command), (Job.wildcards, Job.input, Job.output, Job.log), text
    )


# --- pages ----------------------------------------------------------------------------------------


def page_of(columns: Query, run: RunView, wanted: JobFilter) -> Page[QueryRow]:
    """Return a page of rows of a run's jobs; unless sorted, as they were announced.

    A text makes it look through all jobs that the rest of the filter lets through.
    """
    return _page(columns, wanted, pool(run, wanted))


def list_jobs(
    moment: Moment, run: RunView, wanted: JobFilter
) -> Page[JobView] | PartialScan[JobView]:
    """Return what a page lists of a run's jobs, in a time that doesn't grow with them."""
    found = pool(run, wanted)
    if wanted.text and found.jobs > LOOKED_THROUGH:
        return _look(moment, run, wanted, found)
    sort = wanted.sort if wanted.sort.removeprefix("-") in _sorts(wanted, found.jobs) else ""
    page = _page(JOBS, replace(wanted, sort=sort), found)
    items = [view(moment, run, row) for row in page.items]
    return Page(items, page.total, page.number, page.per_page)


def sorts(wanted: JobFilter, found: Page[JobView] | PartialScan[JobView]) -> Collection[str]:
    """Return by what a page sorts the jobs that were found."""
    return () if isinstance(found, PartialScan) else _sorts(wanted, found.total)


def _sorts(wanted: JobFilter, number: int) -> Collection[str]:
    others = [wanted.status, wanted.wildcard, wanted.text]
    if number <= SORTED:
        return JOB_SORTS
    if any(others):
        return ()
    return ("duration",) if wanted.rule else _INDEXED


def _page(columns: Query, wanted: JobFilter, found: Pool) -> Page[QueryRow]:
    query, total = found.select(columns), found.jobs
    if wanted.text:
        query = query.where(has_text(wanted.text))
        total = count(only(query, func.count()))
    number = clamp(wanted.page, total, wanted.per_page)
    rows = read_page(query, _order(found, wanted), Slice(number, wanted.per_page, total))
    return Page(rows, total, number, wanted.per_page)


def _order(found: Pool, wanted: JobFilter) -> list[Key]:
    """Return how the jobs of a pool are sorted; what is alike, as it was announced."""
    by = keys(JOB_SORTS, wanted.sort) if wanted.sort else []
    return [*by, Key(found.id, wanted.sort.startswith("-"))]


def _look(moment: Moment, run: RunView, wanted: JobFilter, found: Pool) -> PartialScan[JobView]:
    steps = ScanWindow(found.id, LOOKED_THROUGH, wanted.per_page, wanted.after)
    rows, following = look_through(found.select(JOBS), has_text(wanted.text), steps)
    items = [view(moment, run, row) for row in rows]
    return PartialScan(items, LOOKED_THROUGH, found.jobs, wanted.after, following)


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
    ids = array("q", db.session.scalars(ordered.execution_options(yield_per=CHUNK)))
    start = (clamp(wanted.page, len(ids), wanted.per_page) - 1) * wanted.per_page
    return ids[start : start + wanted.per_page] if paged else ids


def by_id(columns: Query, ids: Sequence[int]) -> Iterator[list[QueryRow]]:
    """Yield rows of jobs, which begin with it, in the order of their row ids, few at a time.

    Each time in a transaction of its own: whoever downloads slowly holds none open. What is
    deleted meanwhile is left out.
    """
    for start in range(0, len(ids), CHUNK):
        chunk = ids[start : start + CHUNK]
        rows = db.session.execute(columns.where(columns.selected_columns.id.in_(chunk))).all()
        found = {row[0]: row for row in rows}
        db.session.rollback()
        yield [found[each] for each in chunk if each in found]
