"""What the rows of one workflow say together -> a run and its jobs, as our tables tell them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timezone
from typing import Any

from panoptes.common.status import Status
from panoptes.engines.snakemake.translator import SNAKEMAKE, State
from panoptes.legacy.reading import OldJob, OldWorkflow

# What the words of a job are that its run left open.
NEVER_TOLD = "The run ended before this job reported how it ended."
# A workflow of which no time is known is shown as very old.
UNKNOWN = datetime(1970, 1, 1, tzinfo=timezone.utc)
# How an ended run leaves the jobs of which it never heard the end.
_LEFT_OPEN = {
    Status.DONE: Status.DONE,
    Status.ERROR: Status.ERROR,
    Status.CANCELLED: Status.CANCELLED,
    Status.NO_EXECUTION: Status.PLANNED,
}


def merged(rows: Iterable[OldJob]) -> list[OldJob]:
    """Return each job once.

    Versions before 1 wrote a row for every announcement: Snakemake 8 announces each job twice,
    and a job that starts again is announced again. Only the first of these rows was ever told the
    end. Rows of one id that are about different jobs come from subworkflows, which use ids again.
    """
    jobs: dict[tuple[str, str], OldJob] = {}
    parts: Counter[str] = Counter()
    for job in rows:
        described = repr((job.rule, job.details.get("wildcards"), job.details.get("output")))
        known = jobs.get((job.key, described))
        if known is None:
            job.part = parts[job.key]
            parts[job.key] += 1
            jobs[job.key, described] = job
        elif known.status is Status.RUNNING:
            known.status, known.ended_at = job.status, job.ended_at
    return list(jobs.values())


def last_heard_of(workflow: OldWorkflow, jobs: Iterable[OldJob]) -> datetime:
    """Return the last time that is known of a workflow."""
    return max(_times(workflow, jobs), default=UNKNOWN)


def began(workflow: OldWorkflow, jobs: Iterable[OldJob]) -> datetime:
    """Return when a workflow began, or the first time that is known of it."""
    return workflow.started_at or min(_times(workflow, jobs), default=UNKNOWN)


def _times(workflow: OldWorkflow, jobs: Iterable[OldJob]) -> list[datetime]:
    times = [workflow.started_at, workflow.completed_at, workflow.updated_at]
    times += [time for job in jobs for time in (job.started_at, job.ended_at)]
    return [time for time in times if time is not None]


def end_of(workflow: OldWorkflow, jobs: Sequence[OldJob], last: datetime) -> datetime | None:
    """Return when a run ended; None for one that may go on.

    Nobody noted the end of a failed run: it is over unless jobs of it run (--keep-going).
    """
    if workflow.status is Status.RUNNING:
        return None
    runs_on = any(job.status is Status.RUNNING for job in jobs)
    if workflow.status is Status.ERROR and runs_on:
        return None
    return workflow.completed_at or last


def close(workflow: OldWorkflow, jobs: Iterable[OldJob], end: datetime) -> None:
    """Close the jobs that a run left open when it ended."""
    for job in jobs:
        if job.status is not Status.RUNNING:
            continue
        job.status = _LEFT_OPEN[workflow.status]
        job.ended_at = end
        if job.status is Status.PLANNED:
            job.started_at = job.ended_at = None
        elif job.status is Status.ERROR:
            job.error = NEVER_TOLD


def run_columns(
    workflow: OldWorkflow,
    jobs: Sequence[OldJob],
    began_at: datetime,
    last: datetime,
    end: datetime | None,
) -> dict[str, Any]:
    """Return a run as columns of ours. Its counts are those of the jobs, beside the engine's."""
    states = Counter(job.status for job in jobs)
    # 0 of 1 is what a workflow had before any job was counted, 1 of 1 one that ran nothing.
    counted = workflow.status is not Status.NO_EXECUTION and (workflow.done or workflow.total > 1)
    done, total = (workflow.done, workflow.total) if counted else (0, 0)
    return {
        "number": 1,
        "status": workflow.status.value,
        "started_at": began_at,
        "updated_at": last,
        "ended_at": None if end is None else max(began_at, end),
        "jobs_running": states[Status.RUNNING],
        "jobs_done": states[Status.DONE],
        "jobs_failed": states[Status.ERROR],
        "jobs_cancelled": states[Status.CANCELLED],
        "jobs_planned": states[Status.PLANNED],
        "jobs_total": max(total, done + states[Status.ERROR], len(jobs)),
        "progress_done": done,
        "engine": SNAKEMAKE.name,
        "engine_state": State(
            part=max((job.part for job in jobs), default=0),
            has_checkpoint=any(job.details.get("is_checkpoint") for job in jobs),
        ).dump(),
    }
