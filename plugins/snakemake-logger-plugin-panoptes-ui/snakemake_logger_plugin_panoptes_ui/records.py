"""Makes an event of a record of Snakemake's log: a small map that JSON can hold.

An event has the fields of its record, by Snakemake's names and whichever there are, so that a
server may understand more of them tomorrow without a new plugin.
"""

import logging
from typing import Any

from .sender.plain import plain

# What every record has, and what says nothing.
_NO_FIELDS = frozenset(logging.makeLogRecord({}).__dict__) | {
    *("message", "asctime", "taskName", "event"),
    *("quietness", "printshellcmd"),
}
# Of these, the text says something.
_WITH_TEXT = frozenset({"error", "resources_info", "run_info"})
# Plans, commands that the job's announcement has, too.
_NOISE = frozenset({"debug_dag", "shellcmd"})
_NOISY_TEXTS = frozenset({"Select jobs to execute...", "Waiting for more resources.", "None", ""})


def event_of(record: logging.LogRecord) -> dict[str, Any] | None:
    """Return what a record says as an event, None where that is nothing."""
    kind = getattr(record, "event", None)
    if kind is None:
        return _line(record)
    event = str(getattr(kind, "value", kind)).lower()
    if event in _NOISE:
        return None
    fields = {
        name: plain(_readable(value))
        for name, value in record.__dict__.items()
        if name not in _NO_FIELDS
    }
    if event in _WITH_TEXT:
        fields["msg"] = plain(record.getMessage())
    return {"event": event, "time": record.created} | fields


def _line(record: logging.LogRecord) -> dict[str, Any] | None:
    if record.levelno < logging.INFO:
        return None
    text = record.getMessage()
    if text in _NOISY_TEXTS:
        return None
    level = record.levelname.lower()
    return {"event": "log", "time": record.created, "level": level, "msg": plain(text)}


def _readable(value: Any) -> Any:
    """Return what stands for an object of Snakemake: names with values, or a job's id."""
    if isinstance(value, (list, tuple, set, frozenset)) and hasattr(value, "items"):
        return dict(value.items())  # A list whose items have names: resources.
    if isinstance(value, (list, tuple, set, frozenset)):
        return [getattr(each, "jobid", each) for each in value]
    return value
