"""What the first page shows: above all, what needs a person."""

from dataclasses import dataclass

from panoptes.common.status import Status
from panoptes.common.wording import error_line
from panoptes.queries import jobs, runs
from panoptes.queries.results import JobView, LongJob, Moment, Overview, RunView
from panoptes.queries.slow import longest_jobs

# Seconds from which on a running job is said to run long.
A_WHILE = 60


@dataclass(frozen=True, slots=True)
class Attention:
    """A run that needs a person, with its first failed job and what that has to say."""

    run: RunView
    job: JobView | None
    line: str


@dataclass(frozen=True, slots=True)
class OverviewPage:
    """The overview, and what is wrong with the runs that need a person, the newest of them.

    `longest` is the job that runs longest in each that runs, from a minute on, by the
    ids of the runs' rows.
    """

    overview: Overview
    workflows: int
    troubles: list[Attention]
    more_troubles: int
    more_running: int
    longest: dict[int, LongJob]


def overview_page(moment: Moment) -> OverviewPage:
    """Return all that the first page shows."""
    overview = runs.overview(moment)
    troubled = overview.failed + overview.stale
    failures = jobs.first_failures(moment, troubled)
    all_troubled = overview.counts[Status.ERROR] + overview.counts[Status.STALE]
    return OverviewPage(
        overview=overview,
        workflows=sum(overview.counts.values()),
        troubles=[_attention(run, failures.get(run.run_id)) for run in troubled],
        longest={
            run_id: longest
            for run_id, longest in longest_jobs(moment, overview.running).items()
            if (longest.job.seconds or 0) >= A_WHILE
        },
        more_troubles=max(0, all_troubled - len(troubled)),
        more_running=max(0, overview.counts[Status.RUNNING] - len(overview.running)),
    )


def _attention(run: RunView, job: JobView | None) -> Attention:
    error = (job.error if job else None) or run.error or ""
    return Attention(run, job, error_line(error))
