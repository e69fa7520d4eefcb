"""What a job's `usage` and `recent` figures say: the one reading of them.

`usage` is a map of `seconds` (by the clock of whoever measured), `cpu_seconds`, `cpu_percent` (100
for each core), `max_memory` and `max_virtual_memory`, `read_bytes` and `written_bytes`, and what of
these was on disks: `disk_read_bytes` and `disk_written_bytes`.
"""

from collections.abc import Mapping
from statistics import quantiles
from typing import Any, NamedTuple

# More than any job has; sums of it fit every column.
MOST = 1e15
# What is over at once keeps no number of cores busy.
LEAST_SECONDS = 0.5
_PER_CORE = 100


class Spread(NamedTuple):
    """How figures lie: the least, the quartiles and the most of them."""

    least: float
    lower: float
    median: float
    upper: float
    most: float


def figure(value: object) -> float | None:
    """Return an amount, None for what is none: engines' clients send what they like."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value <= MOST else None


def whole_figure(value: object) -> int | None:
    """Return an amount that is counted in whole numbers, such as bytes; None for what is none."""
    amount = figure(value)
    return None if amount is None else int(amount)


def cores_used(usage: Mapping[str, Any]) -> float | None:
    """Return how many cores a job kept busy on average."""
    cpu, seconds = figure(usage.get("cpu_seconds")), figure(usage.get("seconds"))
    if cpu is not None and seconds is not None and seconds >= LEAST_SECONDS:
        return cpu / seconds
    percent = figure(usage.get("cpu_percent"))
    return None if percent is None else percent / _PER_CORE


def figures(recent: str) -> list[float]:
    """Return the figures of a text that has a blank behind each; the last may have been cut."""
    return [float(text) for text in recent.rpartition(" ")[0].split()]


def spread(recent: str) -> Spread | None:
    """Return how the figures of such a text lie, None where there are none."""
    known = figures(recent)
    if not known:
        return None
    lower, median, upper = quantiles(known, n=4, method="inclusive") if known[1:] else known * 3
    return Spread(min(known), lower, median, upper, max(known))
