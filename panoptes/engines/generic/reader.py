"""Reads what a program says of its run, and of an event of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from panoptes.common.secrets import without_secrets
from panoptes.common.status import Status
from panoptes.common.text import without_passwords
from panoptes.common.usage import figure, whole_figure
from panoptes.engines.events import (
    Alive,
    Event,
    GraphTold,
    JobId,
    LogLine,
    LogTail,
    Outcome,
    Planned,
    RunDescribed,
    RunEnded,
)
from panoptes.engines.fields import (
    MAX_ITEM,
    MAX_KEY,
    MAX_RULE,
    Fields,
    client_time,
    config_files_of,
    count,
    cut_text,
    edges_of,
    exit_status,
    is_offset,
    key_of,
    labels_of,
    left_out,
    note_of,
    numbers_of,
    priority_of,
    silence_limit,
    text_of,
    texts_of,
    whole,
    wildcards_of,
)
from panoptes.engines.problems import Broken

# More would hold the database for a second; of the others, the jobs tell as they begin.
MAX_RULES = 5_000
LEVELS = ("info", "warning", "error")
STATUSES = {
    "pending": Status.PENDING,
    "running": Status.RUNNING,
    "done": Status.DONE,
    "error": Status.ERROR,
}
OUTCOMES = {
    "done": Outcome.SUCCESS,
    "error": Outcome.ERROR,
    "nothing": Outcome.NOTHING_TO_DO,
}


@dataclass(frozen=True, slots=True)
class JobSaid:
    """A job stands so; `status` is None where only `details`, columns of `jobs`, are told."""

    job: JobId
    status: Status | None
    rule: str
    error: str | None
    details: Mapping[str, Any]
    time: float | None


# What the translator takes: most events mean the same whatever came before.
Said = Event | JobSaid


# Column of `runs` -> what to take for it from a description.
_DESCRIPTION: dict[str, Callable[[Fields], Any]] = {
    "command": lambda message: without_secrets(cut_text(message, "command") or "") or None,
    "workdir": lambda message: text_of(message, "workdir", MAX_ITEM),
    "main_file": lambda message: text_of(message, "main_file", MAX_ITEM),
    "log_file": lambda message: text_of(message, "log_file", MAX_ITEM),
    "user": lambda message: text_of(message, "user", MAX_KEY),
    "host": lambda message: text_of(message, "host", MAX_ITEM),
    "engine_version": lambda message: text_of(message, "engine_version", MAX_KEY),
    "platform": lambda message: text_of(message, "platform", MAX_KEY),
    "cores": lambda message: count(message.get("cores")),
    "config_files": lambda message: config_files_of(message, "config_files"),
    "silence_limit": lambda message: silence_limit(message.get("silence_limit")),
    "allow_stop": lambda message: message.get("allow_stop") is True or None,
    "sends_logs": lambda message: message.get("sends_logs") is True or None,
    "labels": lambda message: labels_of(message),
    "note": lambda message: note_of(message),
}
# Column of `jobs` -> what to take for it from an event.
_DETAILS: dict[str, Callable[[Fields], Any]] = {
    "wildcards": lambda message: wildcards_of(message),
    "input": lambda message: texts_of(message, "input"),
    "output": lambda message: texts_of(message, "output"),
    "log": lambda message: texts_of(message, "log"),
    "shell_command": lambda message: without_passwords(cut_text(message, "command") or "") or None,
    "msg": lambda message: cut_text(message, "message"),
    "reason": lambda message: cut_text(message, "reason"),
    "resources": lambda message: numbers_of(message, "resources"),
    "requested_memory": lambda message: whole_figure(message.get("requested_memory")),
    "requested_seconds": lambda message: figure(message.get("requested_seconds")),
    "usage": lambda message: _usage(message),
    "priority": lambda message: priority_of(message),
    "threads": lambda message: count(message.get("threads")),
    "external_id": lambda message: key_of(message.get("external_id")),
    "exit_status": lambda message: exit_status(message.get("exit_status")),
    "cached": lambda message: message.get("cached") is True or None,
    "ignored": lambda message: message.get("ignored") is True or None,
}
_LONG = {name: name for name in ("input", "output", "log", "wildcards", "resources")}


def read_description(message: Fields) -> dict[str, Any]:
    """Return what a program says of its run, named as columns of `runs`."""
    return _told(_DESCRIPTION, message)


def read_event(message: Fields) -> list[Said]:
    """Return what an event says. Raises Broken."""
    reader = _READERS.get(str(message.get("event")))
    if reader is None:
        raise Broken("event", f"Give one of {', '.join(_READERS)}.")
    return reader(message, client_time(message.get("time")))


def _told(columns: Mapping[str, Callable[[Fields], Any]], message: Fields) -> dict[str, Any]:
    found = ((column, read(message)) for column, read in columns.items())
    return {column: value for column, value in found if value is not None}


def _run(message: Fields, time: float | None) -> list[Said]:
    said: list[Said] = []
    if details := read_description(message):
        said.append(RunDescribed(details, time=time))
    rules = message.get("rules")
    counts = _counts(rules) if isinstance(rules, dict) else {}
    total = count(message.get("jobs"))
    if counts or total is not None:
        said.append(Planned(total or sum(counts.values()), counts, time=time))
    if pairs := edges_of(message.get("graph")):
        names = dict.fromkeys(name for pair in pairs for name in pair)
        said.append(GraphTold([name for name in names if name not in counts], pairs, time=time))
    return said or [Alive(time=time)]


def _counts(rules: Fields) -> dict[str, int]:
    pairs = ((name[:MAX_RULE], count(number)) for name, number in islice(rules.items(), MAX_RULES))
    return {name: number for name, number in pairs if name.strip() and number is not None}


def _job(message: Fields, time: float | None) -> list[Said]:
    key = key_of(message.get("job"))
    if key is None:
        raise Broken("job", f"Give its id, a number or a text of 1 to {MAX_KEY} characters.")
    status = _one_of(STATUSES, message, "status")
    details = _told(_DETAILS, message)
    if cut := left_out(message, _LONG):
        details["left_out"] = cut
    rule = text_of(message, "rule", MAX_RULE) or ""
    return [JobSaid(JobId(key), status, rule, cut_text(message, "error"), details, time)]


def _log(message: Fields, time: float | None) -> list[Said]:
    text = cut_text(message, "text")
    level = message.get("level", "info")
    if level not in LEVELS:
        raise Broken("level", f"Give one of {', '.join(LEVELS)}.")
    return [LogLine(level, text, time=time)] if text else []


def _log_tail(message: Fields, time: float | None) -> list[Said]:
    key, path = key_of(message.get("job")), text_of(message, "path", MAX_ITEM)
    offset, size, text = (whole(message.get(name)) for name in ("from", "size", "text"))
    if key is None or path is None:
        raise Broken("job", "Give the id of the job, and the path of its log.")
    if not (isinstance(text, str) and is_offset(offset) and is_offset(size)):
        raise Broken("text", "Give it, with the byte that it begins from and the file's size.")
    return [LogTail(JobId(key), path, offset, text, size, time=time)]


def _end(message: Fields, time: float | None) -> list[Said]:
    outcome = _one_of(OUTCOMES, message, "status")
    if outcome is None:
        raise Broken("status", f"Give one of {', '.join(OUTCOMES)}.")
    return [RunEnded(outcome, cut_text(message, "error"), time=time)]


def _heartbeat(_message: Fields, time: float | None) -> list[Said]:
    return [Alive(time=time)]


_READERS: dict[str, Callable[[Fields, float | None], list[Said]]] = {
    "run": _run,
    "job": _job,
    "log": _log,
    "log_tail": _log_tail,
    "heartbeat": _heartbeat,
    "end": _end,
}


def _one_of(known: Mapping[str, Any], message: Fields, name: str) -> Any:
    value = message.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or value not in known:
        raise Broken(name, f"Give one of {', '.join(known)}.")
    return known[value]


def _usage(message: Fields) -> dict[str, Any] | None:
    usage = numbers_of(message, "usage")
    return usage if isinstance(usage, dict) else None
