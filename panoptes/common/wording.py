"""Words for times, numbers and long texts, the same on every page and in terminals."""

import re
import textwrap
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import lru_cache

from humanize import intcomma, naturalsize, precisedelta

from panoptes.common.error_words import error_words

DASH = "–"
_MACHINE_NAME = re.compile(
    r"([0-9a-f]{8})-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE
)
# Our short forms of the units that humanize writes out.
_UNITS = {"day": "d", "hour": "h", "minute": "min", "second": "s"}
# humanize counts back from today, and the calendar begins with the year 1.
_MOST_SECONDS = 1000 * 365 * 86400


# --- times ----------------------------------------------------------------------------------------


def duration(value: timedelta | float | None) -> str:
    """Return a duration (seconds, where it is a number) in two units: '4 min 10 s', '0.3 s'."""
    if value is None:
        return DASH
    seconds = value.total_seconds() if isinstance(value, timedelta) else value
    if seconds < 9.95:
        return "< 0.1 s" if seconds < 0.05 else f"{seconds:.1f} s"
    return in_two_units(round(seconds))


def brief_duration(seconds: float | None) -> str:
    """Return a duration in its largest unit, for cells of a table: '41 min', '1.7 h', '6.8 s'."""
    if seconds is None or seconds < 9.95:
        return duration(seconds)
    for most, size, unit in ((99.5, 1, "s"), (99.5, 60, "min"), (47.5, 3600, "h")):
        if seconds < most * size:
            return f"{seconds / size:.{int(seconds < 9.95 * size)}f} {unit}"
    return f"{seconds / 86400:,.0f} d"


def in_two_units(seconds: int) -> str:
    """Return whole seconds in their two largest units: '2 h 11 min', '2 h'."""
    smaller = 1 if seconds < 3600 else 60 if seconds < 86400 else 3600
    return _in_units(seconds - seconds % smaller)


@lru_cache(maxsize=4096)  # A page has hundreds of durations, and many are alike.
def _in_units(seconds: int) -> str:
    if seconds > _MOST_SECONDS:
        return f"{seconds // 86400} d"
    words = precisedelta(timedelta(seconds=seconds), suppress=("months", "years"), format="%d")
    amounts = re.findall(r"(\d+) ([a-z]+?)s?\b", words)
    return " ".join(f"{amount} {_UNITS[unit]}" for amount, unit in amounts)


def ago(then: datetime, now: datetime) -> str:
    """Return how long ago something was: '2 h ago'; after a month its date says more."""
    seconds = int((now - then).total_seconds())
    if seconds < 5:
        return "just now"
    if seconds >= 30 * 86400:
        return f"{then:%Y-%m-%d}"
    largest = next(size for size in (86400, 3600, 60, 1) if seconds >= size)
    return f"{in_two_units(seconds - seconds % largest)} ago"


def clock(time: datetime, now: datetime) -> str:
    """Return when it was on the day of `now`: '14:03:12', or before it: '26 Nov, 14:03'."""
    if time.date() == now.date():
        return f"{time:%H:%M:%S}"
    return f"{time.day} {time:%b, %H:%M}" if time.year == now.year else f"{time:%Y-%m-%d}"


def clock_minute(time: datetime, now: datetime) -> str:
    """Return when it was or will be, as `clock` does, without seconds: '14:03'."""
    return f"{time:%H:%M}" if time.date() == now.date() else clock(time, now)


def exact(time: datetime) -> str:
    """Return a time to the second."""
    return f"{time:%Y-%m-%d %H:%M:%S} UTC"


def local(time: datetime) -> str:
    """Return a time to the second, in the time zone of whoever runs this program."""
    return f"{time.astimezone():%Y-%m-%d %H:%M:%S %Z}"


# --- numbers --------------------------------------------------------------------------------------


@lru_cache(maxsize=4096)  # A page of samples has thousands, most of them small.
def number(value: int) -> str:
    """Return a number with separators: '12,400'."""
    return intcomma(value)


def count(value: int, one: str) -> str:
    """Return a number with what it counts: '1 job', '2 jobs'."""
    return f"{number(value)} {one if value == 1 else plural(one)}"


def plural(one: str) -> str:
    """Return the plural of a regular noun: 'jobs', 'processes'."""
    return f"{one}es" if one.endswith("s") else f"{one}s"


def size(value: int) -> str:
    """Return how large a file of so many bytes is: '3.2 MB', '320 MB'."""
    if value < 1000:
        return count(value, "byte")
    short = naturalsize(value, gnu=True)
    if len(short) > len("9.9M"):
        short = naturalsize(value, gnu=True, format="%.0f")
    if len(short) not in (3, 4):  # "1000K" to "1023K", and "1M": as good as "1.0M".
        short = naturalsize(1 << value.bit_length(), gnu=True)
    return f"{short[:-1]} {short[-1]}B"


# --- estimates ------------------------------------------------------------------------------------

# From so many seconds left on, an estimate is given to the minute.
TO_THE_MINUTE = 600


def basis(runs: int, past_error: float | None, *, rough: bool) -> str:
    """Return what an estimate is made from: 'from 8 runs; past estimates were off by 12 %'."""
    ground = f"from {count(runs, 'run')}" if runs else "from this run alone"
    roughly = "rough, " if rough else ""
    off = "" if past_error is None else f"; past estimates here were off by {past_error:.0%}"
    return roughly + ground + off.replace("%", " %")


# --- texts ----------------------------------------------------------------------------------------


def cut(text: str, width: int = 60) -> str:
    """Return a text of at most `width` characters, cut in the middle: both ends tell something."""
    if len(text) <= width:
        return text
    tail = (width - 1) // 2
    return f"{text[: width - 1 - tail]}…{text[len(text) - tail :]}"


def fair_share(lengths: Iterable[int], total: int) -> int:
    """Return how long each text may be that all of them are at most `total`: short ones give room.

    Nothing has to be cut where they are short enough.
    """
    waiting = sorted(lengths)
    for at, length in enumerate(waiting):
        share = total // (len(waiting) - at)
        if length > share:
            return share
        total -= length
    return max(waiting, default=0)


def failed_after_the_end(error: str) -> str:
    """Return what is said of a run that is done, and of which something failed after that."""
    return f"then failed: {cut(error_words(error).in_line(), 80)}"


def machine_name(name: str) -> str | None:
    """Return the short form of a name that a machine made up (a UUID), else None."""
    uuid = _MACHINE_NAME.fullmatch(name)
    return f"{uuid[1]}…" if uuid else None


def dedented(command: str) -> str:
    """Return a command without the indentation that it had in its workflow's file."""
    return textwrap.dedent(command).strip("\n").rstrip()
