"""miniwdl: makes records of its log on stderr, as its --log-json would write them.

Its text for people holds all that its JSON does, so that nothing needs to be added to the command,
and people see exactly what they always do, colours and status bar included. Seen with miniwdl
1.8.0, 1.10.0 and 1.16.0.
"""

import json
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path, PurePath
from typing import Any

from panoptes.sender.tails import read_from
from panoptes.wrapper.adapter import (
    STDERR,
    Adapter,
    End,
    LineListener,
    Plan,
    Tell,
    Wishes,
)
from panoptes.wrapper.command import Command

# On a terminal, it clears the line before each record and each status bar.
_CLEAR = b"\x1b[2K\r"
_STATUS = re.compile(r"\s*\x1b\[1m\d+:\d\d:\d\d elapsed ")
_HIDDEN = re.compile(r"\x1b\[[?0-9;]*[A-Za-z]")
_MOMENT = r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3})"
_LEVELS = ("CRITICAL", "ERROR", "WARNING", "NOTICE", "INFO", "VERBOSE", "DEBUG")
_PLAIN = re.compile(rf"{_MOMENT} (\S+) ({'|'.join(_LEVELS)}) (.*)", re.DOTALL)
_COLOURED = re.compile(
    rf"\x1b\[34m{_MOMENT}\x1b\[0m \x1b\[35m(\S+)\x1b\[0m (?:\x1b\[([\d;]+)m)?(.*)", re.DOTALL
)
# The colour tells the level.
_BY_COLOUR = {
    "1;31": "ERROR",
    "1;33": "WARNING",
    "1;32": "NOTICE",
    "": "INFO",
    "34": "VERBOSE",
    "38;5;242": "DEBUG",
}
_NAME = re.compile(r"(\w+): ")
# Bytes of a command that are sent.
MOST_COMMAND = 20_000


def plan(command: Command, _wishes: Wishes) -> Plan | None:
    """Return how a run of miniwdl is watched; whatever else it does is any command's."""
    if command.arguments[:1] != ("run",):
        return None
    if not {"-h", "--help"}.isdisjoint(command.arguments):
        return Plan(command.words)
    files = (word for word in command.arguments if word.partition("?")[0].endswith(".wdl"))
    file = next(files, "")
    return Plan(
        command.words,
        "miniwdl",
        MiniwdlListener,
        reads=STDERR,
        description={"main_file": file} if file else {},
        name=PurePath(file).stem,
    )


class MiniwdlListener(LineListener):
    """Tells the records of miniwdl's log, and lines that are none; knows the logs of its tasks."""

    def __init__(self, tell: Tell, wishes: Wishes) -> None:
        super().__init__(tell, wishes)
        self._folders: dict[str, str] = {}
        self._tries: dict[str, int] = {}

    def take(self, data: bytes) -> None:
        """Take what it printed: on a terminal, a status bar stands between records."""
        super().take(data.replace(_CLEAR, b"\n"))

    def take_line(self, line: str) -> None:
        """Tell a record, or a line that is none."""
        record = record_of(line)
        if record is None:
            text = _HIDDEN.sub("", line).rstrip()
            if text and not _STATUS.match(line):
                self.tell({"event": "line", "text": text})
        elif not record["source"].endswith(".stderr"):  # The task's log has it.
            self._tell_record(record)

    def _tell_record(self, record: dict[str, Any]) -> None:
        event = {"event": "record", "record": record}
        task, message = task_of(record["source"]), record.get("message")
        if task is None:
            self.tell(event)
            return
        if message == "task setup":
            self._folders[task] = str(record.get("dir", ""))
            self._next_log(task)
        elif "pid" in record and task in self._folders:
            self.tell({**event, **self._command(task)})
            return
        has_failed = "error" in record and task in self._folders
        if has_failed or message == "done":
            self.send_logs(task, has_failed=has_failed)
        self.tell(event)
        if has_failed and "be retried" in str(message):
            self._next_log(task)
        elif has_failed or str(message).startswith("done"):
            for known in (self._folders, self._tries, self.logs):
                known.pop(task, None)

    def _next_log(self, task: str) -> None:
        """Note the log of a task's next try: `stderr.txt`, then `stderr2.txt` and so on."""
        number = self._tries[task] = self._tries.get(task, 0) + 1
        name = f"stderr{number if number > 1 else ''}.txt"
        self.logs[task] = [str(Path(self._folders[task], name))]

    def _command(self, task: str) -> dict[str, str]:
        """Return a task's command, of which its folder has a copy while it runs."""
        path = Path(self._folders[task], "command")
        command = read_from(str(path), 0, MOST_COMMAND)
        return {} if command is None else {"command": command.text}

    def ended(self, end: End) -> None:
        """Send what tasks wrote that were still running, and how miniwdl ended."""
        for task in list(self.logs):
            self.send_logs(task, has_failed=end.status != 0)
        super().ended(end)


def task_of(source: str) -> str | None:
    """Return what the server calls the task or workflow of a source, None for miniwdl itself.

    `wdl.w:outer.w:call-inner-0.t:call-greet` is inner-0.greet: all are in the outer one.
    """
    head, *parts = source.split(".")
    if head != "wdl" or not parts or not all(part[:2] in ("w:", "t:") for part in parts):
        return None
    return ".".join(part[2:].removeprefix("call-") for part in parts[1:] or parts)


def record_of(line: str) -> dict[str, Any] | None:
    """Return a line of miniwdl's log as --log-json would write it, None for any other line."""
    if line.startswith("{"):
        return _json(line)
    if found := _PLAIN.fullmatch(line):
        moment, source, level, text = found.groups()
    elif found := _COLOURED.fullmatch(line):
        moment, source, colour, text = found.groups()
        level = _BY_COLOUR.get(colour or "", "INFO")
        text = _HIDDEN.sub("", text)
    else:
        return None
    message, _, told = text.partition(" :: ")
    values = dict(_values(told)) if told else {}
    if isinstance(words := values.get("message"), str):
        values["words"] = words
    # As in JSON, what is the record's own stands in the place of values of the same names.
    return {
        **values,
        "message": message,
        "timestamp": _timestamp(moment),
        "source": source,
        "level": level,
    }


def _json(line: str) -> dict[str, Any] | None:
    try:
        record = json.loads(line)
    except ValueError:
        return None
    return record if isinstance(record, dict) and isinstance(record.get("source"), str) else None


def _values(text: str) -> Iterator[tuple[str, Any]]:
    """Yield the names and values behind a message: `job: "call-a", callee: "a"`."""
    decoder = json.JSONDecoder()
    at = 0
    while found := _NAME.match(text, at):
        try:
            value, at = decoder.raw_decode(text, found.end())
        except (ValueError, RecursionError):
            return
        yield found[1], value
        at += len(", ")


def _timestamp(moment: str) -> float | None:
    try:
        return round(datetime.fromisoformat(moment).timestamp(), 3)
    except (ValueError, OverflowError, OSError):
        return None


MINIWDL = Adapter(frozenset({"miniwdl"}), plan)
