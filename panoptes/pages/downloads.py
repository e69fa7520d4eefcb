"""The jobs of a run as a file: the page's table with all its pages, as CSV or as JSON."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from flask import Response, request
from werkzeug.utils import secure_filename

from panoptes.moment import now_here
from panoptes.pages import parameters
from panoptes.pages.blueprint import WORKFLOW_URL, blueprint
from panoptes.pages.views import found_run
from panoptes.queries import job_lists, jobs
from panoptes.queries.views import JobView, RunView
from panoptes.streams import streamed
from panoptes.text import number_or_text

# What spreadsheets take in a cell; the JSON has all of it.
MAX_CELL = 32_767
# A cell that begins so is a formula to a spreadsheet, and texts are strangers': a quote before it
# makes it text ("formula injection").
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

# The columns of the CSV; of the rest, the JSON tells.
COLUMNS = (
    "jobid", "name", "wildcards", "status", "attempt", "started_at", "completed_at", "duration",
    "threads", "resources", "error", "shell_command", "input", "output", "log", "external_id",
    "group",
)  # fmt: skip

Fields = dict[str, Any]
# Of how many jobs, and the jobs: the pieces of a file.
Writer = Callable[[RunView, int, Iterator[Fields]], Iterator[str]]


@blueprint.get(f"{WORKFLOW_URL}/jobs.csv")
def jobs_csv(workflow_id: int) -> Response:
    """The jobs that the page's filter lets through, as CSV."""
    return _download(workflow_id, "csv", "text/csv", _csv)


@blueprint.get(f"{WORKFLOW_URL}/jobs.json")
def jobs_json(workflow_id: int) -> Response:
    """The jobs that the page's filter lets through, as JSON."""
    return _download(workflow_id, "json", "application/json", _json)


def _download(workflow_id: int, suffix: str, mimetype: str, write: Writer) -> Response:
    moment = now_here()
    run = found_run(moment, workflow_id, parameters.run_number(request.args))
    ids = job_lists.job_ids(run, parameters.job_filter(request.args))
    rows = (row for chunk in job_lists.by_id(jobs.JOBS, ids) for row in chunk)
    found = (_fields(jobs.view(moment, run, row)) for row in rows)
    response = streamed(write(run, len(ids), found), mimetype)
    name = f"{_file_name(run)}.{suffix}"
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def _file_name(run: RunView) -> str:
    """Return a name that every header and every file system takes, of letters, digits and -_. ."""
    name = secure_filename(run.name[:100]) or f"workflow-{run.workflow_id}"
    return f"{name}-jobs" if run.run == run.runs else f"{name}-run-{run.run}-jobs"


# --- what is told of a job ------------------------------------------------------------------------


def _fields(job: JobView) -> Fields:
    """Return what is known of a job under the API's names; `attempt` is how many it took."""
    return {
        "jobid": number_or_text(job.key),
        "part": job.part,
        "name": job.rule,
        "wildcards": job.wildcards,
        "status": job.status.value,
        "attempt": job.attempt,
        "started_at": _time(job.started_at),
        "completed_at": _time(job.completed_at),
        "duration": None if job.duration is None else round(job.duration.total_seconds(), 3),
        "threads": job.threads,
        "resources": job.resources,
        "priority": number_or_text(job.priority),
        "reason": job.reason,
        "error": job.error,
        "shell_command": job.shell_command,
        "msg": job.msg,
        "input": job.input,
        "output": job.output,
        "log": job.log,
        "benchmark": job.benchmark,
        "is_checkpoint": job.is_checkpoint,
        "is_local": job.is_local,
        "conda_env": job.conda_env,
        "external_id": job.external_id,
        "group": job.group_name,
    }


def _time(time: datetime | None) -> str | None:
    return None if time is None else time.isoformat().replace("+00:00", "Z")


# --- JSON -----------------------------------------------------------------------------------------


def _json(run: RunView, number: int, found: Iterator[Fields]) -> Iterator[str]:
    told = {"workflow_id": run.workflow_id, "run": run.run, "count": number}
    yield json.dumps(told)[:-1] + ', "jobs": ['
    separator = "\n"
    for fields in found:
        yield separator + json.dumps(fields, ensure_ascii=False)
        separator = ",\n"
    yield "\n]}\n"


# --- CSV ------------------------------------------------------------------------------------------


def _csv(_run: RunView, _number: int, found: Iterator[Fields]) -> Iterator[str]:
    buffer = io.StringIO()
    table = csv.writer(buffer)
    table.writerow(COLUMNS)
    for fields in found:
        table.writerow(_cell(fields[name]) for name in COLUMNS)
        yield _taken(buffer)
    yield _taken(buffer)


def _taken(buffer: io.StringIO) -> str:
    written = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return written


def _cell(value: Any) -> str | int | float | None:
    """Return a value as a cell: lists in one line, text as text whatever it begins with."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or isinstance(value, int | float):
        return value
    text = _line(value)
    if text.startswith(_FORMULA):
        text = f"'{text}"
    return text if len(text) <= MAX_CELL else text[: MAX_CELL - 1] + "…"


def _line(value: Any) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{name}={each}" for name, each in value.items())
    return "; ".join(map(str, value)) if isinstance(value, list) else str(value)
