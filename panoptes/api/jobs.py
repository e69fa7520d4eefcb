"""Jobs in JSON."""

from flask import Response, jsonify

from panoptes.api import blueprint
from panoptes.api.parameters import job_filter, number, wanted_run
from panoptes.api.shapes import job_json
from panoptes.errors import NotFound
from panoptes.moment import now_here
from panoptes.queries import jobs
from panoptes.text import clean_text


@blueprint.get("/api/workflow/<int:workflow_id>/jobs")
def list_jobs(workflow_id: int) -> Response:
    """Return a run's jobs; `count` is the number of all that match, whatever the page."""
    page = jobs.jobs(now_here(), wanted_run(workflow_id), job_filter())
    attempts = jobs.attempts(page.items)
    found = [job_json(job, attempts[job.id]) for job in page.items]
    return jsonify({"jobs": found, "count": page.total})


@blueprint.get("/api/workflow/<int:workflow_id>/job/<key:jobid>")
def show_job(workflow_id: int, jobid: str) -> Response:
    """Return one job (under `jobs`, as clients expect); `?part=k` for one of a subworkflow."""
    job = jobs.job(now_here(), wanted_run(workflow_id), clean_text(jobid), number("part"))
    if job is None:
        raise NotFound(f"There is no job {jobid} in this run of workflow {workflow_id}.")
    return jsonify({"jobs": job_json(job, jobs.attempts([job])[job.id])})
