"""The pages that change something: each asks first, saying what it will do to how many things."""

from dataclasses import dataclass
from datetime import datetime, timezone

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from panoptes.common.errors import Gone, Problem
from panoptes.common.wording import count, cut
from panoptes.database.connections import writing
from panoptes.engines.terms import terms
from panoptes.models import deletion
from panoptes.models import workflow as verbs
from panoptes.models.token import Right
from panoptes.queries import runs
from panoptes.queries.results import RunView
from panoptes.web.guard.rights import needs
from panoptes.web.pages.blueprint import WORKFLOW_URL, blueprint
from panoptes.web.pages.parameters import current_run
from panoptes.web.request_time import request_time

# Said of every deletion.
UNDO_POINT = "You can undo this for 10 minutes; then it is permanent."
FILES_POINT = "Output files are not touched."

Answer = str | Response | tuple[str, int]


@dataclass(frozen=True, slots=True)
class Question:
    """What a person is asked before something is done that others may notice."""

    title: str
    points: list[str]
    button: str
    back: str


# --- pin ------------------------------------------------------------------------------------------


@blueprint.post(f"{WORKFLOW_URL}/pin")
def pin(workflow_id: int) -> Response:
    """Keep a workflow whatever its age."""
    return _pin(workflow_id, pinned=True)


@blueprint.post(f"{WORKFLOW_URL}/unpin")
def unpin(workflow_id: int) -> Response:
    """Let a workflow go when it becomes too old."""
    return _pin(workflow_id, pinned=False)


def _pin(workflow_id: int, *, pinned: bool) -> Response:
    with writing() as connection:
        verbs.pin(connection, workflow_id, pinned=pinned)
    return redirect(url_for(".workflow", workflow_id=workflow_id), 303)


# --- rename ---------------------------------------------------------------------------------------


@blueprint.get(f"{WORKFLOW_URL}/rename")
@needs(Right.CHANGE)
def rename_form(workflow_id: int) -> str:
    """Ask for a new name."""
    run = current_run(workflow_id)
    return render_template("rename.html", run=run, name=run.name)


@blueprint.post(f"{WORKFLOW_URL}/rename")
def rename(workflow_id: int) -> Answer:
    """Give a workflow another name."""
    name = request.form.get("name", "")
    try:
        with writing() as connection:
            verbs.rename(connection, workflow_id, name)
    except Problem as problem:
        run = current_run(workflow_id)
        page = render_template("rename.html", run=run, name=name, problem=problem.sentence)
        return page, problem.status
    return redirect(url_for(".workflow", workflow_id=workflow_id, done="renamed"), 303)


# --- cancel ---------------------------------------------------------------------------------------


@blueprint.get(f"{WORKFLOW_URL}/cancel")
@needs(Right.CHANGE)
def cancel_form(workflow_id: int) -> str:
    """Ask whether to stop watching a workflow."""
    return _ask(_cancel_question(current_run(workflow_id)))


@blueprint.post(f"{WORKFLOW_URL}/cancel")
def cancel(workflow_id: int) -> Answer:
    """Stop watching a workflow."""
    try:
        with writing() as connection:
            verbs.cancel(connection, workflow_id, request_time().now)
    except Problem as problem:
        return _ask(_cancel_question(current_run(workflow_id)), problem), problem.status
    return redirect(url_for(".workflow", workflow_id=workflow_id, done="cancelled"), 303)


def _cancel_question(run: RunView) -> Question:
    running = count(run.jobs_running, f"running {terms(run.engine).job}")
    return Question(
        title=f"Cancel '{cut(run.name)}'?",
        points=[
            "panoptes stops watching this run and ignores any further events.",
            f"If {terms(run.engine).name} is still running, stop it there; panoptes can't.",
            *([f"{running} will be shown as cancelled."] if run.jobs_running else []),
        ],
        button=f"Cancel: stop watching '{cut(run.name, 40)}'",
        back=url_for(".workflow", workflow_id=run.workflow_id),
    )


# --- delete ---------------------------------------------------------------------------------------


@blueprint.get(f"{WORKFLOW_URL}/delete")
@needs(Right.CHANGE)
def delete_form(workflow_id: int) -> str:
    """Ask whether to delete a workflow."""
    return _ask(_delete_question(current_run(workflow_id)))


@blueprint.post(f"{WORKFLOW_URL}/delete")
def delete(workflow_id: int) -> Answer:
    """Delete a workflow with all its runs."""
    moment = request_time()
    try:
        with writing() as connection:
            deletion.delete(connection, workflow_id, moment.silent, moment.now)
    except Problem as problem:
        return _ask(_delete_question(current_run(workflow_id)), problem), problem.status
    return redirect(url_for(".workflows"), 303)


def _delete_question(run: RunView) -> Question:
    its_runs = "its run" if run.runs == 1 else f"its {count(run.runs, 'run')}"
    return Question(
        title=f"Delete '{cut(run.name)}'?",
        points=[
            f"This workflow and {its_runs}, with all jobs and logs, are deleted from panoptes.",
            UNDO_POINT,
            FILES_POINT,
        ],
        button=f"Delete '{cut(run.name, 40)}' and {its_runs}",
        back=url_for(".workflow", workflow_id=run.workflow_id),
    )


@blueprint.get("/workflows/delete-all")
@needs(Right.CHANGE)
def delete_all_form() -> str:
    """Ask whether to delete everything."""
    return _ask(_delete_all_question())


@blueprint.post("/workflows/delete-all")
def delete_all() -> Answer:
    """Delete every workflow."""
    try:
        with writing() as connection:
            deletion.delete_all(connection, request_time().now)
    except Problem as problem:
        return _ask(_delete_all_question(), problem), problem.status
    return redirect(url_for(".workflows"), 303)


def _delete_all_question() -> Question:
    number = sum(runs.status_counts(request_time()).values())
    workflows = count(number, "workflow")
    return Question(
        title="Delete all workflows?",
        points=[
            f"{workflows} with all runs, jobs and logs are deleted from panoptes.",
            UNDO_POINT,
            "Further events of running workflows are ignored.",
            FILES_POINT,
        ],
        button=f"Delete all {workflows}" if number > 1 else f"Delete {workflows}",
        back=url_for(".workflows"),
    )


@blueprint.post("/workflows/restore")
def restore() -> Response:
    """Bring back what was deleted at the moment that the form tells."""
    try:
        with writing() as connection:
            renamed = deletion.restore_all(connection, request_time().now, _deleted_at())
    except Gone:
        return redirect(url_for(".workflows", done="too-late"), 303)
    return redirect(url_for(".workflows", done="renamed-back" if renamed else "restored"), 303)


def _deleted_at() -> datetime:
    try:
        return datetime.fromisoformat(request.form.get("at", "")).astimezone(timezone.utc)
    except (ValueError, OverflowError) as error:
        raise Gone("That is no time of a deletion.") from error


def _ask(question: Question, problem: Problem | None = None) -> str:
    sentence = problem.sentence if problem else None
    return render_template("confirm.html", question=question, problem=sentence)
