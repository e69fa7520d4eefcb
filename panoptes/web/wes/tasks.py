"""The jobs of a run as WES's tasks, and their logs."""

from collections.abc import Iterator

from flask import Response, jsonify
from orjson import dumps

from panoptes.common.errors import NotFound
from panoptes.common.wording import cut
from panoptes.database.connections import db
from panoptes.queries import jobs
from panoptes.queries.results import JobView, RunView
from panoptes.web.conditional import changes_with, unless_known
from panoptes.web.job_logs import job_log
from panoptes.web.request_time import request_time
from panoptes.web.streaming import streamed
from panoptes.web.wes.blueprint import RUN, TASK, blueprint
from panoptes.web.wes.parameters import (
    LONGEST_ID,
    Slice,
    found_run,
    number_of,
    run_changes,
    token_behind,
    wanted_slice,
)
from panoptes.web.wes.shapes import task_log

# A page is read so many jobs at a time: each may have long texts.
CHUNK = 100


@blueprint.get(f"{RUN}/tasks")
@changes_with(run_changes)
def list_tasks(run_id: str) -> Response:
    """Return a page of a run's jobs, as they were announced."""
    wanted = wanted_slice()
    return streamed(_tasks(found_run(run_id), wanted), "application/json")


def _tasks(run: RunView, wanted: Slice) -> Iterator[bytes]:
    last, following, separator = wanted.last or 0, "", b""
    yield b'{"task_logs":['
    for start in range(0, wanted.size, CHUNK):
        size = min(CHUNK, wanted.size - start)
        found = jobs.jobs_after(request_time(), run, last, size + 1)
        earlier = jobs.earlier_attempts(found[:size])
        db.session.rollback()  # Whoever reads slowly holds no transaction open.
        for job in found[:size]:
            yield separator + dumps(task_log(run, job, earlier.get(job.id, ())))
            separator, last = b",", job.id
        following = token_behind(last) if len(found) > size else ""
        if not following:
            break
    yield b'],"next_page_token":' + dumps(following) + b"}\n"


@blueprint.get(TASK)
@changes_with(run_changes)
def show_task(run_id: str, task_id: str) -> Response:
    """Return one job."""
    run = found_run(run_id)
    job = _found_job(run, task_id)
    return jsonify(task_log(run, job, jobs.attempts(job)[:-1]))


@blueprint.get(f"{TASK}/log")
def show_task_log_text(run_id: str, task_id: str) -> Response:
    """Return the end of a job's log; it is no address of the standard."""
    run = found_run(run_id)
    log = job_log(run, _found_job(run, task_id))
    if log is None or log.why_not:
        raise NotFound("This task has no log." if log is None else log.why_not)
    text = log.tail.text if log.tail else ""
    # Of a file, no event tells that it changed.
    return unless_known(run_changes(run_id), lambda: _text(text), log.stamp)


def _text(text: str) -> Response:
    return Response(text, mimetype="text/plain")


def _found_job(run: RunView, task_id: str) -> JobView:
    job = jobs.job_with_id(request_time(), run, number_of(task_id) or 0)
    if job is None:
        raise NotFound(f"There is no task {cut(task_id, LONGEST_ID)} in this run.")
    return job
