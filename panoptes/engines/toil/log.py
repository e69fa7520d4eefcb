"""Reads a line of what Toil writes to stderr: its log, with blocks of what its jobs wrote.

Seen with Toil 5.12.0, 6.1.0, 8.2.0 and 9.6.0, of which all write the same lines but that the last
two say at last whether the workflow succeeded.
"""

import re
from collections.abc import Callable
from typing import NamedTuple

from panoptes.engines.toil.names import Job, job_named

# On a terminal, lines have colours, and a bar of progress is drawn again before each of them.
_ESCAPES = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[PX\]^_][^\x1b\x07]*(?:\x1b\\|\x07)?|[ -/]*[0-~])"
)
_PROGRESS = "Workflow Progress "
_LINE = re.compile(r"\[[0-9T:+-]{19,30}\] \[[^\]]{1,100}\] \[([A-Z])\] \[([\w.-]{1,100})\] (.*)")
_LEVELS = {"W": "warning", "E": "error", "C": "error"}
# Around what a job wrote, each line of which begins with a tab.
BLOCK_BEGIN, BLOCK_END = "=========>", "<========="

_JOB = r"'\w{1,100}' (.{1,2000}) (kind-\w{1,100}/[\w-]{1,100}) v[0-9]+"
_ISSUED = re.compile(
    rf"Issued job {_JOB} with job batch system ID: ([0-9]{{1,9}}) and (.{{1,1000}})"
)
_BLAMED = re.compile(
    r"(?:The job seems to have left a log file, indicating failure|"
    rf"No log file is present, despite job failing): {_JOB}"
)
_WORKER = re.compile(r'Log from job "(kind-\w{1,100}/[\w-]{1,100})" follows:')
_STDERR = re.compile(r"(.{1,2000})\.stderr follows:")
_COMPLETE = re.compile(r"Got message from job at time [^:]{1,40}:..:..: CWL step complete: (.+)")
_VERSION = re.compile(r"Running Toil version (\d[\w.]{0,40})\S* on host .*")
_STOPPED = re.compile(r"Workflow \S{1,200} stopped\. Success: (True|False)")
_FINISHED = re.compile(r"Finished toil run .*")
# Lines of each job, beside what the pages show of it.
_OF_JOBS = re.compile(
    r"Issued job |Got message from job |Got exit code |[0-9]+ jobs are running, |.*follows:$"
)

# What a worker's log says of the tool that failed: cwltool's words, and miniwdl's.
_EXIT = re.compile(r"(?:exited with status: |task command failed with exit status )([0-9]{1,9})\b")
_SIGNAL = re.compile(r"(?:was terminated by signal: |failed with exit signal )(\w{1,40})")
_COMMAND = re.compile(
    r"\[job [^\n]{1,2000}?\] /[^\n]*?\$ (.*?)(?=\n\[[0-9T:+-]{19,30}\] |\Z)", re.DOTALL
)
_WORDS = (
    re.compile(r"Failed command standard error:\n(.*?)(?=\n\[[0-9T:+-]{19,30}\] |\Z)", re.DOTALL),
    re.compile(r"====TASK ERROR LOG====\n(.*?)\n[^\n]*====TASK ERROR LOG====", re.DOTALL),
)
_QUOTE = re.compile(r"^\[[^\n]*\[toil\.wdl\.wdltoil\] > ?", re.MULTILINE)
TRACEBACK = "Traceback (most recent call last):"
_DATED = re.compile(r"\[[0-9T:+-]{19,30}\] ")
# Behind how it is called, which error that has.
_USAGE = re.compile(r"^[\w.-]{1,100}: error: .+$", re.MULTILINE)
# Around what Toil wants to be seen.
_BLANK = " \N{POLICE CARS REVOLVING LIGHT}"

_UNITS = {"": 1, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40, "Pi": 2**50}
_SIZE = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,3})?) ?([KMGTP]i)?(?:B|bytes)?")


class Line(NamedTuple):
    """A line as it came, without colours; `level` is empty where it isn't one of Toil's own."""

    level: str
    text: str
    time: float | None

    @property
    def is_in_block(self) -> bool:
        """Whether it may be a line of a block."""
        return not self.level and self.text.startswith("\t")


class Asked(NamedTuple):
    """What was asked for, for a job that has just been issued: in bytes, and cores."""

    job: Job
    batch: int
    memory: int | None
    disk: int | None
    cores: float | None


class Blamed(NamedTuple):
    """The job that made its worker fail: perhaps not the first one that it ran."""

    job: Job


class WorkerLog(NamedTuple):
    """A block follows, with the log of the worker of a failed job."""

    store_id: str


