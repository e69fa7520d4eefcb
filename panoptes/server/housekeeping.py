"""Works in the background of a server: removes what is deleted or too old, sends notifications.

Every step is one transaction of some milliseconds, with a longer pause behind it, so that events
go first. Each worker of a server may keep house: a step finds what the others left.
"""

import atexit
import logging
import threading
import time
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta, timezone
from functools import partial
from typing import TYPE_CHECKING

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from panoptes.common import clock
from panoptes.common.errors import Unavailable, database_reason
from panoptes.common.rate_limited_log import RateLimitedLog
from panoptes.database.connections import db, writing
from panoptes.models.purge import purge
from panoptes.models.retention import Limits, Old, find_old, hide
from panoptes.notify.notifier import notifier_of
from panoptes.notify.outbox import send_next
from panoptes.web.request_time import request_time

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

# Seconds: how long a step writes, the pause behind it, and the wait where nothing is to be done.
STEP = 0.01
PAUSE = 0.04
WAIT = 15.0
# No run was last heard of before.
NEVER = datetime.min.replace(tzinfo=timezone.utc)
# Seconds between two looks for notifications, where anybody wants some.
WAIT_FOR_NEWS = 1.0

log = RateLimitedLog(logging.getLogger(__name__))


def take_step(app: Flask) -> bool:
    """Hide what is too old, or remove some of what is deleted; return whether there was any."""
    with app.app_context():
        return _hide_old(app.config["RETENTION_DAYS"]) or _purge()


def _hide_old(days: float) -> bool:
    if not days:
        return False
    moment = request_time()
    limits = Limits(moment.now - timedelta(days=days), moment.silent or NEVER)
    with db.engine.connect() as connection:
        old = find_old(connection, limits)
    if old == Old([], []):
        return False
    with writing() as connection:
        hide(connection, old, limits, moment.now)
    return True


def _purge() -> bool:
    with writing() as connection:
        return purge(connection, clock.utcnow(), STEP)


def start_with_first_request(app: Flask) -> None:
    """Keep house from the first request on, whatever it asks for.

    Not before: a server may load the app, then fork its workers, and a thread that writes in the
    middle of a fork would leave its lock to a child that can't open it.
    """
    unstarted, answer = threading.Lock(), app.wsgi_app

    def answer_and_start(
        environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        if unstarted.acquire(blocking=False):
            start(app)
        return answer(environ, start_response)

    app.wsgi_app = answer_and_start  # type: ignore[method-assign]


def start(app: Flask) -> Callable[[], None]:
    """Keep house in a thread of its own, as long as the process lives; return what ends it.

    A read-only server sends notifications only.
    """
    if app.config["READ_ONLY"] and not notifier_of(app).subscriptions:
        return lambda: None
    stop = threading.Event()
    keeper = threading.Thread(target=_keep, args=(app, stop), name="housekeeping", daemon=True)
    keeper.start()
    end = partial(_end, keeper, stop)
    atexit.register(end)
    return end


def _end(keeper: threading.Thread, stop: threading.Event) -> None:
    """Let go of the database: whoever closes a SQLite file last puts its log into it."""
    stop.set()
    keeper.join(timeout=5)


def _keep(app: Flask, stop: threading.Event) -> None:
    tells, cleans = bool(notifier_of(app).subscriptions), not app.config["READ_ONLY"]
    wait = clean_at = 0.0
    while not stop.wait(wait):
        sent = tells and send_due(app)
        if cleans and time.monotonic() >= clean_at:
            clean_at = time.monotonic() + (PAUSE if clean_up_step(app) else WAIT)
        rest = max(0.0, clean_at - time.monotonic()) if cleans else WAIT
        wait = PAUSE if sent else min(rest, WAIT_FOR_NEWS if tells else WAIT)


def send_due(app: Flask) -> bool:
    """Send a notification that is due; return whether there may be more."""
    try:
        with app.app_context():
            return send_next(app)
    except (SQLAlchemyError, Unavailable) as error:
        log.warning("Notifications can't be sent now: %s", database_reason(error))
        return False


def clean_up_step(app: Flask) -> bool:
    """A database that is away or full now may be back in a moment."""
    try:
        return take_step(app)
    except (SQLAlchemyError, Unavailable) as error:
        log.warning("What was deleted can't be removed now: %s", database_reason(error))
        return False
