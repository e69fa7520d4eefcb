"""Jobs and other rows as a table, which spreadsheets and other programs read: CSV and TSV."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from orjson import loads

from panoptes.common.batches import batches
from panoptes.common.moment import Moment
from panoptes.common.usage import figure
from panoptes.queries.paging import QueryRow
from panoptes.queries.raw_jobs import JSON_COLUMNS
from panoptes.queries.results import JOB_FIELDS, RunView
from panoptes.render.job_json import each_once, job_columns
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

# What is a cell as it is, what is a time and what is a text, or none.
_NUMBERS = {int, float, type(None)}
_TIMES = {datetime, type(None)}
_TEXTS = _NUMBERS | {str}
# So many rows are written at a time.
LINES = 500

# The columns of `jobs` that are columns here; of the rest, the JSON tells.
_COLUMNS = sorted(
    (name for name, field in JOB_FIELDS.items() if field.place),
    key=lambda name: JOB_FIELDS[name].place,
)
# What a job used, each a column too: memory and files in bytes, times in seconds.
_USAGE = ("max_memory", "cpu_seconds", "read_bytes", "written_bytes")
COLUMNS = (*(JOB_FIELDS[name].name for name in _COLUMNS), *_USAGE)
_LISTS = [JOB_FIELDS[name].name for name in _COLUMNS if name in JSON_COLUMNS]
# What is read for them.
READ = (*_COLUMNS, "usage")


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
    table: Table, moment: Moment, run: RunView, chunks: Iterable[Sequence[QueryRow]]
) -> Iterator[bytes]:
    """Yield the table of raw jobs of a run that have the fields READ, some lines at a time."""
    return _written(table, COLUMNS, (_job_columns(moment, run, rows) for rows in chunks))


def _job_columns(moment: Moment, run: RunView, rows: Sequence[QueryRow]) -> list[Sequence[Any]]:
    columns = job_columns(moment, run, rows, READ)
    usage = zip(*each_once(_used, columns.pop("usage")), strict=True)
    for name in _LISTS:
        columns[name] = each_once(_listed, columns[name])
    return [*(columns[name] for name in COLUMNS[: len(_COLUMNS)]), *usage]


def _used(text: str) -> list[float | None]:
    usage = loads(text) or {}
    return [figure(usage.get(name)) for name in _USAGE]


def _listed(text: str) -> Any:
    """Return a list or map in JSON as a cell has it: in one line."""
    if "\\" not in text and text.startswith('["'):
        # Nearly all are lists of texts with nothing in them that JSON has to mark: reading them
        # takes four times as long.
        listed = text[2:-2].replace('","', "; ")
        if '"' not in listed:
            return listed
    return _in_one_line(loads(text))


def lines_of(
    table: Table, columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> Iterator[bytes]:
    """Yield a table of rows of values, some lines at a time, from its head on."""
    chunks = (list(zip(*chunk, strict=True)) for chunk in batches(rows, LINES))
    return _written(table, columns, chunks)


def _written(
    table: Table, names: Sequence[str], chunks: Iterable[Sequence[Sequence[Any]]]
) -> Iterator[bytes]:
    """Yield a table, of which some lines at a time come as columns.

    Going through the columns takes a fifth of the time that it would take to ask of each cell what
    it is. The module csv looks at each character of a cell as long as all of this takes.
    """
    yield _lines(table, [[name] for name in names])
    for columns in chunks:
        yield _lines(table, columns)


def _lines(table: Table, columns: Sequence[Sequence[Any]]) -> bytes:
    cells = (_cells(table, column) for column in columns)
    lines = map(table.delimiter.join, zip(*cells, strict=True))
    return "".join([f"{line}{table.line_end}" for line in lines]).encode()


def _cells(table: Table, column: Sequence[Any]) -> list[str]:
    """Return the values of a column as cells: lists in one line, text as text."""
    kinds = set(map(type, column))
    if kinds <= _NUMBERS:
        return ["" if value is None else str(value) for value in column]
    if kinds <= _TIMES:
        return [rfc3339(value) or "" for value in column]
    if not kinds <= _TEXTS:
        column = list(map(_in_one_line, column))
    # Of texts that are alike, one is looked at.
    texts = {text: _text(table, text) for text in set(column) if isinstance(text, str)}
    return [
        "" if value is None else texts[value] if isinstance(value, str) else str(value)
        for value in column
    ]


def _in_one_line(value: Any) -> str | int | float | None:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, dict):
        value = [f"{name}={one}" for name, one in value.items()]
    return "; ".join(map(str, value)) if isinstance(value, list) else str(value)


def _text(table: Table, text: str) -> str:
    """Return a text as a cell that is text, whatever it begins with."""
    if not text[:1].isalnum() and _FORMULA.match(text):
        text = f"'{text}"
    if ";" in text:
        text = _LATER_FORMULA.sub(r"\g<0>'", text)
    if table.is_flat and not text.isprintable():
        text = text.translate(_BREAKS)
    if len(text) > MAX_CELL:
        text = text[: MAX_CELL - 1] + "…"
    if '"' in text or table.delimiter in text or "\n" in text or "\r" in text:
        text = '"' + text.replace('"', '""') + '"'
    return text
