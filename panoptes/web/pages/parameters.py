"""What a page's address asks for; what makes no sense there is as if it weren't said."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TypeVar

from werkzeug.datastructures import MultiDict

from panoptes.common.errors import BadRequest, NotFound
from panoptes.common.status import JOB_STATUSES, WORKFLOW_STATUSES
from panoptes.common.text import clean_text
from panoptes.queries.job_lists import JOB_SORTS
from panoptes.queries.results import PER_PAGE, JobFilter, WorkflowFilter
from panoptes.queries.runs import WORKFLOW_SORTS
from panoptes.web.parameters import (
    MAX_NUMBER,
    log_level,
    sort_key,
    status_named,
    wildcard_pair,
)

MAX_TEXT = 200
# Everything that a page's address may carry on; `url_for` has parameters of its own beside these.
KEPT = (
    "run",
    "part",
    "status",
    "owner",
    "rule",
    "q",
    "wildcard",
    "unfinished",
    "sort",
    "page",
    "after",
    "before",
    "log",
    "log_level",
    "log_q",
    "log_page",
    "log_after",
    "runs_page",
)

Args = MultiDict[str, str]
Value = TypeVar("Value")


def text(args: Args, name: str = "q") -> str:
    """Return what is searched for."""
    return clean_text(args.get(name, "")).strip()[:MAX_TEXT]


def page(args: Args, name: str = "page") -> int:
    """Return which page is wanted; the first for what is no number."""
    return _number(args.get(name, "")) or 1


def row(args: Args, name: str) -> int | None:
    """Return after which row to go on looking; None, from the first on, for what is no number."""
    digits = args.get(name, "")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 18 else None


def run_number(args: Args) -> int | None:
    """Return which run is wanted, None for the current one; raises NotFound for no number."""
    return _wanted_number(args, "run")


def part_number(args: Args) -> int | None:
    """Return which of several jobs with one id is wanted; raises NotFound for no number."""
    return _wanted_number(args, "part")


def workflow_filter(args: Args) -> WorkflowFilter:
    """Return which workflows are wanted."""
    return WorkflowFilter(
        status=_unless_refused(status_named, args.get("status"), WORKFLOW_STATUSES),
        text=text(args),
        owner=clean_text(args.get("owner", "")) or None,
        sort=_unless_refused(sort_key, args.get("sort"), WORKFLOW_SORTS) or "-started_at",
        page=page(args),
    )


def job_filter(args: Args) -> JobFilter:
    """Return which of a run's jobs are wanted."""
    return JobFilter(
        status=_unless_refused(status_named, args.get("status"), JOB_STATUSES),
        rule=clean_text(args.get("rule", "")) or None,
        wildcard=wildcard(args),
        text=text(args),
        sort=_unless_refused(sort_key, args.get("sort"), JOB_SORTS) or "",
        page=page(args),
        after=row(args, "after"),
    )


def strict_job_filter(args: Args) -> JobFilter:
    """Return which of a run's jobs a file is to hold: a program would take what isn't asked for.

    Raises BadRequest for what `job_filter` passes over.
    """
    status_named(args.get("status", ""), JOB_STATUSES)
    wildcard_pair(args.get("wildcard", ""))
    sort_key(args.get("sort", ""), JOB_SORTS)
    return job_filter(args)


def workflow_ids(args: Args) -> list[int]:
    """Return the workflows that are chosen, each once and in order; at most a page of them."""
    found = {_number(value) for value in args.getlist("id")}
    return sorted(number for number in found if number)[:PER_PAGE]


def wildcard(args: Args) -> tuple[str, str] | None:
    """Return the wildcard (its name and whole value) whose jobs are wanted: `wildcard=s=K7`."""
    pair = _unless_refused(wildcard_pair, clean_text(args.get("wildcard", "")))
    if pair is None:
        return None
    name, value = pair
    # Typed as `s = K7`; the blanks of a link are the value's own.
    return (name.strip(), value.strip() if name.endswith(" ") else value)


@dataclass(frozen=True, slots=True)
class LogFilter:
    """Which lines of a run's log are wanted; `level` is None for all."""

    level: str | None
    text: str
    page: int
    after: int | None


def log_filter(args: Args) -> LogFilter:
    """Return which lines of a run's log are wanted."""
    return LogFilter(
        level=_unless_refused(log_level, args.get("log_level")),
        text=text(args, "log_q"),
        page=page(args, "log_page"),
        after=row(args, "log_after"),
    )


def _number(digits: str) -> int | None:
    # So many digits are beyond every number of a page, and int() itself refuses a few thousand.
    if not digits.isascii() or not digits.isdigit():
        return None
    return min(int(digits[:20]), MAX_NUMBER)


def _wanted_number(args: Args, name: str) -> int | None:
    if name not in args:
        return None
    number = _number(args[name])
    if number is None:
        raise NotFound(f"There is no {name} '{args[name][:MAX_TEXT]}'.")
    return number


def _unless_refused(
    read: Callable[..., Value | None], text: str | None, *known: Collection[str]
) -> Value | None:
    """Return what a text means; None where it makes no sense."""
    try:
        return read(text or "", *known)
    except BadRequest:
        return None
