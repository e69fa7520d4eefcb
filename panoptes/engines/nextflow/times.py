"""Reads the times that Nextflow sends, in three forms, as Unix time in seconds."""

import re
from calendar import timegm
from collections.abc import Sequence
from typing import Any

from panoptes.engines.fields import client_time

_TEXT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?"
    r"(?:Z|([+-])(\d\d):?(\d\d))?"
)
_FIELDS = ("year", "monthValue", "dayOfMonth", "hour", "minute", "second")


def unix_time(value: Any) -> float | None:
    """Return Unix time in seconds; None where there is none, and for what is no time.

    The Tower protocol sends texts, with up to nine digits behind the second, and weblog sends
    milliseconds since 1970 (0 for none) of tasks and Java's own objects of the run.
    """
    if isinstance(value, str):
        return _of_text(value)
    if isinstance(value, dict):
        return _of_bean(value)
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return client_time(value / 1000) if is_number else None


def seconds(value: Any) -> float | None:
    """Return a duration, which Nextflow sends in milliseconds, in seconds."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return value / 1000 if is_number and 0 <= value < 10**14 else None


def _of_text(text: str) -> float | None:
    match = _TEXT.fullmatch(text)
    if match is None:
        return None
    *numbers, fraction, sign, hours, minutes = match.groups()
    offset = (int(hours) * 60 + int(minutes)) * 60 if sign else 0
    second = _second([int(number or 0) for number in numbers])
    if second is None:
        return None
    return client_time(second + float(f"0.{fraction or 0}") - (-offset if sign == "-" else offset))


def _of_bean(bean: dict[str, Any]) -> float | None:
    told = [bean.get(name) for name in _FIELDS]
    numbers = [number for number in told if isinstance(number, int) and 0 <= number < 10_000]
    if len(numbers) < len(_FIELDS):
        return None
    offset = bean.get("offset")
    shift = offset.get("totalSeconds") if isinstance(offset, dict) else 0
    nano = bean.get("nano")
    fraction = nano / 1e9 if isinstance(nano, int) and 0 <= nano < 10**9 else 0.0
    known_shift = shift if isinstance(shift, int) and abs(shift) <= 86_400 else 0
    second = _second(numbers)
    return None if second is None else client_time(second + fraction - known_shift)


def _second(numbers: Sequence[int]) -> int | None:
    """Return Unix time of a year, month, day, hour, minute and second; None for no such day."""
    try:
        return timegm((*numbers, 0, 0, 0))
    except ValueError:
        return None
