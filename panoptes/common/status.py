"""The states of workflows and jobs, each with its word, shape and colour's name."""

from datetime import datetime, timedelta
from enum import Enum


class Status(str, Enum):
    """A state, under the word that users and the API know it by.

    `shape` is a character that reads without colour, `css` its name in style sheets and icons.
    """

    shape: str
    css: str

    def __new__(cls, word: str, shape: str = "", css: str = "") -> "Status":
        """Make one of the states below; called with its word, the class gives the state."""
        status = str.__new__(cls, word)
        status._value_, status.shape, status.css = word, shape, css
        return status

    RUNNING = "Running", "●", "running"
    DONE = "Done", "✓", "done"
    ERROR = "Error", "✗", "error"
    CANCELLED = "Cancelled", "⊘", "cancelled"
    STALE = "Stale", "◷", "stale"
    NO_EXECUTION = "No Execution", "○", "planned"
    PENDING = "Pending", "◌", "planned"
    PLANNED = "Planned", "○", "planned"

    def __str__(self) -> str:
        return str(self.value)


# What a workflow can show, in the order in which people look for it.
WORKFLOW_STATUSES = (
    Status.RUNNING,
    Status.ERROR,
    Status.STALE,
    Status.DONE,
    Status.CANCELLED,
    Status.NO_EXECUTION,
)
# The same of a job: lists of jobs are sorted so.
JOB_STATUSES = (
    Status.ERROR,
    Status.RUNNING,
    Status.PENDING,
    Status.DONE,
    Status.CANCELLED,
    Status.PLANNED,
)


# A client that registered begins to report within this time, as a rule within seconds.
TIME_TO_START = timedelta(minutes=5)
# No client has to give signs of life more often.
SHORTEST_SILENCE = timedelta(seconds=30)


def waiting_word(status: str, *, is_live: bool) -> str:
    """Return what is said of jobs of a run that are neither done nor running nor failed."""
    if is_live:
        return "pending"
    return "not needed or not reached" if status == Status.DONE else "not finished"


def shown_status(status: Status, *, is_silent: bool) -> Status:
    """Return the status that people see: Stale is worked out on reading and never stored."""
    return Status.STALE if status is Status.RUNNING and is_silent else status


def has_never_started(
    status: str, registered_at: datetime, last_event_at: datetime | None, now: datetime
) -> bool:
    """Return whether a run was registered some minutes ago, and nothing came since."""
    is_due = registered_at < now - TIME_TO_START
    return status == Status.RUNNING and last_event_at is None and is_due
