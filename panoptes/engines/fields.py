"""Reads the fields of what a client sends, whose types and sizes nobody vouches for."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, TypeGuard, TypeVar

from panoptes.common.labels import MAX_LABEL, MAX_NOTE, MOST_LABELS, clean_labels, clean_note
from panoptes.common.status import SHORTEST_SILENCE

T = TypeVar("T")
Fields = Mapping[str, Any]

# An exit status that isn't known, in Java: Nextflow sends it.
NO_EXIT_STATUS = 2**31 - 1
# More jobs or threads than any run has; sums of it fit every column.
MAX_COUNT = 10**9
# Seconds.
LEAST_SILENCE = SHORTEST_SILENCE.total_seconds()
MOST_SILENCE = timedelta(days=7).total_seconds()
MAX_KEY = 100
MAX_RULE = 200
MAX_TEXT = 100_000
# Of a job's files, wildcards and resources, so many are kept, and so much of each.
MAX_ITEMS = 10_000
MAX_ITEM = 4096
# Lists of runs read them, too.
MAX_CONFIG_FILES = 50
# A graph with more can't be drawn.
MAX_EDGES = 2000


def whole(value: object) -> object:
    """Return 3 for 3.0, for some languages have no other numbers; any other value as it is."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def key_of(value: object) -> str | None:
    """Return a job's id as text, a number or a name; None for anything else."""
    value = whole(value)
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        return None
    key = str(value)
    return key if 0 < len(key) <= MAX_KEY else None


def text_of(message: Fields, name: str, limit: int) -> str | None:
    """Return a text's first `limit` characters; None where there is none."""
    value = message.get(name)
    return value[:limit] if isinstance(value, str) and value.strip() else None


def cut_text(message: Fields, name: str) -> str | None:
    """Return a text that shows where it was cut; None where there is none."""
    text = text_of(message, name, MAX_TEXT + 1)
    return text if text is None or len(text) <= MAX_TEXT else f"{text[: MAX_TEXT - 1]}…"


def texts_of(message: Fields, name: str) -> list[str] | None:
    """Return a list of texts, of a very long one both ends; None where there is none."""
    value = message.get(name)
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list):
        return None
    return [str(text)[:MAX_ITEM] for text in ends(value)]


def labels_of(message: Fields) -> list[str] | None:
    """Return the labels that a client gives its run, long ones cut; None where there are none."""
    value = message.get("labels")
    texts = [value] if isinstance(value, str) else value if isinstance(value, list) else []
    short = (text[:MAX_ITEM] for text in texts[:MAX_ITEMS] if isinstance(text, str))
    return clean_labels(label[:MAX_LABEL] for label in clean_labels(short))[:MOST_LABELS] or None


def note_of(message: Fields) -> str | None:
    """Return the beginning of the note that a client gives its run; None where there is none."""
    return clean_note(text_of(message, "note", MAX_NOTE) or "")


def config_files_of(message: Fields, name: str) -> list[str] | None:
    """Return the first of a run's config files; None where there are none."""
    return (texts_of(message, name) or [])[:MAX_CONFIG_FILES] or None


def count(value: object) -> int | None:
    """Return a number that counts something, None for any other value and beyond all reason."""
    value = whole(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value <= MAX_COUNT else None


def exit_status(value: object) -> int | None:
    """Return a program's exit status, None where it isn't known."""
    value = whole(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if abs(value) < NO_EXIT_STATUS else None


def silence_limit(value: object) -> int | None:
    """Return for how many seconds a client may be silent that gives signs of life.

    Within limits; None for any other value.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value:
        return None
    return int(min(max(value, LEAST_SILENCE), MOST_SILENCE))


def is_offset(value: object) -> TypeGuard[int]:
    """Return whether a value is a number of bytes, such as every column holds."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53


def client_time(value: object) -> float | None:
    """Return Unix time in seconds, of the years 2000 to 2100; anything else is no clock's."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if 946_684_800 <= value <= 4_102_444_800 else None


def wildcards_of(message: Fields, name: str = "wildcards") -> dict[str, str] | None:
    """Return the texts of a map; None where there is none."""
    value = message.get(name)
    if not isinstance(value, dict):
        return None
    return {key[:MAX_ITEM]: str(text)[:MAX_ITEM] for key, text in ends(list(value.items()))}


def numbers_of(message: Fields, name: str) -> dict[str, Any] | list[Any] | None:
    """Return a map or a list of numbers and texts; None where there is none."""
    value = message.get(name)
    if isinstance(value, dict):
        return {key[:MAX_ITEM]: _number(each) for key, each in ends(list(value.items()))}
    return [_number(each) for each in ends(value)] if isinstance(value, list) else None


def _number(value: object) -> object:
    return value if value is None or isinstance(value, (int, float)) else str(value)[:MAX_ITEM]


def priority_of(message: Fields) -> str | None:
    """Return a number, or a word such as "highest", as text."""
    value = message.get("priority")
    return str(value)[:40] if isinstance(value, (int, float, str)) else None


def ends(items: list[T]) -> list[T]:
    """Return a list, of a very long one its beginning and its end: they may differ in kind."""
    half = MAX_ITEMS // 2
    return items if len(items) <= MAX_ITEMS else [*items[:half], *items[-half:]]


def edges_of(value: object) -> list[tuple[str, str]]:
    """Return pairs of names; what is none is left out, and what goes beyond MAX_EDGES."""
    pairs = value[:MAX_EDGES] if isinstance(value, list) else []
    return [
        (pair[0][:MAX_RULE], pair[1][:MAX_RULE])
        for pair in pairs
        if isinstance(pair, list | tuple)
        and len(pair) == 2
        and all(isinstance(name, str) and name.strip() for name in pair)
    ]


def left_out(message: Fields, names: Mapping[str, str]) -> dict[str, int] | None:
    """Return of how many items long lists and maps were relieved; None where of none.

    `names` are columns of `jobs`, each with its name in the message.
    """
    values = {column: message.get(name) for column, name in names.items()}
    numbers = {
        column: len(value) - MAX_ITEMS
        for column, value in values.items()
        if isinstance(value, (list, dict)) and len(value) > MAX_ITEMS
    }
    return numbers or None
