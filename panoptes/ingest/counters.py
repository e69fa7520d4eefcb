"""What this process answered to events, in numbers: how many, how, and within what time."""

import threading
from bisect import bisect_left
from time import perf_counter
from typing import NamedTuple

TAKEN = "taken"
IGNORED = "ignored"  # noise, a copy, for a run that is cancelled or gone, for want of a token
REFUSED = "refused"  # broken, too large, for another host
FAILED = "failed"  # the database, or a mistake of ours: the client may send it again
RESULTS = (TAKEN, IGNORED, REFUSED, FAILED)
# Seconds, each up to and including; what takes longer counts in a bucket of its own at the end.
BOUNDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Counted(NamedTuple):
    """Events by their result, by the bound of their time (the last has none), and all seconds."""

    results: dict[str, int]
    buckets: list[int]
    seconds: float


class EventCounters:
    """Counts events; each in well under a microsecond, for each event waits for it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._results = dict.fromkeys(RESULTS, 0)
        self._buckets = [0] * (len(BOUNDS) + 1)
        self._seconds = 0.0

    def count(self, result: str, began: float) -> None:
        """Count an event that was answered just now; `began` is of `perf_counter`."""
        seconds = perf_counter() - began
        bucket = bisect_left(BOUNDS, seconds)
        with self._lock:
            self._results[result] += 1
            self._buckets[bucket] += 1
            self._seconds += seconds

    def read(self) -> Counted:
        """Return what was counted, all of the same moment."""
        with self._lock:
            return Counted(dict(self._results), list(self._buckets), self._seconds)


def result_of(status: int, is_taken: bool) -> str:
    """Return the result of an event that was answered with this status code."""
    if status == 200:
        return TAKEN if is_taken else IGNORED
    return FAILED if status >= 500 else REFUSED
