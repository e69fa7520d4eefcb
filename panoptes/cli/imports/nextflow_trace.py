"""Reads a trace file of Nextflow (`-with-trace`): the run and its tasks."""

import csv
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from io import TextIOWrapper
from typing import Any, TextIO

from panoptes.cli.imports.source import Event, ImportedRun, NoSuchRun, Source
from panoptes.common.wording import count

# So many tasks are told at once, as Nextflow's client does.
TASKS_AT_ONCE = 100
_UNITS = {"d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1000, "ms": 1}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|[dhms])\b")
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGTP]?)B?")
_NAME = re.compile(r"(.*) \((.*)\)")
_MUST_HAVE = ("task_id", "name", "status")
_STATUSES = ("COMPLETED", "FAILED", "ABORTED", "CACHED")
# No size or duration is larger, and programs agree about whole numbers up to here.
_LARGEST = 2**53


def is_trace(source: Source) -> bool:
    """Return whether a file looks like a trace: by the names of its columns."""
    columns = source.beginning().partition("\n")[0].split("\t")
    return "task_id" in columns or set(_MUST_HAVE) <= set(columns)


def read_run(source: Source) -> ImportedRun:
    """Return the run of a trace. Raises NoSuchRun."""
    tasks = read_trace(source)
    stem = "trace" if source.path is None else source.path.stem
    digest = source.digest()
    run = run_of(tasks, stem, digest)
    if run["start"] is None:
        raise NoSuchRun("The trace has no task that ran.")
    return ImportedRun(
        uid=f"log-{digest}",
        engine="nextflow",
        name=stem,
        began=run["start"] / 1000,
        count=2 + -(-len(tasks) // TASKS_AT_ONCE),
        events=partial(_events, run, tasks),
        told=count(len(tasks), "task"),
        description={name: run[name] for name in ("sessionId", "runName", "projectName")},
        notes=["Whether a failure was ignored isn't in the trace."],
        always=[
            "A trace's times are by this machine's time zone; its run ends with its last task."
        ],
    )


def _events(run: dict[str, Any], tasks: Sequence[Mapping[str, Any]]) -> Iterator[Event]:
    """Yield what Nextflow's client sends of a run, as events of a batch."""
    begun = {**run, "complete": None, "success": False}
    yield _message(run["start"], {"workflow": begun, "processNames": []})
    for first in range(0, len(tasks), TASKS_AT_ONCE):
        batch = tasks[first : first + TASKS_AT_ONCE]
        yield _message(batch[-1]["complete"] or run["start"], {"tasks": batch})
    yield _message(run["complete"], {"workflow": run})


def _message(milliseconds: int, content: dict[str, Any]) -> Event:
    return {"event": "message", "time": milliseconds / 1000, "content": content}


def read_trace(source: Source) -> list[dict[str, Any]]:
    """Return the tasks of a trace file, by the names that Nextflow's client gives their fields.

    Raises NoSuchRun.
    """
    with source.opened() as file:
        text = TextIOWrapper(file, encoding="utf-8", errors="replace", newline="")
        try:
            found = list(_tasks(text))
        except csv.Error as error:
            raise NoSuchRun(f"It is no trace file: {error}.") from error
        finally:
            text.detach()
    found.sort(key=lambda task: task["taskId"])
    failed: dict[str, int] = {}
    for task in found:
        # A task that follows one of its name that failed is the next try of it.
        tries = failed.pop(task["name"], 0)
        task["attempt"] = task["attempt"] or tries + 1
        if task["status"] == "FAILED":
            failed[task["name"]] = task["attempt"]
    return found


def _tasks(text: TextIO) -> Iterator[dict[str, Any]]:
    rows = csv.DictReader(text, delimiter="\t", quoting=csv.QUOTE_NONE)
    if not set(_MUST_HAVE) <= set(rows.fieldnames or ()):
        raise NoSuchRun(f"It is no trace file: it has no {', '.join(_MUST_HAVE)}.")
    for row in rows:
        if row["name"] and row["status"] in _STATUSES:
            yield _task(row)


def run_of(tasks: Sequence[Mapping[str, Any]], name: str, session: str) -> dict[str, Any]:
    """Return the run of some tasks, as Nextflow's client tells of one at its end."""
    last = {task["name"]: task["status"] for task in tasks}
    failed = [task for task, status in last.items() if status in ("FAILED", "ABORTED")]
    times = [time for task in tasks for time in (task["submit"], task["complete"]) if time]
    return {
        "sessionId": session,
        "runName": f"{name} (imported)",
        "projectName": name,
        "start": min(times, default=None),
        "complete": max(times, default=None),
        "success": not failed,
        "errorMessage": f"Failed: {', '.join(failed[:10])}" if failed else None,
    }


def _task(row: Mapping[str, str | None]) -> dict[str, Any]:
    """Return a row as a task; what it doesn't have is None."""
    given = {field: value for field, value in row.items() if value not in (None, "", "-")}

    def read(field: str, reader: Callable[[str], Any]) -> Any:
        value = given.get(field)
        return None if value is None else reader(value)

    named = _NAME.fullmatch(given.get("name") or "")
    process = given.get("process") or (named[1] if named else given.get("name"))
    # Where a task has no tag, its name has a number instead.
    tag = named[2] if named and not named[2].isdigit() else None
    submit, duration = read("submit", _time), read("duration", _milliseconds)
    complete = read("complete", _time) or (submit + (duration or 0) if submit else None)
    realtime = read("realtime", _milliseconds)
    start = read("start", _time) or (complete - realtime if complete and realtime else submit)
    return {
        "taskId": read("task_id", _whole) or 0,
        "name": given.get("name"),
        "process": process,
        "tag": given.get("tag") or tag,
        "status": given.get("status"),
        "attempt": read("attempt", _whole),
        "exit": read("exit", _whole),
        "hash": given.get("hash"),
        "nativeId": given.get("native_id"),
        "submit": submit,
        "start": start,
        "complete": complete,
        "realtime": realtime,
        "pcpu": read("%cpu", lambda text: _number(text.rstrip("%"))),
        "cpus": read("cpus", _whole),
        "memory": read("memory", _bytes),
        "disk": read("disk", _bytes),
        "time": read("time", _milliseconds),
        "peakRss": read("peak_rss", _bytes),
        "peakVmem": read("peak_vmem", _bytes),
        "rchar": read("rchar", _bytes),
        "wchar": read("wchar", _bytes),
        "readBytes": read("read_bytes", _bytes),
        "writeBytes": read("write_bytes", _bytes),
        **{field: given.get(field) for field in ("container", "queue", "script", "workdir")},
    }


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _whole(text: str) -> int | None:
    number = _number(text)
    return None if number is None or abs(number) >= _LARGEST else int(number)


def _rounded(number: float) -> int | None:
    return round(number) if number < _LARGEST else None


def _milliseconds(text: str) -> int | None:
    """Return a duration, raw or as '1h 2m 3.5s'."""
    parts = _DURATION.findall(text)
    if not parts:
        return _whole(text)
    return _rounded(sum(float(number) * _UNITS[unit] for number, unit in parts))


def _bytes(text: str) -> int | None:
    """Return a size, raw or as '4.8 MB', whose units are of 1024."""
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        return None
    factor: float = 1024.0 ** " KMGTP".index(match[2] or " ")
    return _rounded(float(match[1]) * factor)


def _time(text: str) -> int | None:
    """Return milliseconds since 1970, raw or of '2026-11-27 15:38:48.907' on this machine."""
    try:
        return round(datetime.fromisoformat(text).timestamp() * 1000)
    except (ValueError, OverflowError, OSError):
        return _whole(text)
