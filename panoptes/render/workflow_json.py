"""What the API returns: views -> JSON. This is the public contract; `job_json.py` has the jobs.

Times are UTC, RFC 3339; durations are seconds.
"""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from panoptes.common.usage import Spread
from panoptes.queries.results import EstimateView, MessageView, RuleView, RunView
from panoptes.queries.usage import Figures, RuleUsageView


def workflow_json(run: RunView) -> dict[str, Any]:
    """Return a workflow as its run `run` shows it."""
    return {
        "id": run.workflow_id,
        "name": run.name,
        "status": run.status.value,
        "is_live": run.is_live,
        "never_started": run.never_started,
        "lost_contact": run.lost_contact,
        "jobs_done": run.jobs_done,
        "jobs_total": run.jobs_total,
        "jobs_running": run.jobs_running,
        "jobs_failed": run.jobs_failed,
        "jobs_ignored": run.jobs_ignored,
        "jobs_cancelled": run.jobs_cancelled,
        "jobs_retried": run.jobs_retried,
        "jobs_pending": run.jobs_pending,
        "started_at": rfc3339(run.started_at),
        "completed_at": rfc3339(run.completed_at),
        "updated_at": rfc3339(run.updated_at),
        "duration": None if run.duration is None else round(run.duration.total_seconds(), 3),
        "usual": None if run.usual is None else round(run.usual.seconds, 3),
        "is_late": run.is_late,
        "error": run.error,
        "seen_at": rfc3339(run.seen_at),
        "seen_by": run.seen_by,
        "allow_stop": run.allow_stop,
        "stop_asked_at": rfc3339(run.stop_asked_at),
        "stop_asked_by": run.stop_asked_by,
        "run": run.run,
        "runs": run.runs,
        "pinned": run.pinned,
        "owner": run.owner,
        "engine": run.engine,
        "snakefile": run.main_file,
        "command": run.command,
        "workdir": run.workdir,
        "log_file": run.log_file,
        "user": run.user,
        "host": run.host,
        "engine_version": run.engine_version,
        "platform": run.platform,
        "cores": run.cores,
        "config_files": run.config_files or [],
        "run_name": run.run_name,
        "session": run.session,
        "total_grows": run.total_grows,
        "note": run.note,
        "labels": run.labels,
        "is_baseline": run.is_baseline,
        "params": run.params,
        "about": run.about,
        "estimate": None if run.estimate is None else _estimate_json(run.estimate),
        "why_not": run.why_not,
    }


def _estimate_json(estimate: EstimateView) -> dict[str, Any]:
    times = {name: rfc3339(getattr(estimate, name)) for name in ("ends_at", "low", "high")}
    return {**asdict(estimate), **times, "seconds_left": round(estimate.seconds_left)}


def history_json(run: RunView) -> dict[str, Any]:
    """Return a run as one of its workflow's history."""
    whole = workflow_json(run)
    names = ("run", "status", "started_at", "completed_at", "duration", "jobs_done", "jobs_total")
    more = ("jobs_failed", "jobs_retried", "labels", "note", "is_baseline", "owner", "error")
    return {name: whole[name] for name in (*names, *more)}


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


def usage_json(usage: RuleUsageView) -> dict[str, Any]:
    """Return what a rule's jobs asked for and used; null is what nobody told."""
    return {
        "name": usage.rule,
        "jobs": usage.jobs,
        "memory": _figures_json(usage.memory),
        "cores": _figures_json(usage.cores),
        "seconds": _figures_json(usage.seconds),
        "cpu_seconds": usage.cpu_seconds,
        "read_bytes": usage.read_bytes,
        "written_bytes": usage.written_bytes,
    }


def _figures_json(figures: Figures) -> dict[str, Any]:
    spread = figures.spread
    quartiles = dict.fromkeys(Spread._fields) if spread is None else spread._asdict()
    return {"requested": figures.asked, "used": figures.most, "recent": quartiles}


def message_json(message: MessageView) -> dict[str, Any]:
    """Return a line of a run's log."""
    return {"time": rfc3339(message.time), "level": message.level, "msg": message.text}


def rfc3339(time: datetime | None) -> str | None:
    """Return a UTC time as JSON and tables have it."""
    return None if time is None else f"{time.replace(tzinfo=None).isoformat()}Z"
