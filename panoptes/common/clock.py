"""The only place that asks for the time."""

from datetime import datetime, timezone


def utcnow() -> datetime:
    """Return the time now, with UTC as its zone."""
    return datetime.now(timezone.utc)
