"""The table of planned jobs that Snakemake prints at the start of a run.

5.27 to 6.4: "Job counts:", a heading, then a row for each rule: tab, count, tab, name; at the end
the size of the DAG alone.
6.5 to 8.30: "Job stats:", a heading, dashes, then a row for each rule: name, count and, before
7.30.2, the least and the most threads; a row "total" at the end.
"""

import re

# More would hold the database for a second; no workflow has as many.
MAX_RULES = 1_000

_OLD_ROW = re.compile(r"\t([0-9]{1,9})\t(.+)")
# A name is cut afterwards: `\S{1,500}\S*` would take 500 times as long where no blank follows.
_NEW_ROW = re.compile(r"(\S+) +([0-9]{1,9})(?: +[0-9]+ +[0-9]+)?\s*")
_MAX_NAME = 500


def planned_jobs(text: str) -> dict[str, int]:
    """Return rule -> number of jobs; empty where the text is no such table.

    The last row is the total and no rule, whatever its name: in 5.28 it counts the whole DAG even
    if `--until` leaves jobs out, and a rule may be called "total".
    """
    heading, *rows = text.split("\n")[: MAX_RULES + 3]
    if heading.startswith("Job counts:"):
        found = (_OLD_ROW.fullmatch(row) for row in rows)
        return {match[2][:_MAX_NAME]: int(match[1]) for match in found if match}
    if heading.startswith("Job stats:"):
        found = (_NEW_ROW.fullmatch(row) for row in rows)
        counts = [(match[1][:_MAX_NAME], int(match[2])) for match in found if match]
        return dict(counts[:-1])
    return {}
