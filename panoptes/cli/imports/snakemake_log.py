"""Reads a log of Snakemake 5 to 9 (`.snakemake/log/*.log`) as events that our plugin would send.

`LogReader` reads line by line, so a log may be of any length. Snakemake writes a block of lines at
once, but its threads write between a block's time and the block. The formats are those of
Snakemake's `logging.py` in 5.32.2, 6.15.5, 7.32.4, 8.30, 9.22 and 9.27; 9.0 leaves its logs empty.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from functools import partial
from operator import ne
from time import mktime
from typing import Any

from panoptes.cli.imports.lines import Lines, without_colours

Event = dict[str, Any]

# So many letters are kept of a text that has several lines.
MAX_LETTERS = 1_000_000
NO_END = (
    "The log ends before the run does: Snakemake was killed, or it was still running when the log"
    " was imported."
)

_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTHS = {name: number for number, name in enumerate(_NAMES, 1)}
# `time.asctime()`, whatever the language of the machine; group jobs are indented.
_TIME = re.compile(r"( *)\[\w{3} (\w{3}) ([ \d]\d) (\d\d):(\d\d):(\d\d) (\d{4})\](?: (\S.*))?$")
# When a run began, from 9.22 on.
_DATE = re.compile(r"  Date: (\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)$")
_JOB = re.compile(r"(local)?(rule|checkpoint) (\S+):$")
_JOB_WITH_MESSAGE = re.compile(r"Job (\d+): (.*)$")
_FIELD = re.compile(
    r"    (input|output|log|jobid|benchmark|reason|wildcards|priority|threads|resources): ?(.*)$"
)
_FINISHED = re.compile(r"Finished job(?: (\d+)\.|id: (\d+) \(Rule: (.*)\))$")
_FAILED = re.compile(r"Error in rule (.+):$")
_FIELD_OF_FAILED = re.compile(r"    ([a-z][\w-]*):(?: (.*))?$")
_HINT_AT_LOG = re.compile(r" \(check log file\(s\) for error (?:details|message)\)$")
_SHELL_BEGINS = re.compile(r"\A {0,12}")
_SHELL_ENDS = re.compile(r" *\((?:one of the commands|command) exited with non-zero exit code")
_GROUP = re.compile(r"[gG]roup job (\S+) \(jobs in lexicogr\. order\):$")
_GROUP_FAILED = re.compile(r"Error in group (?:job )?(\S+):$")
# In 9, the failures of its jobs follow.
_GROUP_FAILED_IN_9 = re.compile(r"    (?:message: (.*)|jobs:)$")
_MEMBER = re.compile(r" {8}rule (.+):$")
_FIELD_OF_MEMBER = re.compile(r" {12}(jobid|output|log): (.*)$")
_TOTAL = re.compile(r"(?:total +|\t)(\d{1,9})(?: +\d+ +\d+)?$")
_PROGRESS = re.compile(r"(\d+) of (\d+) steps \(")
_CORES = re.compile(r"Provided cores: (\d+)")
_RAISED = re.compile(
    r"(?:(?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception|Exit|Interrupt|Iteration)\b|Traceback \()"
)
_LOGFILE = re.compile(r"Logfile (.+):$")
_FRAME = re.compile(r"={5,80}$")
_HEADER_FIELD = re.compile(r"  ([A-Z][\w ()]*): (.*)$")
_ELAPSED = re.compile(r"Elapsed time: (?:(\d+) days?, )?(\d+):(\d\d):(\d\d(?:\.\d+)?)$")
_ENDS = ("Complete log: ", "Complete log(s): ", "Nothing to be done", "This was a dry-run (")
# Only Snakemake 8 and 9 say so; they tell why a job failed before they say that it did.
_SINCE_8 = ("Execute ", "host: ", "Assuming unrestricted shared filesystem usage")
_SINCE_9 = ("Finished jobid: ", "Shell command: ", "SNAKEMAKE")
_NOISE = re.compile(
    r"(?:Select jobs to execute\.\.\.|Execute (\d{1,9}) jobs\.\.\.|Waiting for more resources\."
    r"|Job failed, going on with independent jobs\.|=+|)$"
)
# What ends the text of an error, beside a time; a traceback has empty lines.
_ENDS_ERROR = re.compile(
    r" *\[\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}\]|RuleException:|WorkflowError:$|Error in rule "
    r"|(?:Exiting because|Error executing|Complete log|Job failed,|Trying to restart)\b"
    r"|(?:Finished job|Shutting down|Terminating|Will exit|Select jobs|Elapsed time)\b"
    r"|Removing output files"
)
_ENDS_MESSAGE = re.compile(r" {4,8}jobid: |" + _TIME.pattern)
# How lines begin that no command is taken for.
_SAYS = (
    *("Select jobs", "Execute ", "Waiting ", "Job failed,", "Trying to restart", "Exiting because"),
    *("Complete log", "Terminating ", "Will exit", "Shutting down", "Submitted ", "Removing "),
    *("Write-protecting ", "Activating ", "Creating ", "Pulling ", "Downloading ", "Touching "),
    *("Changing to shadow", "Updating job", "Building DAG", "Nothing to be done", "Logfile "),
    *("DAG of jobs will", "Handing over", "Provided ", "Job stats:", "Job counts:", "Job "),
    *("Executing ", "Elapsed time", "Reason: ", "Shell command: ", "Group job ", "Storing "),
)
_HEADER = {
    "Workflow ID": "workflow_id",
    "Platform": "platform",
    "Host": "host",
    "User": "user",
    "Snakemake version": "snakemake_version",
    "Command": "cmd",
    "Snakefile": "snakefile_main",
    "Working directory": "cwd",
    "Date": "datetime",
}


def time_of(line: str) -> float | None:
    """Return the Unix time that a line gives in this machine's time zone, if it is such a line."""
    if match := _TIME.match(line):
        return _time_of_block(match)
    if match := _DATE.match(line):
        return _unix_time(*match.groups())
    return None


