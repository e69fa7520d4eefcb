"""What each level of an event means: a parsed message -> an Event.

`read_event` is the way in. Levels that say nothing of jobs or of the run's end (`debug`,
`dag_debug`, `host`, ...: two thirds of what a Snakemake before 9 sends) give None and reach no
database.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from panoptes.wire.events import (
    Change,
    DryRun,
    EngineLeft,
    ErrorText,
    Event,
    FailureDetail,
    GroupNamed,
    JobFailed,
    JobFinished,
    JobInfo,
    JobRestarts,
    JobsFailed,
    JobsStarted,
    JobSubmitted,
    Message,
    NestedRun,
    NothingToDo,
    Planned,
    Progress,
    RanNothing,
    RunEnded,
    RunFailed,
    RunSucceeded,
    RunWillFail,
    ShellCommand,
    SignOfLife,
)
from panoptes.wire.problems import Broken
from panoptes.wire.run_info import planned_jobs
from panoptes.wire.text import MAX_INTEGER

Fields = Mapping[str, Any]

MAX_KEY = 100
MAX_RULE = 500
MAX_TEXT = 100_000
MAX_JOBS = 100_000


def read_event(message: Fields) -> Event | None:
    """Return what a message says, or None where it says nothing. Raises Broken."""
    reader = _LEVELS.get(message["level"])
    if reader is None:
        return None
    changes, line = reader(message)
    if not changes and line is None:
        return None
    return Event(changes=tuple(changes), message=line, time=_time(message.get("timestamp")))


# --- jobs ---------------------------------------------------------------------------------------

Reading = tuple[list[Change], Message | None]


def _job_info(message: Fields) -> Reading:
    info = JobInfo(
        key=_key(message),
        rule=_text(message, "name", MAX_RULE) or "",
        details=_details(message),
        in_group=message.get("indent") is True,
    )
    return [info], None


def _job_started(message: Fields) -> Reading:
    jobs = message.get("jobs")
    if not isinstance(jobs, list) or len(jobs) > MAX_JOBS:
        raise Broken("msg", "jobs: Not a list of job ids.")
    return [JobsStarted(tuple(_as_key(job, "jobs") for job in jobs))], None


def _job_finished(message: Fields) -> Reading:
    return [JobFinished(_key(message))], None


def _job_error(message: Fields) -> Reading:
    return [_failure(message)], None


def _failure(message: Fields) -> JobFailed:
    # Only Snakemake before 8 has words that follow. A failure with a `msg` has its words, and the
    # terse ones of Snakemake 9 ({jobid, name}) come behind theirs.
    terse = message.keys() <= {"level", "jobid", "name"}
    error = _text(message, "msg", MAX_TEXT)
    return JobFailed(
        key=_key(message),
        rule=_text(message, "name", MAX_RULE) or "",
        error=error,
        details=_details({name: value for name, value in message.items() if name != "msg"}),
        text_follows=not terse and error is None,
    )


def _group_error(message: Fields) -> Reading:
    members = message.get("job_error_info")
    if not isinstance(members, list):
        return [], None  # Before 7.19 a job_error of each member follows.
    failures = [_failure(member) for member in members if isinstance(member, dict)]
    return [JobsFailed(tuple(failures))], None


def _group_info(message: Fields) -> Reading:
    name = _text(message, "groupid", MAX_RULE)
    return ([GroupNamed(name)] if name else []), None


def _shellcmd(message: Fields) -> Reading:
    command = _text(message, "msg", MAX_TEXT)
    if command is None or ".snakemake/scripts/" in command:
        # A script's own command comes late, from its own thread: its job can't be told.
        return [], None
    if "jobid" not in message:
        return [ShellCommand(command)], None
    if message["jobid"] is None:
        return [], None  # Snakemake 9 with -p repeats what job_info said.
    return [ShellCommand(command, key=_key(message))], None


# Column of `jobs` -> what to take for it from a message.
_DETAILS: dict[str, Callable[[Fields], Any]] = {
    "msg": lambda message: _text(message, "msg", MAX_TEXT),
    "input": lambda message: _texts(message, "input"),
    "output": lambda message: _texts(message, "output"),
    "log": lambda message: _texts(message, "log"),
    "wildcards": lambda message: _wildcards(message),
    "benchmark": lambda message: _text(message, "benchmark", MAX_TEXT),
    "reason": lambda message: _text(message, "reason", MAX_TEXT),
    "resources": lambda message: _resources(message),
    "priority": lambda message: _priority(message),
    "threads": lambda message: _count(message.get("threads")),
    "is_checkpoint": lambda message: message.get("is_checkpoint") is True,
    "is_local": lambda message: message.get("local") is True,
    "shell_command": lambda message: _text(message, "shellcmd", MAX_TEXT),
    "conda_env": lambda message: _text(message, "conda_env", MAX_TEXT),
    "external_id": lambda message: _external_id(message),
}
_NAME_ON_THE_WIRE = {
    "shell_command": "shellcmd",
    "is_local": "local",
    "external_id": "aux",
}


def _details(message: Fields) -> dict[str, Any]:
    """Return only what the message tells: a job_error must not empty what job_info filled."""
    found = {
        column: read(message)
        for column, read in _DETAILS.items()
        if message.get(_NAME_ON_THE_WIRE.get(column, column)) is not None
    }
    return {column: value for column, value in found.items() if value is not None}


def _wildcards(message: Fields) -> dict[str, str] | None:
    value = message["wildcards"]
    if not isinstance(value, dict):
        return None
    return {name: each if isinstance(each, str) else str(each) for name, each in value.items()}


def _resources(message: Fields) -> dict[str, Any] | list[Any] | None:
    """An object from Snakemake 9; before, values without names of which two are known.

    The first is the number of cores (the threads, told anyway) and the second of nodes; the
    order of the others differs by version and rule, so they stay a list.
    """
    value = message["resources"]
    return value if isinstance(value, (dict, list)) else None


def _priority(message: Fields) -> str | None:
    """A number, or "highest"."""
    value = message["priority"]
    return str(value)[:40] if isinstance(value, (int, float, str)) else None


def _external_id(message: Fields) -> str | None:
    """`cluster_jobid` before Snakemake 8, `external_jobid` from then on."""
    aux = message["aux"]
    if not isinstance(aux, dict):
        return None
    found = aux.get("external_jobid") or aux.get("cluster_jobid")
    return None if found is None else str(found)[:MAX_KEY]


# --- the run ------------------------------------------------------------------------------------


def _progress(message: Fields) -> Reading:
    done, total = _count(message.get("done")), _count(message.get("total"))
    if done is None or total is None:
        raise Broken("msg", "done, total: Not two counts of jobs.")
    return [Progress(done, total)], None


def _run_info(message: Fields) -> Reading:
    rules = planned_jobs(_text(message, "msg", MAX_TEXT * 10) or "")
    return ([Planned(rules)] if rules else []), None


def _workflow_success(_message: Fields) -> Reading:
    return [RunSucceeded()], None


# How an `info` begins -> what it says. Only Snakemake before 9 sends these.
_INFO: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Change]], ...] = (
    (re.compile(r"Complete log: (.*)"), lambda found: RunEnded(found[1])),
    (re.compile(r"Nothing to be done\b"), lambda _: NothingToDo()),
    (re.compile(r"This was a dry-run \("), lambda _: DryRun()),
    (
        # Ctrl-C, and SIGTERM.
        re.compile(r"Terminating processes on user request|Will exit after finishing currently"),
        lambda found: RunWillFail(found.string),
    ),
    (re.compile(r"Trying to restart job (\d+)\."), lambda found: JobRestarts(found[1])),
    (
        re.compile(r"Submitted job (\d+) with external jobid '(.+)'"),
        lambda found: JobSubmitted(found[1], found[2][:MAX_KEY]),
    ),
    (re.compile(r"Unlock(?:ing|ed) working directory\."), lambda _: RanNothing()),
    (re.compile(r"Executing subworkflow (.+)\.$"), lambda found: NestedRun(found[1])),
    (re.compile(r"Executing main workflow\."), lambda _: NestedRun(None)),
    (re.compile(r"Building DAG of jobs"), lambda _: SignOfLife()),
)


def _info(message: Fields) -> Reading:
    text = _text(message, "msg", MAX_TEXT)
    if text is None:
        return [], None
    for pattern, change in _INFO:
        found = pattern.match(text)
        if found:
            return [change(found)], Message("info", text)
    return [], Message("info", text)


def _warning(message: Fields) -> Reading:
    text = _text(message, "msg", MAX_TEXT)
    return [], (Message("warning", text) if text else None)


# The job that an error's text names: the cluster's words, then a missing output's in 7.32 and 8,
# in 6 and in 5.28.
_NAMES_JOB = (
    re.compile(r"Error executing rule .{1,1000}? on cluster \(jobid: (\d+)"),
    re.compile(r"\bJob (?:id: )?(\d+) +completed successfully"),
    re.compile(r"some output files are missing\. (\d+)\s*\Z"),
)
_GROUP_FAILED = re.compile(r"Error executing group job (.{1,500}?) on cluster \(")
_RAISED = re.compile(r"(?:[\w.]*(?:Error|Exception|Exit|Interrupt|Iteration)\b|Traceback \()")
_WILL_FAIL = "Exiting because a job execution failed"
# The last word of a failed run: Snakemake 8, and 9 whose texts are an exception's name alone.
_HAS_FAILED = ("WorkflowError:\nAt least one job did not complete successfully.", "WorkflowError")


def _error(message: Fields) -> Reading:
    text = _text(message, "msg", MAX_TEXT)
    if text is None:
        return [], None
    line = Message("error", text)
    if text.startswith(_WILL_FAIL):
        return [RunWillFail(text)], line
    if text in _HAS_FAILED:
        return [RunFailed(text)], line
    group = _GROUP_FAILED.match(text)
    change = ErrorText(
        text,
        key=_named_job(text),
        group=group[1] if group else None,
        fails_job=text.startswith("MissingOutputException"),
        raised=_RAISED.match(text) is not None,
    )
    return [change], line


def _named_job(text: str) -> str | None:
    for pattern in _NAMES_JOB:
        found = pattern.search(text)
        if found:
            return found[1]
    return None


def _debug(message: Fields) -> Reading:
    """Noise but for the engine's end and for a traceback.

    That is the only place with a failed shell's exit status before 8.
    """
    text = message.get("msg")
    if text == "removed all locks":
        return [EngineLeft()], None
    if not isinstance(text, str) or not text.startswith("Full Traceback"):
        return [], None
    last_frame = text[text.rfind('  File "') :]
    words = "\n".join(_after_frame(last_frame.splitlines()))
    return ([FailureDetail(words[:MAX_TEXT])] if words else []), None


def _after_frame(lines: list[str]) -> list[str]:
    """Drop the frame's own lines, which are indented; an exception's words begin at the margin."""
    for number, line in enumerate(lines):
        if line and not line.startswith(" "):
            return lines[number:]
    return []


_LEVELS: dict[str, Callable[[Fields], Reading]] = {
    "job_info": _job_info,
    "job_started": _job_started,
    "job_finished": _job_finished,
    "job_error": _job_error,
    "group_info": _group_info,
    "group_error": _group_error,
    "shellcmd": _shellcmd,
    "progress": _progress,
    "run_info": _run_info,
    "workflow_success": _workflow_success,
    "info": _info,
    "resources_info": _info,
    "warning": _warning,
    "error": _error,
    "debug": _debug,
}


# --- fields -------------------------------------------------------------------------------------


def _key(message: Fields) -> str:
    return _as_key(message.get("jobid"), "jobid")


def _as_key(value: object, field: str) -> str:
    """A job's id as text: Snakemake sends numbers, another engine may send names."""
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise Broken("msg", f"{field}: Not a valid job id.")
    key = str(value)
    if not 0 < len(key) <= MAX_KEY:
        raise Broken("msg", f"{field}: Not a valid job id.")
    return key


def _text(message: Fields, name: str, limit: int) -> str | None:
    """A text's first `limit` characters; None where there is none."""
    value = message.get(name)
    return value[:limit] if isinstance(value, str) and value.strip() else None


def _texts(message: Fields, name: str) -> list[str] | None:
    value = message.get(name)
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list):
        return None
    return [each if isinstance(each, str) else str(each) for each in value]


def _count(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value <= MAX_INTEGER else None


def _time(value: object) -> float | None:
    """Unix time in seconds, of the years 2000 to 2100; anything else is no clock's."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if 946_684_800 <= value <= 4_102_444_800 else None