class Stderr(NamedTuple):
    """A block follows, with what a job wrote to stderr."""

    name: str


class StepComplete(NamedTuple):
    """A job of CWL was done."""

    name: str


class Version(NamedTuple):
    """Toil's version."""

    number: str


class Finished(NamedTuple):
    """All jobs have ended, well or not."""


class Stopped(NamedTuple):
    """The run has ended, and whether it succeeded."""

    success: bool


Said = Asked | Blamed | WorkerLog | Stderr | StepComplete | Version | Finished | Stopped


class Failure(NamedTuple):
    """What a worker's log says of a failed job: the tool's exit status, its command, its words."""

    status: int | None
    command: str | None
    words: str


def read_line(text: str, time: float | None) -> Line:
    """Return a line of stderr."""
    text = _ESCAPES.sub("", text).strip("\r\n")
    is_bar = text.startswith(_PROGRESS)
    found = _LINE.search(text) if is_bar else _LINE.match(text)
    if found is None:
        return Line("", "" if is_bar else text, time)
    return Line(_LEVELS.get(found[1], "info"), found[3], time)


def is_of_jobs(line: Line) -> bool:
    """Return whether a line only tells of a job what is known without it."""
    return line.level == "info" and _OF_JOBS.match(line.text) is not None


def said(line: Line) -> Said | None:
    """Return what one of Toil's own lines says, None where that is for people alone."""
    for pattern, made in _SAYINGS if line.level else ():
        if found := pattern.fullmatch(line.text):
            return made(found)
    return None


def _asked(found: re.Match[str]) -> Asked:
    asked = dict(part.split(": ", 1) for part in found[4].split(", ") if ": " in part)
    memory, disk = (_size(asked.get(name, "")) for name in ("memory", "disk"))
    return Asked(
        job_named(found[1], found[2]),
        int(found[3]),
        None if memory is None else int(memory),
        None if disk is None else int(disk),
        _size(asked.get("cores", "")),
    )


def _size(text: str) -> float | None:
    found = _SIZE.fullmatch(text)
    return float(found[1]) * _UNITS[found[2] or ""] if found else None


_SAYINGS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Said]], ...] = (
    (_ISSUED, _asked),
    (_BLAMED, lambda found: Blamed(job_named(found[1], found[2]))),
    (_WORKER, lambda found: WorkerLog(found[1])),
    (_STDERR, lambda found: Stderr(found[1])),
    (_COMPLETE, lambda found: StepComplete(found[1])),
    (_VERSION, lambda found: Version(found[1])),
    (_FINISHED, lambda _: Finished()),
    (_STOPPED, lambda found: Stopped(found[1] == "True")),
)


def read_failure(log: str) -> Failure:
    """Return what a worker's log says of the job that failed: the last one that it ran."""
    statuses, commands = _EXIT.findall(log), _COMMAND.findall(log)
    command, wrote = _command(commands[-1]) if commands else (None, "")
    quoted = next((found[-1] for words in _WORDS if (found := words.findall(log))), None)
    if quoted is not None:
        wrote = _QUOTE.sub("", quoted)
    signals = _SIGNAL.findall(log)
    ended = f"Ended by {signals[-1]}." if signals else _exception(log)
    words = "\n".join(filter(None, (wrote.strip("\n"), ended)))
    return Failure(int(statuses[-1]) if statuses else None, command, words)


def _command(text: str) -> tuple[str, str]:
    """Return a command as it is typed, and what the job wrote behind it (until Toil 6).

    cwltool breaks the command at each word; within a word there may be line ends, too.
    """
    lines, command = text.split("\n"), ""
    for at, line in enumerate(lines, 1):
        command += line.lstrip() if command.endswith(" ") else f"\n{line}"
        if command.endswith("\\"):
            command = f"{command[:-1].rstrip()} "
        elif command.count("'") % 2 == 0:
            return command.strip(), "\n".join(lines[at:])
    return command.strip(), ""


def _exception(text: str) -> str:
    """Return what follows the last traceback: which error it was, and its words."""
    _, found, rest = text.rpartition(TRACEBACK)
    lines = rest.split("\n")[1:]
    frames = next((at for at, line in enumerate(lines) if line[:1] != " "), len(lines))
    kept = (line for line in lines[frames:] if line.strip(_BLANK) and not _DATED.match(line))
    return "\n".join(kept) if found else ""


def last_words(text: str) -> str:
    """Return of the last lines of a run those that say why it ended."""
    usage = _USAGE.findall(text)
    return usage[-1] if usage else _exception(text) or text
