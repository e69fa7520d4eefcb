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
from typing import TYPE_CHECKING

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from panoptes.common import clock
from panoptes.common.errors import Unavailable, database_reason
from panoptes.common.rate_limited_log import RateLimitedLog
from panoptes.common.status import silent_since
from panoptes.config.settings import Settings
from panoptes.database.connections import db, writing
from panoptes.models.purge import purge
from panoptes.models.retention import Limits, Old, find_old, hide
from panoptes.notify.notifier import Notifier
from panoptes.notify.outbox import send_next
from panoptes.queries.results import Moment

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

# Seconds: how long a step writes, the pause behind it, and the wait where nothing is to be done.
STEP = 0.01
PAUSE = 0.04
WAIT = 15.0
# Seconds between two looks for notifications, where anybody wants some.
WAIT_FOR_NEWS = 1.0
# No run's last event came before.
NEVER = datetime.min.replace(tzinfo=timezone.utc)

log = RateLimitedLog(logging.getLogger(__name__))


class Housekeeper:
    """Keeps the house of one app; a read-only server only sends notifications."""

    def __init__(self, app: Flask, settings: Settings, notifier: Notifier) -> None:
        self._app = app
        self._settings = settings
        self._notifier = notifier
        self._cleans_up = not settings.read_only
        self._notifies = bool(notifier.subscriptions)
        self._stop = threading.Event()

    def start_with_first_request(self) -> None:
        """Keep house from the first request on, whatever it asks for.

        Not before: a server may load the app, then fork its workers, and a thread that writes in
        the middle of a fork would leave its lock to a child that can't open it.
        """
        unstarted, answer = threading.Lock(), self._app.wsgi_app

        def answer_and_start(
            environ: "WSGIEnvironment", start_response: "StartResponse"
        ) -> Iterable[bytes]:
            if unstarted.acquire(blocking=False):
                self.start()
            return answer(environ, start_response)

        self._app.wsgi_app = answer_and_start  # type: ignore[method-assign]

    def start(self) -> Callable[[], None]:
        """Keep house in a thread, as long as the process lives; return what ends it."""
        if not (self._cleans_up or self._notifies):
            return lambda: None
        thread = threading.Thread(target=self._run, name="housekeeping", daemon=True)
        thread.start()

        def end() -> None:
            """Let go of the database: whoever closes a SQLite file last puts its log into it."""
            self._stop.set()
            thread.join(timeout=5)

        atexit.register(end)
        return end

    def _run(self) -> None:
        wait = clean_up_at = 0.0
        while not self._stop.wait(wait):
            sent = self._notifies and self.try_step(self.send_due)
            if self._cleans_up and time.monotonic() >= clean_up_at:
                has_more = self.try_step(self.clean_up_step)
                clean_up_at = time.monotonic() + (PAUSE if has_more else WAIT)
            rest = max(0.0, clean_up_at - time.monotonic()) if self._cleans_up else WAIT
            wait = PAUSE if sent else min(rest, WAIT_FOR_NEWS if self._notifies else WAIT)

    def try_step(self, step: Callable[[], bool]) -> bool:
        """Take a step; a database that is away or full now may be back in a moment."""
        try:
            return step()
        except (SQLAlchemyError, Unavailable) as error:
            log.warning("Housekeeping failed and is tried again: %s", database_reason(error))
            return False

    def send_due(self) -> bool:
        """Send a notification that is due; return whether there may be more."""
        with self._app.app_context():
            return send_next(self._notifier, self._moment())

    def clean_up_step(self) -> bool:
        """Hide what is too old, or remove some of what is deleted; return whether there was any."""
        with self._app.app_context():
            if self._settings.retention and self._hide_old(self._moment()):
                return True
            with writing() as connection:
                return purge(connection, clock.utcnow(), STEP)

    def _hide_old(self, moment: Moment) -> bool:
        oldest = moment.now - timedelta(days=self._settings.retention)
        limits = Limits(oldest, moment.silent or NEVER)
        with db.engine.connect() as connection:
            old = find_old(connection, limits)
        if old == Old([], []):
            return False
        with writing() as connection:
            hide(connection, old, limits, moment.now)
        return True

    def _moment(self) -> Moment:
        now = clock.utcnow()
        return Moment(now, silent_since(now, self._settings.stale_hours))
