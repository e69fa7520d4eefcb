"""Reads a line of cwltool's log: what it says of the run, a workflow, a step or a job.

Seen with cwltool 3.1.20220224085855, 3.1.20240112164112 and 3.3.20260925135507. Its words come on
stderr among those of its jobs, so only what has the form of a log's line is taken for it.
"""

import re
from typing import NamedTuple

from panoptes.common.wildcards import brief
from panoptes.engines.events import JobId
from panoptes.engines.fields import MAX_KEY

_COLOUR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_LEVEL = "DEBUG|INFO|WARNING|ERROR|CRITICAL"
# Behind a job's last words without a line end, too; with --timestamps, behind the time.
_COLOURED = re.compile(
    rf"(?:\x1b\[32m\[[0-9: -]{{19}}\]\x1b\[0m )?\x1b\[1;30m({_LEVEL})\x1b\[0m (.*)"
)
_PLAIN = re.compile(rf"(?:\[[0-9: -]{{19}}\] )?({_LEVEL}) (.*)")
_PLAIN_WITHIN = re.compile(
    rf"(?:\[[0-9: -]{{19}}\] )?({_LEVEL}) ((?:\[(?:job|step|workflow) |Final process status is ).*)"
)
_ABOUT = re.compile(r"\[(workflow|step|job) (.{0,200}?)\] (.*)")
_FINAL = re.compile(r"Final process status is (\w+)")
_COMMAND = re.compile(r"((?:/|[A-Za-z]:).*?)\$ (.*)")
# What a shell takes for the beginning or the end of a quoted text.
_QUOTES = re.compile(r"(?<!\\)[\"']")
_MEMORY = re.compile(r"Max memory used: (\d{1,9})MiB")
_EXIT = re.compile(r"exited with status: (\d{1,9})")
_SIGNAL = re.compile(r"was terminated by signal: (\w{1,40})")
_VERSION = re.compile(r"\S{0,1000}(?:cwltool|cwl-runner)\S{0,100} (\d[\w.+]{0,60})")
_RESOLVED = re.compile(r"Resolved '(.{1,2000}?)' to '.*'")
# As people count steps and jobs: greet, greet_2, greet_3.
_NUMBERED = re.compile(r"(.+)_([1-9][0-9]{0,8})")


class Line(NamedTuple):
    """A line as cwltool wrote it: its level, and its text.

    `before` is what a job wrote in front of it, `level` is empty where all of it is a job's (or
    the rest of a message of several lines).
    """

    before: str
    level: str
    text: str
    time: float | None


def read_line(text: str, time: float | None) -> Line:
    """Return a line that came on stderr, without its colours."""
    found = _COLOURED.search(text)
    if found is None:
        text = _COLOUR.sub("", text)
        found = _PLAIN.match(text) or _PLAIN_WITHIN.search(text)
    if found is None:
        return Line("", "", text, time)
    before = _COLOUR.sub("", text[: found.start()])
    return Line(before, found[1], _COLOUR.sub("", found[2]), time)


class About(NamedTuple):
    """What a line is about: `kind` is workflow, step or job, and `said` what it says of it."""

    kind: str
    name: str
    said: str


def about(text: str) -> About | None:
    """Return what a line is about, None where it is about none of the run's parts."""
    found = _ABOUT.fullmatch(text)
    return About(*found.groups()) if found else None


def final_status(text: str) -> str | None:
    """Return the last word on the run: success, permanentFail or temporaryFail."""
    found = _FINAL.fullmatch(text)
    return found[1] if found else None


def command(said: str) -> tuple[str, str] | None:
    """Return the folder in which a job begins to work, and the first line of its command."""
    found = _COMMAND.fullmatch(said)
    return (found[1], found[2]) if found else None


def open_quote(text: str, quote: str = "") -> str:
    """Return the quote that is open at the end of a line of a command, empty where none is.

    `quote` is that which the lines before left open.
    """
    for found in _QUOTES.finditer(text):
        if quote in ("", found[0]):
            quote = "" if quote else found[0]
    return quote


def max_memory(said: str) -> int | None:
    """Return how much memory a job used, in bytes: told of those that took a second and more."""
    found = _MEMORY.fullmatch(said)
    return int(found[1]) * 1024**2 if found else None


def exit_status(said: str) -> int | None:
    """Return a job's exit status, told of those that failed."""
    found = _EXIT.fullmatch(said)
    return int(found[1]) if found else None


def ended_by(said: str) -> str | None:
    """Return the signal that ended a job."""
    found = _SIGNAL.fullmatch(said)
    return found[1] if found else None


def family(name: str) -> str:
    """Return the name that cwltool made a name of: greet for greet_3."""
    found = _NUMBERED.fullmatch(name)
    return found[1] if found else name


def job_id(name: str) -> JobId:
    """Return the id of the job that cwltool calls so."""
    return JobId(brief(name, MAX_KEY))


def version(text: str) -> str | None:
    """Return cwltool's version, which its first line names."""
    found = _VERSION.fullmatch(text)
    return found[1] if found else None


def main_file(text: str) -> str | None:
    """Return the CWL file as it was called."""
    found = _RESOLVED.fullmatch(text)
    return found[1] if found else None