def _time_of_block(match: re.Match[str]) -> float | None:
    _, month, *rest, year, _ = match.groups()
    return _unix_time(year, _MONTHS.get(month, 0), *rest)


def _unix_time(*numbers: str | int) -> float | None:
    year, month, day, hour, minute, second = map(int, numbers)
    try:
        return mktime((year, month, day, hour, minute, second, 0, 0, -1))
    except (ValueError, OverflowError):
        return None


class LogReader:
    """Reads a log. `events` may be called once; then the other fields say what was read.

    `began` is when the run did, in Unix seconds. `rules` has the rules of jobs, by their ids, whose
    announcement doesn't tell them. `is_complete`: the log tells how the run ended.
    """

    def __init__(
        self, lines: Iterable[str], began: float, rules: Mapping[int, str] | None = None
    ) -> None:
        self.is_complete = False
        self.time = began
        self._began = began
        self._lines = Lines(map(without_colours, lines))
        self._rules = rules or {}
        self._is_since_8 = self._is_since_9 = False
        self._group_member = False
        self._indent = ""
        self._last_error: str | None = None
        self._has_failed = self._names_jobs = False
        self._executed = self._planned = 0

    def events(self) -> Iterator[Event]:
        """Yield the events of the run, of which the last one is its end."""
        waiting: Event | None = None
        for event in self._read():
            # Before 8, what a failed job raised stands behind it, and no plugin sends it so.
            if waiting is not None:
                if event["event"] == "error" and event["msg"].startswith("RuleException"):
                    yield event
                    yield waiting
                    waiting = None
                    continue
                yield waiting
                waiting = None
            if event["event"] == "job_error" and not self._is_since_8:
                waiting = event
            else:
                yield event
        if waiting is not None:
            yield waiting
        ran = self._executed or self._planned
        if ran and self.is_complete and not (self._names_jobs or self._has_failed):
            # With --quiet, no job is named; but all are done where nothing failed.
            yield self._event("progress", done=ran, total=ran)
        yield self._end()

    @property
    def is_quiet(self) -> bool:
        """Whether jobs ran of which the log names none."""
        return bool(self._executed or self._planned) and not self._names_jobs

    def _end(self) -> Event:
        if self.is_complete:
            return self._event("end")
        if self._last_error is not None:  # It ended Snakemake itself.
            self.is_complete = True
        return self._event("end", msg=self._last_error or NO_END)

    def _event(self, event: str, **fields: Any) -> Event:
        return {"event": event, "time": self.time, **fields}

    def _read(self) -> Iterator[Event]:
        while (line := self._lines.take()) is not None:
            time = _TIME.match(line)
            if time is not None:
                self._take_time(time)
                continue
            self._indent = ""
            if line.startswith("    ") and self._group_member:
                text = line.lstrip(" ")
                self._indent = line[: len(line) - len(text)]
                line = text
            elif line:
                self._group_member = False
            if line.startswith(_SINCE_8) or line.startswith(_SINCE_9):
                self._is_since_8 = True
                self._is_since_9 |= line.startswith(_SINCE_9)
            if noise := _NOISE.match(line):
                self._executed += int(noise[1] or 0)
                continue
            for event in self._block(line):
                self._note(event)
                yield event

    def _note(self, event: Event) -> None:
        kind = event["event"]
        is_error = kind == "error"
        self._last_error = event["msg"] if is_error else None
        self._has_failed |= is_error or event.get("level") == "error"
        self._names_jobs |= kind.startswith(("job_", "group_", "progress"))

    def _take_time(self, match: re.Match[str]) -> None:
        indent, rest = match[1], match[8]
        time = _time_of_block(match)
        if time is not None:
            self.time = max(self._began, time)
        self._group_member = bool(indent)
        if rest:
            self._lines.put_back(rest)

    def _block(self, line: str) -> Iterator[Event]:
        for pattern, read in _BLOCKS:
            match = pattern.match(line)
            if match is not None:
                yield from read(self, match)
                return
        if line.startswith(_ENDS):
            self.is_complete = True
        yield self._event("log", level="info", msg=line)

    # --- jobs -------------------------------------------------------------------------------------

    def job(self, match: re.Match[str]) -> Iterator[Event]:
        """Read a job that begins; one without an id is some text."""
        fields: Event = {}
        while (line := self._lines.peek()) is not None and line.startswith(self._indent):
            field = _FIELD.match(line[len(self._indent) :])
            if field is None:
                break
            self._lines.take()
            fields[field[1]] = _VALUES[field[1]](field[2])
        if "jobid" not in fields:
            yield self._event("log", level="info", msg=match[0])
            return
        fields |= {
            "rule_name": match[3],
            "local": match[1] is not None,
            "is_checkpoint": match[2] == "checkpoint",
            "indent": self._group_member,
        }
        yield from self._announced(fields)

    def job_with_message(self, match: re.Match[str]) -> Iterator[Event]:
        """Read a job that begins and has a message, which stands instead of all else."""
        message = [match[2]]
        fields: Event = {"jobid": int(match[1])}
        message += self._gather(lambda line: bool(line) and not self._says(line))
        line = (self._lines.peek() or "").strip()
        if line.startswith("Reason: "):
            self._lines.take()
            fields["reason"] = line.removeprefix("Reason: ")
        fields |= {"rule_msg": "\n".join(message), "indent": self._group_member}
        if rule := self._rules.get(fields["jobid"]):
            fields["rule_name"] = rule
        yield from self._announced(fields)

    def _announced(self, fields: Event) -> Iterator[Event]:
        """Yield the start of a job, with its command where that follows (`--printshellcmds`)."""
        notes = []
        while (line := self._lines.peek()) and line.strip().startswith(("DAG of jobs", "Handing")):
            notes.append(self._event("log", level="info", msg=line.strip()))
            self._lines.take()
        command = self._command()
        if command is not None:
            fields["shellcmd"] = command
        yield self._event("job_info", **fields)
        yield from notes

    def _command(self) -> str | None:
        line = self._lines.peek()
        if line is None:
            return None
        if line.startswith("Shell command: "):
            self._is_since_8 = self._is_since_9 = True
            self._lines.take()
            command = [line.removeprefix("Shell command: ")]
        elif not line.strip() and not self._is_since_9:
            while (line := self._lines.peek()) is not None and not line.strip():
                self._lines.take()
            if line is None or self._says(line):
                return None
            command = []
        else:
            return None
        command += self._gather(lambda line: not (line and self._says(line)))
        text = "\n".join(command).rstrip()
        return None if text == "None" else text

    def _gather(self, goes_on: Callable[[str], object]) -> list[str]:
        """Take the lines that go on with a text; of very many, the first are kept."""
        gathered: list[str] = []
        letters = 0
        while (line := self._lines.peek()) is not None and goes_on(line):
            self._lines.take()
            letters += len(line) + 1
            if letters <= MAX_LETTERS:
                gathered.append(line)
        return gathered

    def _says(self, line: str) -> bool:
        """Return whether a line is one of Snakemake's own, and no part of a text."""
        text = line.strip()
        if text.startswith(_SAYS) or _TIME.match(line) or _RAISED.match(line):
            return True
        return any(pattern.match(line) for pattern, _ in _BLOCKS)

    def finished(self, match: re.Match[str]) -> Iterator[Event]:
        """Read that a job ended well."""
        rule = {"rule_name": match[3]} if match[3] else {}
        yield self._event("job_finished", job_id=int(match[1] or match[2]), **rule)

    def failed(self, match: re.Match[str]) -> Iterator[Event]:
        """Read which job failed, with its command."""
        fields: Event = {"rule_name": match[1]}
        while (line := self._lines.peek()) is not None:
            field = _FIELD_OF_FAILED.match(line.removeprefix(self._indent))
            if field is None or (field[1] == "message" and len(fields) > 1):
                break
            self._lines.take()
            if field[1] == "shell":
                fields["shellcmd"] = self._shell_of_failed()
            elif field[1] == "message":
                if text := self._message_of_failed(field[2] or ""):
                    fields["rule_msg"] = text
            else:
                self._take_failed(fields, field[1], field[2] or "")
        if "jobid" not in fields:
            yield self._event("log", level="error", msg=match[0])
            return
        yield self._event("job_error", **fields)
        yield from self._shown_logs(fields["jobid"])

    def _take_failed(self, fields: Event, name: str, text: str) -> None:
        if name in ("input", "output", "log", "jobid"):
            fields[name] = _VALUES[name](_HINT_AT_LOG.sub("", text))
        elif name == "conda-env":
            fields["conda_env"] = text
        elif name in ("cluster_jobid", "external_jobid"):
            fields["aux"] = {name: text}

    def _message_of_failed(self, first: str) -> str | None:
        """Return an executor's words of a failure, which may have several lines."""
        message = [first, *self._gather(lambda line: not _ENDS_MESSAGE.match(line))]
        # Of 9, this is what the rule says when its jobs begin.
        return None if self._is_since_9 or first == "None" else "\n".join(message)

    def _shell_of_failed(self) -> str:
        command = self._gather(lambda line: not (_SHELL_ENDS.match(line) or _TIME.match(line)))
        if (line := self._lines.peek()) is not None and _SHELL_ENDS.match(line):
            self._lines.take()
        return _SHELL_BEGINS.sub("", "\n".join(command))

    def _shown_logs(self, jobid: Any) -> Iterator[Event]:
        """Read the logs of a failed job (`--show-failed-logs`), which stand in frames."""
        while (line := self._lines.peek()) is not None:
            name = _LOGFILE.match(line)
            if name is None:
                return
            self._lines.take()
            frame = self._lines.peek()
            if frame is None or not _FRAME.match(frame):
                return
            self._lines.take()
            text = self._gather(partial(ne, frame))
            self._lines.take()
            content = "\n".join(text) + "\n"
            size = len(content.encode())
            yield self._event(
                "log_tail", jobid=jobid, path=name[1], **{"from": 0}, text=content, size=size
            )

    # --- groups -----------------------------------------------------------------------------------

    def group(self, match: re.Match[str]) -> Iterator[Event]:
        """Read which group the jobs belong to that follow, indented."""
        yield self._event("group_info", group_id=match[1])

    def group_failed(self, match: re.Match[str]) -> Iterator[Event]:
        """Read which jobs a failed group has; before 7.19, each of them fails by itself."""
        members: list[Event] = []
        logs: list[str] = []
        message = None
        for line in self._gather(_is_indented):
            if member := _MEMBER.match(line):
                members.append({"rule_name": member[1]})
            elif (field := _FIELD_OF_MEMBER.match(line)) and members:
                text = _HINT_AT_LOG.sub("", field[2])
                members[-1][field[1]] = _VALUES[field[1]](text)
            elif line.startswith("    log: "):
                logs = _files(_HINT_AT_LOG.sub("", line.removeprefix("    log: ")))
            elif line.startswith("    message: "):
                message = line.removeprefix("    message: ")
        known = [{**each, "rule_msg": message} for each in members if "jobid" in each]
        if known:
            yield self._event("group_error", job_error_info=known, aux_logs=logs)
        else:
            yield self._event("log", level="error", msg=match[0])

    def group_failed_in_9(self, match: re.Match[str]) -> Iterator[Event]:
        """Read that a group failed, whose jobs tell so themselves."""
        self._gather(_is_indented)
        yield self._event("log", level="warning", msg=match[1] or "A group of jobs failed.")

    # --- the run ----------------------------------------------------------------------------------

    def plan(self, match: re.Match[str]) -> Iterator[Event]:
        """Read the table of the jobs to come."""
        table = [match[0], *self._gather(lambda line: bool(line) and not _TIME.match(line))]
        total = _TOTAL.match(table[-1])
        self._planned = self._planned or int(total[1] if total else 0)
        yield self._event("run_info", msg="\n".join(table))

    def progress(self, match: re.Match[str]) -> Iterator[Event]:
        """Read Snakemake's count of jobs."""
        yield self._event("progress", done=int(match[1]), total=int(match[2]))

    def cores(self, match: re.Match[str]) -> Iterator[Event]:
        """Read how many cores it may use."""
        yield self._event("resources_info", cores=int(match[1]), msg=match.string)

    def exiting(self, match: re.Match[str]) -> Iterator[Event]:
        """Read that jobs failed, which their own blocks tell."""
        yield self._event("log", level="error", msg=match.string)

    def raised(self, match: re.Match[str]) -> Iterator[Event]:
        """Read an error's text: to the next empty line, of a traceback to what Snakemake says."""
        is_traceback = match.string.startswith("Traceback (")

        def goes_on(line: str) -> bool:
            is_empty = not line.strip()
            return is_traceback if is_empty else not _ENDS_ERROR.match(line)

        text = [match.string, *self._gather(goes_on)]
        yield self._event("error", msg="\n".join(text).rstrip(), exception=match[0])

    def header(self, match: re.Match[str]) -> Iterator[Event]:
        """Read what Snakemake from 9.22 on says of a run before it begins."""
        found: Event = {}
        if (line := self._lines.peek()) is not None and _FRAME.match(line):
            self._lines.take()
        while (line := self._lines.peek()) is not None:
            field = _HEADER_FIELD.match(line)
            if field is None:
                break
            self._lines.take()
            if field[1] in _HEADER:
                found[_HEADER[field[1]]] = field[2]
        if found:
            yield self._event("workflow_started", **found)
        else:
            yield self._event("log", level="info", msg=match[0])

    def elapsed(self, match: re.Match[str]) -> Iterator[Event]:
        """Read how long the run took."""
        days, hours, minutes, seconds = match.groups()
        took = timedelta(int(days or 0), float(seconds), 0, 0, int(minutes), int(hours))
        self.time = max(self.time, self._began + took.total_seconds())
        yield self._event("log", level="info", msg=match[0])


