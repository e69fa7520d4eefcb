"""The logs of jobs, for pages and the API: what this server may read and show of them."""

from collections.abc import Iterable, Mapping

from panoptes.queries import job_logs
from panoptes.queries.job_logs import JobLog, LogFiles
from panoptes.queries.results import JobView, RunView
from panoptes.web.services import services

# So much of a log's last line stands in a list.
LINE = 200


def job_log(
    run: RunView, job: JobView, number: int | None = None, attempt: int | None = None
) -> JobLog | None:
    """Return a log of an attempt of a job, as `queries.job_logs` does."""
    return job_logs.job_log(_files(), run, job, number, attempt)


def last_log_lines(runs: Iterable[RunView], failures: Mapping[int, JobView]) -> dict[int, str]:
    """Return how the log of each run's first failed job ends, by the ids of the runs' rows."""
    return job_logs.last_log_lines(_files(), runs, failures, LINE)


def shows_files() -> bool:
    """Return whether this server may show any log file."""
    return bool(services().settings.log_root)


def _files() -> LogFiles:
    return LogFiles(services().settings.log_root, services().key)
