"""Reads the fields of a message, whose types and sizes nobody vouches for."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from panoptes.engines.problems import Broken

T = TypeVar("T")
Fields = Mapping[str, Any]

# More jobs or threads than any run has; sums of it fit every column.
MAX_COUNT = 10**9
MAX_KEY = 100
MAX_RULE = 500
MAX_TEXT = 100_000
# Of a job's files, wildcards and resources, so many are kept, and so much of each.
MAX_ITEMS = 10_000
MAX_ITEM = 4096


def job_key(message: Fields) -> str:
    """Return the id of the message's job as text. Raises Broken."""
    return as_key(message.get("jobid"), "jobid")


def as_key(value: object, field: str) -> str:
    """Return a job's id as text: Snakemake sends numbers, another engine may send names.

    Raises Broken, with the name of the field.
    """
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise Broken("msg", f"{field}: Not a valid job id.")
    key = str(value)
    if not 0 < len(key) <= MAX_KEY:
        raise Broken("msg", f"{field}: Not a valid job id.")
    return key


def text_of(message: Fields, name: str, limit: int) -> str | None:
    """Return a text's first `limit` characters; None where there is none."""
    value = message.get(name)
    return value[:limit] if isinstance(value, str) and value.strip() else None


def texts_of(message: Fields, name: str) -> list[str] | None:
    """Return a list of texts, of a very long one both ends; None where there is none."""
    value = message.get(name)
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list):
        return None
    return [str(text)[:MAX_ITEM] for text in _ends(value)]


def count(value: object) -> int | None:
    """Return a number that counts something, None for any other value and beyond all reason."""
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value <= MAX_COUNT else None


def client_time(value: object) -> float | None:
    """Return Unix time in seconds, of the years 2000 to 2100; anything else is no clock's."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if 946_684_800 <= value <= 4_102_444_800 else None


# --- what a message says of a job -----------------------------------------------------------------

# Column of `jobs` -> what to take for it from a message.
_DETAILS: dict[str, Callable[[Fields], Any]] = {
    "msg": lambda message: _cut_text(message, "msg"),
    "input": lambda message: texts_of(message, "input"),
    "output": lambda message: texts_of(message, "output"),
    "log": lambda message: texts_of(message, "log"),
    "wildcards": lambda message: _wildcards(message),
    "benchmark": lambda message: text_of(message, "benchmark", MAX_ITEM),
    "reason": lambda message: _cut_text(message, "reason"),
    "resources": lambda message: _resources(message),
    "priority": lambda message: _priority(message),
    "threads": lambda message: count(message.get("threads")),
    "is_checkpoint": lambda message: message.get("is_checkpoint") is True,
    "is_local": lambda message: message.get("local") is True,
    "shell_command": lambda message: _cut_text(message, "shellcmd"),
    "conda_env": lambda message: text_of(message, "conda_env", MAX_ITEM),
    "external_id": lambda message: _external_id(message),
}
_LONG = ("input", "output", "log", "wildcards", "resources")
_NAME_IN_MESSAGE = {
    "shell_command": "shellcmd",
    "is_local": "local",
    "external_id": "aux",
}


def details_of(message: Fields) -> dict[str, Any]:
    """Return only what the message says: a job_error must not empty what job_info filled."""
    details = {
        column: read(message)
        for column, read in _DETAILS.items()
        if message.get(_NAME_IN_MESSAGE.get(column, column)) is not None
    }
    left_out = {name: _left_out(message.get(name)) for name in _LONG}
    details["left_out"] = {name: number for name, number in left_out.items() if number} or None
    return {column: value for column, value in details.items() if value is not None}


def _left_out(value: object) -> int:
    return max(0, len(value) - MAX_ITEMS) if isinstance(value, (list, dict)) else 0


def _ends(items: list[T]) -> list[T]:
    """Return a list, of a very long one its beginning and its end: they may differ in kind."""
    half = MAX_ITEMS // 2
    return items if len(items) <= MAX_ITEMS else [*items[:half], *items[-half:]]


def _cut_text(message: Fields, name: str) -> str | None:
    """Return a text that shows where it was cut."""
    text = text_of(message, name, MAX_TEXT + 1)
    return text if text is None or len(text) <= MAX_TEXT else f"{text[: MAX_TEXT - 1]}…"


def _wildcards(message: Fields) -> dict[str, str] | None:
    value = message["wildcards"]
    if not isinstance(value, dict):
        return None
    return {name[:MAX_ITEM]: str(text)[:MAX_ITEM] for name, text in _ends(list(value.items()))}


def _resources(message: Fields) -> dict[str, Any] | list[Any] | None:
    """An object from Snakemake 9; before, values without names of which two are known.

    The first is the number of cores (the threads, sent anyway) and the second of nodes; the
    order of the others differs by version and rule, so they stay a list.
    """
    value = message["resources"]
    if isinstance(value, dict):
        return {name[:MAX_ITEM]: _resource(each) for name, each in _ends(list(value.items()))}
    return [_resource(each) for each in _ends(value)] if isinstance(value, list) else None


def _resource(value: object) -> object:
    return value if value is None or isinstance(value, (int, float)) else str(value)[:MAX_ITEM]


def _priority(message: Fields) -> str | None:
    """A number, or "highest"."""
    value = message["priority"]
    return str(value)[:40] if isinstance(value, (int, float, str)) else None


def _external_id(message: Fields) -> str | None:
    """`cluster_jobid` before Snakemake 8, `external_jobid` from then on."""
    aux = message["aux"]
    if not isinstance(aux, dict):
        return None
    external_id = aux.get("external_jobid") or aux.get("cluster_jobid")
    return None if external_id is None else str(external_id)[:MAX_KEY]
