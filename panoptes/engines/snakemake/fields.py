"""Reads what a message of Snakemake says of a job."""

from collections.abc import Callable
from typing import Any

from panoptes.engines.fields import (
    MAX_ITEM,
    MAX_KEY,
    Fields,
    count,
    cut_text,
    key_of,
    left_out,
    numbers_of,
    priority_of,
    text_of,
    texts_of,
    wildcards_of,
)
from panoptes.engines.problems import Broken


def job_key(message: Fields) -> str:
    """Return the id of the message's job as text. Raises Broken."""
    return as_key(message.get("jobid"), "jobid")


def as_key(value: object, field: str) -> str:
    """Return a job's id as text. Raises Broken, with the name of the field."""
    key = key_of(value)
    if key is None:
        raise Broken("msg", f"{field}: Not a valid job id.")
    return key


# Column of `jobs` -> what to take for it from a message.
_DETAILS: dict[str, Callable[[Fields], Any]] = {
    "msg": lambda message: cut_text(message, "msg"),
    "input": lambda message: texts_of(message, "input"),
    "output": lambda message: texts_of(message, "output"),
    "log": lambda message: texts_of(message, "log"),
    "wildcards": lambda message: wildcards_of(message),
    "benchmark": lambda message: text_of(message, "benchmark", MAX_ITEM),
    "reason": lambda message: cut_text(message, "reason"),
    # An object from Snakemake 9; before, values without names of which two are known. The first is
    # the number of cores (the threads, sent anyway) and the second of nodes; the order of the
    # others differs by version and rule, so they stay a list.
    "resources": lambda message: numbers_of(message, "resources"),
    "requested_memory": lambda message: _memory(message["resources"]),
    "requested_seconds": lambda message: _time_limit(message["resources"]),
    "priority": lambda message: priority_of(message),
    "threads": lambda message: count(message.get("threads")),
    "is_checkpoint": lambda message: message.get("is_checkpoint") is True,
    "is_local": lambda message: message.get("local") is True,
    "shell_command": lambda message: cut_text(message, "shellcmd"),
    "conda_env": lambda message: text_of(message, "conda_env", MAX_ITEM),
    "external_id": lambda message: _external_id(message),
}
_LONG = {name: name for name in ("input", "output", "log", "wildcards", "resources")}
_NAME_IN_MESSAGE = {
    "shell_command": "shellcmd",
    "is_local": "local",
    "external_id": "aux",
    "requested_memory": "resources",
    "requested_seconds": "resources",
}


def details_of(message: Fields) -> dict[str, Any]:
    """Return only what the message says: a job_error must not empty what job_info filled."""
    details = {
        column: read(message)
        for column, read in _DETAILS.items()
        if message.get(_NAME_IN_MESSAGE.get(column, column)) is not None
    }
    details["left_out"] = left_out(message, _LONG)
    return {column: value for column, value in details.items() if value is not None}


def _memory(resources: object) -> int | None:
    """Return the memory that was asked for in bytes: `mem_mb` has megabytes, `mem_mib` mebibytes.

    Snakemake 8 and 9 set both for a text in `mem`, and one from the other.
    """
    if not isinstance(resources, dict):
        return None
    mebibytes, megabytes = count(resources.get("mem_mib")), count(resources.get("mem_mb"))
    if megabytes:
        return megabytes * 10**6
    return mebibytes * 2**20 if mebibytes else None


def _time_limit(resources: object) -> float | None:
    """Return the limit of a job's time in seconds; `runtime` has minutes."""
    minutes = count(resources.get("runtime")) if isinstance(resources, dict) else None
    return minutes * 60.0 if minutes else None


def _external_id(message: Fields) -> str | None:
    """`cluster_jobid` before Snakemake 8, `external_jobid` from then on."""
    aux = message["aux"]
    if not isinstance(aux, dict):
        return None
    external_id = aux.get("external_jobid") or aux.get("cluster_jobid")
    return None if external_id is None else str(external_id)[:MAX_KEY]
