"""Tells a server of a run that is over, as Nextflow's own client tells of one that goes on."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from panoptes.client.http import Connection

TRACE = "/api/tower/trace"
# Tasks in a request.
BATCH = 100


def report_run(connection: Connection, run: dict[str, Any], tasks: Sequence[dict[str, Any]]) -> str:
    """Report a run and its tasks, all by the names of the protocol; return its page's address.

    `run` has `sessionId`, `runName` and `projectName`, when it began and ended, and `success`.
    Raises ClientError.
    """
    names = ("sessionId", "runName", "projectName")
    created = connection.send("POST", f"{TRACE}/create", {name: run[name] for name in names})
    path = f"{TRACE}/{_told(connection, created, 'workflowId')}"
    begun = {**run, "complete": None, "success": False}
    connection.send("PUT", f"{path}/begin", {"workflow": begun, "processNames": []})
    for batch in _batches(tasks):
        connection.send("PUT", f"{path}/progress", {"tasks": batch})
    ended = connection.send("PUT", f"{path}/complete", {"workflow": run})
    return _told(connection, ended, "watchUrl")


def _told(connection: Connection, answer: Mapping[str, Any], name: str) -> str:
    """Return a text of an answer. Raises NotPanoptes where there is none."""
    text = answer.get(name)
    if not isinstance(text, str) or not text.isprintable():
        raise connection.not_panoptes()
    return text


def _batches(tasks: Sequence[dict[str, Any]]) -> Iterator[Sequence[dict[str, Any]]]:
    for first in range(0, len(tasks), BATCH):
        yield tasks[first : first + BATCH]
