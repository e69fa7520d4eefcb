"""The log files of a job as a page shows them: the end of one, or how to see it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from panoptes.common.status import Status
from panoptes.queries.log_files import NoLog, Tail, tail
from panoptes.queries.results import JobView, RunView
from panoptes.render.titles import whole_path
from panoptes.web.pages.terminal_commands import less
from panoptes.web.services import services

# So much of a log's last line stands in a list.
LINE = 200


@dataclass(frozen=True, slots=True)
class JobLog:
    """The log file `number` (from 1) of a job's; `why_not` is a sentence where there is no tail.

    `command` shows the file in a terminal; None where its name holds something that a terminal
    would take for a command of its own.
    """

    number: int
    path: str
    whole: str
    command: str | None
    is_off: bool
    tail: Tail | None
    why_not: str

    @property
    def stamp(self) -> tuple[object, ...]:
        """What changes when the file does: that isn't told by any event."""
        return (self.why_not,) if self.tail is None else (self.tail.size, self.tail.modified)


def shows_logs() -> bool:
    """Return whether this server may show any log file."""
    return bool(services().settings.log_root)


def job_log(run: RunView, job: JobView, number: int = 1) -> JobLog | None:
    """Return one of the files that a job named as its logs; None where it has none."""
    if not job.log:
        return None
    number = min(max(1, number), len(job.log))
    path, roots = job.log[number - 1], services().settings.log_root
    end = tail(roots, run.workdir, path, services().key) if roots else None
    whole = whole_path(path, run)
    return JobLog(
        number=number,
        path=path,
        whole=whole,
        command=less(whole),
        is_off=not roots,
        tail=end if isinstance(end, Tail) else None,
        why_not=_why_not(end, run, job, path) if isinstance(end, NoLog) else "",
    )


def last_log_lines(runs: Iterable[RunView], failures: Mapping[int, JobView]) -> dict[int, str]:
    """Return how the log of each run's first failed job ends, by the ids of the runs' rows.

    Where the file system doesn't answer, nobody waits for it more than once.
    """
    found: dict[int, str] = {}
    for run in runs if shows_logs() else ():
        job = failures.get(run.run_id)
        log = job_log(run, job) if job else None
        if log and log.tail:
            found[run.run_id] = log.tail.lines(1, LINE).strip()
        elif log and log.why_not == NoLog.BUSY.value:
            break
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
