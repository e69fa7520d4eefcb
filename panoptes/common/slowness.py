"""What is usual for the jobs of a rule, and when a running one is slow: the one definition."""

from functools import lru_cache
from statistics import median

# A slow job takes so many times as long as its rule's jobs usually do, and not just a moment.
TIMES = 3
LEAST_SECONDS = 60


@lru_cache(maxsize=1024)  # All jobs of a rule that are on a page have the same.
def usual_seconds(recent: str | None) -> float | None:
    """Return the median of what the latest jobs of a rule took, None where none is done.

    `recent` has the seconds of each with a blank behind them; the last may have been cut.
    """
    seconds = (recent or "").rpartition(" ")[0].split()
    return median(map(float, seconds)) if seconds else None


def is_slow(seconds: float | None, usual: float | None) -> bool:
    """Return whether a job that has been running for `seconds` is slow; both may be unknown."""
    if seconds is None or usual is None:
        return False
    return seconds > max(LEAST_SECONDS, TIMES * usual)
