"""The ticks of a time axis, at round numbers from the start of a run."""

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from math import ceil

from panoptes.charts.timeline.spans import Window
from panoptes.common.wording import exact, in_two_units

MOST_TICKS = 8
# Seconds: decimals, then what divides minutes, hours and days, then days.
_STEPS = (
    *(digit * 10.0**power for power in (-3, -2, -1) for digit in (1, 2, 5)),
    *(number * unit for unit in (1.0, 60.0) for number in (1, 2, 5, 10, 15, 30)),
    *(hours * 3600.0 for hours in (1, 2, 3, 6, 12)),
    *(digit * 10.0**power * 86400.0 for power in range(8) for digit in (1, 2, 5)),
)

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_FIRST = (datetime.min.replace(tzinfo=timezone.utc) - _EPOCH).total_seconds()
_LAST = (datetime.max.replace(microsecond=0, tzinfo=timezone.utc) - _EPOCH).total_seconds()


@dataclass(frozen=True, slots=True)
class Tick:
    """A place on the axis, from 0 to 1, with its label and the time by the clock."""

    place: float
    label: str
    clock: str


def ticks(window: Window, most: int = MOST_TICKS) -> list[Tick]:
    """Return at most so many ticks (and one at the very start), evenly spaced."""
    step = next((step for step in _STEPS if window.seconds / step <= most), _STEPS[-1])
    begin = window.start - window.origin
    first = ceil(begin / step - 1e-9)
    last = int((begin + window.seconds) / step + 1e-9)
    found = []
    for seconds in (number * step for number in range(first, last + 1)):
        time = window.origin + seconds
        found.append(Tick(window.place(time), offset(seconds), clock(time)))
    return found


def clock(time: float) -> str:
    """Return a time by the clock, to the second."""
    return exact(utc(time))


def utc(time: float) -> datetime:
    """Return seconds since 1970 as a time; beyond the calendar, its first or last moment."""
    return _EPOCH + timedelta(seconds=min(_LAST, max(_FIRST, time)))


def offset(seconds: float) -> str:
    """Return how long after the start a time is, in its two largest units: '+1 h 30 min'."""
    if abs(seconds) < 0.0005:
        return "start"
    sign, amount = "+" if seconds > 0 else "−", abs(seconds)
    return sign + (f"{round(amount, 3):g} s" if amount < 10 else in_two_units(round(amount)))
