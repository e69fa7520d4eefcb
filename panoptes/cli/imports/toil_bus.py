"""Reads the file that Toil's option --writeMessages fills: the server understands its lines.

It has no times. Seen with Toil 9.6.0.
"""

import re
import time
from collections.abc import Iterator
from functools import partial

from panoptes.cli.imports.source import Event, ImportedRun, NoSuchRun, Source
from panoptes.common.wording import count

_MESSAGE = re.compile(r"^toil\.bus\.\w+Message(?:\t|$)", re.MULTILINE)
_JOB = re.compile(r"toil\.bus\.JobIssuedMessage\t[^\t]*\t((?:kind-(?:CWLJob|WDLTaskJob)/)[^\t]+)")
_FAILED = "toil.bus.JobFailedMessage\t"
NO_TIMES = (
    "When anything happened isn't in the file: it is shown as of when the file was last written."
)
NO_END = "How the run ended isn't in the file: it is shown as {}."


def is_bus(source: Source) -> bool:
    """Return whether a file holds messages of Toil's bus."""
    return _MESSAGE.search(source.beginning()) is not None


def read_run(source: Source) -> ImportedRun:
    """Return the run of a file of messages. Raises NoSuchRun."""
    messages, has_failed, is_wdl = 0, False, False
    jobs: set[str] = set()
    for line in source.lines():
        messages += _MESSAGE.match(line) is not None
        has_failed |= line.startswith(_FAILED)
        is_wdl |= "\tkind-WDL" in line
        if found := _JOB.match(line):
            jobs.add(found[1])
    if not messages:
        raise NoSuchRun("The file has no message of Toil.")
    at = source.changed_at() or time.time()
    shown = "an error, as a job failed" if has_failed else "done, as no job failed"
    return ImportedRun(
        uid=f"log-{source.digest()}",
        engine="toil-wdl" if is_wdl else "toil-cwl",
        name=source.stem,
        began=at,
        count=messages + 1,
        events=partial(_events, source, at, status=None if has_failed else 0),
        told=count(len(jobs), "job"),
        always=[NO_TIMES],
        notes=[NO_END.format(shown)],
    )


def _events(source: Source, at: float, *, status: int | None) -> Iterator[Event]:
    for line in source.lines():
        if _MESSAGE.match(line):
            yield {"event": "message", "time": at, "text": line}
    yield {"event": "exit", "time": at, "status": status, "signal": None}
