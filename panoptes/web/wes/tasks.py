"""The jobs of a run as WES's tasks, and their logs."""

from flask import Response, jsonify

from panoptes.common.errors import NotFound
from panoptes.common.wording import cut
from panoptes.queries import jobs
from panoptes.queries.results import JobView, RunView
from panoptes.web.conditional import changes_with, unless_known
from panoptes.web.job_logs import job_log
from panoptes.web.request_time import request_time
from panoptes.web.wes.blueprint import RUN, TASK, blueprint
from panoptes.web.wes.listing import Item, page_of
from panoptes.web.wes.parameters import (
    LONGEST_ID,
    found_run,
    number_of,
    run_changes,
    wanted_slice,
)
from panoptes.web.wes.shapes import task_log


@blueprint.get(f"{RUN}/tasks")
@changes_with(run_changes)
def list_tasks(run_id: str) -> Response:
    """Return a page of a run's jobs, as they were announced."""
    run = found_run(run_id)

    def read(last: int | None, number: int) -> list[Item]:
        found = jobs.jobs_after(request_time(), run, last or 0, number)
        earlier = jobs.earlier_attempts(found)
        return [Item(job.id, task_log(run, job, earlier.get(job.id, ()))) for job in found]

    return page_of("task_logs", wanted_slice(), read)


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
