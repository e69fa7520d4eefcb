"""Reads what Nextflow's client sends, by the Tower protocol or by weblog: the same things.

What a message is, its own fields say: so one that was kept can be read without its address.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from panoptes.common.secrets import without_secrets
from panoptes.engines.body import NESTED, json_fields
from panoptes.engines.cleaning import NestingError, clean
from panoptes.engines.fields import (
    MAX_ITEM,
    MAX_RULE,
    MAX_TEXT,
    Fields,
    config_files_of,
    count,
    cut_text,
    text_of,
)
from panoptes.engines.interface import Sent
from panoptes.engines.nextflow.dag import feeds
from panoptes.engines.nextflow.secrets import kept_params
from panoptes.engines.nextflow.task import Task, read_task
from panoptes.engines.nextflow.times import unix_time
from panoptes.engines.problems import Broken, TooMuch

# A request holds 100 tasks at most; so many hold the database for some 0.3 s.
MAX_TASKS = 1_000
MAX_NAME = 200
MAX_PROCESSES = 5000
# What else is kept of a run, by Nextflow's names.
_ABOUT = (
    *("repository", "revision", "commitId", "profile", "workDir", "outputDir"),
    *("containerEngine", "stubRun"),
)
_SIGNAL = re.compile(r"SIG[A-Z]{2,8}")
# Sections of an error's report that the job's own page shows anyway.
_SHOWN_ANYWAY = frozenset(
    {"Command executed", "Command exit status", "Work dir", "Container", "Tip"}
)
_OUTPUT = frozenset({"Command output", "Command error"})
_FAILED_TASK = re.compile(r"Error executing process > '([^\n]{1,2000})'\s*(?:\n|$)")


@dataclass(frozen=True, slots=True)
class End:
    """How a run ended: `signal` is what interrupted it, `message` and `report` tell of an error.

    `at` is the Unix time of the end. `done` are the tasks that came to a good end, those that were
    cached among them.
    """

    success: bool
    signal: str | None
    message: str | None
    report: str | None
    exit_status: int | None
    done: int
    at: float | None

    @property
    def words(self) -> str | None:
        """What went wrong: the message, and of the report what neither it nor the job says."""
        message = (self.message or "").strip("\n")
        said = "".join(message.split())
        kept, title = [], ""
        for part in filter(None, map(_stripped, (self.report or "").split("\n\n"))):
            first = part.partition("\n")[0].partition(":")
            title = first[0] if first[1] and not first[0].startswith(" ") else title
            _, _, text = part.rpartition(f"{title}:\n")
            is_said = title in ("", *_OUTPUT) and "".join(text.split()) in said
            if title not in _SHOWN_ANYWAY and not is_said:
                kept.append(part)
        return "\n\n".join(filter(None, [message, *kept]))[:MAX_TEXT] or None

    @property
    def failed_task(self) -> str | None:
        """The name of the task that the report is about."""
        match = _FAILED_TASK.search((self.report or "")[:5000])
        return match[1] if match else None


@dataclass(frozen=True, slots=True)
class Message:
    """What a client says: `instant` is its clock's Unix time when it said it.

    `project` is what runs, `run_name` and `session` are the run's; `details` are named as columns
    of `runs`, and `started` is when it began, a Unix time too. `processes` are those of the script,
    in its order, and `feeds` says which feeds which, None where that isn't told. `done` is the
    client's own count. `wanted_id` is the id that a new run asks for (TOWER_WORKFLOW_ID).
    """

    instant: float | None
    project: str | None
    run_name: str | None
    session: str | None
    details: Mapping[str, Any]
    processes: Sequence[str]
    tasks: Sequence[Task]
    done: int
    end: End | None
    started: float | None = None
    feeds: Sequence[tuple[str, str]] | None = None
    wanted_id: str | None = None


def _stripped(text: str) -> str:
    return text.strip("\n")


def read(sent: Sent) -> Message:
    """Read a message. Raises Broken for what is no JSON object, and TooMuch."""
    try:
        told = clean(json_fields(sent.body))
    except NestingError as error:
        raise TooMuch("body", NESTED) from error
    return _of_weblog(told) if "event" in told else _of_tower(told)


def read_event(said: Fields) -> Message:
    """Read an event of a batch, which holds what the Tower protocol sends. Raises Broken."""
    content = said.get("content")
    if said.get("event") != "message" or not isinstance(content, dict):
        raise Broken("event", "Give 'message', and as its content what Nextflow sends.")
    return _of_tower(content)


def read_description(told: Fields) -> Message:
    """Read what is said of a run to register it, by the names of the Tower protocol."""
    return _of_tower(told)


def _of_tower(told: Fields) -> Message:
    workflow, tasks = _map(told, "workflow"), told.get("tasks")
    processes = _names(told.get("processNames"))
    is_end = bool(workflow) and not isinstance(told.get("processNames"), list)
    counted = _map(told, "progress")
    return Message(
        instant=unix_time(told.get("instant")),
        project=_project(workflow or told),
        run_name=text_of(workflow or told, "runName", MAX_NAME),
        session=text_of(workflow or told, "sessionId", 100),
        details=_details(workflow or told),
        processes=processes,
        tasks=_tasks(tasks if isinstance(tasks, list) else []),
        done=_sum(counted, "succeeded", "cached"),
        end=_end(workflow) if is_end else None,
        started=unix_time(workflow.get("start")),
        feeds=feeds(told.get("dag"), processes),
        wanted_id=text_of(told, "workflowId", MAX_NAME),
    )


def _of_weblog(told: Fields) -> Message:
    metadata = _map(told, "metadata")
    workflow, trace = _map(metadata, "workflow"), told.get("trace")
    named = {"runName": told.get("runName"), "sessionId": told.get("runId")}
    params = {"params": metadata.get("parameters")} if workflow else {}
    end = _end(workflow) if told.get("event") == "completed" and workflow else None
    return Message(
        instant=unix_time(told.get("utcTime")),
        project=_project(workflow),
        run_name=text_of(named, "runName", MAX_NAME),
        session=text_of(named, "sessionId", 100),
        details=_details({**workflow, **named, **params}) if workflow else {},
        processes=[],
        tasks=_tasks([trace]),
        done=0,
        end=end,
        started=unix_time(workflow.get("start")),
    )


def _map(told: Fields, name: str) -> Fields:
    value = told.get(name)
    return value if isinstance(value, dict) else {}


def _project(told: Fields) -> str | None:
    return text_of(told, "projectName", MAX_NAME) or text_of(told, "scriptName", MAX_NAME)


def _names(told: Any) -> list[str]:
    names = told if isinstance(told, list) else []
    texts = (name for name in names[:MAX_PROCESSES] if isinstance(name, str) and name.strip())
    return [name[:MAX_RULE] for name in texts]


def _tasks(told: Sequence[Any]) -> list[Task]:
    tasks = filter(None, map(read_task, told[:MAX_TASKS]))
    # A job's tries in their order: later ones have higher ids.
    return sorted(tasks, key=lambda task: task.number)


def _sum(told: Fields, *names: str) -> int:
    return sum(count(told.get(name)) or 0 for name in names)


def _details(workflow: Fields) -> dict[str, Any]:
    """Return what is said of a run. The configuration is left out, for it may hold secrets."""
    command = cut_text(workflow, "commandLine")
    params = workflow.get("params")
    about = {name: str(workflow[name])[:MAX_ITEM] for name in _ABOUT if workflow.get(name)}
    details = {
        "main_file": text_of(workflow, "scriptFile", MAX_ITEM)
        or text_of(workflow, "scriptName", MAX_ITEM),
        "command": command and without_secrets(command),
        "workdir": text_of(workflow, "launchDir", MAX_ITEM),
        "log_file": text_of(workflow, "logFile", MAX_ITEM),
        "run_name": text_of(workflow, "runName", MAX_NAME),
        "session": text_of(workflow, "sessionId", 100),
        "params": kept_params(params) if isinstance(params, dict) and params else None,
        "user": text_of(workflow, "userName", MAX_NAME),
        "config_files": config_files_of(workflow, "configFiles"),
        "engine_version": text_of(_map(workflow, "nextflow"), "version", 100),
        "about": about or None,
    }
    return {column: value for column, value in details.items() if value is not None}


def _end(workflow: Fields) -> End:
    message = text_of(workflow, "errorMessage", MAX_TEXT)
    status, stats = workflow.get("exitStatus"), _map(workflow, "stats")
    is_signal = message is not None and _SIGNAL.fullmatch(message.strip())
    return End(
        success=workflow.get("success") is True,
        signal=message.strip() if message and is_signal else None,
        message=message,
        report=cut_text(workflow, "errorReport"),
        exit_status=count(status),
        done=_sum(stats, "succeededCount", "cachedCount"),
        at=unix_time(workflow.get("complete")),
    )
