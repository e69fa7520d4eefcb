"""The jobs of a run as a file: the page's table with all its pages, as CSV, TSV or JSON."""

import json
from collections.abc import Iterator, Sequence

from flask import Response, request
from werkzeug.utils import secure_filename

from panoptes.queries.results import RunView
from panoptes.render.tables import TABLES, Fields, wanted_ids, wanted_jobs, written
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
    run, ids, found = _wanted(workflow_id)
    return attached(streamed(_json(run, len(ids), found), JSON), run, "jobs", "json")


def _table(workflow_id: int, kind: str) -> Response:
    run, _, found = _wanted(workflow_id)
    table = TABLES[kind]
    return attached(streamed(written(table, found), table.mimetype), run, "jobs", kind)


def _wanted(workflow_id: int) -> tuple[RunView, Sequence[int], Iterator[Fields]]:
    run = wanted_run(workflow_id)
    ids = wanted_ids(run, parameters.strict_job_filter(request.args))
    return run, ids, wanted_jobs(request_time(), run, ids)


def attached(response: Response, run: RunView, what: str, suffix: str) -> Response:
    """Return an answer as one that a browser keeps as a file, called after its run."""
    name = f"{_file_name(run)}-{what}.{suffix}"
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def _file_name(run: RunView) -> str:
    """Return a name that every header and every file system takes, of letters, digits and -_. ."""
    name = secure_filename(run.name[:100]) or f"workflow-{run.workflow_id}"
    return name if run.run == run.runs else f"{name}-run-{run.run}"


def _json(run: RunView, number: int, found: Iterator[Fields]) -> Iterator[str]:
    told = {"workflow_id": run.workflow_id, "run": run.run, "count": number}
    yield json.dumps(told)[:-1] + ', "jobs": ['
    separator = "\n"
    for fields in found:
        yield separator + json.dumps(fields, ensure_ascii=False)
        separator = ",\n"
    yield "\n]}\n"
