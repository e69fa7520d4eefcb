"""The states of workflows and jobs, each with its word, shape and colour's name."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum


class Status(str, Enum):
    """A state, under the word that users and the API know it by."""

    RUNNING = "Running"
    DONE = "Done"
    ERROR = "Error"
    CANCELLED = "Cancelled"
    STALE = "Stale"
    NO_EXECUTION = "No Execution"
    PENDING = "Pending"
    PLANNED = "Planned"

    def __str__(self) -> str:
        return self.value

    @property
    def shape(self) -> str:
        """One character that reads without colour."""
        return _LOOKS[self].shape

    @property
    def css(self) -> str:
        """The name of the state in style sheets and icons."""
        return _LOOKS[self].css


@dataclass(frozen=True, slots=True)
class _Look:
    shape: str
    css: str


_LOOKS = {
    Status.RUNNING: _Look("●", "running"),
    Status.DONE: _Look("✓", "done"),
    Status.ERROR: _Look("✗", "error"),
    Status.STALE: _Look("◷", "stale"),
    Status.CANCELLED: _Look("⊘", "cancelled"),
    Status.PENDING: _Look("◌", "planned"),
    Status.PLANNED: _Look("○", "planned"),
    Status.NO_EXECUTION: _Look("○", "planned"),
}

# What a workflow can show, in the order in which people look for it.
WORKFLOW_STATUSES = (
    Status.RUNNING,
    Status.ERROR,
    Status.STALE,
    Status.DONE,
    Status.CANCELLED,
    Status.NO_EXECUTION,
)
JOB_STATUSES = (
    Status.RUNNING,
    Status.PENDING,
    Status.ERROR,
    Status.DONE,
    Status.PLANNED,
    Status.CANCELLED,
)


def silent_since(now: datetime, stale_hours: float) -> datetime | None:
    """Return the time since when a running workflow must have been silent to be Stale.

    None where staleness is switched off (0 hours).
    """
    return now - timedelta(hours=stale_hours) if stale_hours else None


def shown_status(status: Status, updated_at: datetime, silent: datetime | None) -> Status:
    """Return the status that people see: Stale is worked out on reading and never stored."""
    if status is Status.RUNNING and silent is not None and updated_at < silent:
        return Status.STALE
    return status
