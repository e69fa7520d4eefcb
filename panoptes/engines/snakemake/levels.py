"""What each level of a message says: its fields -> sayings.

`read_update` is the way in. Levels that say nothing of jobs or of the run's end (`debug`,
`dag_debug`, `host`, ...: two thirds of what a Snakemake before 9 sends) give none and reach no
database.
"""

import hashlib
import re
from collections.abc import Callable
from typing import Any

from panoptes.engines.events import LogLine
from panoptes.engines.fields import (
    MAX_RULE,
    MAX_TEXT,
    Fields,
    client_time,
    count,
    text_of,
    texts_of,
)
from panoptes.engines.interface import Sent
from panoptes.engines.problems import Broken
from panoptes.engines.snakemake.envelope import read_envelope
from panoptes.engines.snakemake.fields import as_key, details_of, job_key
from panoptes.engines.snakemake.message import read_message
from panoptes.engines.snakemake.run_info import planned_jobs
from panoptes.engines.snakemake.sayings import (
    DIGEST_LENGTH,
    Alive,
    CompleteLog,
    DryRun,
    ErrorMessage,
    Exiting,
    FatalError,
    GroupInfo,
    JobDone,
    JobError,
    JobInfo,
    JobsStarted,
    JobStats,
    LocksRemoved,
    Message,
    NothingToRun,
    ProgressCounts,
    Saying,
    ShellCommand,
    Started,
    Subworkflow,
    Traceback,
    WorkflowSuccess,
)
from panoptes.engines.snakemake.submissions import read_submission

# More jobs in one event would hold the database for long; others are known by their own events.
MAX_JOBS = 5_000
# Of a group that failed; each takes several statements.
MAX_MEMBERS = 500


def read_update(content: Any) -> Message | None:
    """Return what the content of an update (its `msg`) says, None where that is nothing.

    Raises Broken.
    """
    fields = read_message(content)
    sayings = sayings_of(fields)
    if not sayings:
        return None
    time = client_time(fields.get("timestamp"))
    return Message(tuple(sayings), time, None if time is None else _digest(content))


def sayings_of(fields: Fields) -> "Reading":
    """Return what a message with these fields says. Raises Broken."""
    reader = _LEVELS.get(fields["level"])
    return reader(fields) if reader else []


def read_sent(sent: Sent) -> Message | None:
    """Return what a whole update says, None where that is nothing. Raises Broken."""
    return read_update(read_envelope(*sent).msg)


def _digest(content: Any) -> str:
    text = repr(content).encode("utf-8", "replace")
    return hashlib.blake2b(text, digest_size=DIGEST_LENGTH // 2).hexdigest()


# --- jobs ---------------------------------------------------------------------------------------

Reading = list[Saying]


def _job_info(message: Fields) -> Reading:
    info = JobInfo(
        key=job_key(message),
        rule=text_of(message, "name", MAX_RULE) or "",
        details=details_of(message),
        in_group=message.get("indent") is True,
    )
    return [info]


def _job_started(message: Fields) -> Reading:
    jobs = message.get("jobs")
    if not isinstance(jobs, list):
        raise Broken("msg", "jobs: Not a list of job ids.")
    return [JobsStarted(tuple(as_key(job, "jobs") for job in jobs[:MAX_JOBS]))]


def _job_error(message: Fields) -> JobError:
    # Before Snakemake 8 a text may follow (8 itself looks the same, but has sent them before). A
    # failure with a `msg` has its text, and the terse ones of 9 ({jobid, name}) follow theirs.
    terse = message.keys() <= {"level", "jobid", "name", "timestamp"}
    error = text_of(message, "msg", MAX_TEXT)
    return JobError(
        key=job_key(message),
        rule=text_of(message, "name", MAX_RULE) or "",
        error=error,
        details=details_of({name: value for name, value in message.items() if name != "msg"}),
        text_follows=not terse and error is None,
    )


def _group_error(message: Fields) -> Reading:
    members = message.get("job_error_info")
    if not isinstance(members, list):
        return []  # Before 7.19 a job_error of each member follows.
    shared, logs = message.get("msg"), texts_of(message, "aux_logs") or []
    return [
        _job_error(
            {
                **member,
                "msg": member.get("msg") or shared,
                "log": [*(texts_of(member, "log") or []), *logs],
            }
        )
        for member in members[:MAX_MEMBERS]
        if isinstance(member, dict)
    ]


def _group_info(message: Fields) -> Reading:
    name = text_of(message, "groupid", MAX_RULE)
    return [GroupInfo(name)] if name else []


def _shellcmd(message: Fields) -> Reading:
    command = text_of(message, "msg", MAX_TEXT)
    if command is None or ".snakemake/scripts/" in command:
        # A script's own command comes late, from its own thread: its job can't be told.
        return []
    if "jobid" not in message:
        return [ShellCommand(command)]
    if message["jobid"] is None:
        return []  # Snakemake 9 with -p repeats what job_info said.
    return [ShellCommand(command, key=job_key(message))]


# --- the run ------------------------------------------------------------------------------------


def _progress(message: Fields) -> Reading:
    done, total = count(message.get("done")), count(message.get("total"))
    if done is None or total is None:
        raise Broken("msg", "done, total: Not two counts of jobs.")
    return [ProgressCounts(done, total)]


def _run_info(message: Fields) -> Reading:
    text = message.get("msg")
    plan = planned_jobs(text) if isinstance(text, str) else None
    return [JobStats(plan.rules, plan.total)] if plan else []


# How an `info` begins -> what it says. Snakemake 9 sends one of these.
_INFO: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Saying]], ...] = (
    (re.compile(r"Complete log: (.*)"), lambda match: CompleteLog(match[1])),
    (re.compile(r"Nothing to be done\b"), lambda _: NothingToRun()),
    (re.compile(r"This was a dry-run \("), lambda _: DryRun()),
    (
        # Ctrl-C, and SIGTERM.
        re.compile(r"Terminating processes on user request|Will exit after finishing currently"),
        lambda match: Exiting(match.string),
    ),
    # No client before 8 tells of a failing `run:` block: that it starts again is all that comes.
    (re.compile(r"Trying to restart job ([0-9]{1,18})\."), lambda match: JobError(match[1])),
    (re.compile(r"Unlock(?:ing|ed) working directory\."), lambda _: NothingToRun(only_looked=True)),
    (re.compile(r"Workflow started\b"), lambda _: Started()),  # 9
    (re.compile(r"Executing subworkflow (.+)\.$"), lambda match: Subworkflow(match[1])),
    (re.compile(r"Executing main workflow\."), lambda _: Subworkflow(None)),
    (re.compile(r"Building DAG of jobs"), lambda _: Alive()),
)


