"""Search over workflows, rules, wildcards, errors, notes and labels of runs, and jobs.

All of it looks at so many of the newest: its time doesn't grow with the database. For older jobs
it is asked again.
"""

from collections.abc import Sequence
from functools import reduce
from operator import add

from sqlalchemy import ScalarSelect, func, select

from panoptes.common.moment import Moment
from panoptes.database.connections import reading
from panoptes.models.job import Job
from panoptes.models.rule import Rule
from panoptes.models.run import Run
from panoptes.models.sample import IS_SUM, WildcardCount
from panoptes.queries.job_lists import has_text
from panoptes.queries.jobs import JOBS, view
from panoptes.queries.paging import Query, QueryRow, contains, until_enough
from panoptes.queries.results import SampleView, SearchedJobs, SearchResult
from panoptes.queries.runs import (
    runs_by_id,
    runs_with_error,
    runs_with_words,
    workflows_named,
)

# So many jobs, and of so many of the newest runs the errors and so many rules and values, are
# looked at.
SEARCHED_JOBS = 1500
SEARCHED_NAMES = 5000
SEARCHED_RUNS = 1000

_KNOWN_JOBS = (
    *(Run.jobs_queued, Run.jobs_running, Run.jobs_done, Run.jobs_failed),
    *(Run.jobs_ignored, Run.jobs_cancelled, Run.jobs_planned),
)
_RULES = select(Rule.run_id, Rule.name)
_VALUES = select(
    WildcardCount.run_id, WildcardCount.name, WildcardCount.value, WildcardCount.jobs
).where(IS_SUM)


def search(moment: Moment, text: str, before: int | None = None, limit: int = 50) -> SearchResult:
    """Return what holds `text`, at most `limit` of each kind, the newest first.

    With `before`, the row of a job, it is only about older jobs.
    """
    only_jobs = before is not None
    found_jobs, searched = _jobs(text, before, limit)
    found_rules = [] if only_jobs else _names(_RULES, "name", text, limit)
    samples = [] if only_jobs else _names(_VALUES, "value", text, limit)
    # The error of a run is mostly that of a job, which says more.
    with_jobs = {row.run_id for row in found_jobs}
    errors = [] if only_jobs else runs_with_error(moment, text, SEARCHED_RUNS, limit)
    ids = with_jobs | {row.run_id for row in (*found_rules, *samples)}
    # What is deleted is not among them.
    runs = runs_by_id(moment, ids)
    return SearchResult(
        workflows=[] if only_jobs else workflows_named(moment, text, limit),
        rules=[(row.name, runs[row.run_id]) for row in found_rules if row.run_id in runs],
        samples=[
            SampleView(row.name, row.value, row.jobs, runs[row.run_id])
            for row in samples
            if row.run_id in runs
        ],
        jobs=[
            (view(moment, runs[row.run_id], row), runs[row.run_id])
            for row in found_jobs
            if row.run_id in runs
        ],
        errors=[run for run in errors if run.run_id not in with_jobs],
        noted=[] if only_jobs else runs_with_words(moment, text, SEARCHED_RUNS, limit),
        limit=limit,
        searched=searched,
        step=SEARCHED_JOBS,
    )


def _names(names: Query, column: str, text: str, limit: int) -> Sequence[QueryRow]:
    run_id = names.selected_columns.run_id
    newest = names.where(run_id > _before_newest_runs()).order_by(run_id.desc())
    columns = newest.limit(SEARCHED_NAMES).subquery().c
    query = select(*columns).where(contains(columns[column], text))
    return reading().execute(query.limit(limit)).all()


def _jobs(text: str, before: int | None, limit: int) -> tuple[list[QueryRow], SearchedJobs]:
    """Return jobs that hold a text, and which were looked at."""
    newest, oldest, known, are_more = _known_jobs()
    last = newest + 1 if before is None else before
    first = _enough(last, max(last - SEARCHED_JOBS, oldest))
    query = JOBS.add_columns(Job.run_id).where(Job.id < last, Job.id >= first, has_text(text))
    rows = list(reading().execute(query.order_by(Job.id.desc()).limit(limit)))
    first = rows[-1].id if len(rows) == limit else first
    searched = max(0, last - first)
    whole = max(known, searched)
    older = first if first > oldest else None
    return rows, SearchedJobs(searched, whole, are_more, older)


def _enough(last: int, first: int) -> int:
    """Return the row of the first job to look at, from `first` on, where those are too much."""
    rows = select(Job.id.label("place"), Job.letters).where(Job.id < last, Job.id >= first)
    chosen = until_enough(rows, descending=True).subquery().c
    return reading().scalar(select(func.min(chosen.place)).where(~chosen.is_enough)) or first


def _known_jobs() -> tuple[int, int, int, bool]:
    """Return the newest and the oldest row of a job, and how many jobs the newest runs have.

    They are counted without looking at them. The last tells whether there are more runs.
    """
    first = _before_newest_runs()
    query = select(
        select(func.max(Job.id)).scalar_subquery(),
        select(func.min(Job.id)).scalar_subquery(),
        select(func.sum(reduce(add, _KNOWN_JOBS))).where(Run.id > first).scalar_subquery(),
        select(func.min(Run.id) <= first).scalar_subquery(),
    )
    newest, oldest, jobs, are_more = reading().execute(query).one()
    return newest or 0, oldest or 0, jobs or 0, bool(are_more)


def _before_newest_runs() -> ScalarSelect[int]:
    return select(func.max(Run.id) - SEARCHED_RUNS).scalar_subquery()
