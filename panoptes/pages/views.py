"""The pages that show something."""

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from panoptes.endpoints import ENDPOINTS
from panoptes.errors import NotFound
from panoptes.moment import now_here
from panoptes.pages import parameters
from panoptes.pages.blueprint import WORKFLOW_URL, blueprint
from panoptes.pages.fresh import NOT_MODIFIED, is_fresh, shows_run_as_before
from panoptes.pages.job_logs import job_log
from panoptes.pages.notices import notice
from panoptes.pages.overview_page import overview_page
from panoptes.pages.workflow_page import workflow_page
from panoptes.queries import jobs, runs, stamps
from panoptes.queries.job_files import file_jobs
from panoptes.queries.search import search as find
from panoptes.queries.views import Moment, RunView
from panoptes.text import clean_text

Page = str | tuple[str, int]


@blueprint.get("/")
def overview() -> Page:
    """What needs a person, what runs and what ended lately."""
    moment = now_here()
    if is_fresh(moment, *stamps.everything(moment)):
        return NOT_MODIFIED
    return render_template("overview.html", page=overview_page(moment), address=_address())


@blueprint.get("/workflows/")
def workflows() -> Page:
    """All workflows, filtered, sorted and in pages."""
    moment, wanted = now_here(), parameters.workflow_filter(request.args)
    if is_fresh(moment, *stamps.everything(moment)):
        return NOT_MODIFIED
    return render_template(
        "workflows.html",
        counts=runs.status_counts(moment, wanted.text),
        wanted=wanted,
        page=runs.workflows(moment, wanted),
        notice=notice(request.args),
    )


@blueprint.get(WORKFLOW_URL)
def workflow(workflow_id: int) -> Page:
    """A workflow: how it goes, what failed and why."""
    moment, args = now_here(), request.args
    run = found_run(moment, workflow_id, parameters.run_number(args))
    if shows_run_as_before(moment, run):
        return NOT_MODIFIED
    log_wanted = parameters.log_filter(args)
    page = workflow_page(moment, run, parameters.job_filter(args), log_wanted)
    return render_template("workflow.html", page=page, run=run, notice=notice(args))


@blueprint.get(f"{WORKFLOW_URL}/job/<key:jobid>")
def job(workflow_id: int, jobid: str) -> Page:
    """All that is known of a job."""
    moment = now_here()
    run = found_run(moment, workflow_id, parameters.run_number(request.args))
    part = parameters.part_number(request.args)
    found = jobs.job(moment, run, clean_text(jobid), part)
    if found is None:
        raise NotFound(f"Run {run.run} of this workflow has no job '{jobid}'.")
    log = job_log(run, found, parameters.page(request.args, "log"))
    if shows_run_as_before(moment, run, log and log.stamp):
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
    wanted = parameters.text(request.args)
    found = find(now_here(), wanted) if wanted else None
    return render_template("search.html", wanted=wanted, found=found)


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
