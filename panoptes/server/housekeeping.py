"""Works in the background of a server: settles, ends and sums up runs, cleans up, notifies.

Every step is one transaction of some milliseconds, with a longer pause behind it, so that events
go first. Each worker of a server may keep house: a step finds what the others left. Each recipient
of notifications has a thread of its own, so that nobody waits for a slow one.
"""

import atexit
import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta, timezone
from functools import partial
from typing import TYPE_CHECKING

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from panoptes.common import clock
from panoptes.common.errors import Unavailable, database_reason
from panoptes.common.moment import Moment, moment_at
from panoptes.common.rate_limited_log import RateLimitedLog
from panoptes.config.settings import Settings
from panoptes.database.connections import sql_engine, writing
from panoptes.ingest.apply import end_silent_run, settle_ended_run
from panoptes.models import log_text
from panoptes.models.estimate import keep_estimate
from panoptes.models.purge import purge
from panoptes.models.retention import Limits, Old, find_old, hide
from panoptes.models.rule_times import sum_up
from panoptes.models.workflow import are_unsettled
from panoptes.notify.notifier import Notifier
from panoptes.notify.outbox import send_next, write_late_runs, write_silent_runs
from panoptes.queries.estimates import next_estimate
from panoptes.queries.run_ends import next_run_end

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

# Seconds: how long a step writes, the pause behind it, and the wait where nothing is to be done.
STEP = 0.01
PAUSE = 0.04
WAIT = 15.0
# After an estimate, so many times as long as it took the processor.
REST = 9.0
# Seconds that what is under way has at the end of the process.
LAST_STEP = 5.0
# Seconds between two looks for notifications, where anybody wants some.
WAIT_FOR_NEWS = 1.0
# A clock that was set forward by more may be wrong.
LARGEST_STEP = timedelta(hours=1)
# No run's last event came before.
NEVER = datetime.min.replace(tzinfo=timezone.utc)

log = RateLimitedLog(logging.getLogger(__name__))
clock_log = RateLimitedLog(logging.getLogger(__name__))


