"""What the rows of one workflow say together -> a run and its jobs, as our tables have them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timezone
from typing import Any

from panoptes.common.status import Status
from panoptes.engines.snakemake.translator import SNAKEMAKE, State
from panoptes.legacy.reading import OldJob, OldWorkflow

# A workflow of which no time is known is shown as very old.
TIME_UNKNOWN = datetime(1970, 1, 1, tzinfo=timezone.utc)
# How an ended run leaves the jobs of which it never heard the end; a failed one goes on with them.
_LEFT_OPEN = {
    Status.DONE: Status.DONE,
    Status.CANCELLED: Status.CANCELLED,
    Status.NO_EXECUTION: Status.PLANNED,
}


def merged(rows: Iterable[OldJob]) -> list[OldJob]:
    """Return each job once.

    Versions before 1 wrote a row for every announcement: Snakemake 8 announces each job twice,
    and a job that starts again is announced again. Only the first of these rows ever got the end.
    Rows of one id that are about different jobs come from subworkflows, which use ids again.
    """
    jobs: dict[tuple[str, str], OldJob] = {}
    parts: Counter[str] = Counter()
    for job in rows:
        description = repr((job.rule, job.details.get("wildcards"), job.details.get("output")))
        known = jobs.get((job.key, description))
        if known is None:
            job.part = parts[job.key]
            parts[job.key] += 1
            jobs[job.key, description] = job
        elif known.status is Status.RUNNING:
            known.status, known.ended_at = job.status, job.ended_at
    return list(jobs.values())


def run_of(workflow: OldWorkflow, jobs: Sequence[OldJob]) -> dict[str, Any]:
    """Return a workflow's run as columns of ours, and close the jobs that it left open.

    The counts are those of the jobs, beside the engine's own.
    """
    times = [workflow.started_at, workflow.completed_at, workflow.updated_at]
    times += [time for job in jobs for time in (job.started_at, job.ended_at)]
    known_times = [time for time in times if time is not None] or [TIME_UNKNOWN]
    started, updated = workflow.started_at or min(known_times), max(known_times)
    ended = _close(workflow, jobs, updated)
    states = Counter(job.status for job in jobs)
    # 0 of 1 is what a workflow had before any job was counted, 1 of 1 one that ran nothing.
    counted = workflow.status is not Status.NO_EXECUTION and (workflow.done or workflow.total > 1)
    done, total = (workflow.done, workflow.total) if counted else (0, 0)
    return {
        "status": workflow.status.value,
        "started_at": started,
        "updated_at": updated,
        "last_event_at": updated,
        "ended_at": None if ended is None else max(started, ended),
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


def _close(workflow: OldWorkflow, jobs: Sequence[OldJob], updated: datetime) -> datetime | None:
    """Close the jobs that a run left open, and return when it ended; None where it may go on.

    Nobody noted the end of a failed run: it is over unless jobs of it run (--keep-going).
    """
    left_open = [job for job in jobs if job.status is Status.RUNNING]
    if workflow.status is Status.RUNNING or (workflow.status is Status.ERROR and left_open):
        return None
    ended = workflow.completed_at or updated
    for job in left_open:
        job.status, job.ended_at = _LEFT_OPEN[workflow.status], ended
        if job.status is Status.PLANNED:
            job.started_at = job.ended_at = None
    return ended
