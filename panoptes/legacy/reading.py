"""A row of the old tables -> what it says; what can't be read of it is noted, never guessed."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from panoptes.common.status import Status
from panoptes.common.text import clean_name, clean_text
from panoptes.engines.cleaning import clean
from panoptes.engines.fields import MAX_RULE, MAX_TEXT, client_time, count, text_of
from panoptes.engines.problems import Broken
from panoptes.engines.snakemake.fields import as_key, details_of
from panoptes.engines.snakemake.message import parse_repr, read_message
from panoptes.legacy.old_tables import Values
from panoptes.models.workflow import RUN_IDS

STATUSES = {
    "Running": Status.RUNNING,
    # It was stored; here it follows from the time of the last event.
    "Stale": Status.RUNNING,
    "Done": Status.DONE,
    "Error": Status.ERROR,
    "Cancelled": Status.CANCELLED,
    "No Execution": Status.NO_EXECUTION,
}
_JOB_STATUSES = (Status.RUNNING, Status.DONE, Status.ERROR)
_LISTS = ("input", "output", "log", "wildcards")
_YEARS = range(1970, 2200)
# New ids follow the largest: there is as much room again below those that stand for runs.
_MAX_ID = RUN_IDS // 2


class UnreadableRow(Exception):
    """A row that says too little to be taken over; the message says what is missing."""


class RowReader:
    """Reads a row's fields, and notes what can't be read of it (`problems`).

    Each returns what stands for nothing where there is no value, or none that can be read.
    """

    def __init__(self, values: Values) -> None:
        self.values = values
        self.problems: list[str] = []

    def text(self, name: str) -> str | None:
        """Return a text, clean."""
        value = self.values.get(name)
        if value is None:
            return None
        cleaned = clean_text(str(value))
        if cleaned != value:
            self.problems.append(f"{name}: not all of it is text")
        return cleaned

    def time(self, name: str) -> datetime | None:
        """Return a time in UTC. Stored is the server's local time."""
        value = self.values.get(name)
        if value is None:
            return None
        try:
            time = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        except (TypeError, ValueError):
            time = datetime.min  # noqa: DTZ901  # Of no year that is taken.
        if time.year not in _YEARS:
            self.problems.append(f"{name}: no time")
            return None
        return time.astimezone(timezone.utc)

    def number(self, name: str) -> int:
        """Return a number that counts something."""
        value = self.values.get(name)
        number = count(value)
        if number is None and value is not None:
            self.problems.append(f"{name}: no number")
        return number or 0

    def switch(self, name: str) -> bool:
        """Return whether something is so."""
        value = self.values.get(name)
        if value not in (None, 0, 1):
            self.problems.append(f"{name}: neither yes nor no")
        return value == 1

    def structure(self, name: str) -> Any:
        """Return what the repr of a Python value stands for."""
        value = self.values.get(name)
        try:
            return None if value is None else clean(parse_repr(value))
        except (TypeError, ValueError):
            self.problems.append(f"{name}: no list")
            return None

    def status(self, known: Collection[Status]) -> Status:
        """Return a status; Running where it isn't known, for an end needs to have been reported."""
        status = STATUSES.get(str(self.values.get("status")))
        if status is None or status not in known:
            self.problems.append("status: not known")
            return Status.RUNNING
        return status


@dataclass(slots=True)
class OldWorkflow:
    """A workflow, with the engine's own counts of its jobs. Times are UTC."""

    id: int
    name: str
    status: Status
    done: int
    total: int
    started_at: datetime | None
    completed_at: datetime | None
    updated_at: datetime | None


@dataclass(slots=True)
class OldJob:
    """A job; `details` are columns of ours. `part` tells jobs of one id apart."""

    key: str
    rule: str
    status: Status
    started_at: datetime | None
    ended_at: datetime | None
    details: dict[str, Any]
    part: int = 0


@dataclass(frozen=True, slots=True)
class OldLine:
    """A line of the log; `time` is None where nobody kept it."""

    text: str
    time: datetime | None


def read_workflow(row: RowReader) -> OldWorkflow:
    """Return a workflow. Raises UnreadableRow without an id that an address can hold."""
    number = row.values.get("id")
    if not isinstance(number, int) or not 0 < number <= _MAX_ID:
        raise UnreadableRow("id: no number of a workflow")
    return OldWorkflow(
        id=number,
        name=clean_name(row.text("name") or "") or f"workflow-{number}",
        status=row.status(STATUSES.values()),
        done=row.number("done"),
        total=row.number("total"),
        started_at=row.time("started_at"),
        completed_at=row.time("completed_at"),
        updated_at=row.time("updated_at"),
    )


def read_job(row: RowReader) -> OldJob:
    """Return a job. Raises UnreadableRow without its id."""
    try:
        key = as_key(row.values.get("jobid"), "jobid")
    except Broken as broken:
        raise UnreadableRow(broken.reason) from broken
    rule, status = (row.text("name") or "")[:MAX_RULE], row.status(_JOB_STATUSES)
    started, ended = row.time("started_at"), row.time("completed_at")
    # As an event of Snakemake names them.
    fields = {name: row.structure(name) for name in _LISTS}
    fields |= {"msg": row.text("msg"), "shellcmd": row.text("shell_command")}
    details = details_of({**fields, "is_checkpoint": row.switch("is_checkpoint")})
    row.problems += [
        f"{name}: no list" for name in _LISTS if fields[name] and details.get(name) is None
    ]
    return OldJob(clean_text(key), rule, status, started, ended, details)


def read_line(row: RowReader) -> OldLine:
    """Return the line of a log: the text of an event where it is one, else the row's as it is.

    Raises UnreadableRow without any text.
    """
    message = row.text("msg")
    if not message or not message.strip():
        raise UnreadableRow("msg: no text")
    try:
        event = read_message(message)
    except Broken:
        event = {}
    seconds = client_time(event.get("timestamp"))
    return OldLine(
        text=text_of(event, "msg", MAX_TEXT) or message[:MAX_TEXT],
        time=None if seconds is None else datetime.fromtimestamp(seconds, timezone.utc),
    )
