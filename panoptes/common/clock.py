"""The only place that asks for the time."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timezone

_standing: ContextVar[datetime | None] = ContextVar("standing", default=None)


def utcnow() -> datetime:
    """Return the time now, with UTC as its zone."""
    return _standing.get() or datetime.now(timezone.utc)


@contextmanager
def standing_at(time: datetime) -> Iterator[None]:
    """Let the clock of this thread stand at a time (UTC): made-up runs have a past."""
    token = _standing.set(time)
    try:
        yield
    finally:
        _standing.reset(token)
