"""The only place that asks for the time."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timezone

_standing: ContextVar[datetime | None] = ContextVar("standing", default=None)


def utcnow() -> datetime:
    """Return the time now, with UTC as its zone."""
    return _standing.get() or datetime.now(timezone.utc)


def uptime() -> float:
    """Return seconds that pass whatever the clock is set to, also while the machine sleeps."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()


@contextmanager
def standing_at(moment: datetime) -> Iterator[None]:
    """Let the clock of this thread stand at a moment (UTC): made-up runs have a past."""
    token = _standing.set(moment)
    try:
        yield
    finally:
        _standing.reset(token)
