"""Cancelling and deleting several workflows at once: a page asks first, naming which."""

from collections.abc import Callable
from dataclasses import dataclass, field

from flask import redirect, render_template, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from panoptes.common.errors import Problem
from panoptes.common.status import Status
from panoptes.common.wording import count
from panoptes.database.connections import writing
from panoptes.models import deletion
from panoptes.models import workflow as verbs
from panoptes.models.token import Right
from panoptes.queries import runs
from panoptes.queries.results import Moment, RunView
from panoptes.render.titles import can_cancel, can_delete
from panoptes.web.guard.rights import needs
from panoptes.web.pages.actions import FILES_POINT, UNDO_POINT
from panoptes.web.pages.blueprint import blueprint
from panoptes.web.pages.notices import NOTICES
from panoptes.web.pages.parameters import workflow_ids
from panoptes.web.request_time import request_time

Act = Callable[[Connection, int], None]
# So many are named, the others counted.
NAMED = 10


@dataclass(frozen=True, slots=True)
class Choice:
    """The chosen workflows, each as its current run: those that it can be done to and the others.

    `gone` counts those that somebody has deleted since.
    """

    possible: list[RunView] = field(default_factory=list)
    impossible: list[RunView] = field(default_factory=list)
    gone: int = 0


@dataclass(frozen=True, slots=True)
class BulkQuestion:
    """What a person is asked before it is done to several; without a button, nothing can be."""

    title: str
    points: list[str]
    button: str
    choice: Choice
    why_not: str
    named: int = NAMED


# --- cancel ---------------------------------------------------------------------------------------


@blueprint.get("/workflows/cancel-selected")
@needs(Right.CHANGE)
def cancel_selected_form() -> str:
    """Ask whether to stop watching the chosen workflows."""
    choice = _choice(request_time(), _is_cancelled_or_ended)
    return render_template("bulk.html", question=_cancel_question(choice))


@blueprint.post("/workflows/cancel-selected")
def cancel_selected() -> Response:
    """Stop watching the chosen workflows, as far as they run."""
    now = request_time().now
    return _done("cancelled", lambda connection, which: verbs.cancel(connection, which, now))


def _is_cancelled_or_ended(run: RunView) -> bool:
    return not can_cancel(run) or run.status is Status.CANCELLED


def _cancel_question(choice: Choice) -> BulkQuestion:
    workflows = count(len(choice.possible), "workflow")
    running = count(sum(run.jobs_running for run in choice.possible), "running job")
    return BulkQuestion(
        title=f"Cancel {workflows}?" if choice.possible else "Nothing to cancel",
        points=[
            "panoptes stops watching these runs and ignores any further events.",
            f"{running} will be shown as cancelled.",
            "If an engine is still running, stop it there; panoptes can't.",
        ],
        button=f"Cancel: stop watching {workflows}",
        choice=choice,
        why_not="already ended",
    )


# --- delete ---------------------------------------------------------------------------------------


@blueprint.get("/workflows/delete-selected")
@needs(Right.CHANGE)
def delete_selected_form() -> str:
    """Ask whether to delete the chosen workflows."""
    choice = _choice(request_time(), lambda run: not can_delete(run))
    return render_template("bulk.html", question=_delete_question(choice))


@blueprint.post("/workflows/delete-selected")
def delete_selected() -> Response:
    """Delete the chosen workflows with all their runs, unless they run."""
    moment = request_time()
    return _done(
        "deleted",
        lambda connection, which: deletion.delete(connection, which, moment.silent, moment.now),
    )


def _delete_question(choice: Choice) -> BulkQuestion:
    workflows = count(len(choice.possible), "workflow")
    its_runs = count(sum(run.runs for run in choice.possible), "run")
    return BulkQuestion(
        title=f"Delete {workflows}?" if choice.possible else "Nothing to delete",
        points=[
            f"{workflows} and {its_runs}, with all jobs and logs, are deleted from panoptes.",
            UNDO_POINT,
            FILES_POINT,
        ],
        button=f"Delete {workflows} and {its_runs}",
        choice=choice,
        why_not="running: cancel it first",
    )


# --- both -----------------------------------------------------------------------------------------


def _choice(moment: Moment, is_impossible: Callable[[RunView], bool]) -> Choice:
    wanted = workflow_ids(request.args)
    chosen = runs.current_runs(moment, wanted)
    return Choice(
        possible=[run for run in chosen if not is_impossible(run)],
        impossible=[run for run in chosen if is_impossible(run)],
        gone=len(wanted) - len(chosen),
    )


def _done(word: str, act: Act) -> Response:
    """Do it to all that are chosen, and say whether some were refused.

    One after the other: deleting many large ones at once would make running engines wait.
    """
    wanted = workflow_ids(request.form)
    refused = sum(not _try(act, which) for which in wanted)
    some = "-some" if refused else ""
    # The page itself says what was deleted.
    notice = f"selected-{word}{some}"
    has_notice = wanted and notice in NOTICES
    return redirect(url_for(".workflows", done=notice if has_notice else None), 303)


def _try(act: Act, which: int) -> bool:
    """Do it to a workflow; return whether that was possible."""
    try:
        with writing() as connection:
            act(connection, which)
    except Problem:
        return False
    return True
