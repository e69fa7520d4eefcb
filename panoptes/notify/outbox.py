"""Sends what waits in the database, one notification after the other.

Nothing is sent inside a transaction: one claims, another one keeps what came of it. Should the
process end in between, the notification is sent (perhaps again) some minutes later.
"""

import logging

from panoptes.common import clock
from panoptes.config.recipients import Facts
from panoptes.database.connections import AnyRow, db, writing
from panoptes.models import delivery
from panoptes.models.delivery import TOO_OLD
from panoptes.models.notification import Kind, find_silent, tell_silent
from panoptes.notify.facts import facts_of, is_still_so
from panoptes.notify.notifier import Notifier
from panoptes.queries.results import Moment
from panoptes.queries.runs import runs_by_id

log = logging.getLogger(__name__)


def send_next(notifier: Notifier, moment: Moment) -> bool:
    """Send a notification that is due, or write which runs fell silent; return whether any was."""
    with db.engine.connect() as connection:
        found = delivery.find_due(connection, notifier.subscriptions.keys, moment.now)
    if found is None:
        return _tell_silent(notifier, moment)
    facts = _facts(notifier, found, moment)
    if facts is None:
        with writing() as connection:
            delivery.drop(connection, found)
    elif moment.now - found.created_at > TOO_OLD:
        _give_up(notifier, found)
    else:
        _send(notifier, found, facts)
    return True


def _tell_silent(notifier: Notifier, moment: Moment) -> bool:
    if moment.silent is None:
        return False
    with db.engine.connect() as connection:
        runs = find_silent(connection, notifier.subscriptions, moment.silent)
    if runs:
        with writing() as connection:
            tell_silent(connection, notifier.subscriptions, runs, moment.now)
    return bool(runs)


def _facts(notifier: Notifier, found: AnyRow, moment: Moment) -> Facts | None:
    """Return what is told, None where it isn't so any more, or its workflow was deleted."""
    if found.facts is not None:
        kept: Facts = found.facts
        return kept
    kind = Kind(found.kind)
    run = runs_by_id(moment, {found.run_id}).get(found.run_id)
    facts = None
    if run is not None and is_still_so(kind, run):
        facts = facts_of(kind, run, moment, notifier.public_url)
    db.session.rollback()  # Sending takes its time, for which nothing is held open.
    return facts


def _send(notifier: Notifier, found: AnyRow, facts: Facts) -> None:
    with writing() as connection:
        if not delivery.claim(connection, found, facts, clock.utcnow()):
            return
    recipient = notifier.recipients[found.recipient]
    reason = notifier.send(recipient, facts)
    if reason is None:
        with writing() as connection:
            delivery.was_sent(connection, found, clock.utcnow())
        return
    with writing() as connection:
        goes_on = delivery.was_not_sent(connection, found, reason, clock.utcnow())
    what = "it is tried again" if goes_on else "it is given up"
    log.warning("Couldn't tell %s of '%s' (%s): %s.", recipient.shown, found.kind, reason, what)


def _give_up(notifier: Notifier, found: AnyRow) -> None:
    reason = "it waited for too long"
    with writing() as connection:
        delivery.give_up(connection, found, reason)
    shown = notifier.recipients[found.recipient].shown
    log.warning("Couldn't tell %s of '%s' (%s): it is given up.", shown, found.kind, reason)
