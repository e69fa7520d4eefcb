"""What the API returns: views -> JSON. This is the public contract.

Times are UTC, RFC 3339; durations are seconds.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from panoptes.queries.views import AttemptView, JobView, MessageView, RuleView, RunView
from panoptes.text import number_or_text


def workflow_json(run: RunView) -> dict[str, Any]:
    """Return a workflow as its run `run` shows it."""
    return {
        "id": run.workflow_id,
        "name": run.name,
        "status": run.status.value,
        "jobs_done": run.jobs_done,
        "jobs_total": run.jobs_total,
        "jobs_running": run.jobs_running,
        "jobs_failed": run.jobs_failed,
        "jobs_retried": run.jobs_retried,
        "jobs_pending": run.jobs_pending,
        "started_at": _time(run.started_at),
        "completed_at": _time(run.completed_at),
        "updated_at": _time(run.updated_at),
        "duration": _seconds(run.duration),
        "error": run.error,
        "run": run.run,
        "runs": run.runs,
        "pinned": run.pinned,
        "owner": run.owner,
        "engine": run.engine,
        "snakefile": run.snakefile,
        "command": run.command,
        "workdir": run.workdir,
        "log_file": run.log_file,
    }


def job_json(job: JobView, attempts: Sequence[AttemptView]) -> dict[str, Any]:
    """Return a job with all its attempts."""
    return {
        "jobid": number_or_text(job.key),
        "workflow_id": job.workflow_id,
        "run": job.run,
        "part": job.part,
        "name": job.rule,
        "status": job.status.value,
        "started_at": _time(job.started_at),
        "completed_at": _time(job.completed_at),
        "duration": _seconds(job.duration),
        "error": job.error,
        "attempts": [_attempt_json(attempt) for attempt in attempts],
        "msg": job.msg,
        "input": job.input,
        "output": job.output,
        "log": job.log,
        "benchmark": job.benchmark,
        "wildcards": job.wildcards,
        "is_checkpoint": job.is_checkpoint,
        "shell_command": job.shell_command,
        "threads": job.threads,
        "resources": job.resources,
        "priority": number_or_text(job.priority),
        "reason": job.reason,
        "is_local": job.is_local,
        "conda_env": job.conda_env,
        "external_id": job.external_id,
        "group": job.group_name,
    }


def _attempt_json(attempt: AttemptView) -> dict[str, Any]:
    return {
        "number": attempt.number,
        "status": attempt.status.value,
        "started_at": _time(attempt.started_at),
        "completed_at": _time(attempt.completed_at),
        "duration": _seconds(attempt.duration),
        "error": attempt.error,
    }


def rule_json(rule: RuleView) -> dict[str, Any]:
    """Return how a rule's jobs stand; null is what the client never told."""
    return {
        "name": rule.name,
        "planned": rule.planned,
        "pending": rule.pending,
        "running": rule.running,
        "done": rule.done,
        "error": rule.error,
        "cancelled": rule.cancelled,
        "retried": rule.retried,
        "attempts": rule.attempts,
        "median_duration": rule.median_seconds,
        "max_duration": rule.max_seconds,
    }


def message_json(message: MessageView) -> dict[str, Any]:
    """Return a line of a run's log."""
    return {"time": _time(message.time), "level": message.level, "msg": message.text}


def _time(time: datetime | None) -> str | None:
    return None if time is None else time.isoformat().replace("+00:00", "Z")


def _seconds(duration: timedelta | None) -> float | None:
    return None if duration is None else round(duration.total_seconds(), 3)
