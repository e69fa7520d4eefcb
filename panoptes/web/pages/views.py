"""The pages that show something."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from panoptes.common.errors import NotFound
from panoptes.common.moment import Moment
from panoptes.common.text import clean_text
from panoptes.common.wildcards import indexed_wildcards
from panoptes.engines.terms import terms
from panoptes.queries import change_tokens, history, jobs, runs
from panoptes.queries import overview as overviews
from panoptes.queries.job_files import file_jobs
from panoptes.queries.job_logs import JobLog
from panoptes.queries.results import JobView, RunView, SomeRuns, WhoWhere, WorkflowFilter
from panoptes.queries.search import search as find
from panoptes.web.conditional import changes_with, is_poll, unless_known
from panoptes.web.document import ENDPOINTS
from panoptes.web.guard.visitors import may_change_some, visitor
from panoptes.web.job_logs import job_log, last_log_lines, shows_files
from panoptes.web.pages import parameters
from panoptes.web.pages.blueprint import WORKFLOW_URL, blueprint
from panoptes.web.pages.notices import notice
from panoptes.web.pages.parameters import run_changes, wanted_run
from panoptes.web.request_time import request_time

# A job's page leads to the jobs that have one of its first wildcards.
MOST_ALIKE = 5


@blueprint.get("/")
@changes_with(change_tokens.everything)
def overview() -> str:
    """What needs a person, what runs and what ended lately."""
    moment = request_time()
    wanted = parameters.whose()
    overview = overviews.overview(moment, wanted)
    troubled = overview.needs_you.runs + overview.older.runs + overview.seen.runs
    failures = jobs.first_failures(moment, troubled)
    return render_template(
        "overview.html",
        overview=overview,
        wanted=wanted,
        failures=failures,
        log_lines=last_log_lines(troubled, failures),
        slowest=jobs.slowest_jobs(moment, overview.running.runs + overview.needs_you.runs),
        who_where=_who_where(moment, wanted, overview.running),
    )


def _who_where(moment: Moment, wanted: WorkflowFilter, running: SomeRuns) -> list[WhoWhere]:
    """Return who has runs under way on which host; nothing where all are one user's on one host."""
    if not running.more and len({(run.user, run.host) for run in running.runs}) <= 1:
        return []
    return overviews.who_runs_where(moment, wanted)


@blueprint.get("/wall")
@changes_with(change_tokens.everything)
def wall() -> str:
    """What runs and what needs a person, for a screen on a wall."""
    moment = request_time()
    wanted = parameters.whose()
    overview = overviews.overview(moment, wanted)
    failures = jobs.first_failures(moment, overview.needs_you.runs)
    return render_template(
        "wall.html",
        overview=overview,
        wanted=wanted,
        failures=failures,
        log_lines=last_log_lines(overview.needs_you.runs, failures),
        slowest=jobs.slowest_jobs(moment, overview.running.runs + overview.needs_you.runs),
    )


@blueprint.get("/workflows/")
@changes_with(change_tokens.everything)
def workflows() -> str:
    """All workflows, filtered, sorted and in pages."""
    moment, wanted = request_time(), parameters.workflow_filter()
    counts = runs.workflow_counts(moment, wanted)
    page = runs.workflows(moment, wanted, counts.by_status)
    return render_template(
        "workflows.html",
        counts=counts.by_status,
        engines=counts.engines,
        wanted=wanted,
        page=page,
        has_owners=any(run.owner for run in page.items),
        has_hosts=any(run.user or run.host for run in page.items),
        beside=runs.runs_beside(moment, page.items),
        earlier=history.earlier_runs(moment, page.items),
        deletions=runs.deletions(moment, visitor().only_owner) if may_change_some() else [],
        notice=notice(),
    )


@blueprint.get(f"{WORKFLOW_URL}/job/<key:jobid>")
def job(workflow_id: int, jobid: str) -> ResponseReturnValue:
    """All that is known of a job."""
    changes = run_changes(workflow_id)
    if is_poll() or not shows_files():
        return unless_known(changes, lambda: _job_page(*_job(workflow_id, jobid)))
    run, job, log = _job(workflow_id, jobid)
    # No event announces that a log file changed; an open page asks for the log itself.
    return unless_known(changes, lambda: _job_page(run, job, log), log and log.stamp)


def _job(workflow_id: int, jobid: str) -> tuple[RunView, JobView, JobLog | None]:
    run, part = wanted_run(workflow_id), parameters.number("part")
    job = jobs.job(request_time(), run, clean_text(jobid), part)
    if job is None:
        raise NotFound(f"Run {run.run} of this workflow has no {terms(run.engine).job} '{jobid}'.")
    number = parameters.page("log") if "log" in request.args else None
    return run, job, job_log(run, job, number, parameters.attempt())


def _job_page(run: RunView, job: JobView, log: JobLog | None) -> str:
    before, after = jobs.failed_beside(run, job)
    return render_template(
        "job.html",
        run=run,
        job=job,
        attempts=jobs.attempts(job),
        log=log,
        log_attempt=parameters.attempt() or job.attempt,
        files=file_jobs(run, job),
        failed_before=before,
        failed_after=after,
        alike=indexed_wildcards(job.wildcards)[:MOST_ALIKE],
    )


@blueprint.get("/search")
def search() -> str:
    """What holds a text: workflows, rules and jobs."""
    wanted, before = parameters.text(), parameters.row("before")
    result = find(request_time(), wanted, before) if wanted else None
    return render_template("search.html", wanted=wanted, result=result, before=before)


@blueprint.get("/searchResults")
def search_results() -> Response:
    """The search's address in panoptes 1."""
    return redirect(url_for(".search", q=parameters.text()), 301)


@blueprint.get("/about")
def about() -> str:
    """What this is, and what programs can ask of it."""
    return render_template("about.html", endpoints=ENDPOINTS)
