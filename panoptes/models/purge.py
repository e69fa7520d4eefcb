"""Removes what can't be brought back any more, in steps so small that no event waits for one.

A step is one short transaction: the caller gives its length. Several workers may take steps: each
finds what is left.
"""

import time
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, delete, exists, func, select

from panoptes.database.connections import UTCDateTime
from panoptes.database.tables import Model
from panoptes.models.held_message import forget_old
from panoptes.models.job import Job
from panoptes.models.log_text import LogText
from panoptes.models.message import Message
from panoptes.models.rule import Rule
from panoptes.models.rule_times import RuleTimes
from panoptes.models.run import Run
from panoptes.models.sample import Wildcard, WildcardCount
from panoptes.models.workflow import UNDO, Workflow

# Whoever brings a workflow back in the last second finds it whole.
BEYOND_UNDO = UNDO + timedelta(minutes=1)
# So many rows go at once; then the step looks at its watch.
CHUNK = 100
_LOCK = 0x70757267  # Any number that nobody else locks: "purg".

_BEFORE = bindparam("before", type_=UTCDateTime)
_DELETED_RUN = select(Run.id).where(Run.deleted_at < _BEFORE).limit(1)
_RUN_OF_DELETED = (
    select(Run.id)
    .join(Workflow, Run.workflow_id == Workflow.id)
    .where(Workflow.deleted_at < _BEFORE)
    .limit(1)
)
_EMPTY_WORKFLOWS = (
    select(Workflow.id)
    .where(Workflow.deleted_at < _BEFORE, ~exists().where(Run.workflow_id == Workflow.id))
    .limit(CHUNK)
)


def _rows_of_run(model: type[Model]) -> tuple[Any, Any]:
    """Return what finds the keys of a chunk of a table's rows of a run, and what removes a row.

    Each goes by its whole key: to find several at once, SQLite would read all that are left.
    """
    table: Any = model.__table__
    key = {f"of_{column.name}": column for column in table.primary_key}
    keys = select(*(column.label(name) for name, column in key.items()))
    row = delete(table).where(*(column == bindparam(name) for name, column in key.items()))
    return keys.where(table.c.run_id == bindparam("run")).limit(CHUNK), row


# Attempts go with their jobs, and notifications, which are few, with their run.
_PARTS = tuple(map(_rows_of_run, (Job, LogText, Message, Wildcard, WildcardCount, Rule, RuleTimes)))
_RUN = delete(Run).where(Run.id == bindparam("run"))


def purge(connection: Connection, now: datetime, seconds: float) -> bool:
    """Remove rows for about so many seconds; return whether any were removed."""
    # One worker removes at a time; SQLite lets in one writer anyway.
    is_alone = select(func.pg_try_advisory_xact_lock(_LOCK))
    if connection.dialect.name != "sqlite" and not connection.scalar(is_alone):
        return False
    end, removed = time.monotonic() + seconds, 0
    while (rows := _remove_chunk(connection, now - BEYOND_UNDO)) and time.monotonic() < end:
        removed += rows
    return removed + rows > 0


def _remove_chunk(connection: Connection, before: datetime) -> int:
    """Remove the next rows of a run, the run itself, or workflows that have no run left.

    Before them go messages of runs that were cancelled.
    """
    if removed := forget_old(connection, before, CHUNK):
        return removed
    run = connection.scalar(_DELETED_RUN, {"before": before})
    run = run or connection.scalar(_RUN_OF_DELETED, {"before": before})
    if run is None:
        empty = delete(Workflow).where(Workflow.id.in_(_EMPTY_WORKFLOWS))
        return connection.execute(empty, {"before": before}).rowcount
    for find, remove in _PARTS:
        if keys := [dict(key) for key in connection.execute(find, {"run": run}).mappings()]:
            connection.execute(remove, keys)
            return len(keys)
    return connection.execute(_RUN, {"run": run}).rowcount
