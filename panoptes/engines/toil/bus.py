"""Reads a line of the file that Toil's option --writeMessages fills: a message on its bus.

Seen with Toil 5.12.0, 6.1.0, 8.2.0 and 9.6.0. No message has a time, and none tells that a job
began to run but for ExternalBatchId: on a single machine it comes when the job's process was
started (within two seconds, or behind the end of a job that was quicker), on a cluster when that
took it.
"""

import re
from typing import NamedTuple

from panoptes.common.text import clean_text
from panoptes.engines.toil.names import Job, job_named

_PREFIX, _SUFFIX = "toil.bus.", "Message"
# What Python's codec unicode_escape writes.
_ESCAPE = re.compile(r"\\(?:([\\nrt])|x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8}))")
_LETTERS = {"\\": "\\", "n": "\n", "r": "\r", "t": "\t"}
_LAST_CHARACTER = 0x10FFFF
# A batch system's id is a small number; so is a worker's exit status.
_NUMBER = re.compile(r"-?[0-9]{1,9}")


class Issued(NamedTuple):
    """A job was given to the batch system, by which it has the number `batch`."""

    job: Job
    batch: int


class Completed(NamedTuple):
    """The worker of a job ended, which may have run others behind it."""

    job: Job
    status: int | None


class Failed(NamedTuple):
    """A job failed and isn't tried again, or was to go on with one that failed so."""

    job: Job


class External(NamedTuple):
    """The batch system has a job by this id: a process's on a single machine, else a cluster's."""

    batch: int
    id: str


Message = Issued | Completed | Failed | External


def read_message(line: str) -> Message | None:
    """Return what a line of the file says, None where that doesn't matter or isn't understood."""
    kind, *parts = line.rstrip("\r\n").split("\t", 4)
    if not (kind.startswith(_PREFIX) and kind.endswith(_SUFFIX)):
        return None
    texts = [_unescaped(part) for part in parts]
    match kind[len(_PREFIX) : -len(_SUFFIX)], texts:
        case "JobIssued", [name, store_id, batch] if _NUMBER.fullmatch(batch):
            return Issued(job_named(name, store_id), int(batch))
        case "JobCompleted", [name, store_id, status]:
            known = int(status) if _NUMBER.fullmatch(status) else None
            return Completed(job_named(name, store_id), known)
        case "JobFailed", [name, store_id]:
            return Failed(job_named(name, store_id))
        case "ExternalBatchId", [batch, external, _] if _NUMBER.fullmatch(batch):
            return External(int(batch), external)
    return None


def _unescaped(text: str) -> str:
    return clean_text(_ESCAPE.sub(_character, text)) if "\\" in text else text


def _character(escape: re.Match[str]) -> str:
    letter, *numbers = escape.groups()
    if letter:
        return _LETTERS[letter]
    number = int(next(filter(None, numbers)), 16)
    return chr(number) if number <= _LAST_CHARACTER else escape[0]
