"""Adds whole workflows that have been, with ids of their own, as rows and not event by event."""

import secrets
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import Connection, func, insert, select, text, update

from panoptes.common.status import Status
from panoptes.database.columns import inserted_id
from panoptes.models import rule as rules
from panoptes.models import sample as samples
from panoptes.models.job_rows import insert_job
from panoptes.models.message import Message
from panoptes.models.rule import Times
from panoptes.models.run import NEXT_REVISION, Run
from panoptes.models.sample import KnownJob
from panoptes.models.workflow import MAX_NAME, Workflow

# So many rows go in with one call.
CHUNK = 1000


class Places:
    """Which ids and names are free for workflows that come in."""

    def __init__(self, connection: Connection, highest: int) -> None:
        rows = connection.execute(
            select(
                Workflow.id,
                Workflow.name,
                Workflow.wanted_name,
                Workflow.created_at,
                Workflow.deleted_at,
            )
        ).all()
        self._ids = {row.id for row in rows}
        self._names = {row.name for row in rows if row.deleted_at is None}
        self._known = {(row.id, row.created_at) for row in rows}
        self._known |= {(row.wanted_name or row.name, row.created_at) for row in rows}
        # Above all that are there or come in, so that no id is given twice.
        self._next = max(highest, *self._ids, 0) + 1

    def knows(self, workflow_id: int, name: str, created_at: datetime) -> bool:
        """Return whether this very workflow came in before."""
        return bool({(workflow_id, created_at), (name, created_at)} & self._known)

    def id_for(self, workflow_id: int) -> int:
        """Return the id where it is free, else one that nobody has."""
        if workflow_id in self._ids:
            workflow_id, self._next = self._next, self._next + 1
        self._ids.add(workflow_id)
        return workflow_id

    def name_for(self, name: str, workflow_id: int) -> str:
        """Return the name where it is free, else one with the id behind it."""
        found, suffix = name[:MAX_NAME], f"-{workflow_id}"
        while found in self._names:
            found = name[: MAX_NAME - len(suffix)] + suffix
            suffix = f"-{secrets.token_hex(4)}"
        self._names.add(found)
        return found


def add_workflow(
    connection: Connection, workflow_id: int, name: str, wanted_name: str, created_at: datetime
) -> None:
    """Add a workflow of one run; `wanted_name` is what it would be called were that free."""
    wanted = None if name == wanted_name else wanted_name
    row = {"id": workflow_id, "name": name, "wanted_name": wanted}
    connection.execute(insert(Workflow), {**row, "run": 1, "created_at": created_at})


def add_run(connection: Connection, workflow_id: int, columns: Mapping[str, Any]) -> int:
    """Add a run and return its row id."""
    row = {"workflow_id": workflow_id, **columns}
    return inserted_id(connection.execute(insert(Run).values(revision=NEXT_REVISION), row))


def add_jobs(connection: Connection, run_id: int, jobs: Iterable[Mapping[str, Any]]) -> None:
    """Add jobs of one attempt each to a run, and the counts of their rules."""
    for row in jobs:
        job_id = insert_job(connection, {**row, "run_id": run_id})
        _count(connection, run_id, job_id, row)


def _count(connection: Connection, run_id: int, job_id: int, row: Mapping[str, Any]) -> None:
    status, wildcards = Status(row["status"]), row.get("wildcards")
    times = Times(row["started_at"], row["ended_at"])
    rules.move(
        connection,
        run_id,
        row["rule"],
        None,
        status,
        attempts=1,
        now=times,
        job_id=job_id,
        wildcards=wildcards,
    )
    job = KnownJob(job_id, row["key"], row["part"], row["rule"], status, wildcards)
    samples.enter(connection, run_id, job)


def add_lines(connection: Connection, run_id: int, lines: Iterable[Mapping[str, Any]]) -> None:
    """Add lines to a run's log, and their counts."""
    rows, counts = iter(lines), Counter[str]()
    while chunk := list(islice(rows, CHUNK)):
        connection.execute(insert(Message), [{**row, "run_id": run_id} for row in chunk])
        counts.update(f"lines_{row['level']}" for row in chunk)
    if counts:
        connection.execute(update(Run).where(Run.id == run_id).values(dict(counts)))


def raise_ids(connection: Connection) -> None:
    """Let PostgreSQL give new workflows ids above those that came in; SQLite does by itself."""
    if connection.dialect.name == "sqlite":
        return
    sequence = "pg_get_serial_sequence('workflows', 'id')"
    highest = select(func.coalesce(func.max(Workflow.id), 0)).scalar_subquery()
    connection.execute(
        select(func.setval(text(sequence), func.greatest(highest, func.nextval(text(sequence)))))
    )
