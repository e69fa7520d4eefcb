"""Reads the folder of a run of miniwdl: its log, and what the folders of its tasks hold.

The folder may have been moved since: then what the log says of its place is where it is now. Seen
with miniwdl 1.16.0.
"""

import re
from collections.abc import Iterator
from functools import partial
from typing import Any

from panoptes.cli.imports.source import Event, ImportedRun, NoSuchRun, Source
from panoptes.common.wording import count
from panoptes.sender import Address
from panoptes.wrapper.adapter import Wishes
from panoptes.wrapper.adapters.miniwdl import MiniwdlListener, record_of

# Those of a workflow, and of a task that was called alone.
LOGS = ("workflow.log", "task.log")
# With --log-json, the log for people has records that can't be read; so this stands beside it.
_JSON = ".json"
_KNOWN_BY = re.compile(r"\S+ \S+ wdl\.[wt]:\S+ [A-Z]+ |\{\"message\": .*\"source\": \"wdl\.")
# The workflow or the task that was started; those within it follow behind a dot.
_WHOLE = re.compile(r"wdl\.[wt]:([^.]+)")
NO_END = "How the run ended isn't in its folder: it is shown as an error."
_BEGINS = ("workflow start", "task setup")


def is_log(source: Source) -> bool:
    """Return whether a file is the log of a run of miniwdl."""
    return _KNOWN_BY.match(source.beginning()) is not None


def read_run(source: Source) -> ImportedRun:
    """Return the run whose log a file is; beside it lie the folders of its tasks.

    Raises NoSuchRun.
    """
    source = _readable(source)
    first: dict[str, Any] | None = None
    tasks: set[str] = set()
    has_ended = False
    for record in filter(None, map(record_of, source.lines())):
        message, name = record.get("message"), record["source"]
        if first is None and message in _BEGINS and _WHOLE.fullmatch(name):
            first = record
        if message == "task setup":
            tasks.add(name)
        if first is not None and name == first["source"]:
            has_ended |= str(message).startswith("done")
    began = first and first.get("timestamp")
    if first is None or not isinstance(began, (int, float)):
        raise NoSuchRun("The log doesn't tell how a run of miniwdl began.")
    here = None if source.path is None else source.path.resolve().parent
    was = str(first.get("dir", ""))
    events = partial(_events, source, began, (was, str(here or was)), has_ended=has_ended)
    has_failed = here is not None and (here / "error.json").is_file()
    return ImportedRun(
        uid=f"log-{source.digest()}",
        engine="miniwdl",
        name=_WHOLE.sub(r"\1", first["source"]),
        began=began,
        count=sum(1 for _ in events()),
        events=events,
        told=count(len(tasks), "task"),
        description={} if here is None else {"workdir": str(here)},
        notes=[] if has_ended or has_failed else [NO_END],
        always=["Times in logs of miniwdl are by this machine's time zone."],
    )


def _readable(source: Source) -> Source:
    path = source.path and source.path.with_name(source.path.name + _JSON)
    return Source(path) if path is not None and path.is_file() else source


def _events(
    source: Source, began: float, moved: tuple[str, str], *, has_ended: bool
) -> Iterator[Event]:
    """Yield what a listener would have told of the log, as it was written.

    `moved` is where the folder was, and where it is.
    """
    told: list[Event] = []
    listener = MiniwdlListener(told.append, Wishes(Address("")))
    at = began
    for line in source.lines():
        listener.take_line(line.replace(*moved) if moved[0] else line)
        for event in told:
            at = max(at, _time_of(event) or at)
            yield {**event, "time": at}
        told.clear()
    if not has_ended:
        yield {"event": "exit", "time": at, "status": None, "signal": None}


def _time_of(event: Event) -> float | None:
    time = event.get("record", {}).get("timestamp")
    return float(time) if isinstance(time, (int, float)) else None
