"""Jobs in JSON."""

from flask import Response

from panoptes.common.errors import NotFound
from panoptes.common.text import clean_text
from panoptes.queries.job_lists import job_ids
from panoptes.queries.raw_jobs import all_raw, raw_job, raw_page, raw_rows
from panoptes.render.job_json import jobs_json
from panoptes.render.tables import table_lines
from panoptes.web.api.blueprint import blueprint
from panoptes.web.api.parameters import (
    is_paged,
    job_filter,
    number,
    run_changes,
    table_format,
    wanted_run,
)
from panoptes.web.conditional import changes_with
from panoptes.web.request_time import request_time
from panoptes.web.streaming import json_list, streamed

JSON = "application/json"


@blueprint.get("/api/workflow/<int:workflow_id>/jobs")
@changes_with(run_changes)
def list_jobs(workflow_id: int) -> Response:
    """Return a run's jobs; `count` is the number of all that match, whatever the page.

    `?format=csv` or `tsv` gives a table of them.
    """
    moment, run, wanted = request_time(), wanted_run(workflow_id), job_filter()
    table = table_format()
    if table:
        rows = raw_rows(job_ids(run, wanted, paged=is_paged()))
        return streamed(table_lines(table, moment, run, rows), table.mimetype)
    if is_paged():
        found, count = raw_page(run, wanted)
        return streamed(json_list("jobs", jobs_json(moment, run, found), count), JSON)
    jobs = (job for found in all_raw(run, wanted) for job in jobs_json(moment, run, found))
    return streamed(json_list("jobs", jobs), JSON)


@blueprint.get("/api/workflow/<int:workflow_id>/job/<key:jobid>")
@changes_with(run_changes)
def show_job(workflow_id: int, jobid: str) -> Response:
    """Return one job (under `jobs`, as clients expect); `?part=k` for one of a subworkflow."""
    run = wanted_run(workflow_id)
    job = raw_job(run, clean_text(jobid), number("part"))
    if not job.jobs:
        raise NotFound(f"There is no job {jobid} in this run of workflow {workflow_id}.")
    (found,) = jobs_json(request_time(), run, job)
    return Response(b'{"jobs":' + found + b"}\n", mimetype=JSON)
