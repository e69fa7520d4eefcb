"""Runs and jobs in the shapes of WES 1.1: what isn't known is left out, for nothing is null there.

Times are UTC, in whole seconds as the standard writes them. Values of tags are texts.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from flask import url_for

from panoptes.common.status import Status
from panoptes.engines.terms import terms
from panoptes.models.workflow import RUN_IDS
from panoptes.queries.results import AttemptView, JobView, RunView
from panoptes.render.titles import status_word
from panoptes.web.command_words import command_words
from panoptes.web.job_logs import shows_files

# WES has no word for a run that had nothing to do: a tag has ours.
STATES = {
    Status.RUNNING: "RUNNING",
    Status.DONE: "COMPLETE",
    Status.ERROR: "EXECUTOR_ERROR",
    Status.CANCELLED: "CANCELED",
    Status.STALE: "UNKNOWN",
    Status.NO_EXECUTION: "COMPLETE",
}
# The standard's exit_code is an int32.
MAX_EXIT_CODE = 2**31 - 1
Shape = dict[str, Any]


def run_id_of(run: RunView) -> str:
    """Return by what WES calls a run."""
    return str(RUN_IDS + run.run_id)


def run_status(run: RunView) -> Shape:
    """Return a RunStatus."""
    return {"run_id": run_id_of(run), "state": STATES[run.status]}


def run_summary(run: RunView) -> Shape:
    """Return a RunSummary."""
    times = {"start_time": _time(run.started_at), "end_time": _time(run.completed_at)}
    return {**run_status(run), **_known(times), "tags": _run_tags(run)}


def run_log(run: RunView) -> Shape:
    """Return a RunLog. The one log that an engine tells is its stderr."""
    run_id = run_id_of(run)
    whole = {
        "name": run.name,
        "cmd": run.command and (command_words(run) or [run.command]),
        "start_time": _time(run.started_at),
        "end_time": _time(run.completed_at),
        "stderr": url_for(".show_run_log_text", run_id=run_id, _external=True),
        "system_logs": [run.error] if run.error else None,
    }
    return {
        "run_id": run_id,
        "request": _request(run),
        "state": STATES[run.status],
        "run_log": _known(whole),
        "task_logs_url": url_for(".list_tasks", run_id=run_id, _external=True),
        "outputs": {},
    }


def task_log(run: RunView, job: JobView, earlier: Iterable[AttemptView]) -> Shape:
    """Return a TaskLog: a job by its latest attempt; system_logs tell of those before it."""
    has_log = run.sends_logs or (job.log and shows_files())
    log = partial(url_for, ".show_task_log_text", run_id=run_id_of(run), _external=True)
    exit_code = job.exit_status
    whole = {
        "id": str(job.id),
        "name": terms(run.engine).job_name(job.rule, job.key),
        "cmd": [job.shell_command] if job.shell_command else None,
        "start_time": _time(job.started_at),
        "end_time": _time(job.ended_at),
        "stderr": log(task_id=job.id) if has_log else None,
        "exit_code": None if exit_code is None or abs(exit_code) > MAX_EXIT_CODE else exit_code,
        "system_logs": [*map(_told, earlier), *([job.error] if job.error else ())],
        "tags": _job_tags(job),
    }
    return _known(whole)


def _request(run: RunView) -> Shape:
    words = terms(run.engine)
    version = run.engine_version
    return _known(
        {
            "workflow_params": run.params or {},
            "workflow_type": words.workflow_type,
            "workflow_type_version": (version if words.owns_language else None) or "",
            "workflow_engine": run.engine,
            "workflow_engine_version": version,
            "workflow_url": run.main_file or "",
            "tags": _run_tags(run),
        }
    )


def _run_tags(run: RunView) -> dict[str, str]:
    page = url_for("pages.workflow", workflow_id=run.workflow_id, run=run.run, _external=True)
    tags = {
        "name": run.name,
        "status": status_word(run),
        "page": page,
        "engine": run.engine,
        "run_name": run.run_name,
        "user": run.user,
        "host": run.host,
        "owner": run.owner,
        "labels": ", ".join(run.labels) or None,
        "note": run.note,
    }
    return _known(tags)


def _job_tags(job: JobView) -> dict[str, str]:
    tags = {
        "status": job.status.value,
        "jobid": job.key,
        "attempt": str(job.attempt),
        "external_id": job.external_id,
    }
    return _known(tags) | {f"wildcard.{name}": text for name, text in job.wildcards.items()}


def _told(attempt: AttemptView) -> str:
    exit_status = "" if attempt.exit_status is None else f", exit status {attempt.exit_status}"
    error = f": {attempt.error}" if attempt.error else ""
    return f"Attempt {attempt.number}: {attempt.status}{exit_status}{error}"


def _time(time: datetime | None) -> str | None:
    if time is None:
        return None
    return f"{time.replace(tzinfo=None).isoformat(timespec='seconds')}Z"


def _known(values: Mapping[str, Any]) -> Shape:
    return {name: value for name, value in values.items() if value is not None}
