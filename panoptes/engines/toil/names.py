"""Which step or call a job of Toil belongs to, and as which shard of a scatter: its name says it.

A job of CWL is called by the workflow that it is part of, its step and its tool: of main.cwl, the
step `align` that runs bwa.cwl is `main.cwl.align.bwa.cwl`. In a scatter, the step's name is left
out for a number: `main.cwl.0.bwa.cwl`; in a loop, `main.cwl.iteration1.bwa.cwl`. Workflows and
tools that are written where they are used have an id that is made up (`_:` and a UUID) instead of
a name. A workflow that is run several times gives its jobs the same names each time.

A task of WDL is called by its whole path, with the numbers of shards: `main.sub.0.align.command`.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from panoptes.common.wildcards import brief
from panoptes.engines.fields import MAX_RULE

CWL_SCOPE, WDL_SCOPE = "/", "."
SHARD, ITERATION = "shard", "iteration"
# What a scattered step is called whose tool has no name either.
SCATTER = "scatter"
# What the ids of jobs begin with that run a tool or a task, and those of workflows; all others are
# Toil's own.
_CWL_JOB, _WDL_JOB, _CWL_WORKFLOW = "kind-CWLJob/", "kind-WDLTaskJob/", "kind-CWLWorkflow/"
_OF_WDL = "kind-WDL"
# Longer names would only cost time and room: Toil makes them of names of files, steps and tools.
_MOST_NAME = 300
# Workflows without a name of their own, of a run, whose steps are known.
_MOST_SCOPES = 100
_ENDINGS = r"(?:cwl|ya?ml|json)"
_PARTS = re.compile(rf"(_:[^.]+|[^/]*?\.{_ENDINGS}|[^.]+)\.([^.]+)\.(?!{_ENDINGS}$)(.+)", re.DOTALL)
_LOOP = re.compile(r"iteration([0-9]{1,9})")
_ENDING = re.compile(rf"\.{_ENDINGS}$")
_TASK_ENDING = ".command"


class Job(NamedTuple):
    """A job as Toil calls it: by a name, and by the id that it has in the job store."""

    name: str
    store_id: str

    @property
    def is_shown(self) -> bool:
        """Whether it runs a tool or a task; all others are Toil's own work."""
        # Toil 6 lets the worker of a call run its task.
        is_task = self.name.endswith(_TASK_ENDING) and self.store_id.startswith(_OF_WDL)
        return is_task or self.store_id.startswith((_CWL_JOB, _WDL_JOB))

    @property
    def is_of_cwl(self) -> bool:
        """Whether it runs a tool."""
        return self.store_id.startswith(_CWL_JOB)

    @property
    def is_workflow(self) -> bool:
        """Whether it is a workflow of CWL, whose steps follow."""
        return self.store_id.startswith(_CWL_WORKFLOW)


def job_named(name: str, store_id: str) -> Job:
    """Return the job that Toil calls so; names and ids longer than any of its own are cut."""
    return Job(name[:_MOST_NAME], store_id[:_MOST_NAME])


class Place(NamedTuple):
    """Where a job belongs: its rule, behind the names of those that hold it, and its wildcards."""

    rule: str
    wildcards: Mapping[str, str]


# What is known of a run's workflows, which this changes, and a job's name -> its place.
Find = Callable[[dict[str, Any], str], Place]


class _Parts(NamedTuple):
    workflow: str
    step: str
    tool: str


def place_in_cwl(state: dict[str, Any], name: str) -> Place:
    """Return where a job of CWL belongs."""
    parts = _parts(name)
    if parts is None:
        return Place(brief(_stem(name), MAX_RULE), {})
    scope = _scope(state, parts.workflow)
    rule, wildcards = _step(parts, scope)
    return Place(brief(_within(scope, rule), MAX_RULE), wildcards)


def note_workflow(state: dict[str, Any], name: str) -> None:
    """Note a workflow of CWL that begins: the first is the main one."""
    if "main" not in state:
        state["main"] = name
        return
    parts, scopes = _parts(name), state.get("scopes", {})
    if parts is None or not parts.tool.startswith("_:") or parts.tool in scopes:
        return
    if len(scopes) < _MOST_SCOPES:
        scope = _scope(state, parts.workflow)
        path = brief(_within(scope, _step(parts, scope)[0]), MAX_RULE)
        state["scopes"] = {**scopes, parts.tool: path}


def place_in_wdl(_state: dict[str, Any], name: str) -> Place:
    """Return where a task of WDL belongs."""
    first, *others = name.removesuffix(_TASK_ENDING).split(WDL_SCOPE)
    calls: list[str] = []
    wildcards: dict[str, str] = {}
    for part in others:
        if part.isascii() and part.isdigit():
            shard = WDL_SCOPE.join([*calls, SHARD])
            wildcards[shard] = f"{wildcards[shard]}.{part}" if shard in wildcards else part
        else:
            calls.append(part)
    return Place(brief(WDL_SCOPE.join(calls) or first, MAX_RULE), wildcards)


def _parts(name: str) -> _Parts | None:
    found = _PARTS.fullmatch(name)
    return _Parts(*found.groups()) if found else None


def _scope(state: dict[str, Any], workflow: str) -> str:
    """Return the name of what holds the steps of a workflow; empty for the main one."""
    # A run that goes on where another one stopped doesn't tell of it again.
    if workflow == state.setdefault("main", workflow):
        return ""
    path: str | None = state.get("scopes", {}).get(workflow)
    return path or _stem(workflow)


def _step(parts: _Parts, scope: str) -> tuple[str, Mapping[str, str]]:
    if parts.step.isascii() and parts.step.isdigit():
        return _stem(parts.tool), {_within(scope, SHARD): parts.step}
    if loop := _LOOP.fullmatch(parts.step):
        return _stem(parts.tool), {_within(scope, ITERATION): loop[1]}
    return parts.step, {}


def _within(scope: str, name: str) -> str:
    return f"{scope}{CWL_SCOPE}{name}" if scope else name


def _stem(name: str) -> str:
    return SCATTER if name.startswith("_:") else _ENDING.sub("", name) or name
