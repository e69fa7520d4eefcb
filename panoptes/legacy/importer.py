"""Takes over all that the old tables tell, within one transaction of the caller."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection

from panoptes.legacy import history
from panoptes.legacy import past_runs as rows
from panoptes.legacy.old_tables import OldTables, Values
from panoptes.legacy.reading import (
    OldJob,
    OldLine,
    OldWorkflow,
    Row,
    UnreadableRow,
    read_job,
    read_line,
    read_workflow,
)
from panoptes.legacy.rejected_rows import RejectedRows

T = TypeVar("T")


@dataclass(slots=True)
class Taken:
    """How much was taken over; `again` counts workflows that came in before, and stayed as is.

    `renumbered` are workflows whose ids others have, `doubled` rows that told a job once more, and
    `rejected_rows` those that could not be read, or not in full.
    """

    workflows: int = 0
    jobs: int = 0
    lines: int = 0
    again: int = 0
    renumbered: int = 0
    doubled: int = 0
    rejected_rows: int = 0


def take_over(old: OldTables, connection: Connection, rejected_rows: Path | None) -> Taken:
    """Add all workflows of the old tables to ours, and keep what can't be read in a file.

    A name that several have goes to the first; the others get their ids behind it.
    """
    with closing(RejectedRows(rejected_rows)) as kept:
        taking = _Import(old, connection, kept)
        taking.all()
    rows.raise_ids(connection)
    taking.taken.rejected_rows = kept.count
    return taking.taken


class _Import:
    def __init__(self, old: OldTables, connection: Connection, rejected_rows: RejectedRows) -> None:
        self.connection = connection
        self.rejected_rows = rejected_rows
        self.taken = Taken()
        self.workflows = self._read_all("workflows", old.workflows(), read_workflow)
        self.jobs = _Groups(old.jobs(), lambda row: self._orphan("workflow_jobs", row))
        self.messages = _Groups(old.messages(), lambda row: self._orphan("workflow_messages", row))
        highest = max((workflow.id for workflow in self.workflows), default=0)
        self.places = rows.Places(connection, highest)

    def all(self) -> None:
        for workflow in self.workflows:
            jobs = self._read_all("workflow_jobs", self.jobs.of(workflow.id), read_job)
            lines = self._read_all("workflow_messages", self.messages.of(workflow.id), read_line)
            self._take(workflow, jobs, lines)
        for group in (self.jobs, self.messages):
            group.finish()

    def _take(self, workflow: OldWorkflow, told: list[OldJob], lines: list[OldLine]) -> None:
        jobs = history.merged(told)
        began, last = history.began(workflow, jobs), history.last_heard_of(workflow, jobs)
        if self.places.knows(workflow.id, workflow.name, began):
            self.taken.again += 1
            return
        end = history.end_of(workflow, jobs, last)
        if end is not None:
            history.close(workflow, jobs, end)
        run_id = self._add(workflow, history.run_columns(workflow, jobs, began, last, end))
        rows.add_jobs(self.connection, run_id, map(_job_columns, jobs))
        rows.add_lines(self.connection, run_id, (_line_columns(line, began) for line in lines))
        self.taken.jobs += len(jobs)
        self.taken.lines += len(lines)
        self.taken.doubled += len(told) - len(jobs)

    def _add(self, workflow: OldWorkflow, columns: dict[str, Any]) -> int:
        number = self.places.id_for(workflow.id)
        name = self.places.name_for(workflow.name, number)
        began = columns["started_at"]
        rows.add_workflow(self.connection, number, name, workflow.name, began)
        self.taken.workflows += 1
        self.taken.renumbered += number != workflow.id
        return rows.add_run(self.connection, number, columns)

    def _read_all(self, table: str, found: Iterable[Values], read: Callable[[Row], T]) -> list[T]:
        """Return what the rows say, and keep those of which not all can be read."""
        said = []
        for values in found:
            row = Row(values)
            try:
                said.append(read(row))
            except UnreadableRow as error:
                self.rejected_rows.keep(table, values, [str(error)], taken=False)
                continue
            if row.problems:
                self.rejected_rows.keep(table, values, row.problems, taken=True)
        return said

    def _orphan(self, table: str, values: Values) -> None:
        self.rejected_rows.keep(table, values, ["wf_id: there is no such workflow"], taken=False)


class _Groups:
    """Rows that stand together by their workflow, in the order of the workflows' ids.

    Rows of no workflow go to `orphan`.
    """

    def __init__(self, found: Iterator[Values], orphan: Callable[[Values], None]) -> None:
        self._groups = groupby(found, key=lambda row: row["wf_id"])
        self._orphan = orphan
        self._ahead = next(self._groups, None)

    def of(self, workflow_id: int) -> Iterator[Values]:
        """Yield the rows of a workflow; ids must be asked for in their order."""
        while self._ahead is not None and not self._is_from(workflow_id):
            self._skip()
        if self._ahead is not None and self._ahead[0] == workflow_id:
            yield from self._ahead[1]
            self._ahead = next(self._groups, None)

    def _is_from(self, workflow_id: int) -> bool:
        """Whether the group ahead is the workflow's, or one of a later workflow."""
        key = self._ahead[0] if self._ahead else None
        return isinstance(key, int) and key >= workflow_id

    def _skip(self) -> None:
        if self._ahead is not None:
            for row in self._ahead[1]:
                self._orphan(row)
            self._ahead = next(self._groups, None)

    def finish(self) -> None:
        """Skip what is left."""
        while self._ahead is not None:
            self._skip()


def _job_columns(job: OldJob) -> dict[str, Any]:
    started, ended, seconds = job.started_at, job.ended_at, None
    if started and ended:
        ended = max(started, ended)  # The clock may have been set back.
        seconds = (ended - started).total_seconds()
    return {
        "part": job.part,
        "key": job.key,
        "rule": job.rule,
        "status": job.status.value,
        "started_at": started,
        "ended_at": ended,
        "seconds": seconds,
        "error": job.error,
        **job.details,
    }


def _line_columns(line: OldLine, began: datetime) -> dict[str, Any]:
    return {"time": line.time or began, "level": line.level, "text": line.text}
