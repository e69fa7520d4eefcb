"""The pages that show something."""

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from panoptes.common.errors import NotFound
from panoptes.common.text import clean_text
from panoptes.engines.terms import terms
from panoptes.queries import jobs, runs
from panoptes.queries.deleted import deletions
from panoptes.queries.job_files import file_jobs
from panoptes.queries.results import Moment, RunView
from panoptes.queries.search import search as find
from panoptes.web.conditional import NOT_MODIFIED
from panoptes.web.document import ENDPOINTS
from panoptes.web.pages import parameters
from panoptes.web.pages.blueprint import WORKFLOW_URL, blueprint
from panoptes.web.pages.fresh import shows_everything_as_before, shows_run_as_before
from panoptes.web.pages.job_logs import job_log, shows_logs
from panoptes.web.pages.notices import notice
from panoptes.web.pages.overview_page import overview_page
from panoptes.web.pages.workflow_page import workflow_page
from panoptes.web.request_time import request_time

Page = str | tuple[str, int]


@blueprint.get("/")
def overview() -> Page:
    """What needs a person, what runs and what ended lately."""
    moment = request_time()
    if shows_everything_as_before(moment):
        return NOT_MODIFIED
    return render_template("overview.html", page=overview_page(moment), address=_address())


@blueprint.get("/workflows/")
def workflows() -> Page:
    """All workflows, filtered, sorted and in pages."""
    moment, wanted = request_time(), parameters.workflow_filter(request.args)
    if shows_everything_as_before(moment):
        return NOT_MODIFIED
    counts = runs.status_counts(moment, wanted)
    page = runs.workflows(moment, wanted, counts)
    return render_template(
        "workflows.html",
        counts=counts,
        wanted=wanted,
        page=page,
        has_owners=any(run.owner for run in page.items),
        deletions=deletions(moment),
        notice=notice(request.args),
    )


@blueprint.get(WORKFLOW_URL)
def workflow(workflow_id: int) -> Page:
    """A workflow: how it goes, what failed and why."""
    moment, args = request_time(), request.args
    number = parameters.run_number(args)
    if shows_run_as_before(moment, workflow_id, number):
        return NOT_MODIFIED
    run = found_run(moment, workflow_id, number)
    log_wanted = parameters.log_filter(args)
    runs_page = parameters.page(args, "runs_page")
    page = workflow_page(moment, run, parameters.job_filter(args), log_wanted, runs_page)
    return render_template("workflow.html", page=page, run=run, notice=notice(args))


@blueprint.get(f"{WORKFLOW_URL}/job/<key:jobid>")
def job(workflow_id: int, jobid: str) -> Page:
    """All that is known of a job."""
    moment, number = request_time(), parameters.run_number(request.args)
    part = parameters.part_number(request.args)
    # A log file that is shown changes by itself.
    if not shows_logs() and shows_run_as_before(moment, workflow_id, number):
        return NOT_MODIFIED
    run = found_run(moment, workflow_id, number)
    found = jobs.job(moment, run, clean_text(jobid), part)
    if found is None:
        raise NotFound(f"Run {run.run} of this workflow has no {terms(run.engine).job} '{jobid}'.")
    log = job_log(run, found, parameters.page(request.args, "log"))
    if shows_logs() and shows_run_as_before(moment, workflow_id, number, log and log.stamp):
        return NOT_MODIFIED
    return render_template(
        "job.html",
        run=run,
        job=found,
        attempts=jobs.attempts([found])[found.id],
        log=log,
        files=file_jobs(run, found),
    )


@blueprint.get("/search")
def search() -> str:
    """What holds a text: workflows, rules and jobs."""
    wanted, before = parameters.text(request.args), parameters.row(request.args, "before")
    found = find(request_time(), wanted, before) if wanted else None
    return render_template("search.html", wanted=wanted, found=found, before=before)


@blueprint.get("/searchResults")
def search_results() -> Response:
    """The search's address in panoptes 1."""
    return redirect(url_for(".search", q=parameters.text(request.args)), 301)


@blueprint.get("/about")
def about() -> str:
    """What this is, and what programs can ask of it."""
    return render_template("about.html", endpoints=ENDPOINTS, address=_address())


def _address() -> str:
    """Return what an engine is given as this server's address."""
    return request.url_root.rstrip("/")


def found_run(moment: Moment, workflow_id: int, number: int | None = None) -> RunView:
    """Return a workflow's run, the current one unless a number says otherwise."""
    run = runs.workflow(moment, workflow_id, number)
    if run is not None:
        return run
    if number is None or runs.workflow(moment, workflow_id) is None:
        raise NotFound(f"There is no workflow {workflow_id}; it may have been deleted.")
    raise NotFound(f"Workflow {workflow_id} has no run {number}.")
