"""What the page of a workflow shows, put together from the questions that it asks."""

from dataclasses import dataclass

from panoptes.models.status import JOB_STATUSES, Status
from panoptes.pages.job_logs import JobLog, job_log
from panoptes.pages.parameters import LOG_LEVELS, LogFilter
from panoptes.pages.words import error_line, exit_status
from panoptes.queries import jobs, runs
from panoptes.queries.reasons import why_jobs_ran
from panoptes.queries.views import (
    JobFilter,
    JobView,
    MessageView,
    Moment,
    Page,
    RuleView,
    RunView,
)
from panoptes.reasons import Kind

OTHER_FAILURES = 20


@dataclass(frozen=True, slots=True)
class WorkflowPage:
    """All that the page of a workflow shows.

    `failure` is the first job that failed, `failure_log` its log file and `others` are more of them
    by rule and message. `unannounced` counts jobs of which only the run's total tells.
    """

    run: RunView
    runs: list[RunView]
    failure: JobView | None
    failure_log: JobLog | None
    others: list[tuple[str, str, list[JobView]]]
    more_failures: int
    rules: list[RuleView]
    any_cancelled: bool
    unannounced: int
    reasons: list[tuple[Kind, int]]
    wanted: JobFilter
    jobs: Page[JobView]
    log_wanted: LogFilter
    log: Page[MessageView]
    job_statuses: tuple[Status, ...] = JOB_STATUSES
    log_levels: tuple[str, ...] = LOG_LEVELS


def workflow_page(
    moment: Moment, run: RunView, wanted: JobFilter, log_wanted: LogFilter
) -> WorkflowPage:
    """Return all that the page of a run shows."""
    failures = jobs.failed_jobs(moment, run, 1 + OTHER_FAILURES)
    failure = failures[0] if failures else None
    rules = runs.rules(run)
    return WorkflowPage(
        run=run,
        runs=runs.runs(moment, run.workflow_id),
        failure=failure,
        failure_log=job_log(run, failure) if failure else None,
        others=_alike(failures[1:]),
        more_failures=max(0, run.jobs_failed - len(failures)),
        rules=rules,
        any_cancelled=any(rule.cancelled for rule in rules),
        unannounced=_unannounced(run, rules),
        reasons=why_jobs_ran(run),
        wanted=wanted,
        jobs=jobs.jobs(moment, run, wanted),
        log_wanted=log_wanted,
        log=runs.messages(run, log_wanted.level, log_wanted.page, text=log_wanted.text),
    )


def _alike(failures: list[JobView]) -> list[tuple[str, str, list[JobView]]]:
    """Return failures that are alike together: of one rule, with the same words."""
    found: dict[tuple[str, str], list[JobView]] = {}
    for job in failures:
        found.setdefault((job.rule, _how(job)), []).append(job)
    return [(rule, line, jobs) for (rule, line), jobs in found.items()]


def _how(job: JobView) -> str:
    """How a command ended says the same of all jobs; its own words would quote each one's files."""
    return exit_status(job.error) or error_line(job.error or "")


def _unannounced(run: RunView, rules: list[RuleView]) -> int:
    if not run.is_live:
        return 0
    return max(0, run.jobs_pending - sum(rule.pending or 0 for rule in rules))
