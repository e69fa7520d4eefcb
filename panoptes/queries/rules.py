"""Questions about the rules of a run, answered from their counts."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from operator import attrgetter

from sqlalchemy import bindparam, select

from panoptes.common.lateness import median_of
from panoptes.common.status import Status
from panoptes.models.rule import Rule
from panoptes.queries.asking import ask
from panoptes.queries.paging import QueryRow
from panoptes.queries.results import RuleView, RunView

# The fields of a `RuleView` that are columns.
_COLUMNS = [field.name for field in fields(RuleView) if field.name in Rule.__table__.c]

_OF_RUN = select(*(getattr(Rule, name) for name in _COLUMNS), Rule.recent, Rule.longest).where(
    Rule.run_id == bindparam("run_id")
)
_IN_ORDER = _OF_RUN.order_by(Rule.first_job.is_(None), Rule.first_job, Rule.name)
_NAMED = _OF_RUN.where(Rule.name == bindparam("name"))

# What a page has a column for; those of counts are left out where all are 0.
RULE_COUNTS = ("planned", "pending", "running", "done", "error", "cancelled", "retried")
RULE_SORTS = ("name", *RULE_COUNTS, "median_seconds", "max_seconds")


def rules(run: RunView) -> list[RuleView]:
    """Return a run's rules in the order of the flow: as their first jobs were announced."""
    return [_view(rule) for rule in ask(_IN_ORDER, run_id=run.run_id)]


def in_order(rules: Sequence[RuleView], sort: str, most: int | None = None) -> list[RuleView]:
    """Return rules by a key of RULE_SORTS, or, without one, those that failed first.

    At most so many; unless they are sorted, those that run are among them.
    """
    if sort:
        key = attrgetter(sort.removeprefix("-"))
        known = [rule for rule in rules if key(rule) is not None]
        known.sort(key=key, reverse=sort.startswith("-"))
        return [*known, *(rule for rule in rules if key(rule) is None)][:most]
    first = sorted(rules, key=lambda rule: (not rule.error, not rule.running))[:most]
    shown = {rule.name for rule in first}
    return sorted((rule for rule in rules if rule.name in shown), key=lambda rule: not rule.error)


def rule(run: RunView, name: str) -> RuleView | None:
    """Return a rule of a run; None for one that has neither a job nor a plan."""
    found = ask(_NAMED, run_id=run.run_id, name=name).first()
    return _view(found) if found else None


def known_of_rule(run: RunView, name: str) -> Mapping[Status, int]:
    """Return how many jobs of a rule are in each state."""
    found = rule(run, name)
    return found.known if found else {}


def _view(rule: QueryRow) -> RuleView:
    known = rule.running + rule.done + rule.error + rule.cancelled
    unseen = max(rule.queued, (rule.planned or 0) - known)
    pending = unseen or None if rule.planned is None else unseen
    return RuleView(
        **{name: getattr(rule, name) for name in _COLUMNS},
        pending=pending,
        median_seconds=median_of(rule.recent),
        max_seconds=rule.longest,
    )
