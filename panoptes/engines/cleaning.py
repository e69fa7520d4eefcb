"""Cleans a parsed message once, at the door, so that every database takes it."""

import math
from typing import Any

from panoptes.common.text import clean_text

MAX_DEPTH = 40
MAX_INTEGER = 2**63 - 1


class NestingError(ValueError):
    """Lists and maps nested deeper than any client sends."""


def clean(value: Any, depth: int = 0) -> Any:
    """Return a parsed message with clean text, finite numbers and text keys only.

    Numbers that no database column holds (NaN, infinity, beyond 63 bits) become their text.
    Raises NestingError.
    """
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, (dict, list, tuple)) and depth >= MAX_DEPTH:
        raise NestingError
    if isinstance(value, dict):
        return {clean_text(str(key)): clean(each, depth + 1) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [clean(each, depth + 1) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, int) and abs(value) > MAX_INTEGER:
        return hex(value)
    return value
