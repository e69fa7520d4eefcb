"""Questions about the rules of a run, answered from their counts."""

from collections.abc import Mapping
from dataclasses import fields

from sqlalchemy import select

from panoptes.common.slowness import usual_seconds
from panoptes.common.status import Status
from panoptes.database.connections import db
from panoptes.models.rule import Rule
from panoptes.queries.results import RuleView, RunView

# The fields of a `RuleView` that are columns.
_COLUMNS = [field.name for field in fields(RuleView) if field.name in Rule.__table__.c]


def rules(run: RunView) -> list[RuleView]:
    """Return a run's rules by name."""
    query = select(Rule).where(Rule.run_id == run.run_id).order_by(Rule.name)
    return [_view(rule) for rule in db.session.scalars(query)]


def rule(run: RunView, name: str) -> RuleView | None:
    """Return a rule of a run; None for one that has neither a job nor a plan."""
    found = db.session.get(Rule, (run.run_id, name))
    return _view(found) if found else None


def known_of_rule(run: RunView, name: str) -> Mapping[Status, int]:
    """Return how many jobs of a rule are in each state."""
    found = rule(run, name)
    return found.known if found else {}


def _view(rule: Rule) -> RuleView:
    known = rule.running + rule.done + rule.error + rule.cancelled
    unseen = max(rule.queued, (rule.planned or 0) - known)
    pending = unseen or None if rule.planned is None else unseen
    return RuleView(
        **{name: getattr(rule, name) for name in _COLUMNS},
        pending=pending,
        median_seconds=usual_seconds(rule.recent),
        max_seconds=rule.longest,
    )
