"""What a page's address asks for; what makes no sense there is as if it weren't said."""

from collections.abc import Callable
from typing import TypeVar

from flask import request
from werkzeug.datastructures import MultiDict

from panoptes.common.errors import BadRequest, NotFound
from panoptes.common.status import JOB_STATUSES, WORKFLOW_STATUSES, Status
from panoptes.common.text import clean_text
from panoptes.queries import change_tokens, runs
from panoptes.queries.change_tokens import ChangeToken
from panoptes.queries.job_lists import JOB_SORTS
from panoptes.queries.results import JobFilter, RunView, WorkflowFilter
from panoptes.queries.rules import RULE_SORTS
from panoptes.queries.runs import WORKFLOW_SORTS
from panoptes.web.parameters import (
    MAX_NUMBER,
    MOST_DAYS,
    level_named,
    sort_key,
    status_named,
    wildcard_pair,
)
from panoptes.web.request_time import request_time

Value = TypeVar("Value")

MAX_TEXT = 200
# No name of anything is longer; what is asked for may be kept in memory with its answer.
MAX_NAME = 4096
# So many workflows are cancelled or deleted at once.
SELECTED = 1000
# What a page's address may carry on: what is listed, and which part of the lists is seen.
# `url_for` has parameters of its own beside these.
WHOSE = ("owner", "user", "host", "engine")
LISTED = (
    *("run", "status", *WHOSE, "label", "older_than"),
    *("rule", "q", "wildcard", "unfinished", "sort"),
)
SEEN = ("part", "page", "after", "before", "log", "log_level", "log_q", "log_page", "log_after")
CARRIED = (*LISTED, *SEEN, "attempt", "runs_page", "rules", "rules_sort", "with")


# --- which run ------------------------------------------------------------------------------------


def wanted_run(workflow_id: int) -> RunView:
    """Return the run that the address speaks of: `?run=n`, or the current one. Raises NotFound."""
    wanted = number("run")
    if wanted is None:
        return current_run(workflow_id)
    run = runs.workflow(request_time(), workflow_id, wanted)
    if run is None:
        current_run(workflow_id)
        raise NotFound(f"Workflow {workflow_id} has no run {wanted}.")
    return run


def current_run(workflow_id: int) -> RunView:
    """Return a workflow's current run. Raises NotFound."""
    run = runs.workflow(request_time(), workflow_id)
    if run is None:
        raise NotFound(f"There is no workflow {workflow_id}; it may have been deleted.")
    return run


def run_changes(workflow_id: int, **_: object) -> ChangeToken:
    """Return what tells whether that run changed. Raises NotFound for what is no number."""
    return change_tokens.of_run(workflow_id, number("run"))


def number(name: str) -> int | None:
    """Return the number of a run or a part, None for the latest; raises NotFound for no number."""
    if name not in request.args:
        return None
    given = _number(request.args[name])
    if given is None:
        raise NotFound(f"There is no {name} '{request.args[name][:MAX_TEXT]}'.")
    return given


def _number(digits: str) -> int | None:
    # So many digits are beyond every number of a page, and int() itself refuses a few thousand.
    if not digits.isascii() or not digits.isdigit():
        return None
    return min(int(digits[:20]), MAX_NUMBER)


# --- which workflows, jobs and lines --------------------------------------------------------------


def text(name: str = "q") -> str:
    """Return what is searched for."""
    return clean_text(request.args.get(name, "")).strip()[:MAX_TEXT]


def page(name: str = "page", default: int = 1) -> int:
    """Return which page is wanted; the default for what is no number."""
    return _number(request.args.get(name, "")) or default


def attempt() -> int | None:
    """Return which attempt of a job is meant; None, the latest, for what is no number."""
    return _number(request.args.get("attempt", "")) or None


def row(name: str) -> int | None:
    """Return after which row to go on looking; None, from the first on, for what is no number."""
    digits = request.args.get(name, "")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 18 else None


def workflow_filter() -> WorkflowFilter:
    """Return which workflows are wanted."""
    return WorkflowFilter(
        status=status(),
        text=text(),
        owner=_name("owner"),
        user=_name("user"),
        host=_name("host"),
        engine=_name("engine"),
        label=label(),
        older_than=days("older_than"),
        sort=_given("sort", lambda text: sort_key(text, WORKFLOW_SORTS)) or "-started_at",
        page=page(),
    )


def status(*, strict: bool = False) -> Status | None:
    """Return the status of the runs that are wanted; None for what is none.

    Raises BadRequest for that, where `strict`, as `job_filter` does.
    """
    return _given("status", lambda text: status_named(text, WORKFLOW_STATUSES), strict=strict)


def label() -> str | None:
    """Return the label of the runs that are wanted."""
    return _name("label")


def days(name: str) -> int | None:
    """Return a number of days; None for what is no number, or none."""
    given = _number(request.args.get(name, ""))
    return min(given, MOST_DAYS) if given else None


def whose() -> WorkflowFilter:
    """Return whose workflows are wanted, by owner, user, host and engine."""
    owner, user, host, engine = map(_name, WHOSE)
    return WorkflowFilter(owner=owner, user=user, host=host, engine=engine)


def _name(name: str) -> str | None:
    return clean_text(request.args.get(name, ""))[:MAX_NAME] or None


def job_filter(*, strict: bool = False) -> JobFilter:
    """Return which of a run's jobs are wanted.

    A page has those first that failed or run. Raises BadRequest for what makes no sense, where
    `strict`: a program would take a file of jobs that it didn't ask for.
    """
    sort = _given("sort", lambda text: sort_key(text, JOB_SORTS), strict=strict)
    return JobFilter(
        status=_given("status", lambda text: status_named(text, JOB_STATUSES), strict=strict),
        rule=rule(),
        wildcard=_given("wildcard", _typed_wildcard, strict=strict),
        text=text(),
        sort=sort or ("" if strict else "status"),
        page=page(),
        after=row("after"),
    )


def _given(name: str, read: Callable[[str], Value], *, strict: bool = False) -> Value | None:
    """Return what the address says under this name; None for what makes no sense."""
    try:
        return read(clean_text(request.args.get(name, "")))
    except BadRequest:
        if strict:
            raise
        return None


def _typed_wildcard(text: str) -> tuple[str, str] | None:
    name, value = wildcard_pair(text) or ("", "")
    if name.endswith(" "):  # Typed as `s = K7`; the blanks of a link are the value's own.
        value = value.strip()
    return (name.strip(), value) if text else None


def rule() -> str | None:
    """Return the rule whose jobs are wanted."""
    return _name("rule")


def rules_sort() -> str:
    """Return by what the rules are sorted; an empty text for the order of the flow."""
    return _given("rules_sort", lambda text: sort_key(text, RULE_SORTS)) or ""


def log_level() -> str | None:
    """Return which lines of a run's log are wanted; None for all."""
    return _given("log_level", level_named)


def workflow_ids(args: MultiDict[str, str]) -> list[int]:
    """Return the workflows that are selected, each once and in order, at most SELECTED."""
    ids = {_number(value) for value in args.getlist("id")}
    return sorted(workflow_id for workflow_id in ids if workflow_id)[:SELECTED]
