"""Questions about when the jobs of a run ran, answered for as many jobs as a page can draw."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import extract, func, null, select

from panoptes.charts.timeline.spans import RUNNING, Span
from panoptes.common.lateness import usual_of
from panoptes.common.status import Status
from panoptes.database.connections import reading
from panoptes.models.job import Attempt, Job
from panoptes.models.rule import Rule
from panoptes.queries.jobs import RECENT
from panoptes.queries.paging import Key, Query, QueryRow, read_page
from panoptes.queries.results import Page, RunView
from panoptes.queries.rules import known_of_rule

# A page draws so many jobs, one of a single rule fewer, with so many of their earlier attempts.
DRAWN = 1000
DRAWN_OF_RULE = 500
DRAWN_ATTEMPTS = 4000

# The tables themselves: rows of their classes take more time, of which a page has a thousand.
_J, _A = Job.__table__.c, Attempt.__table__.c
_JOB = (_J.id, _J.key, _J.part, _J.rule, _J.threads, _J.attempt.label("attempts"))
_LATEST: Query = select(*_JOB, _J.status, _J.attempt, _J.started_at, _J.ended_at, RECENT)
_EARLIER: Query = select(
    *_JOB, _A.status, _A.number, _A.started_at, _A.ended_at, null().label("recent")
).where(_A.job_id == _J.id)
_IN_ORDER = (Key(_J.id),)


def spans(run: RunView, rule: str | None = None, page: int | None = None) -> Page[Span]:
    """Return the attempts of a page of jobs that began or ended; `total` counts jobs.

    Jobs come as they were announced; without a number, it is the page of the newest.
    """
    known = run.known if rule is None else known_of_rule(run, rule)
    total, per_page = sum(known.values()), DRAWN if rule is None else DRAWN_OF_RULE
    wanted, query = total if page is None else page, _of(_LATEST, run, rule)
    jobs = read_page(query, _IN_ORDER, lambda row: row, total, wanted, per_page)
    retried = [job.id for job in jobs.items if job.attempts > 1]
    found = [*jobs.items, *_earlier(run, rule, retried)]
    return Page([span for row in found for span in _span(row)], total, jobs.number, per_page)


def _of(query: Query, run: RunView, rule: str | None) -> Query:
    query = query.where(_J.run_id == run.run_id)
    return query if rule is None else query.where(_J.rule == rule)


def _earlier(run: RunView, rule: str | None, retried: Sequence[int]) -> list[QueryRow]:
    if not retried:
        return []
    between = _J.id.between(retried[0], retried[-1])
    query = _of(_EARLIER, run, rule).where(between, _J.attempt > 1)
    return list(reading().execute(query.order_by(_J.id).limit(DRAWN_ATTEMPTS)))


def longest(run: RunView, rule: str, most: int) -> list[Span]:
    """Return what took longest of the jobs of a rule that ended, and those that run longest.

    At most so many of each. Jobs begin as they are announced.
    """
    ended = _of(_LATEST, run, rule).where(_J.seconds.is_not(None), _J.status != RUNNING)
    ended = ended.order_by(_J.seconds.desc(), _J.id.desc())
    running = _of(_LATEST, run, rule).where(_J.status == RUNNING).order_by(_J.id)
    rows = [row for query in (ended, running) for row in reading().execute(query.limit(most))]
    return [span for row in rows for span in _span(row)]


def running_seconds(run: RunView, until: datetime) -> dict[str, float]:
    """Return how long those jobs of a run that run have run until then, in sum, by their rule.

    In whole seconds each: what a database counts them by.
    """
    begin = extract("epoch", Job.started_at)
    # Worded so that no index leads to those that had begun by then: nearly all had.
    had_begun = (Job.started_at > until).is_(False)
    jobs = Job.run_id == run.run_id, Job.status == Status.RUNNING.value, had_begun
    # Nor one to all jobs of the run, in the order of their rules.
    rule = func.coalesce(Job.rule, "")
    query = select(rule, func.count() * until.timestamp() - func.sum(begin)).where(*jobs)
    rows = reading().execute(query.group_by(rule))
    return {rule: float(seconds) for rule, seconds in rows}


def _span(row: QueryRow) -> list[Span]:
    """Return an attempt, if any time of it is known; without an end, unless it runs, no length."""
    job, key, part, rule, threads, attempts, status, attempt, started_at, ended_at, recent = row
    begin = started_at or ended_at
    if begin is None:
        return []
    start = begin.timestamp()
    end = ended_at.timestamp() if ended_at else None if status == RUNNING else start
    is_known = started_at is not None
    of_job = (job, key, part, attempt, attempts, threads, is_known)
    return [Span(rule, status, start, end, *of_job, usual_of(recent))]


def rules(run: RunView, most: int) -> list[str]:
    """Return the names of a run's rules, at most so many."""
    query = select(Rule.name).where(Rule.run_id == run.run_id).order_by(Rule.name)
    return list(reading().scalars(query.limit(most)))


def wildcards(job_ids: set[int]) -> dict[int, dict[str, str]]:
    """Return the wildcards of some jobs, by the ids of their rows."""
    query = select(Job.id, Job.wildcards).where(Job.id.in_(job_ids))
    return {row.id: row.wildcards or {} for row in reading().execute(query)}
