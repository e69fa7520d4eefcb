"""Jobs as rows of a table, which spreadsheets and other programs read: CSV and TSV."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from panoptes.common.text import number_or_text
from panoptes.queries import job_lists, jobs
from panoptes.queries.paging import clamp
from panoptes.queries.results import JobFilter, JobView, Moment, RunView

# What spreadsheets take in a cell; the JSON has all of it.
MAX_CELL = 32_767
# A cell that begins so is a formula to a spreadsheet, and texts are strangers': a quote before it
# makes it text ("formula injection").
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
# In the TSV each line is a job, so that a program may split lines and at tabs.
_BREAKS = str.maketrans("\t\r\n", "   ")

# The columns; of the rest, the JSON tells.
COLUMNS = (
    "jobid", "name", "wildcards", "status", "attempt", "started_at", "completed_at", "duration",
    "threads", "resources", "error", "shell_command", "input", "output", "log", "external_id",
    "group",
)  # fmt: skip

Fields = dict[str, Any]


class Table(NamedTuple):
    """A way of writing rows; `is_flat`: no cell has line breaks."""

    mimetype: str
    delimiter: str
    line_end: str
    is_flat: bool


TABLES = {
    "csv": Table("text/csv", ",", "\r\n", is_flat=False),
    "tsv": Table("text/tab-separated-values", "\t", "\n", is_flat=True),
}


def wanted_jobs(moment: Moment, run: RunView, ids: Sequence[int]) -> Iterator[Fields]:
    """Yield what is known of the jobs of these row ids, in their order, few at a time."""
    for chunk in job_lists.by_id(jobs.JOBS, ids):
        for row in chunk:
            yield _fields(jobs.view(moment, run, row))


def wanted_ids(run: RunView, wanted: JobFilter, *, paged: bool = False) -> Sequence[int]:
    """Return the row ids of the jobs that a filter lets through, all or those of its page."""
    ids = job_lists.job_ids(run, wanted)
    start = (clamp(wanted.page, len(ids), wanted.per_page) - 1) * wanted.per_page
    return ids[start : start + wanted.per_page] if paged else ids


def written(table: Table, found: Iterable[Fields]) -> Iterator[str]:
    """Yield the table of these jobs, line by line, from its head on."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=table.delimiter, lineterminator=table.line_end)
    writer.writerow(COLUMNS)
    for fields in found:
        cells = (_cell(fields[name], is_flat=table.is_flat) for name in COLUMNS)
        writer.writerow(cells)
        yield _taken(buffer)
    yield _taken(buffer)


def _taken(buffer: io.StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text


# --- what is told of a job ------------------------------------------------------------------------


def _fields(job: JobView) -> Fields:
    """Return what is known of a job under the API's names; `attempt` is how many it took."""
    return {
        "jobid": number_or_text(job.key),
        "part": job.part,
        "name": job.rule,
        "wildcards": job.wildcards,
        "status": job.status.value,
        "attempt": job.attempt,
        "started_at": _time(job.started_at),
        "completed_at": _time(job.completed_at),
        "duration": None if job.duration is None else round(job.duration.total_seconds(), 3),
        "threads": job.threads,
        "resources": job.resources,
        "priority": number_or_text(job.priority),
        "reason": job.reason,
        "error": job.error,
        "shell_command": job.shell_command,
        "msg": job.msg,
        "input": job.input,
        "output": job.output,
        "log": job.log,
        "benchmark": job.benchmark,
        "is_checkpoint": job.is_checkpoint,
        "is_local": job.is_local,
        "conda_env": job.conda_env,
        "external_id": job.external_id,
        "group": job.group_name,
    }


def _time(time: datetime | None) -> str | None:
    return None if time is None else time.isoformat().replace("+00:00", "Z")


# --- cells ----------------------------------------------------------------------------------------


def _cell(value: Any, *, is_flat: bool) -> str | int | float | None:
    """Return a value as a cell: lists in one line, text as text whatever it begins with."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or isinstance(value, int | float):
        return value
    text = _line(value)
    if text.startswith(_FORMULA):
        text = f"'{text}"
    if is_flat:
        text = text.translate(_BREAKS)
    return text if len(text) <= MAX_CELL else text[: MAX_CELL - 1] + "…"


def _line(value: Any) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{name}={each}" for name, each in value.items())
    return "; ".join(map(str, value)) if isinstance(value, list) else str(value)
