"""Reads a log of cwltool, which it writes to stderr: the server understands its lines as they are.

Only with --timestamps does a line have a time, that of the machine that ran it, to the second. Seen
with cwltool 3.3.20260925135507.
"""

import re
import time
from collections.abc import Iterator
from functools import partial
from pathlib import PurePath

from panoptes.cli.imports.lines import without_colours
from panoptes.cli.imports.source import Event, ImportedRun, NoSuchRun, Source, local_time
from panoptes.common.wording import count

_AT = r"(?:\[(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\] )?"
_KNOWN_BY = re.compile(
    rf"^{_AT}(?:INFO|DEBUG|WARNING|ERROR) (?:\S*(?:cwltool|cwl-runner)\S* \d\S*$"
    r"|Resolved '.*' to '|\[(?:workflow|step|job) [^\]]*\] (?:start|completed|/))",
    re.MULTILINE,
)
_TIME = re.compile(_AT)
_MAIN_FILE = re.compile(r"INFO Resolved '(.+)' to '")
_JOB = re.compile(r"INFO \[job ([^\]]+)\] /")
_FINAL = re.compile(r"(?:INFO|WARNING|ERROR) Final process status is (\w+)$")
NO_TIMES = (
    "When anything happened isn't in the log (cwltool --timestamps writes it): it is shown as of"
    " when the file was last written."
)


def is_log(source: Source) -> bool:
    """Return whether a file looks like a log of cwltool."""
    return _KNOWN_BY.search(without_colours(source.beginning())) is not None


def read_run(source: Source) -> ImportedRun:
    """Return the run of a log. Raises NoSuchRun."""
    began, main_file, has_end, lines = None, None, False, 0
    jobs: set[str] = set()
    for raw in source.lines():
        lines += bool(raw)
        line = without_colours(raw)
        began = began or _time_of(line)
        if found := _MAIN_FILE.search(line):
            main_file = main_file or found[1]
        elif found := _JOB.search(line):
            jobs.add(found[1])
        has_end |= _FINAL.search(line) is not None
    if not (jobs or has_end):
        raise NoSuchRun("The log tells of no job and of no end.")
    at = began or source.changed_at() or time.time()
    return ImportedRun(
        uid=f"log-{source.digest()}",
        engine="cwltool",
        name=PurePath(main_file).stem if main_file else source.stem,
        began=at,
        count=lines + (not has_end),
        events=partial(_events, source, at, has_end=has_end),
        told=count(len(jobs), "job"),
        description={"main_file": main_file} if main_file else {},
        notes=list(_notes(has_times=began is not None, has_end=has_end)),
    )


def _notes(*, has_times: bool, has_end: bool) -> Iterator[str]:
    if not has_times:
        yield NO_TIMES
    if not has_end:
        yield "How the run ended isn't in the log: it is shown as an error."


def _events(source: Source, began: float, *, has_end: bool) -> Iterator[Event]:
    at = began
    for line in source.lines():
        at = max(at, _time_of(without_colours(line)) or at)
        if line:
            yield {"event": "line", "time": at, "text": line}
    if not has_end:
        yield {"event": "exit", "time": at, "status": None, "signal": None}


def _time_of(line: str) -> float | None:
    found = _TIME.match(line)
    return local_time(found[1]) if found and found[1] else None
