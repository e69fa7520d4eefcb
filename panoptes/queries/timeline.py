"""Questions about when the jobs of a run ran, answered for many jobs at once."""

from sqlalchemy import or_, select

from panoptes.db import AnyRow, AnySelect, db
from panoptes.models.job import Attempt, Job
from panoptes.models.rule import Rule
from panoptes.queries.views import RunView
from panoptes.timeline.spans import RUNNING, Span

_JOB = (Job.id, Job.key, Job.part, Job.rule, Job.threads, Job.attempt.label("attempts"))
_LATEST = select(
    *_JOB, Job.status, Job.attempt.label("number"), Job.started_at, Job.ended_at
).where(or_(Job.started_at.is_not(None), Job.ended_at.is_not(None)))
_EARLIER = (
    select(*_JOB, Attempt.status, Attempt.number, Attempt.started_at, Attempt.ended_at)
    .join(Job, Attempt.job_id == Job.id)
    .where(or_(Attempt.started_at.is_not(None), Attempt.ended_at.is_not(None)))
)


def spans(run: RunView, rule: str | None = None) -> list[Span]:
    """Return the attempts of a run's jobs that have a time: all that began or that ended."""
    found = _spans(_LATEST, run, rule)
    return found + _spans(_EARLIER, run, rule) if run.jobs_retried else found


def _spans(query: AnySelect, run: RunView, rule: str | None) -> list[Span]:
    query = query.where(Job.run_id == run.run_id)
    if rule is not None:
        query = query.where(Job.rule == rule)
    rows = db.session.execute(query.order_by(Job.id))
    return [_span(row) for row in rows]


def _span(row: AnyRow) -> Span:
    """Return an attempt with its known times; one that neither ends nor runs has no length."""
    job, key, part, rule, threads, attempts, status, attempt, started_at, ended_at = row
    start = (started_at or ended_at).timestamp()
    end = None if status == RUNNING else start
    if ended_at:
        end = ended_at.timestamp()
    return Span(
        rule, status, start, end, job, key, part, attempt, attempts, threads, started_at is not None
    )


def rules(run: RunView, most: int) -> list[str]:
    """Return the names of a run's rules, at most so many."""
    query = select(Rule.name).where(Rule.run_id == run.run_id).order_by(Rule.name)
    return list(db.session.scalars(query.limit(most)))


def wildcards(job_ids: set[int]) -> dict[int, dict[str, str]]:
    """Return the wildcards of some jobs, by the ids of their rows."""
    found: dict[int, dict[str, str]] = {}
    wanted = sorted(job_ids)
    for start in range(0, len(wanted), 500):
        chunk = wanted[start : start + 500]
        rows = db.session.execute(select(Job.id, Job.wildcards).where(Job.id.in_(chunk)))
        found |= {row.id: row.wildcards or {} for row in rows}
    return found
