"""Reads a record of miniwdl's log, as --log-json writes it.

Seen with miniwdl 1.8.0, 1.10.0 and 1.16.0.
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from panoptes.common.wildcards import brief
from panoptes.engines.events import JobId
from panoptes.engines.fields import MAX_ITEM, MAX_KEY, MAX_RULE, MAX_TEXT, Fields, text_of

SCOPE_MARK = "."
# Deeper nesting is told without what is between.
MOST_DEPTH = 20
# More values of a record are left out of the run's log.
MOST_VALUES = 20
_STARTED = re.compile(r"docker task running|.* run|BareContainer")
_ABOUT = ("message", "timestamp", "source", "level", "levelno", "thread", "line", "column")
_LEVELS = {
    "NOTICE": "info",
    "WARNING": "warning",
    "ERROR": "error",
    "CRITICAL": "error",
}


class Record(NamedTuple):
    """A record: whose it is, its level and message, and what else it says.

    `command` is that of the task, which its watcher read in the task's folder.
    """

    source: str
    level: str
    message: str
    values: Mapping[str, Any]
    command: str | None
    time: float | None

    @property
    def call(self) -> "Call | None":
        """The task or the workflow that it is about, None for miniwdl itself."""
        return call_of(self.source)

    @property
    def has_started(self) -> bool:
        """Whether a task begins to run, in whatever container."""
        is_process = "pid" in self.values or "service" in self.values
        return is_process and bool(_STARTED.fullmatch(self.message))

    @property
    def is_failure(self) -> bool:
        """Whether it tells of a failure of what it is about."""
        return self.level in ("ERROR", "CRITICAL") and "error" in self.values

    @property
    def shown_level(self) -> str | None:
        """The level in the run's log, None where it has no place there."""
        return _LEVELS.get(self.level)

    @property
    def line(self) -> str:
        """The record as people see it."""
        others = [(name, value) for name, value in self.values.items() if name not in _ABOUT]
        told = ", ".join(f"{name}: {value}" for name, value in others[:MOST_VALUES])
        return f"{self.source} {self.message}{' :: ' if told else ''}{told}"[:MAX_TEXT]

    def text(self, name: str, most: int = MAX_ITEM) -> str | None:
        """Return a text that it says."""
        return text_of(self.values, name, most)


class Call(NamedTuple):
    """A call of a task or a workflow, by what its source says.

    `is_task`: else, a workflow, of which `is_whole` is the one that was started.
    """

    source: str
    name: str
    rule: str
    wildcards: dict[str, str]
    is_task: bool
    is_whole: bool

    @property
    def id(self) -> JobId:
        """The job that it is, by its name within the workflow that was started."""
        return JobId(brief(self.name, MAX_KEY))


def call_of(source: str) -> Call | None:
    """Return the call that a source names, such as `wdl.w:outer.w:call-inner-0.t:call-greet-1-b`.

    Behind a call's name stands which element of the scatters around it is, and often a hint at its
    value.
    """
    head, *parts = source.split(".", MOST_DEPTH)
    if head != "wdl" or not parts or not all(part[:2] in ("w:", "t:") for part in parts):
        return None
    # The workflow that was started holds all calls, so it says nothing of one.
    names = [part[2:].removeprefix("call-") for part in parts[1:] or parts]
    rule, wildcards = "", {}
    for each in names:
        name, _, shard = each.partition("-")
        if shard:
            wildcards[brief(f"{rule}{SCOPE_MARK}shard" if rule else "shard", MAX_RULE)] = shard
        rule = f"{rule}{SCOPE_MARK}{name}" if rule else name
    is_task = parts[-1].startswith("t:")
    name = SCOPE_MARK.join(names)
    return Call(source, name, brief(rule, MAX_RULE), wildcards, is_task, len(parts) == 1)


def read_record(told: Fields, command: str | None, time: float | None) -> Record:
    """Return a record of --log-json."""
    source, level, message = (told.get(name) for name in ("source", "level", "message"))
    return Record(
        source if isinstance(source, str) else "",
        level if isinstance(level, str) else "",
        message[:MAX_TEXT] if isinstance(message, str) else "",
        told,
        command,
        time,
    )
