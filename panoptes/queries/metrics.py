"""Questions of Prometheus: how the runs stand that go on, and their rules, by the counts kept."""

from typing import NamedTuple

from sqlalchemy import ColumnElement, case, func, select

from panoptes.common.moment import Moment
from panoptes.common.status import Status
from panoptes.database.connections import reading
from panoptes.models.rule import Rule
from panoptes.models.run import IS_CURRENT, Run, is_silent
from panoptes.queries.runs import JOBS_DONE
from panoptes.queries.times import times_of

# So many rules are told, those with the most jobs: each is a few series for as long as they are
# kept.
MOST_RULES = 200


class JobCounts(NamedTuple):
    """How many jobs are in which state; `retried` are in one of the others as well."""

    running: int
    pending: int
    done: int
    error: int
    retried: int


def live_jobs(moment: Moment) -> JobCounts:
    """Return the jobs of the runs that go on."""
    columns = (Run.jobs_running, _PENDING, JOBS_DONE, Run.jobs_failed, Run.jobs_retried)
    row = reading().execute(select(*map(func.sum, columns)).where(*_is_live(moment))).one()
    return JobCounts(*(int(number or 0) for number in row))


def live_rules(moment: Moment, limit: int = MOST_RULES) -> tuple[dict[str, JobCounts], bool]:
    """Return the jobs of each rule in the runs that go on, and whether rules were left out.

    A rule of several runs is one: its metrics stay one row, however many runs there are.
    """
    columns = (Rule.running, _RULE_PENDING, Rule.done, Rule.error, Rule.retried)
    query = (
        select(Rule.name, *map(func.sum, columns))
        .select_from(Run)
        .join(Rule, Rule.run_id == Run.id)
        .where(*_is_live(moment))
        .group_by(Rule.name)
        .order_by(func.sum(Rule.jobs).desc(), Rule.name)
        .limit(limit + 1)
    )
    rows = reading().execute(query).all()
    told = {row[0]: JobCounts(*map(int, row[1:])) for row in rows[:limit]}
    return told, len(rows) > limit


_KNOWN = JOBS_DONE + Run.jobs_running + Run.jobs_failed + Run.jobs_ignored + Run.jobs_cancelled
_PENDING = case((Run.jobs_total > _KNOWN, Run.jobs_total - _KNOWN), else_=0)
_RULE_KNOWN = Rule.running + Rule.done + Rule.error + Rule.cancelled
_RULE_UNSEEN = Rule.planned - _RULE_KNOWN
_RULE_PENDING = case((Rule.queued < _RULE_UNSEEN, _RULE_UNSEEN), else_=Rule.queued)
# A run with a failed job shows Error, and may go on with others.
_GOING_ON = (Status.RUNNING.value, Status.ERROR.value)


def _is_live(moment: Moment) -> list[ColumnElement[bool]]:
    """Return the conditions that a run goes on: it hasn't ended, and isn't silent."""
    times = times_of(moment)
    conditions = [IS_CURRENT, Run.status.in_(_GOING_ON), Run.ended_at.is_(None)]
    conditions.append(is_silent(times.now, times.silent).is_(False))
    if moment.silent is not None:
        # In an index: so the many that ended long ago aren't looked at.
        conditions.append(Run.updated_at >= moment.silent)
    return conditions
