"""Takes over all that the old tables hold, within one transaction of the caller."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from datetime import datetime
from heapq import merge
from itertools import groupby
from math import inf
from operator import itemgetter
from typing import Any, TypeVar

from sqlalchemy import Connection, func, insert, select, text

from panoptes.database.columns import inserted_id
from panoptes.legacy.history import merged, run_of
from panoptes.legacy.old_tables import OldTables, Values
from panoptes.legacy.reading import (
    OldJob,
    OldWorkflow,
    RowReader,
    UnreadableRow,
    read_job,
    read_line,
    read_workflow,
)
from panoptes.legacy.rejected_rows import RejectedRows
from panoptes.models import rule as rules
from panoptes.models import sample as samples
from panoptes.models.job_rows import insert_job
from panoptes.models.message import Message
from panoptes.models.rule import Times
from panoptes.models.run import NEXT_REVISION, Run
from panoptes.models.sample import KnownJob
from panoptes.models.workflow import MAX_NAME, Workflow, with_suffix

T = TypeVar("T")


def take_over(old: OldTables, connection: Connection) -> str:
    """Add all workflows of the old tables to ours, and return what was done, in one line.

    What can't be read is kept in a file or the log. A name that several have goes to the first;
    the others get their ids behind it.
    """
    with closing(RejectedRows(old.rejected_rows)) as rejected:
        importer = _Importer(old, connection, rejected)
        for workflow, jobs, messages in importer.workflows():
            importer.take(workflow, jobs, messages)
    _raise_ids(connection)
    return importer.summary()


class _Importer:
    """Takes workflows over, and counts them.

    `again` counts workflows that came in before, and stayed as is, `renumbered` those whose ids
    others have, `doubled` further rows about one job.
    """

    def __init__(self, old: OldTables, connection: Connection, rejected: RejectedRows) -> None:
        self._old, self._connection, self._rejected = old, connection, rejected
        rows = old.rows("workflows", "id")
        self._workflows = self._read_all("workflows", rows, read_workflow)
        highest = max((workflow.id for workflow in self._workflows), default=0)
        self._places = _Places(connection, highest)
        self._taken = self._jobs = self._lines = 0
        self._again = self._renumbered = self._doubled = 0

    def workflows(self) -> Iterator[tuple[OldWorkflow, list[Values], list[Values]]]:
        """Yield each workflow with the rows of its jobs and messages, and reject those of none."""
        own = ((workflow.id, "workflows", workflow) for workflow in self._workflows)
        tables = ("workflow_jobs", "workflow_messages")
        rows = merge(own, *map(self._rows_by_workflow, tables), key=itemgetter(0))
        for _, group in groupby(rows, key=itemgetter(0)):
            workflow: OldWorkflow | None = None
            of_workflow: dict[str, list[Values]] = {table: [] for table in tables}
            for _, table, row in group:
                if isinstance(row, OldWorkflow):
                    workflow = row
                elif workflow is not None:
                    of_workflow[table].append(row)
                else:
                    problem = "wf_id: there is no such workflow"
                    self._rejected.keep(table, row, [problem], taken=False)
            if workflow is not None:
                yield workflow, of_workflow["workflow_jobs"], of_workflow["workflow_messages"]

    def _rows_by_workflow(self, table: str) -> Iterator[tuple[float, str, Any]]:
        for row in self._old.rows(table, "wf_id"):
            wf_id = row["wf_id"]
            # What isn't even a number comes last.
            yield wf_id if isinstance(wf_id, (int, float)) else inf, table, row

    def _read_all(
        self, table: str, rows: Iterable[Values], read: Callable[[RowReader], T]
    ) -> list[T]:
        """Return what the rows say, and keep those of which not all can be read."""
        values = []
        for row in rows:
            reader = RowReader(row)
            try:
                values.append(read(reader))
            except UnreadableRow as error:
                self._rejected.keep(table, row, [str(error)], taken=False)
                continue
            if reader.problems:
                self._rejected.keep(table, row, reader.problems, taken=True)
        return values

    def take(
        self, workflow: OldWorkflow, job_rows: list[Values], message_rows: list[Values]
    ) -> None:
        """Add a workflow with its run, unless it came in before."""
        all_jobs = self._read_all("workflow_jobs", job_rows, read_job)
        lines = self._read_all("workflow_messages", message_rows, read_line)
        jobs = merged(all_jobs)
        run = {**run_of(workflow, jobs), "lines_info": len(lines)}
        started = run["started_at"]
        if self._places.knows(workflow.id, workflow.name, started):
            self._again += 1
            return
        workflow_id = self._places.id_for(workflow.id)
        name = self._places.name_for(workflow.name, workflow_id)
        wanted_name = None if name == workflow.name else workflow.name
        row = {"id": workflow_id, "name": name, "wanted_name": wanted_name, "run": 1}
        self._connection.execute(insert(Workflow), {**row, "created_at": started})
        new_run = insert(Run).values(revision=NEXT_REVISION)
        row = {"workflow_id": workflow_id, "number": 1, **run}
        run_id = inserted_id(self._connection.execute(new_run, row))
        for job in jobs:
            _add_job(self._connection, run_id, job)
        if lines:
            every = {"run_id": run_id, "level": "info"}
            rows = [{**every, "time": line.time or started, "text": line.text} for line in lines]
            self._connection.execute(insert(Message), rows)
        self._taken += 1
        self._renumbered += workflow_id != workflow.id
        self._jobs += len(jobs)
        self._lines += len(lines)
        self._doubled += len(all_jobs) - len(jobs)

    def summary(self) -> str:
        """Return what was done."""
        workflows, jobs = _count(self._taken, "workflow"), _count(self._jobs, "job")
        taken = f"{workflows} with {jobs} and {_count(self._lines, 'line')} of log"
        rejected, kept_in = self._rejected.count, self._old.rejected_rows or "the log"
        sentences = (
            (True, f"Took over {taken} from panoptes-ui; {self._old.place}."),
            (self._doubled, f"Rows that told a job once more: {self._doubled}."),
            (self._again, f"There already: {_count(self._again, 'workflow')}."),
            (self._renumbered, f"Under new ids, for theirs are taken: {self._renumbered}."),
            (
                rejected,
                f"Not to be read, or not in full: {_count(rejected, 'row')}, kept in {kept_in}.",
            ),
        )
        return " ".join(sentence for applies, sentence in sentences if applies)


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" + ("" if number == 1 else "s")


class _Places:
    """Which ids and names are free for workflows that come in."""

    def __init__(self, connection: Connection, highest: int) -> None:
        columns = (Workflow.id, Workflow.name, Workflow.wanted_name)
        query = select(*columns, Workflow.created_at, Workflow.deleted_at)
        rows = connection.execute(query).all()
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

    def name_for(self, wanted: str, workflow_id: int) -> str:
        """Return the name where it is free, else one with the id behind it."""
        name: str = wanted[:MAX_NAME]
        suffix: str | None = f"-{workflow_id}"
        while name in self._names:
            name, suffix = with_suffix(wanted, suffix), None
        self._names.add(name)
        return name


def _raise_ids(connection: Connection) -> None:
    """Let PostgreSQL give new workflows ids above those that came in; SQLite does by itself."""
    if connection.dialect.name == "sqlite":
        return
    sequence = text("pg_get_serial_sequence('workflows', 'id')")
    highest = select(func.coalesce(func.max(Workflow.id), 0)).scalar_subquery()
    above = func.greatest(highest, func.nextval(sequence))
    connection.execute(select(func.setval(sequence, above)))


def _add_job(connection: Connection, run_id: int, job: OldJob) -> None:
    """Add a job of one attempt, and count it for its rule and samples."""
    started, ended, wildcards = job.started_at, job.ended_at, job.details.get("wildcards")
    if started and ended:
        ended = max(started, ended)  # The clock may have been set back.
    times = Times(started, ended)
    row = {
        "run_id": run_id,
        "part": job.part,
        "key": job.key,
        "rule": job.rule,
        "status": job.status.value,
        "started_at": started,
        "ended_at": ended,
        "seconds": times.seconds,
        **job.details,
    }
    job_id = insert_job(connection, row)
    rules.move(
        connection,
        run_id,
        job.rule,
        None,
        job.status,
        attempts=1,
        now=times,
        job_id=job_id,
        wildcards=wildcards,
    )
    known = KnownJob(job_id, job.key, job.part, job.rule, job.status, wildcards)
    samples.enter(connection, run_id, known)
