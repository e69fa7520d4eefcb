"""Works in the background of a server: removes what was deleted, and what has become too old.

Every step is one transaction of some milliseconds, with a longer pause behind it, so that events
go first. Each worker of a server may keep house: a step finds what the others left.
"""

import atexit
import logging
import threading
from datetime import timedelta

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from panoptes import clock
from panoptes.db import db, writing
from panoptes.errors import Unavailable, said_by_database
from panoptes.models.purge import purge
from panoptes.models.retention import Old, find_old, hide
from panoptes.seldom import SeldomLog

# Seconds: how long a step writes, the pause behind it, and the wait where nothing is to be done.
STEP = 0.01
PAUSE = 0.04
WAIT = 15.0

log = SeldomLog(logging.getLogger(__name__))


def take_step(app: Flask) -> bool:
    """Hide what is too old, or remove some of what is deleted; return whether there was any."""
    with app.app_context():
        return _hide_old(app.config["RETENTION_DAYS"]) or _purge()


def _hide_old(days: float) -> bool:
    if not days:
        return False
    now = clock.utcnow()
    before = now - timedelta(days=days)
    with db.engine.connect() as connection:
        old = find_old(connection, before)
    if old == Old([], []):
        return False
    with writing() as connection:
        hide(connection, old, before, now)
    return True


def _purge() -> bool:
    with writing() as connection:
        return purge(connection, clock.utcnow(), STEP)


def start_with_first_request(app: Flask) -> None:
    """Keep house in a thread of its own, as long as the process lives; a read-only one doesn't.

    Not before the first request: a server may load the app, then fork its workers, and a thread
    that writes in the middle of a fork would leave its lock to a child that can't open it.
    """
    if app.config["READ_ONLY"]:
        return
    unstarted = threading.Lock()

    @app.before_request
    def start() -> None:
        if unstarted.acquire(blocking=False):
            _start(app)


def _start(app: Flask) -> None:
    stop = threading.Event()
    keeper = threading.Thread(target=_keep, args=(app, stop), name="housekeeping", daemon=True)
    keeper.start()
    atexit.register(_end, keeper, stop)


def _end(keeper: threading.Thread, stop: threading.Event) -> None:
    """Let go of the database: whoever closes a SQLite file last puts its log into it."""
    stop.set()
    keeper.join(timeout=5)


def _keep(app: Flask, stop: threading.Event) -> None:
    while not stop.wait(PAUSE if is_busy(app) else WAIT):
        pass


def is_busy(app: Flask) -> bool:
    """A database that is away or full now may be back in a moment."""
    try:
        return take_step(app)
    except (SQLAlchemyError, Unavailable) as error:
        log.warning("What was deleted can't be removed now: %s", said_by_database(error))
        return False
