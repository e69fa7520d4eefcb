"""The jobs of a run as a file: the page's table with all its pages, as CSV, TSV or JSON."""

from collections.abc import Iterator, Sequence

from flask import Response, request
from orjson import dumps
from werkzeug.utils import secure_filename

from panoptes.queries.job_lists import job_ids
from panoptes.queries.raw_jobs import raw_rows
from panoptes.queries.results import Moment, RunView
from panoptes.render.job_json import rows_json
from panoptes.render.tables import TABLES, table_lines
from panoptes.web.pages import parameters
from panoptes.web.pages.blueprint import WORKFLOW_URL, blueprint
from panoptes.web.pages.wanted import wanted_run
from panoptes.web.request_time import request_time
from panoptes.web.streaming import streamed

JSON = "application/json"


@blueprint.get(f"{WORKFLOW_URL}/jobs.csv")
def jobs_csv(workflow_id: int) -> Response:
    """The jobs that the page's filter lets through, as CSV."""
    return _table(workflow_id, "csv")


@blueprint.get(f"{WORKFLOW_URL}/jobs.tsv")
def jobs_tsv(workflow_id: int) -> Response:
    """The jobs that the page's filter lets through, a line of the file each."""
    return _table(workflow_id, "tsv")


@blueprint.get(f"{WORKFLOW_URL}/jobs.json")
def jobs_json(workflow_id: int) -> Response:
    """The jobs that the page's filter lets through, as JSON."""
    moment, run, ids = _wanted(workflow_id)
    jobs = rows_json(moment, run, raw_rows(ids))
    return attached(streamed(_json(run, len(ids), jobs), JSON), run, "jobs", "json")


def _table(workflow_id: int, kind: str) -> Response:
    moment, run, ids = _wanted(workflow_id)
    lines = table_lines(TABLES[kind], moment, run, raw_rows(ids))
    return attached(streamed(lines, TABLES[kind].mimetype), run, "jobs", kind)


def _wanted(workflow_id: int) -> tuple[Moment, RunView, Sequence[int]]:
    run = wanted_run(workflow_id)
    return request_time(), run, job_ids(run, parameters.strict_job_filter(request.args))


def attached(response: Response, run: RunView, what: str, suffix: str) -> Response:
    """Return an answer as one that a browser keeps as a file, called after its run."""
    name = f"{_file_name(run)}-{what}.{suffix}"
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def _file_name(run: RunView) -> str:
    """Return a name that every header and every file system takes, of letters, digits and -_. ."""
    name = secure_filename(run.name[:100]) or f"workflow-{run.workflow_id}"
    return name if run.run == run.runs else f"{name}-run-{run.run}"


def _json(run: RunView, number: int, jobs: Iterator[bytes]) -> Iterator[bytes]:
    head = {"workflow_id": run.workflow_id, "run": run.run, "count": number}
    yield dumps(head)[:-1] + b', "jobs": ['
    separator = b"\n"
    for job in jobs:
        yield separator + job
        separator = b",\n"
    yield b"\n]}\n"
