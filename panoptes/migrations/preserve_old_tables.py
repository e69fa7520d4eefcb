"""Puts the tables of panoptes-ui before 2.0 aside, so that ours have room; nothing is lost.

A SQLite file is copied first. In PostgreSQL, the tables move to a schema of their own.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, Connection, text

from panoptes.legacy import OldTables, Taken, take_over
from panoptes.legacy.old_tables import names, opened_file
from panoptes.migrations import files

SCHEMA = "panoptes_before_2"


@dataclass(frozen=True, slots=True)
class Aside:
    """The old tables, what people call their place, and where unreadable rows go."""

    tables: OldTables
    place: str
    rejected_rows: Path | None

    def take_over(self, connection: Connection) -> str:
        """Take over all that the old tables tell; return what was done, in one line."""
        return told(
            take_over(self.tables, connection, self.rejected_rows), self.place, self.rejected_rows
        )


@contextmanager
def put_aside(connection: Connection, url: URL) -> Iterator[Aside]:
    """Put the old tables aside, inside the transaction of the caller, and yield them."""
    old = names(connection)
    if not files.is_file(url):
        yield _in_own_schema(connection, old)
        return
    path = Path(str(url.database))
    copy = files.free_name(Path(f"{path}.before-2.0"))
    files.copy(path, copy)
    for table in old:
        connection.execute(text(f"DROP TABLE {table}"))
    with opened_file(copy) as copied:
        yield Aside(OldTables(copied), f"{copy} is the file as it was", leftovers_of(copy))


def _in_own_schema(connection: Connection, old: list[str]) -> Aside:
    connection.execute(text(f"CREATE SCHEMA {SCHEMA}"))
    for table in old:
        connection.execute(text(f"ALTER TABLE {table} SET SCHEMA {SCHEMA}"))
    return Aside(
        OldTables(connection, SCHEMA), f"its tables are in the schema {SCHEMA} as they were", None
    )


def leftovers_of(path: Path) -> Path:
    """Return where the rows of a file are kept that can't be read."""
    return path.with_name(f"{path.name}.unreadable.jsonl")


def told(taken: Taken, place: str, rejected_rows: Path | None) -> str:
    """Return what was taken over, in one line."""
    workflows, jobs = _count(taken.workflows, "workflow"), _count(taken.jobs, "job")
    lines, rows = _count(taken.lines, "line"), _count(taken.rejected_rows, "row")
    kept_in = rejected_rows or "the log"
    sentences = (
        (True, f"Took over {workflows} with {jobs} and {lines} of log from panoptes-ui; {place}."),
        (taken.doubled, f"Rows that told a job once more: {taken.doubled}."),
        (taken.again, f"There already: {_count(taken.again, 'workflow')}."),
        (taken.renumbered, f"Under new ids, for theirs are taken: {taken.renumbered}."),
        (taken.rejected_rows, f"Not to be read, or not in full: {rows}, kept in {kept_in}."),
    )
    return " ".join(sentence for applies, sentence in sentences if applies)


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" + ("" if number == 1 else "s")
