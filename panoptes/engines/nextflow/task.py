"""Reads a task: one try of a job, which both of Nextflow's protocols tell in the same terms."""

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from panoptes.common.usage import whole_figure
from panoptes.common.wildcards import brief
from panoptes.engines.events import JobId
from panoptes.engines.fields import (
    MAX_ITEM,
    MAX_KEY,
    MAX_RULE,
    Fields,
    count,
    cut_text,
    exit_status,
)
from panoptes.engines.nextflow.times import seconds, unix_time

_LARGEST = 2**53
STATUSES = frozenset({"NEW", "SUBMITTED", "RUNNING", "COMPLETED", "FAILED", "ABORTED", "CACHED"})
# What else is kept, by Nextflow's names.
_ABOUT = (
    *("hash", "executor", "queue", "container", "hostname", "scratch", "module", "errorAction"),
    *("machineType", "cloudZone", "priceModel", "accelerator", "acceleratorType", "cpuModel"),
)
# Nextflow's names -> ours, of what a task used.
_USED = {
    "pcpu": "cpu_percent",
    "peakRss": "max_memory",
    "peakVmem": "max_virtual_memory",
    "rchar": "read_bytes",
    "wchar": "written_bytes",
}
# What it read and wrote on disks alone, where most often a cache or the network has its files.
_ON_DISKS = {"readBytes": "read_bytes", "writeBytes": "written_bytes"}
# 0 means that a task was over before anybody measured it.
_NEVER_ZERO = ("max_memory", "max_virtual_memory")


@dataclass(frozen=True, slots=True)
class Task:
    """A task as it stands: `number` is its id, and `attempt` which try of its job it is, from 1.

    Times are Unix times; `details` are named as columns of `jobs`.
    """

    number: int
    name: str
    process: str
    status: str
    attempt: int
    action: str | None
    submitted: float | None
    started: float | None
    ended: float | None
    details: Mapping[str, Any]

    @property
    def key(self) -> str:
        """Its name, which all tries of a job have, short enough for a key."""
        return brief(self.name, MAX_KEY)

    @property
    def id(self) -> JobId:
        """The job of which it is the first try that was told."""
        return JobId(self.key, self.number)


def read_task(told: Any) -> Task | None:
    """Return a task as it was told, None for what names none."""
    if not isinstance(told, dict):
        return None
    fields = {_in_camel_case(name): value for name, value in told.items()}
    number, name, status = (fields.get(each) for each in ("taskId", "name", "status"))
    number = count(number)
    if number is None or not isinstance(name, str) or not name.strip():
        return None
    if not isinstance(status, str) or status not in STATUSES:
        return None
    process = fields.get("process")
    attempt = count(fields.get("attempt"))
    return Task(
        number=number,
        name=name,
        process=(process if isinstance(process, str) and process.strip() else name)[:MAX_RULE],
        status=status,
        attempt=max(1, min(attempt or 1, 1_000_000)),
        action=action if isinstance(action := fields.get("errorAction"), str) else None,
        submitted=unix_time(fields.get("submit")),
        started=unix_time(fields.get("start")),
        ended=unix_time(fields.get("complete")),
        details=_details(fields),
    )


@lru_cache(maxsize=1000)
def _in_camel_case(name: str) -> str:
    """Return a name as the Tower protocol has it; weblog writes `native_id` and `%cpu`."""
    first, *others = name.replace("%", "p").split("_")
    return first + "".join(word.capitalize() for word in others)


def _details(fields: Fields) -> dict[str, Any]:
    tag, native = fields.get("tag"), fields.get("nativeId")
    workdir = _text(fields["workdir"]) if fields.get("workdir") else None
    details = {
        "wildcards": {"tag": tag[:MAX_ITEM]} if isinstance(tag, str) and tag.strip() else None,
        "shell_command": _command(fields),
        "threads": count(fields.get("cpus")),
        "resources": _resources(fields),
        "requested_memory": whole_figure(fields.get("memory")),
        "requested_seconds": seconds(fields.get("time")),
        "external_id": _text(native)[:MAX_KEY] if native is not None else None,
        "exit_status": exit_status(fields.get("exit")),
        "usage": _usage(fields),
        "workdir": workdir,
        # The task's output, which Nextflow's own wrapper writes there.
        "log": [f"{workdir}/.command.log"] if workdir and workdir.startswith("/") else None,
        "about": {name: _text(fields[name]) for name in _ABOUT if fields.get(name)} or None,
    }
    return {column: value for column, value in details.items() if value is not None}


def _command(fields: Fields) -> str | None:
    script = cut_text(fields, "script")
    return None if script is None else textwrap.dedent(script).strip("\n").rstrip()


def _resources(fields: Fields) -> dict[str, Any] | None:
    """Return what was asked for: CPUs, memory and disk in bytes, time in seconds."""
    asked = {name: _amount(fields.get(name)) for name in ("cpus", "memory", "disk")}
    asked["time"] = seconds(fields.get("time"))
    return {name: value for name, value in asked.items() if value is not None} or None


def _usage(fields: Fields) -> dict[str, Any] | None:
    used = {ours: _amount(fields.get(theirs)) for theirs, ours in _USED.items()}
    used |= {name: None for name in _NEVER_ZERO if not used[name]}
    for theirs, ours in _ON_DISKS.items():
        # Nextflow's own report counts all that was read and written; a trace may not tell it.
        name = ours if used[ours] is None else f"disk_{ours}"
        used[name] = _amount(fields.get(theirs))
    used["seconds"] = seconds(fields.get("realtime"))
    percent, took = used["cpu_percent"], used["seconds"]
    if percent is not None and took is not None:
        used["cpu_seconds"] = round(percent / 100 * took, 4)
    return {name: value for name, value in used.items() if value is not None} or None


def _amount(value: object) -> Any:
    return value if _is_number(value) and 0 <= value < _LARGEST else None  # type: ignore[operator]


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _text(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(str(each)[:MAX_ITEM] for each in value[:20])[:MAX_ITEM]
    return str(value)[:MAX_ITEM]
