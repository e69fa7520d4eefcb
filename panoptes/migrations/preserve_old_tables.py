"""Puts the tables of panoptes-ui before 2.0 aside, so that ours have room; nothing is lost.

A SQLite file is copied first. In PostgreSQL, the tables move to a schema of their own.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, Connection, text

from panoptes.legacy.old_tables import OldTables, names, opened_file
from panoptes.migrations import files

SCHEMA = "panoptes_before_2"


@contextmanager
def preserved(connection: Connection, url: URL) -> Iterator[OldTables]:
    """Put the old tables aside, inside the transaction of the caller, and yield them."""
    old = names(connection)
    if not files.is_file(url):
        connection.execute(text(f"CREATE SCHEMA {SCHEMA}"))
        for table in old:
            connection.execute(text(f"ALTER TABLE {table} SET SCHEMA {SCHEMA}"))
        place = f"its tables are in the schema {SCHEMA} as they were"
        yield OldTables(connection, place, schema=SCHEMA)
        return
    path = Path(str(url.database))
    copy = files.free_name(Path(f"{path}.before-2.0"))
    files.copy(path, copy)
    for table in old:
        connection.execute(text(f"DROP TABLE {table}"))
    with opened_file(copy) as copied:
        yield OldTables(copied, f"{copy} is the file as it was", rejected_rows_of(copy))


def rejected_rows_of(path: Path) -> Path:
    """Return where the rows of a file are kept that can't be read."""
    return path.with_name(f"{path.name}.unreadable.jsonl")
