"""What a page's address asks for; what makes no sense there is as if it weren't said."""

from collections.abc import Iterable
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from panoptes.common.errors import BadRequest, NotFound
from panoptes.common.status import JOB_STATUSES, WORKFLOW_STATUSES, Status
from panoptes.common.text import clean_text
from panoptes.models.message import LEVELS
from panoptes.queries.job_lists import JOB_SORTS
from panoptes.queries.results import PER_PAGE, JobFilter, WorkflowFilter
from panoptes.queries.runs import WORKFLOW_SORTS

# The largest number that every database takes in an Integer column.
MAX_NUMBER = 2**31 - 1
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
        status=_status(args, WORKFLOW_STATUSES),
        text=text(args),
        owner=clean_text(args.get("owner", "")) or None,
        sort=_sort(args, WORKFLOW_SORTS, "-started_at"),
        page=page(args),
    )


def job_filter(args: Args) -> JobFilter:
    """Return which of a run's jobs are wanted."""
    return JobFilter(
        status=_status(args, JOB_STATUSES),
        rule=clean_text(args.get("rule", "")) or None,
        wildcard=wildcard(args),
        text=text(args),
        sort=_sort(args, JOB_SORTS, ""),
        page=page(args),
        after=row(args, "after"),
    )


def strict_job_filter(args: Args) -> JobFilter:
    """Return which of a run's jobs a file is to hold: a program would take what isn't asked for.

    Raises BadRequest for what `job_filter` passes over.
    """
    found = job_filter(args)
    understood = {"status": found.status, "wildcard": found.wildcard, "sort": found.sort}
    for name, value in understood.items():
        if args.get(name) and not value:
            raise BadRequest(f"{name}: {_GIVE[name]}.")
    return found


_GIVE = {
    "status": f"give one of {', '.join(JOB_STATUSES)}",
    "wildcard": "give its name and value, such as sample=K7",
    "sort": f"give one of {', '.join(JOB_SORTS)}, with - before it to turn it",
}


def workflow_ids(args: Args) -> list[int]:
    """Return the workflows that are chosen, each once and in order; at most a page of them."""
    found = {_number(value) for value in args.getlist("id")}
    return sorted(number for number in found if number)[:PER_PAGE]


def wildcard(args: Args) -> tuple[str, str] | None:
    """Return the wildcard (its name and whole value) whose jobs are wanted: `wildcard=s=K7`."""
    name, found, value = clean_text(args.get("wildcard", "")).partition("=")
    if name.endswith(" "):  # Typed as `s = K7`; the blanks of a link are the value's own.
        value = value.strip()
    return (name.strip(), value) if found else None


@dataclass(frozen=True, slots=True)
class LogFilter:
    """Which lines of a run's log are wanted; `level` is None for all."""

    level: str | None
    text: str
    page: int
    after: int | None


def log_filter(args: Args) -> LogFilter:
    """Return which lines of a run's log are wanted."""
    level = args.get("log_level")
    return LogFilter(
        level=level if level in LEVELS else None,
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


def _status(args: Args, known: Iterable[Status]) -> Status | None:
    wanted = args.get("status", "").lower()
    return next((status for status in known if status.value.lower() == wanted), None)


def _sort(args: Args, known: Iterable[str], default: str) -> str:
    wanted = args.get("sort", "")
    return wanted if wanted.removeprefix("-") in known else default
