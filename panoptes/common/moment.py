"""The moment of which an answer speaks, and which runs are silent then."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Moment:
    """A time, `now`, in UTC.

    A run that hasn't ended is silent if it was last heard of before `silent` (None: never), or if
    contact with it is lost: by now, its client should have been heard of again.
    """

    now: datetime
    silent: datetime | None

    def is_silent(self, heard_at: datetime, lost_at: datetime | None) -> bool:
        """Return whether a run is silent that was last heard of, and counts as lost, at a time."""
        return self.is_lost(lost_at) or (self.silent is not None and heard_at < self.silent)

    def is_lost(self, lost_at: datetime | None) -> bool:
        """Return whether contact is lost with a run that counts as lost from a time on."""
        return lost_at is not None and lost_at < self.now


def moment_at(now: datetime, stale_hours: float) -> Moment:
    """Return the moment `now`, for which whatever was silent for so many hours is silent.

    0 hours: only what says itself how long it may be silent.
    """
    return Moment(now, now - timedelta(hours=stale_hours) if stale_hours else None)
