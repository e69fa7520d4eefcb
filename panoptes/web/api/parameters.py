"""Reads and checks what a caller asks for in the query of an address."""

from typing import Any

from flask import request

from panoptes.common.errors import BadRequest, NotFound
from panoptes.common.labels import clean_labels, clean_note
from panoptes.common.status import JOB_STATUSES, WORKFLOW_STATUSES, Status
from panoptes.common.text import clean_text
from panoptes.engines.body import fields
from panoptes.engines.problems import Broken
from panoptes.queries import change_tokens, runs
from panoptes.queries.change_tokens import ChangeToken
from panoptes.queries.job_lists import JOB_SORTS
from panoptes.queries.results import MAX_PER_PAGE, PER_PAGE, JobFilter, RunView, WorkflowFilter
from panoptes.queries.runs import WORKFLOW_SORTS
from panoptes.render.tables import TABLES, Table
from panoptes.web.guard.visitors import visitor
from panoptes.web.parameters import (
    MAX_NUMBER,
    MOST_DAYS,
    level_named,
    sort_key,
    status_named,
    wildcard_pair,
)
from panoptes.web.request_time import request_time

MAX_TEXT = 500
HOW_TO_ANNOTATE = (
    'Give any of note, labels and baseline as JSON: {"note": "new cluster", "labels": ["nightly"]}.'
)


def number(name: str, least: int = 0, most: int = MAX_NUMBER) -> int | None:
    """Return a whole number of the query, None where there is none. Raises BadRequest."""
    text = request.args.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and least <= int(text) <= most):
        raise BadRequest(f"{name}: give a number from {least} to {most}.")
    return int(text)


def size(name: str) -> int | None:
    """Return a number of bytes, of any file, None where there is none. Raises BadRequest."""
    text = request.args.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise BadRequest(f"{name}: give a number of bytes.")
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


def wanted_annotation() -> tuple[dict[str, Any], bool | None]:
    """Return what the body says of a run: its note and labels, and whether it is the baseline.

    What it doesn't name stays as it is; null takes it away. Raises BadRequest.
    """
    try:
        body = fields("application/json", request.get_data())
    except Broken as broken:
        raise BadRequest(HOW_TO_ANNOTATE) from broken
    if not body.keys() & {"note", "labels", "baseline"}:
        raise BadRequest(HOW_TO_ANNOTATE)
    said: dict[str, Any] = {}
    if "note" in body:
        note = body["note"]
        if not isinstance(note, str | None):
            raise BadRequest("note: give a text, or null.")
        said["note"] = clean_note(note or "")
    if "labels" in body:
        labels = body["labels"] or []
        if not isinstance(labels, list) or not all(isinstance(each, str) for each in labels):
            raise BadRequest("labels: give a list of texts, or null.")
        said["labels"] = clean_labels(labels) or None
    baseline = body.get("baseline", False)
    if not isinstance(baseline, bool | None):
        raise BadRequest("baseline: give true, false or null.")
    return said, bool(baseline) if "baseline" in body else None


def wanted_runs() -> tuple[Status | None, str | None]:
    """Return of which status and label runs are wanted. Raises BadRequest."""
    status = status_named(request.args.get("status", ""), WORKFLOW_STATUSES)
    return status, text_of("label") or None


def workflow_filter() -> WorkflowFilter:
    """Return which workflows are wanted. Raises BadRequest."""
    page, per_page = paging()
    return WorkflowFilter(
        status=status_named(request.args.get("status", ""), WORKFLOW_STATUSES),
        text=text_of("q") or "",
        name=text_of("name"),
        owner=visitor().name if is_wanted("mine") else text_of("owner") or None,
        user=text_of("user") or None,
        host=text_of("host") or None,
        engine=text_of("engine") or None,
        label=text_of("label") or None,
        older_than=number("older_than", 1, MOST_DAYS),
        sort=sort_key(request.args.get("sort", ""), WORKFLOW_SORTS) or "id",
        page=page,
        per_page=per_page,
    )


def is_wanted(name: str) -> bool:
    """Return whether the query says `true`; nothing is `false`. Raises BadRequest."""
    text = request.args.get(name, "false")
    if text not in ("true", "false"):
        raise BadRequest(f"{name}: give true or false.")
    return text == "true"


def job_filter() -> JobFilter:
    """Return which jobs are wanted. Raises BadRequest."""
    page, per_page = paging()
    return JobFilter(
        status=status_named(request.args.get("status", ""), JOB_STATUSES),
        rule=text_of("rule"),
        wildcard=wildcard_pair(text_of("wildcard") or ""),
        text=text_of("q") or "",
        sort=sort_key(request.args.get("sort", ""), JOB_SORTS),
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


def level() -> str | None:
    """Return the wanted level of log messages. Raises BadRequest."""
    return level_named(request.args.get("level", ""))
