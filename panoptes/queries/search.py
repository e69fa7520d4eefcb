"""Search over workflows, rules, wildcards, and the files and commands of jobs.

All of it looks at so many of the newest: its time doesn't grow with the database. For older jobs
it is asked again.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select

from panoptes.database.connections import db
from panoptes.models.job import Job
from panoptes.models.rule import Rule
from panoptes.models.run import Run
from panoptes.models.sample import IS_SUM, WildcardCount
from panoptes.queries.job_lists import has_text
from panoptes.queries.jobs import JOBS, view
from panoptes.queries.paging import Query, QueryRow, contains
from panoptes.queries.results import Moment, SampleView, SearchResult
from panoptes.queries.runs import runs_by_id, workflows_named

# So many jobs, and so many rules and values of the newest runs, are looked at.
SEARCHED_JOBS = 1500
SEARCHED_NAMES = 5000
SEARCHED_RUNS = 1000

_NEWEST_RUNS = select(func.max(Run.id) - SEARCHED_RUNS).scalar_subquery()
_RULES = select(Rule.run_id, Rule.name)
_VALUES = select(
    WildcardCount.run_id, WildcardCount.name, WildcardCount.value, WildcardCount.jobs
).where(IS_SUM)


def search(moment: Moment, text: str, before: int | None = None, limit: int = 50) -> SearchResult:
    """Return what holds `text`, at most `limit` of each kind, the newest first.

    With `before`, the row of a job, it is only about older jobs.
    """
    only_jobs = before is not None
    found_jobs, older = _jobs(text, before, limit)
    found_rules = [] if only_jobs else _names(_RULES, "name", text, limit)
    samples = [] if only_jobs else _names(_VALUES, "value", text, limit)
    ids = {row.run_id for row in (*found_jobs, *found_rules, *samples)}
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
        limit=limit,
        searched_jobs=SEARCHED_JOBS,
        older=older,
    )


def _names(names: Query, column: str, text: str, limit: int) -> Sequence[QueryRow]:
    run_id = names.selected_columns.run_id
    newest = names.where(run_id > _NEWEST_RUNS).order_by(run_id.desc()).limit(SEARCHED_NAMES)
    columns = newest.subquery().c
    query = select(*columns).where(contains(columns[column], text))
    return db.session.execute(query.limit(limit)).all()


def _jobs(text: str, before: int | None, limit: int) -> tuple[list[QueryRow], int | None]:
    """Return jobs that hold a text, and the row before which there are others to look at."""
    last = _scalar(func.max(Job.id)) + 1 if before is None else before
    first = last - SEARCHED_JOBS
    query = JOBS.add_columns(Job.run_id).where(Job.id < last, Job.id >= first, has_text(text))
    rows = list(db.session.execute(query.order_by(Job.id.desc()).limit(limit)))
    first = rows[-1].id if len(rows) == limit else first
    return rows, first if first > _scalar(func.min(Job.id)) else None


def _scalar(value: Any) -> int:
    return db.session.scalar(select(value)) or 0