class Housekeeper:
    """Keeps the house of one app; a read-only server only settles runs and sends notifications."""

    def __init__(self, app: Flask, settings: Settings, notifier: Notifier) -> None:
        self._app = app
        self._settings = settings
        self._notifier = notifier
        self._cleans_up = not settings.read_only
        self._began = clock.utcnow(), clock.uptime()
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
        """Keep house in threads, as long as the process lives; return what ends them."""
        threads = [
            threading.Thread(target=self._repeat, args=chore, name="housekeeping", daemon=True)
            for chore in self._chores()
        ]
        for thread in threads:
            thread.start()

        def end() -> None:
            """Let go of the database: whoever closes a SQLite file last puts its log into it."""
            self._stop.set()
            deadline = time.monotonic() + LAST_STEP
            for thread in threads:
                thread.join(max(0.0, deadline - time.monotonic()))

        if threads:
            atexit.register(end)
        return end

    def _chores(self) -> Iterator[tuple[Callable[[], bool], float]]:
        """Yield each step that is to be taken again and again, and the wait when none is due."""
        yield self.settle_step, WAIT_FOR_NEWS
        yield self.sum_up_step, WAIT_FOR_NEWS
        yield self._estimate_gently, WAIT_FOR_NEWS
        if self._cleans_up:
            yield self.clean_up_step, WAIT
        if self._notifier.subscriptions:
            yield self.write_silent_runs, WAIT_FOR_NEWS
            yield self.write_late_runs, WAIT
        for recipient in self._notifier.recipients:
            yield partial(self.send_due, recipient), WAIT_FOR_NEWS

    def _repeat(self, step: Callable[[], bool], wait: float) -> None:
        rest = 0.0
        while not self._stop.wait(rest):
            rest = PAUSE if self.try_step(step) else wait

    def try_step(self, step: Callable[[], bool]) -> bool:
        """Take a step; a database that is away or full now may be back in a moment."""
        try:
            return step()
        except (SQLAlchemyError, Unavailable) as error:
            log.warning("Housekeeping failed and is tried again: %s", database_reason(error))
            return False

    def send_due(self, recipient: str) -> bool:
        """Send a recipient what is due, one notification; return whether there may be more."""
        with self._app.app_context():
            return send_next(self._notifier, recipient, self._moment())

    def write_silent_runs(self) -> bool:
        """Write notifications of runs that fell silent; return whether there were any."""
        with self._app.app_context():
            return write_silent_runs(self._notifier, self._moment())

    def write_late_runs(self) -> bool:
        """Write notifications of what takes longer than usual; return whether there were any."""
        with self._app.app_context():
            return write_late_runs(self._notifier, self._moment())

    def settle_step(self) -> bool:
        """Close some of the jobs that a run left open when it ended; return whether there were any.

        A read-only server does so too: it takes in the ends of runs.
        """
        now = clock.utcnow()
        with self._app.app_context():
            with sql_engine().connect() as connection:
                if not are_unsettled(connection, now):
                    return False
            with writing() as connection:
                return settle_ended_run(connection, now)

    def sum_up_step(self) -> bool:
        """Keep what the rules of a run took that has ended; return whether there was any.

        Its jobs are read first, so that no event waits for that.
        """
        with self._app.app_context():
            end = next_run_end(self._moment())
            if end is None:
                return False
            with writing() as connection:
                sum_up(connection, end.run_id, end.rules, end.peak_threads, end.edges)
            return True

    def estimate_step(self) -> bool:
        """Estimate anew when a run will be done; return whether one was due."""
        with self._app.app_context():
            moment = self._moment()
            new = next_estimate(moment)
            if new is None:
                return False
            with writing() as connection:
                keep_estimate(
                    *(connection, new.run_id, moment.now, new.peak_threads, new.shown, new.made)
                )
        return True

    def _estimate_gently(self) -> bool:
        """Estimate a run; where very many run, that takes no more than a tenth of the time."""
        began = time.thread_time()
        was_due = self.estimate_step()
        self._stop.wait(REST * (time.thread_time() - began))
        return was_due

    def clean_up_step(self) -> bool:
        """End a run that fell silent, hide what is too old, or remove some of what is deleted.

        Logs of jobs go where there is too much of them. Returns whether there was any.
        """
        with self._app.app_context():
            if self._settings.retention and self._knows_ages() and self._hide_old(self._moment()):
                return True
            now = clock.utcnow()
            with writing() as connection:
                has_ended = end_silent_run(connection, now, self._notifier.subscriptions)
                if has_ended or purge(connection, now, STEP):
                    return True
            # Events needn't wait until that is found out.
            with sql_engine().connect() as connection:
                if not log_text.are_too_much(connection):
                    return False
            with writing() as connection:
                log_text.forget_oldest(connection)
            return True

    def _knows_ages(self) -> bool:
        """Return whether the clock can be believed: by one that is wrong, all would be too old."""
        began, uptime = self._began
        passed = timedelta(seconds=clock.uptime() - uptime)
        if clock.utcnow() - began < passed + LARGEST_STEP:
            return True
        clock_log.warning(
            "The clock was set forward since panoptes began: nothing is removed for its age until"
            " it is set back, or panoptes is started again."
        )
        return False

    def _hide_old(self, moment: Moment) -> bool:
        oldest = moment.now - timedelta(days=self._settings.retention)
        limits = Limits(oldest, moment.silent or NEVER)
        with sql_engine().connect() as connection:
            old = find_old(connection, limits)
        if old == Old([], []):
            return False
        with writing() as connection:
            hide(connection, old, limits, moment.now)
        return True

    def _moment(self) -> Moment:
        return moment_at(clock.utcnow(), self._settings.stale_hours)
