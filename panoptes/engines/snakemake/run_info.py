"""The table of planned jobs that Snakemake prints at the start of a run.

5.27 to 6.4: "Job counts:", a heading, then a row for each rule: tab, count, tab, name; at the end
the size of the DAG alone.
6.5 to 8.30: "Job stats:", a heading, a row of dashes under each column, then a row for each rule:
name, count and, before 7.30.2, the least and the most threads; a row "total" at the end.
"""

import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from panoptes.engines.fields import MAX_RULE

# More would hold the database for a second; of the others, the jobs tell as they begin.
MAX_RULES = 5_000
MAX_LINES = 100_000

_LINE = re.compile(r"[^\n]+")
_OLD_ROW = re.compile(r"\t([0-9]{1,9})\t(.+)")
_COUNT = re.compile(r"[0-9]{1,9}")
_DASHES = re.compile(r"-+(?: +-+){1,3}")


class Plan(NamedTuple):
    """How many jobs there will be: of each rule (the first `MAX_RULES` of them), and in all."""

    rules: dict[str, int]
    total: int


def planned_jobs(text: str) -> Plan | None:
    """Return what the table says, None where the text is no such table."""
    lines = (match[0] for match in islice(_LINE.finditer(text), MAX_LINES))
    heading = next(lines, "")
    if heading.startswith("Job counts:"):
        # The last line counts the whole DAG, even if `--until` leaves jobs out (5.28).
        return _plan(_old_rows(lines), None)
    if heading.startswith("Job stats:"):
        return _plan(_new_rows(lines), "total")
    return None


def _plan(rows: Iterator[tuple[str, int]], total_row: str | None) -> Plan | None:
    """Return the plan of a table; a rule may be called like its last row, which is the total's."""
    found = list(rows)
    total = sum(count for _, count in found)
    if found and found[-1][0] == total_row:
        total = found.pop()[1]
    return Plan(dict(found[:MAX_RULES]), total) if found else None


def _old_rows(lines: Iterator[str]) -> Iterator[tuple[str, int]]:
    matches = (_OLD_ROW.fullmatch(line) for line in lines)
    return ((match[2][:MAX_RULE], int(match[1])) for match in matches if match)


def _new_rows(lines: Iterator[str]) -> Iterator[tuple[str, int]]:
    """Yield the rows below the dashes, which tell how many numbers stand at the end of each.

    All that comes before them is the name, whose letters may be wider than the dashes.
    """
    dashes = next((line for line in lines if _DASHES.fullmatch(line)), "")
    numbers = len(dashes.split()) - 1
    for line in lines:
        cells = line.rsplit(maxsplit=numbers)
        if len(cells) == 1 + numbers and _COUNT.fullmatch(cells[1]):
            yield cells[0][:MAX_RULE], int(cells[1])
