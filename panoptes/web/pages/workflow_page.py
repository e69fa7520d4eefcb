"""What the page of a workflow shows, put together from the questions that it asks."""

from collections.abc import Collection
from dataclasses import dataclass

from panoptes.common.status import JOB_STATUSES, Status
from panoptes.common.wording import error_line, exit_status
from panoptes.models.message import LEVELS
from panoptes.queries import jobs, runs
from panoptes.queries.job_lists import JOB_SORTS, list_jobs, sorts
from panoptes.queries.messages import messages, messages_with
from panoptes.queries.results import (
    JobFilter,
    JobView,
    MessageView,
    Moment,
    Page,
    PartialScan,
    RuleView,
    RunView,
)
from panoptes.queries.rules import rules as rules_of
from panoptes.web.pages.job_logs import JobLog, job_log
from panoptes.web.pages.parameters import LogFilter

OTHER_FAILURES = 20


@dataclass(frozen=True, slots=True)
class WorkflowPage:
    """All that the page of a workflow shows.

    `failure` is the first job that failed, `failure_log` its log file and `others` are more of them
    by rule and message. `unannounced` counts jobs of which only the run's total tells. `sorts` are
    what the list of jobs can be sorted by.
    """

    run: RunView
    runs: Page[RunView]
    failure: JobView | None
    failure_log: JobLog | None
    others: list[tuple[str, str, list[JobView]]]
    rules: list[RuleView]
    any_cancelled: bool
    unannounced: int
    reasons: list[tuple[str, int]]
    wanted: JobFilter
    jobs: Page[JobView] | PartialScan[JobView]
    sorts: Collection[str]
    log_wanted: LogFilter
    log: Page[MessageView] | PartialScan[MessageView]
    job_statuses: tuple[Status, ...] = JOB_STATUSES
    all_sorts: Collection[str] = tuple(JOB_SORTS)
    log_levels: tuple[str, ...] = LEVELS


def workflow_page(
    moment: Moment, run: RunView, wanted: JobFilter, log_wanted: LogFilter, runs_page: int
) -> WorkflowPage:
    """Return all that the page of a run shows."""
    failures = jobs.failed_jobs(moment, run, 1 + OTHER_FAILURES)
    failure = failures[0] if failures else None
    rules = rules_of(run)
    unannounced = run.jobs_pending - sum(rule.pending or 0 for rule in rules)
    listed = list_jobs(moment, run, wanted)
    return WorkflowPage(
        run=run,
        runs=runs.runs(moment, run.workflow_id, runs_page),
        failure=failure,
        failure_log=job_log(run, failure) if failure else None,
        others=_alike(failures[1:]),
        rules=rules,
        any_cancelled=any(rule.cancelled for rule in rules),
        unannounced=max(0, unannounced) if run.is_live else 0,
        reasons=sorted(run.reasons.items(), key=lambda reason: -reason[1]),
        wanted=wanted,
        jobs=listed,
        sorts=sorts(wanted, listed),
        log_wanted=log_wanted,
        log=_log(run, log_wanted),
    )


def _log(run: RunView, wanted: LogFilter) -> Page[MessageView] | PartialScan[MessageView]:
    if wanted.text:
        return messages_with(run, wanted.text, wanted.level, wanted.page, wanted.after)
    return messages(run, wanted.level, wanted.page)


def _alike(failures: list[JobView]) -> list[tuple[str, str, list[JobView]]]:
    """Return failures that are alike together: of one rule, with the same words."""
    alike: dict[tuple[str, str], list[JobView]] = {}
    for job in failures:
        # How a command ended is the same for many jobs; its own words quote each one's files.
        line = exit_status(job.error) or error_line(job.error or "")
        alike.setdefault((job.rule, line), []).append(job)
    return [(rule, line, jobs) for (rule, line), jobs in alike.items()]
