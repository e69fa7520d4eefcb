"""Search over workflows, rules, and the wildcards, files and commands of jobs."""

from sqlalchemy import func, select

from panoptes.db import db
from panoptes.models.job import Job
from panoptes.models.rule import Rule
from panoptes.models.run import Run
from panoptes.models.workflow import Workflow
from panoptes.queries.jobs import JOBS, contains_text, view
from panoptes.queries.paging import contains
from panoptes.queries.runs import OF_WORKFLOW, runs_by_id, workflows
from panoptes.queries.views import Moment, SearchResult, WorkflowFilter

# A search looks at this many of the newest jobs: its time stays bounded as the database grows.
SEARCHED_JOBS = 200_000


def search(moment: Moment, text: str, limit: int = 50) -> SearchResult:
    """Return what holds `text`, at most `limit` of each kind, the newest first."""
    newest = select(func.coalesce(func.max(Job.id), 0) - SEARCHED_JOBS).scalar_subquery()
    found_jobs = db.session.execute(
        JOBS.add_columns(Job.run_id)
        .join(Run, Job.run_id == Run.id)
        .join(Workflow, OF_WORKFLOW)
        .where(Job.id > newest, contains_text(text))
        .order_by(Job.id.desc())
        .limit(limit)
    ).all()
    found_rules = db.session.execute(
        select(Rule.name, Rule.run_id)
        .join(Run, Rule.run_id == Run.id)
        .join(Workflow, OF_WORKFLOW)
        .where(contains(Rule.name, text))
        .order_by(Rule.run_id.desc(), Rule.name)
        .limit(limit)
    ).all()
    runs = runs_by_id(moment, {row.run_id for row in (*found_jobs, *found_rules)})
    return SearchResult(
        workflows=workflows(moment, WorkflowFilter(text=text, per_page=limit)).items,
        rules=[(row.name, runs[row.run_id]) for row in found_rules],
        jobs=[(view(moment, runs[row.run_id], row), runs[row.run_id]) for row in found_jobs],
        limit=limit,
    )
