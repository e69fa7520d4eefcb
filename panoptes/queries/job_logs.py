"""The logs of a job: their ends, from files that the server may read or as the client sent them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select, tuple_

from panoptes.common.status import Status
from panoptes.common.wording import cut
from panoptes.config.log_roots import LogRoot
from panoptes.database.connections import reading
from panoptes.models.log_text import LogName, LogText
from panoptes.queries.log_files import NoLog, tail
from panoptes.queries.log_tail import Tail, shown_text
from panoptes.queries.results import JobView, RunView

# So many characters are read to show the last line of a log.
LAST_CHARACTERS = 400


class LogFiles(NamedTuple):
    """Which files the server may read: below `roots`, and none that holds its key."""

    roots: tuple[LogRoot, ...]
    key: bytes


@dataclass(frozen=True, slots=True)
class JobLog:
    """Log `number` (from 1) of those of an attempt of a job, whose `paths` the client told.

    `why_not` is a sentence where there is no tail, `is_off` says that the server may read no file.
    `name` and `followed_at` are those of the text that the client sends, `is_sent` that it sends
    what somebody looks at. `is_live`: it may grow.
    """

    number: int
    paths: tuple[str, ...]
    tail: Tail | None
    why_not: str
    is_off: bool
    is_live: bool
    is_sent: bool
    name: LogName
    followed_at: datetime | None

    @property
    def path(self) -> str:
        """Its path, as the client calls it."""
        return self.paths[self.number - 1]

    @property
    def stamp(self) -> tuple[object, ...]:
        """What changes when the log does: of a file, no event tells that."""
        return (self.why_not,) if self.tail is None else (self.tail.size, self.tail.version)


class _Sent(NamedTuple):
    path: str
    text: str
    size: int
    followed_at: datetime | None


_COLUMNS = LogText.__table__.c
_SENT = select(*(_COLUMNS[name] for name in _Sent._fields)).order_by(LogText.id)
_OF_JOB = tuple_(LogText.run_id, LogText.key, LogText.part, LogText.attempt)
_LAST_CHARACTERS = func.substr(LogText.text, func.length(LogText.text) - LAST_CHARACTERS + 1)
_LAST = select(LogText.id, LogText.run_id, _LAST_CHARACTERS.label("text")).where(LogText.bytes > 0)


def job_log(
    files: LogFiles,
    run: RunView,
    job: JobView,
    number: int | None = None,
    attempt: int | None = None,
) -> JobLog | None:
    """Return a log of an attempt of a job (the latest without one); None where it has none.

    Without a number, it is the first of which the client sent something, or else the first.
    """
    attempt = attempt or job.attempt
    sent = _sent(run, job, attempt)
    is_latest = attempt == job.attempt
    paths = tuple(dict.fromkeys([*(job.log if is_latest else ()), *sent]))
    if not paths:
        return None
    if number is None:
        with_text = (path for path in paths if path in sent and sent[path].text)
        number = paths.index(next(with_text, paths[0])) + 1
    number = min(max(1, number), len(paths))
    path = paths[number - 1]
    of_client = sent.get(path, _Sent(path, "", 0, None))
    is_live = is_latest and job.status is Status.RUNNING and run.is_live
    of_file: Tail | NoLog | None = None
    # What an attempt left, its client sent; a file may have been written anew since.
    if is_latest and files.roots and (is_live or not of_client.text):
        of_file = tail(files.roots, run.workdir, path, files.key)
    is_sent = is_live and run.sends_logs and not isinstance(of_file, Tail)
    found = of_file if isinstance(of_file, Tail) else None
    if of_client.text and not found:
        found = Tail(of_client.text.encode(), of_client.size)
    why_not = ""
    if isinstance(of_file, NoLog) and not (found or is_sent):
        why_not = _why_not(of_file, run, job, path)
    return JobLog(
        number=number,
        paths=paths,
        tail=found,
        why_not=why_not,
        is_off=not files.roots,
        is_live=is_live,
        is_sent=is_sent,
        name=LogName(run.run_id, job.part, job.key, attempt, path),
        followed_at=of_client.followed_at,
    )


def last_log_lines(
    files: LogFiles, runs: Iterable[RunView], failures: Mapping[int, JobView], width: int
) -> dict[int, str]:
    """Return how the log of each run's first failed job ends, by the ids of the runs' rows.

    Where the file system doesn't answer, nobody waits for it more than once.
    """
    runs = list(runs)
    sending = {run.run_id for run in runs if run.sends_logs}
    found = _last_lines_sent({run: job for run, job in failures.items() if run in sending}, width)
    for run in runs if files.roots else ():
        job = failures.get(run.run_id)
        if job is None or not job.log or run.run_id in found:
            continue
        of_file = tail(files.roots, run.workdir, job.log[0], files.key)
        if isinstance(of_file, Tail):
            found[run.run_id] = of_file.lines(1, width).strip()
        elif of_file is NoLog.BUSY:
            break
    return found


def _sent(run: RunView, job: JobView, attempt: int) -> dict[str, _Sent]:
    """Return what the client sent of the logs of an attempt, by their paths."""
    if not run.sends_logs:
        return {}
    of_job = _OF_JOB.in_([(run.run_id, job.key, job.part, attempt)])
    return {row.path: _Sent(*row) for row in reading().execute(_SENT.where(of_job))}


def _last_lines_sent(failures: Mapping[int, JobView], width: int) -> dict[int, str]:
    """Return the last line of the first log that the client sent of each failed job."""
    jobs = [(run_id, job.key, job.part, job.attempt) for run_id, job in failures.items()]
    if not jobs:
        return {}
    found: dict[int, str] = {}
    for _, run_id, text in sorted(map(tuple, reading().execute(_LAST.where(_OF_JOB.in_(jobs))))):
        line = shown_text(text).rstrip().rpartition("\n")[2].strip()
        found.setdefault(run_id, cut(line, width))
    return found


def _why_not(reason: NoLog, run: RunView, job: JobView, path: str) -> str:
    if reason is not NoLog.MISSING:
        return str(reason.value)
    if not run.workdir and not path.startswith("/"):
        return (
            "File not found: this run has no known folder, and none of the server's log folders"
            " (--log-root) has this file."
        )
    if job.status in (Status.RUNNING, Status.PLANNED):
        return "The file doesn't exist yet."
    return "File not found: it was never written, or has been removed."
