"""What the page of a workflow shows, put together from the questions that it asks."""

from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from panoptes.models.status import JOB_STATUSES, Status
from panoptes.pages.parameters import LOG_LEVELS
from panoptes.queries import jobs, runs
from panoptes.queries.views import (
    JobFilter,
    JobView,
    MessageView,
    Moment,
    Page,
    RuleView,
    RunView,
)

OTHER_FAILURES = 20


@dataclass(frozen=True, slots=True)
class WorkflowPage:
    """`failure` is the first job that failed, `others` are more of them by rule.

    `unannounced` counts jobs of which only the run's total tells.
    """

    run: RunView
    runs: list[RunView]
    failure: JobView | None
    others: list[tuple[str, list[JobView]]]
    more_failures: int
    rules: list[RuleView]
    any_cancelled: bool
    unannounced: int
    wanted: JobFilter
    jobs: Page[JobView]
    log_level: str | None
    log: Page[MessageView]
    job_statuses: tuple[Status, ...] = JOB_STATUSES
    log_levels: tuple[str, ...] = LOG_LEVELS


def workflow_page(
    moment: Moment, run: RunView, wanted: JobFilter, log_level: str | None, log_page: int
) -> WorkflowPage:
    """Return all that the page of a run shows."""
    failures = jobs.failed_jobs(moment, run, 1 + OTHER_FAILURES)
    rules = runs.rules(run)
    return WorkflowPage(
        run=run,
        runs=runs.runs(moment, run.workflow_id),
        failure=failures[0] if failures else None,
        others=_by_rule(failures[1:]),
        more_failures=max(0, run.jobs_failed - len(failures)),
        rules=rules,
        any_cancelled=any(rule.cancelled for rule in rules),
        unannounced=_unannounced(run, rules),
        wanted=wanted,
        jobs=jobs.jobs(moment, run, wanted),
        log_level=log_level,
        log=runs.messages(run, log_level, log_page),
    )


def _by_rule(failures: list[JobView]) -> list[tuple[str, list[JobView]]]:
    rule = attrgetter("rule")
    return [(name, list(found)) for name, found in groupby(sorted(failures, key=rule), rule)]


def _unannounced(run: RunView, rules: list[RuleView]) -> int:
    if not run.is_live:
        return 0
    return max(0, run.jobs_pending - sum(rule.pending or 0 for rule in rules))
