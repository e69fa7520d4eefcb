"""Sends what waits in the database, one notification after the other.

Nothing is sent inside a transaction: one claims the notification, another one notes what came of
it. If the process dies in between, it is sent, perhaps again, some minutes later.
"""

import logging

from panoptes.common import clock
from panoptes.common.moment import Moment
from panoptes.database.connections import end_reading, sql_engine, writing
from panoptes.models import delivery
from panoptes.models.delivery import Due
from panoptes.models.notification import (
    Kind,
    RunToTell,
    find_silent_runs,
    not_told_yet,
    notify_of,
)
from panoptes.notify import Payload
from panoptes.notify.notifier import Notifier
from panoptes.notify.payload import is_slow, is_still_true, payload_of
from panoptes.queries.jobs import slowest_jobs
from panoptes.queries.runs import runs_by_id, runs_under_way

log = logging.getLogger(__name__)


def send_next(notifier: Notifier, recipient: str, moment: Moment) -> bool:
    """Send a recipient, named by its key, what is due next; return whether there was any."""
    with sql_engine().connect() as connection:
        notification = delivery.find_due(connection, recipient, moment.now)
    if notification is None:
        return False
    payload = notification.facts or _payload(notifier, notification, moment)
    if payload is None:
        with writing() as connection:
            delivery.drop(connection, notification)
    elif moment.now - notification.created_at > delivery.TOO_OLD:
        reason = "it waited for too long"
        with writing() as connection:
            delivery.give_up(connection, notification, reason)
        _log_failure(notifier, notification, reason, tries_again=False)
    else:
        _send(notifier, notification, payload)
    return True


def write_silent_runs(notifier: Notifier, moment: Moment) -> bool:
    """Write notifications of runs that fell silent; return whether there were any."""
    with sql_engine().connect() as connection:
        runs = find_silent_runs(connection, notifier.subscriptions, moment)
    if runs:
        with writing() as connection:
            notify_of(connection, notifier.subscriptions, runs, Kind.STALE, moment.now)
    return bool(runs)


def write_late_runs(notifier: Notifier, moment: Moment) -> bool:
    """Write notifications of runs that are late or have a job that is; return if there were any."""
    wanted = notifier.subscriptions.extras & {Kind.LATE, Kind.SLOW_JOB}
    running = runs_under_way(moment) if wanted else []
    slowest = slowest_jobs(moment, running) if Kind.SLOW_JOB in wanted else {}
    of_kind = {
        Kind.LATE: [run for run in running if run.is_late],
        Kind.SLOW_JOB: [run for run in running if is_slow(slowest.get(run.run_id))],
    }
    end_reading()
    has_written = False
    for kind in wanted:
        to_tell = [RunToTell(run.run_id, run.name) for run in of_kind[kind]]
        with sql_engine().connect() as connection:
            runs = not_told_yet(connection, notifier.subscriptions, to_tell, kind)
        if runs:
            with writing() as connection:
                notify_of(connection, notifier.subscriptions, runs, kind, moment.now)
            has_written = True
    return has_written


def _payload(notifier: Notifier, notification: Due, moment: Moment) -> Payload | None:
    """Return what to send; None where it isn't true any more, or the workflow was deleted."""
    kind = Kind(notification.kind)
    run = runs_by_id(moment, {notification.run_id}).get(notification.run_id)
    payload = None
    if run is not None and is_still_true(kind, run, moment):
        payload = payload_of(kind, run, moment, notifier.public_url)
    end_reading()  # Sending takes its time; meanwhile no transaction stays open.
    return payload


def _send(notifier: Notifier, notification: Due, payload: Payload) -> None:
    with writing() as connection:
        if not delivery.claim(connection, notification, payload, clock.utcnow()):
            return
    reason = notifier.send(notifier.recipients[notification.recipient], payload)
    if reason is None:
        with writing() as connection:
            delivery.record_success(connection, notification, clock.utcnow())
        return
    with writing() as connection:
        tries_again = delivery.record_failure(connection, notification, reason, clock.utcnow())
    _log_failure(notifier, notification, reason, tries_again=tries_again)


def _log_failure(notifier: Notifier, notification: Due, reason: str, *, tries_again: bool) -> None:
    shown = notifier.recipients[notification.recipient].shown
    then = "it is tried again" if tries_again else "it is given up"
    log.warning("Couldn't notify %s of '%s' (%s): %s.", shown, notification.kind, reason, then)
