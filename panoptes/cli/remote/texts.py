"""What is said of a workflow and its jobs in a terminal, in words."""

from pathlib import PurePosixPath

from panoptes.client import Job, Workflow
from panoptes.common.wording import cut, error_line, exit_status, machine_name


def title(workflow: Workflow) -> str:
    """Return its name; where a machine made that up, the beginning of it and the folder."""
    short = machine_name(workflow.name)
    folder = PurePosixPath(workflow.workdir or "").name
    return f"{short} {folder}".strip() if short else workflow.name


def progress(workflow: Workflow) -> str:
    """Return how far it is: '312 of 400 done · 6 running · 3 failed · 79 pending'."""
    if workflow.status == "No Execution":
        return f"{workflow.jobs_total:,} planned, nothing was run"
    if not workflow.jobs_total:
        return "no jobs yet" if workflow.is_live else "no jobs"
    others = (
        (workflow.jobs_running, "running"),
        (workflow.jobs_failed, "failed"),
        (workflow.jobs_retried, "retried"),
        (workflow.jobs_pending, "pending" if workflow.is_live else "not finished"),
    )
    parts = [f"{workflow.jobs_done:,} of {workflow.jobs_total:,} done"]
    return " · ".join([*parts, *(f"{jobs:,} {state}" for jobs, state in others if jobs)])


def rule_name(job: Job) -> str:
    """Return a job's rule, which isn't known of a job that was never announced."""
    return job.name or "(not announced)"


def wildcards(job: Job) -> str:
    """Return what tells a job from the others of its rule: 'sample=K07'."""
    named = ", ".join(f"{name}={value}" for name, value in job.wildcards.items())
    return named or f"job {job.jobid}"


def how_it_ended(job: Job) -> str:
    """Return how a failed job ended, in a few words; nothing where nobody said so."""
    return exit_status(job.error) or cut(error_line(job.error or ""), 80)


def log_paths(job: Job, workflow: Workflow) -> list[str]:
    """Return the paths of a job's logs on the machine of the run."""
    return [str(PurePosixPath(workflow.workdir or "", path)) for path in job.log]
