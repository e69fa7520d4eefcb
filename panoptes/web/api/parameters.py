"""Reads and checks what a caller asks for in the query of an address."""

from collections.abc import Iterable, Sequence

from flask import request

from panoptes.common.errors import BadRequest, NotFound
from panoptes.common.status import JOB_STATUSES, WORKFLOW_STATUSES, Status
from panoptes.common.text import clean_text
from panoptes.models.message import LEVELS
from panoptes.queries import change_tokens, runs
from panoptes.queries.change_tokens import ChangeToken
from panoptes.queries.job_lists import JOB_SORTS
from panoptes.queries.results import MAX_PER_PAGE, PER_PAGE, JobFilter, RunView, WorkflowFilter
from panoptes.queries.runs import WORKFLOW_SORTS
from panoptes.render.tables import TABLES, Table
from panoptes.web.request_time import request_time

MAX_NUMBER = 2**31 - 1
MAX_TEXT = 500


def number(name: str, least: int = 0, most: int = MAX_NUMBER) -> int | None:
    """Return a whole number of the query, None where there is none. Raises BadRequest."""
    text = request.args.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and least <= int(text) <= most):
        raise BadRequest(f"{name}: give a number from {least} to {most}.")
    return int(text)


def is_paged() -> bool:
    """Return whether the caller asks for pages: all is on one otherwise."""
    return "page" in request.args or "per_page" in request.args


def paging() -> tuple[int, int]:
    """Return the page and its size. Raises BadRequest."""
    page, per_page = number("page", 1), number("per_page", 1, MAX_PER_PAGE)
    return page or 1, per_page or PER_PAGE


def wanted_run(workflow_id: int) -> RunView:
    """Return the run that the address speaks of: `?run=n`, or the current one. Raises NotFound."""
    return found_run(workflow_id, number("run", 1))


def run_changes(workflow_id: int, **_: object) -> ChangeToken:
    """Return what tells whether that run changed. Raises BadRequest."""
    return change_tokens.of_run(workflow_id, number("run", 1))


def found_run(workflow_id: int, run: int | None = None) -> RunView:
    """Return a workflow's run with this number, or its current one. Raises NotFound."""
    view = runs.workflow(request_time(), workflow_id, run)
    if view is None:
        which = f"run {run} of workflow {workflow_id}" if run else f"workflow {workflow_id}"
        raise NotFound(f"There is no {which}.")
    return view


def workflow_filter() -> WorkflowFilter:
    """Return which workflows are wanted. Raises BadRequest."""
    page, per_page = paging()
    return WorkflowFilter(
        status=_status(WORKFLOW_STATUSES),
        text=text_of("q") or "",
        name=text_of("name"),
        owner=text_of("owner") or None,
        sort=_sort(WORKFLOW_SORTS) or "id",
        page=page,
        per_page=per_page,
    )


def job_filter() -> JobFilter:
    """Return which jobs are wanted. Raises BadRequest."""
    page, per_page = paging()
    return JobFilter(
        status=_status(JOB_STATUSES),
        rule=text_of("rule"),
        wildcard=_wildcard(),
        text=text_of("q") or "",
        sort=_sort(JOB_SORTS),
        page=page,
        per_page=per_page,
    )


def table_format() -> Table | None:
    """Return in which table jobs are wanted; None for JSON. Raises BadRequest."""
    text = request.args.get("format", "json")
    if text != "json" and text not in TABLES:
        raise BadRequest(f"format: give one of json, {', '.join(TABLES)}.")
    return TABLES.get(text)


def text_of(name: str) -> str | None:
    """Return a text of the query, None where there is none. Raises BadRequest."""
    text = request.args.get(name)
    if text is not None and len(text) > MAX_TEXT:
        raise BadRequest(f"{name}: give at most {MAX_TEXT} characters.")
    return None if text is None else clean_text(text)


def _wildcard() -> tuple[str, str] | None:
    text = text_of("wildcard")
    if not text:
        return None
    name, found, value = text.partition("=")
    if not found:
        raise BadRequest("wildcard: give its name and value, such as sample=K7.")
    return name, value


def _status(known: Sequence[Status]) -> Status | None:
    text = request.args.get("status")
    if not text:
        return None
    found = next((status for status in known if status.value.lower() == text.lower()), None)
    if found is None:
        raise BadRequest(f"status: give one of {', '.join(known)}.")
    return found


def _sort(known: Iterable[str]) -> str:
    text = request.args.get("sort", "")
    if text and text.removeprefix("-") not in known:
        raise BadRequest(f"sort: give one of {', '.join(known)}, with - before it to turn it.")
    return text


def level() -> str | None:
    """Return the wanted level of log messages. Raises BadRequest."""
    text = request.args.get("level")
    if text and text not in LEVELS:
        raise BadRequest(f"level: give one of {', '.join(LEVELS)}.")
    return text or None
