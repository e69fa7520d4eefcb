"""What is known of a run and its jobs while a message is applied; each job is read once."""

from collections.abc import Sequence

from sqlalchemy import Connection

from panoptes.common.status import Status
from panoptes.engines.events import JobId
from panoptes.models import job_rows
from panoptes.models.job_life import STILL_RUNNING
from panoptes.models.job_rows import JobOutput, JobRow
from panoptes.models.run_state import RunState


class Lookup:
    """Answers a translator's questions, and those of the events' handlers."""

    def __init__(self, connection: Connection, run: RunState) -> None:
        self.run = run
        self._connection = connection
        self._jobs: dict[JobId, JobRow | None] = {}

    def job(self, job_id: JobId) -> JobRow | None:
        """Return a job, None for one that is not known yet."""
        if job_id not in self._jobs:
            self._jobs[job_id] = job_rows.find_job(
                self._connection, self.run.id, job_id.part, job_id.key
            )
        return self._jobs[job_id]

    def namesakes(self, job_id: JobId, *, later: bool) -> Sequence[JobRow]:
        """Return jobs with the same key in later parts, or in earlier ones, the nearest first."""
        return job_rows.namesakes(
            self._connection, self.run.id, job_id.part, job_id.key, later=later
        )

    def forget(self, job_id: JobId) -> None:
        """Read a job anew when it is next asked for, since it changes now."""
        self._jobs.pop(job_id, None)

    def failed_of_group(self, group: str) -> Sequence[JobRow]:
        """Return the failed jobs of a group of jobs."""
        return job_rows.failed_of_group(self._connection, self.run.id, group)

    def running_jobs(self) -> Sequence[JobRow]:
        """Return the jobs that run."""
        if not self.run.jobs_running:
            return []
        known = self.run.jobs_running + self.run.jobs_queued
        jobs = job_rows.open_jobs(self._connection, self.run.id, known)
        running = [job for job in jobs if job.status == Status.RUNNING]
        self._jobs.update((JobId(job.key, job.part), job) for job in running)
        return running

    def running_jobs_of(self, rule: str) -> Sequence[JobOutput]:
        """Return the jobs of a rule that run."""
        if not self.run.jobs_running:
            return []
        return job_rows.running_jobs_of(self._connection, self.run.id, rule)

    def unexplained_jobs(self) -> Sequence[JobRow]:
        """Return the jobs that failed with their run, without a word about them."""
        return job_rows.failed_jobs_with(self._connection, self.run.id, STILL_RUNNING)