def _is_indented(line: str) -> bool:
    return line.startswith("    ") and not _TIME.match(line)


def _files(text: str) -> list[str]:
    return text.split(", ")


def _number(text: str) -> int | str:
    return int(text) if re.fullmatch(r"\d{1,18}", text) else text


def _wildcards(text: str) -> dict[str, str]:
    """Return the values by their names; a value with `, x=` in it can't be told from two."""
    pairs = (each.partition("=") for each in re.split(r", (?=[A-Za-z_]\w*=)", text))
    return {name: value for name, _, value in pairs}


def _resources(text: str) -> dict[str, int | str]:
    return {name: _number(value) for name, value in _wildcards(text).items()}


_VALUES: Mapping[str, Callable[[str], Any]] = {
    "input": _files,
    "output": _files,
    "log": _files,
    "jobid": _number,
    "benchmark": str,
    "reason": str,
    "wildcards": _wildcards,
    "priority": _number,
    "threads": _number,
    "resources": _resources,
}
_Read = Callable[[LogReader, re.Match[str]], Iterator[Event]]
# How a block begins -> what reads it.
_BLOCKS: tuple[tuple[re.Pattern[str], _Read], ...] = (
    (_JOB, LogReader.job),
    (_JOB_WITH_MESSAGE, LogReader.job_with_message),
    (_FINISHED, LogReader.finished),
    (_PROGRESS, LogReader.progress),
    (_FAILED, LogReader.failed),
    (_GROUP, LogReader.group),
    (_GROUP_FAILED, LogReader.group_failed),
    (_GROUP_FAILED_IN_9, LogReader.group_failed_in_9),
    (re.compile(r"Job (?:stats|counts):$"), LogReader.plan),
    (_CORES, LogReader.cores),
    (re.compile(r"Exiting because a job execution failed|Error executing "), LogReader.exiting),
    (re.compile(r"SNAKEMAKE$"), LogReader.header),
    (_ELAPSED, LogReader.elapsed),
    (_RAISED, LogReader.raised),
)
