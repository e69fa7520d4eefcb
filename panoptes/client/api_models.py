"""What a server tells of workflows, rules and jobs, read from the API's JSON.

All text in it is strangers'. It is cleaned here, once: no control character is left in it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from panoptes.common.text import clean_text, visible
from panoptes.common.wording import cut, error_line, exit_status, machine_name

if TYPE_CHECKING:
    from panoptes.client.http import Server

Told = dict[str, Any]
_BREAKS = str.maketrans({"\n": "␊", "\t": "␉"})


def lines(text: object) -> str:
    """Return a text in which only line breaks and tabs do something to a terminal."""
    return visible(clean_text(str(text)))


def one_line(text: object) -> str:
    """Return a text that is one line, whatever it holds."""
    return lines(text).translate(_BREAKS)


@dataclass(frozen=True, slots=True)
class Workflow:
    """A workflow as one of its runs shows it; `seconds` is how long that took so far."""

    id: int
    name: str
    status: str
    is_live: bool
    done: int
    total: int
    running: int
    failed: int
    retried: int
    pending: int
    started: datetime
    ended: datetime | None
    seconds: float
    error: str
    run: int
    runs: int
    owner: str
    command: str
    workdir: str

    @property
    def title(self) -> str:
        """Its name; where a machine made that up, the beginning of it and the folder."""
        short = machine_name(self.name)
        return f"{short} {PurePosixPath(self.workdir).name}".strip() if short else self.name

    @property
    def progress(self) -> str:
        """How far it is: '312 of 400 done · 6 running · 3 failed · 79 pending'."""
        rest = (
            (self.running, "running"),
            (self.failed, "failed"),
            (self.retried, "retried"),
            (self.pending, "pending" if self.is_live else "not finished"),
        )
        if self.status == "No Execution":
            return f"{self.total:,} planned, nothing was run"
        if not self.total:
            return "no job yet" if self.is_live else "no jobs"
        said = f"{self.done:,} of {self.total:,} done"
        return " · ".join([said, *(f"{jobs:,} {word}" for jobs, word in rest if jobs)])


@dataclass(frozen=True, slots=True)
class Rule:
    """How a rule's jobs stand; `pending` is None where the client never told it."""

    name: str
    done: int
    running: int
    failed: int
    cancelled: int
    pending: int | None
    median: float | None
    longest: float | None

    @property
    def total(self) -> int:
        """How many jobs of it are known or planned."""
        return self.done + self.running + self.failed + self.cancelled + (self.pending or 0)


@dataclass(frozen=True, slots=True)
class Failure:
    """A job that failed: `job` names it, `logs` are paths that work where the run is."""

    rule: str
    job: str
    attempts: int
    error: str
    logs: list[str]

    @property
    def how(self) -> str:
        """How it ended, in a few words."""
        return exit_status(self.error) or cut(error_line(self.error), 80)


@contextmanager
def understood(server: "Server") -> Iterator[None]:
    """Read an answer inside; one that isn't shaped as ours is told so. Raises CannotRun."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise server.is_no_panoptes() from error


def read_workflow(told: Told) -> Workflow:
    """Return a workflow of the API."""
    return Workflow(
        id=int(told["id"]),
        name=one_line(told["name"]),
        status=one_line(told["status"]),
        is_live=bool(told["is_live"]),
        done=int(told["jobs_done"]),
        total=int(told["jobs_total"]),
        running=int(told["jobs_running"]),
        failed=int(told["jobs_failed"]),
        retried=int(told["jobs_retried"]),
        pending=int(told["jobs_pending"]),
        started=_time(told["started_at"]),
        ended=None if told["completed_at"] is None else _time(told["completed_at"]),
        seconds=float(told["duration"]),
        error=lines(told["error"] or ""),
        run=int(told["run"]),
        runs=int(told["runs"]),
        owner=one_line(told["owner"] or ""),
        command=one_line(told["command"] or ""),
        workdir=one_line(told["workdir"] or ""),
    )


def read_rule(told: Told) -> Rule:
    """Return a rule of the API."""
    return Rule(
        name=one_line(told["name"]),
        done=int(told["done"]),
        running=int(told["running"]),
        failed=int(told["error"]),
        cancelled=int(told["cancelled"]),
        pending=_or_none(told["pending"], int),
        median=_or_none(told["median_duration"], float),
        longest=_or_none(told["max_duration"], float),
    )


def read_failure(told: Told, workflow: Workflow) -> Failure:
    """Return a failed job of the API."""
    wildcards = ", ".join(f"{name}={value}" for name, value in told["wildcards"].items())
    paths = [one_line(path) for path in told["log"]]
    return Failure(
        rule=one_line(told["name"] or "(not announced)"),
        job=one_line(wildcards or f"job {told['jobid']}"),
        attempts=len(told["attempts"]),
        error=lines(told["error"] or ""),
        logs=[str(PurePosixPath(workflow.workdir, path)) for path in paths],
    )


def _time(text: str) -> datetime:
    # Python 3.10 doesn't know the Z.
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def _or_none(value: Any, read: type[Any]) -> Any:
    return None if value is None else read(value)