def _info(message: Fields) -> Reading:
    text = text_of(message, "msg", MAX_TEXT)
    if text is None:
        return []
    for pattern, change in _INFO:
        match = pattern.match(text)
        if match:
            return [change(match), LogLine("info", text)]
    submitted = read_submission(text)
    return [*([submitted] if submitted else []), LogLine("info", text)]


def _warning(message: Fields) -> Reading:
    text = text_of(message, "msg", MAX_TEXT)
    return [LogLine("warning", text)] if text else []


# The job that an error's text names: the cluster's words, then a missing output's in 7.32 and 8,
# in 6 and in 5.28.
_NAMES_JOB = (
    re.compile(r"Error executing rule .{1,1000}? on cluster \(jobid: ([0-9]{1,18})\b"),
    re.compile(r"\bJob (?:id: )?([0-9]{1,18}) +completed successfully"),
    re.compile(r"some output files are missing\. ([0-9]{1,18})\s*\Z"),
)
_GROUP_FAILED = re.compile(r"Error executing group job (.{1,500}?) on cluster \(")
_RAISED = re.compile(r"(?:[\w.]*(?:Error|Exception|Exit|Interrupt|Iteration)\b|Traceback \()")
_WILL_FAIL = "Exiting because a job execution failed"
# The last word of a failed run of Snakemake 8.
_HAS_FAILED = "WorkflowError:\nAt least one job did not complete successfully."
# Raised where a job has run, so that no job_error comes of it: by `ensure`, or a missing output.
_FAILS_JOB = re.compile(r"MissingOutputException|WorkflowError in rule |WorkflowError\Z")


def _error(message: Fields) -> Reading:
    text = text_of(message, "msg", MAX_TEXT)
    if text is None:
        return []
    line = LogLine("error", text)
    if text.startswith(_WILL_FAIL):
        return [Exiting(text, jobs_ended=True), line]
    if text == _HAS_FAILED:
        return [FatalError(text), line]
    # Snakemake 9's stock plugin sends a class's name, of whatever exception, and fields that say
    # nothing; ours the exception's text and, beside it, its class.
    raised = "location" in message or bool(message.get("exception")) or bool(_RAISED.match(text))
    group = _GROUP_FAILED.match(text)
    change = ErrorMessage(
        text,
        key=_named_job(text),
        group=group[1] if group else None,
        fails_job=_FAILS_JOB.match(text) is not None,
        raised=raised,
        is_bare=raised and text.isidentifier(),
    )
    return [change, line]


def _named_job(text: str) -> str | None:
    for pattern in _NAMES_JOB:
        match = pattern.search(text)
        if match:
            return match[1]
    return None


def _debug(message: Fields) -> Reading:
    """Noise but for the engine's end and for a traceback.

    That is the only place with a failed shell's exit status before 8.
    """
    text = message.get("msg")
    if text == "removed all locks":
        return [LocksRemoved()]
    if not isinstance(text, str) or not text.startswith("Full Traceback"):
        return []
    last_frame = text[text.rfind('  File "') :][: 2 * MAX_TEXT]
    words = "\n".join(_after_frame(last_frame.splitlines()))
    return [Traceback(words[:MAX_TEXT])] if words else []


def _after_frame(lines: list[str]) -> list[str]:
    """Drop the frame's own lines, which are indented; an exception's words begin at the margin."""
    for number, line in enumerate(lines):
        if line and not line.startswith(" "):
            return lines[number:]
    return []


_LEVELS: dict[str, Callable[[Fields], Reading]] = {
    "job_info": _job_info,
    "job_started": _job_started,
    "job_finished": lambda message: [JobDone(job_key(message))],
    "job_error": lambda message: [_job_error(message)],
    "group_info": _group_info,
    "group_error": _group_error,
    "shellcmd": _shellcmd,
    "progress": _progress,
    "run_info": _run_info,
    "workflow_success": lambda _: [WorkflowSuccess()],
    "info": _info,
    "resources_info": _info,
    "warning": _warning,
    "error": _error,
    "debug": _debug,
}
