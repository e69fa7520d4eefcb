"""Jobs in JSON, and their logs."""

import logging

from flask import Response, jsonify
from sqlalchemy.exc import SQLAlchemyError

from panoptes.common.errors import NotFound, Unavailable, database_reason
from panoptes.common.rate_limited_log import RateLimitedLog
from panoptes.common.text import clean_text
from panoptes.database.connections import writing
from panoptes.models.log_text import is_note_old, note_follower
from panoptes.queries import jobs
from panoptes.queries.job_lists import job_ids
from panoptes.queries.job_logs import JobLog
from panoptes.queries.raw_jobs import all_raw, raw_job, raw_page, raw_rows
from panoptes.render.job_json import job_log_json, jobs_json
from panoptes.render.tables import READ, table_lines
from panoptes.web.api.blueprint import blueprint
from panoptes.web.api.parameters import (
    is_paged,
    job_filter,
    number,
    run_changes,
    size,
    table_format,
    wanted_run,
)
from panoptes.web.conditional import changes_with, is_poll, unless_known
from panoptes.web.job_logs import job_log
from panoptes.web.request_time import request_time
from panoptes.web.streaming import json_list, streamed

JSON = "application/json"

troubles = RateLimitedLog(logging.getLogger(__name__))


@blueprint.get("/api/workflow/<int:workflow_id>/jobs")
@changes_with(run_changes)
def list_jobs(workflow_id: int) -> Response:
    """Return a run's jobs; `count` is the number of all that match, whatever the page.

    `?format=csv` or `tsv` gives a table of them.
    """
    moment, run, wanted = request_time(), wanted_run(workflow_id), job_filter()
    table = table_format()
    if table:
        rows = raw_rows(job_ids(run, wanted, paged=is_paged()), READ)
        return streamed(table_lines(table, moment, run, rows), table.mimetype)
    if is_paged():
        found, count = raw_page(run, wanted)
        return streamed(json_list("jobs", [jobs_json(moment, run, found)], count), JSON)
    chunks = (jobs_json(moment, run, found) for found in all_raw(run, wanted))
    return streamed(json_list("jobs", chunks), JSON)


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


@blueprint.get("/api/workflow/<int:workflow_id>/job/<key:jobid>/log")
def show_job_log(workflow_id: int, jobid: str) -> Response:
    """Return the end of a log of a job, or what came of it since `?from=`.

    Where an open page asks, the job's client is to send what comes.
    """
    run, part = wanted_run(workflow_id), number("part")
    job = jobs.job(request_time(), run, clean_text(jobid), part)
    if job is None:
        raise NotFound(f"There is no job {jobid} in this run of workflow {workflow_id}.")
    log = job_log(run, job, number("log", 1), number("attempt", 1))
    if log is None:
        raise NotFound(f"Job {jobid} has no log.")
    if is_poll() and log.is_sent and is_note_old(log.followed_at, request_time().now):
        _note_follower(log)
    offset = size("from")
    # Of a file, no event tells that it changed.
    changes = run_changes(workflow_id)
    return unless_known(changes, lambda: jsonify({"log": job_log_json(log, offset)}), log.stamp)


def _note_follower(log: JobLog) -> None:
    try:
        with writing() as connection:
            note_follower(connection, log.name, request_time().now)
    except (SQLAlchemyError, Unavailable) as error:
        # What is known of the log is shown all the same, and a page asks again.
        troubles.warning("A log that is open is not asked for: %s", database_reason(error))
