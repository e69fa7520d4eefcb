"""Jobs and other rows as a table, which spreadsheets and other programs read: CSV and TSV."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from orjson import loads

from panoptes.common.moment import Moment
from panoptes.common.usage import figure
from panoptes.queries.paging import QueryRow
from panoptes.queries.results import JOB_FIELDS, RunView
from panoptes.render.job_json import job_values
from panoptes.render.workflow_json import rfc3339

# What spreadsheets take in a cell; the JSON has all of it.
MAX_CELL = 32_767
# A cell that begins so is a formula to a spreadsheet, and texts are strangers': a quote before it
# makes it text ("formula injection"). Spreadsheets skip blanks, take the wide signs of East Asian
# keyboards for the others, and in many countries begin a new cell at a semicolon.
_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r\n]")
_LATER_FORMULA = re.compile(r";\s*(?=[=+\-@＝＋－＠])")
# In the TSV each line is a job, so that a program may split lines and at tabs.
_BREAKS = str.maketrans("\t\r\n", "   ")

# The columns; of the rest, the JSON tells.
_FIELDS = tuple(
    field.name
    for field in sorted(JOB_FIELDS.values(), key=lambda field: field.place)
    if field.place
)
# What a job used, each a column too: memory and files in bytes, times in seconds.
_USAGE = ("max_memory", "cpu_seconds", "read_bytes", "written_bytes")
COLUMNS = (*_FIELDS, *_USAGE)


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


def table_lines(
    table: Table, moment: Moment, run: RunView, rows: Iterable[QueryRow]
) -> Iterator[bytes]:
    """Yield the table of raw jobs of a run, line by line, from its head on."""
    return lines_of(table, COLUMNS, map(_job_cells, job_values(moment, run, rows, loads)))


def _job_cells(job: Mapping[str, Any]) -> Iterator[Any]:
    usage = job["usage"] or {}
    yield from (job[name] for name in _FIELDS)
    yield from (figure(usage.get(name)) for name in _USAGE)


def lines_of(
    table: Table, columns: Sequence[str], rows: Iterable[Iterable[Any]]
) -> Iterator[bytes]:
    """Yield a table of rows of values, line by line, from its head on."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=table.delimiter, lineterminator=table.line_end)
    writer.writerow(_cell(name, is_flat=table.is_flat) for name in columns)
    for values in rows:
        yield buffer.getvalue().encode()
        buffer.seek(0)
        buffer.truncate()
        writer.writerow(_cell(value, is_flat=table.is_flat) for value in values)
    yield buffer.getvalue().encode()


def _cell(value: Any, *, is_flat: bool) -> str | int | float | None:
    """Return a value as a cell: lists in one line, text as text whatever it begins with."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or isinstance(value, int | float):
        return value
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, dict):
        value = [f"{name}={one}" for name, one in value.items()]
    text = "; ".join(map(str, value)) if isinstance(value, list) else str(value)
    if _FORMULA.match(text):
        text = f"'{text}"
    text = _LATER_FORMULA.sub(r"\g<0>'", text)
    if is_flat:
        text = text.translate(_BREAKS)
    return text if len(text) <= MAX_CELL else text[: MAX_CELL - 1] + "…"
