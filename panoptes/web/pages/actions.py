"""The pages that change something: each asks first, saying what it will do to how many things."""

from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

from flask import redirect, render_template, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from panoptes.common.errors import Conflict, Gone, NotFound, Problem
from panoptes.common.labels import MAX_LABEL, MAX_NOTE, MOST_LABELS, clean_labels, clean_note
from panoptes.common.status import Status
from panoptes.common.text import clean_name
from panoptes.database.connections import writing
from panoptes.models import deletion, joining
from panoptes.models import workflow as verbs
from panoptes.models.token import Right
from panoptes.queries import runs
from panoptes.queries.owners import all_owners, current_owner
from panoptes.queries.results import RunView
from panoptes.render.titles import can_cancel, can_delete
from panoptes.web.guard.access import check_owners, owner_of_named_run
from panoptes.web.guard.rights import AskOwners, needs
from panoptes.web.guard.visitors import may_change, may_change_workflow, visitor
from panoptes.web.pages.blueprint import WORKFLOW_URL, blueprint
from panoptes.web.pages.notices import NOTICES
from panoptes.web.pages.parameters import (
    SELECTED,
    current_run,
    number,
    wanted_run,
    whose,
    workflow_filter,
    workflow_ids,
)
from panoptes.web.request_time import request_time
from panoptes.web.services import services

Answer = str | Response | tuple[str, int]
ASK_AND_ACT = ("GET", "POST")


# --- one workflow, or all -------------------------------------------------------------------------


@blueprint.post(f"{WORKFLOW_URL}/pin")
@needs(Right.CHANGE_OWN, owners=current_owner)
def pin(workflow_id: int) -> Response:
    """Keep a workflow whatever its age."""
    return _pin(workflow_id, pinned=True)


@blueprint.post(f"{WORKFLOW_URL}/unpin")
@needs(Right.CHANGE_OWN, owners=current_owner)
def unpin(workflow_id: int) -> Response:
    """Let a workflow go when it becomes too old."""
    return _pin(workflow_id, pinned=False)


def _pin(workflow_id: int, *, pinned: bool) -> Response:
    with writing() as connection:
        verbs.pin(connection, workflow_id, pinned=pinned)
    return redirect(url_for(".workflow", workflow_id=workflow_id), 303)


@blueprint.post(f"{WORKFLOW_URL}/seen")
@needs(Right.CHANGE_OWN, owners=owner_of_named_run)
def seen(workflow_id: int) -> Response:
    """Note that somebody has seen that a run failed or fell silent."""
    moment, by, run = request_time(), visitor().name, number("run")
    with writing() as connection:
        verbs.mark_seen(connection, workflow_id, run, by, moment)
    return _back(workflow_id)


@blueprint.post(f"{WORKFLOW_URL}/unseen")
@needs(Right.CHANGE_OWN, owners=owner_of_named_run)
def unseen(workflow_id: int) -> Response:
    """Take that back."""
    run, moment = number("run"), request_time()
    with writing() as connection:
        verbs.mark_unseen(connection, workflow_id, run, moment)
    return _back(workflow_id)


def _back(workflow_id: int) -> Response:
    """Return to the page on which a button was pressed: the overview, or that of the run."""
    if request.args.get("back") == "overview":
        carried: dict[str, Any] = whose().whose
        return redirect(url_for(".overview", **carried), 303)
    return redirect(url_for(".workflow", workflow_id=workflow_id, run=number("run")), 303)


@blueprint.route(f"{WORKFLOW_URL}/rename", methods=ASK_AND_ACT)
@needs(Right.CHANGE_OWN)
def rename(workflow_id: int) -> Answer:
    """Give a workflow another name, once it is typed."""
    name = clean_name(request.form.get("name", ""))
    return _ask_or_act(
        "rename.html",
        lambda: {
            "run": current_run(workflow_id),
            "name": name,
            "namesake": runs.workflow_named(request_time(), name),
        },
        lambda connection: verbs.rename(connection, workflow_id, name),
        url_for(".workflow", workflow_id=workflow_id, done="renamed"),
    )


@blueprint.post(f"{WORKFLOW_URL}/join")
@needs(Right.CHANGE_OWN)
def join(workflow_id: int) -> Response:
    """Move a workflow's runs into the one whose name was typed."""
    name = request.form.get("name", "")
    with writing() as connection:
        into_id = joining.join(connection, workflow_id, name, request_time(), check_owners)
    return redirect(url_for(".workflow", workflow_id=into_id, done="joined"), 303)


@blueprint.route(f"{WORKFLOW_URL}/notes", methods=ASK_AND_ACT)
@needs(Right.CHANGE_OWN, owners=owner_of_named_run)
def notes(workflow_id: int) -> Answer:
    """Give a run a note and labels, and choose with which run others are compared."""
    run = number("run")
    typed: dict[str, Any] = {
        "note": clean_note(request.form.get("note", "")),
        "labels": clean_labels([request.form.get("labels", "")]),
    }
    return _ask_or_act(
        "notes.html",
        lambda: {"run": wanted_run(workflow_id), "typed": typed, **_LIMITS},
        lambda connection: verbs.annotate(
            connection, workflow_id, run, typed, is_baseline="baseline" in request.form
        ),
        url_for(".workflow", workflow_id=workflow_id, run=run),
    )


_LIMITS = {"most_labels": MOST_LABELS, "max_label": MAX_LABEL, "max_note": MAX_NOTE}


@blueprint.route(f"{WORKFLOW_URL}/stop", methods=ASK_AND_ACT)
@needs(Right.CHANGE_OWN, owners=owner_of_named_run)
def stop(workflow_id: int) -> Answer:
    """Ask a run's client to stop it, after a question."""
    run, by = number("run"), visitor().name
    return _ask_or_act(
        "stop.html",
        lambda: {"run": wanted_run(workflow_id)},
        lambda connection: verbs.ask_to_stop(connection, workflow_id, run, by, request_time().now),
        url_for(".workflow", workflow_id=workflow_id, run=run, done="stop-asked"),
    )


@blueprint.route(f"{WORKFLOW_URL}/cancel", methods=ASK_AND_ACT)
@needs(Right.CHANGE_OWN, owners=owner_of_named_run)
def cancel(workflow_id: int) -> Answer:
    """Stop watching a run, after a question."""
    run = number("run")
    return _ask_or_act(
        "cancel.html",
        lambda: {"run": wanted_run(workflow_id)},
        lambda connection: verbs.cancel(connection, workflow_id, request_time().now, run),
        url_for(".workflow", workflow_id=workflow_id, run=run, done="cancelled"),
    )


@blueprint.post(f"{WORKFLOW_URL}/undo-cancel")
@needs(Right.CHANGE_OWN, owners=owner_of_named_run)
def undo_cancel(workflow_id: int) -> Response:
    """Watch a cancelled run again, as if it had not been cancelled."""
    run, done = number("run"), "resumed"
    try:
        services().intake.undo_cancel(workflow_id, run, request_time().now)
    except Conflict:
        done = "resume-too-late"
    return redirect(url_for(".workflow", workflow_id=workflow_id, run=run, done=done), 303)


@blueprint.route(f"{WORKFLOW_URL}/delete", methods=ASK_AND_ACT)
@needs(Right.CHANGE_OWN)
def delete(workflow_id: int) -> Answer:
    """Delete a workflow with all its runs, after a question."""
    moment = request_time()
    return _ask_or_act(
        "delete.html",
        lambda: {"run": current_run(workflow_id)},
        lambda connection: deletion.delete(connection, workflow_id, moment),
        url_for(".workflows"),
    )


@blueprint.route(f"{WORKFLOW_URL}/delete-run", methods=ASK_AND_ACT)
@needs(Right.CHANGE_OWN, owners=owner_of_named_run)
def delete_run(workflow_id: int) -> Answer:
    """Delete one of a workflow's earlier runs, after a question."""
    moment, run = request_time(), wanted_run(workflow_id)
    return _ask_or_act(
        "delete_run.html",
        lambda: {"run": run},
        lambda connection: deletion.delete_run(connection, workflow_id, run.run, moment),
        url_for(".workflow", workflow_id=workflow_id, _anchor="deletions"),
    )


@blueprint.post(f"{WORKFLOW_URL}/restore-run")
@needs(Right.CHANGE_OWN, owners=owner_of_named_run)
def restore_run(workflow_id: int) -> Response:
    """Bring a run back that was deleted alone."""
    run = number("run")
    try:
        with writing() as connection:
            deletion.restore_run(connection, workflow_id, run or 0, request_time().now)
    except NotFound:
        current_run(workflow_id)
        return redirect(url_for(".workflow", workflow_id=workflow_id, done="run-too-late"), 303)
    return redirect(
        url_for(".workflow", workflow_id=workflow_id, run=run, done="run-restored"), 303
    )


@blueprint.route("/workflows/delete-all", methods=ASK_AND_ACT)
@needs(Right.CHANGE)
def delete_all() -> Answer:
    """Delete every workflow, after a question."""
    moment = request_time()
    return _ask_or_act(
        "delete_all.html",
        lambda: {"number": sum(runs.status_counts(moment).values())},
        lambda connection: deletion.delete_all(connection, moment.now),
        url_for(".workflows"),
    )


def _ask_or_act(
    template: str,
    shown: Callable[[], dict[str, Any]],
    act: Callable[[Connection], object],
    after: str,
) -> Answer:
    """Answer a GET with the page that asks, and a POST with the address `after` the act.

    `shown` returns what the page shows. It says why, where the act is refused.
    """
    if request.method != "POST":
        return render_template(template, **shown())
    try:
        with writing() as connection:
            act(connection)
    except Problem as problem:
        page = render_template(template, **shown(), problem=problem.sentence)
        return page, problem.status
    return redirect(after, 303)


@blueprint.post("/workflows/restore")
@needs(Right.CHANGE_OWN)
def restore() -> Response:
    """Bring back what was deleted at the moment that the form tells; a member's own only."""
    try:
        with writing() as connection:
            renamed = deletion.restore_all(
                connection, request_time().now, _deleted_at(), visitor().only_owner
            )
    except Gone:
        return redirect(url_for(".workflows", done="too-late"), 303)
    return redirect(url_for(".workflows", done="renamed-back" if renamed else "restored"), 303)


def _deleted_at() -> datetime:
    try:
        return datetime.fromisoformat(request.form.get("at", "")).astimezone(timezone.utc)
    except (ValueError, OverflowError) as error:
        raise Gone("That is no time of a deletion.") from error


# --- those that were selected ---------------------------------------------------------------------


@blueprint.get("/workflows/cancel-selected")
@needs(Right.CHANGE_OWN)
def ask_to_cancel_selected() -> str:
    """Ask whether to stop watching the selected workflows."""

    def is_possible(run: RunView) -> bool:
        return can_cancel(run) and run.status is not Status.CANCELLED and may_change(run)

    return _ask_of_selected("cancel_selected.html", is_possible)


@blueprint.post("/workflows/cancel-selected")
@needs(Right.CHANGE_OWN)
def cancel_selected() -> Response:
    """Stop watching the selected workflows, as far as they run."""
    now = request_time().now
    return _act_on_selected(
        "cancelled",
        lambda connection, workflow_id: verbs.cancel(connection, workflow_id, now),
        current_owner,
    )


@blueprint.get("/workflows/delete-selected")
@needs(Right.CHANGE_OWN)
def ask_to_delete_selected() -> str:
    """Ask whether to delete the selected workflows."""
    return _ask_of_selected(
        "delete_selected.html", lambda run: can_delete(run) and may_change_workflow(run)
    )


@blueprint.post("/workflows/delete-selected")
@needs(Right.CHANGE_OWN)
def delete_selected() -> Response:
    """Delete the selected workflows with all their runs, unless they run."""
    moment = request_time()
    return _act_on_selected(
        "deleted",
        lambda connection, workflow_id: deletion.delete(connection, workflow_id, moment),
        all_owners,
    )


def _ask_of_selected(template: str, is_possible: Callable[[RunView], bool]) -> str:
    selected = (
        runs.matching_ids(request_time(), workflow_filter(), SELECTED)
        if "all" in request.args
        else workflow_ids(request.args)
    )
    current = runs.current_runs(request_time(), selected)
    return render_template(
        template,
        possible=[run for run in current if is_possible(run)],
        impossible=[run for run in current if not is_possible(run)],
        gone=len(selected) - len(current),
        is_limited=len(selected) == SELECTED,
        limit=SELECTED,
    )


def _act_on_selected(
    done: str, act: Callable[[Connection, int], object], owners: AskOwners
) -> Response:
    """Act on all that are selected, and say whether some were refused.

    One after the other: deleting many large ones at once would make running engines wait.
    """
    selected = workflow_ids(request.form)
    refused = sum(not _act_on(act, owners, workflow_id) for workflow_id in selected)
    notice = f"selected-{done}-some" if refused else f"selected-{done}"
    # The page itself says what was deleted.
    says = selected and notice in NOTICES
    return redirect(url_for(".workflows", done=notice if says else None), 303)


def _act_on(act: Callable[[Connection, int], object], owners: AskOwners, workflow_id: int) -> bool:
    """Act on a workflow; return whether that was possible, for who asks."""
    try:
        check_owners(workflow_id, owners)
        with writing() as connection:
            act(connection, workflow_id)
    except Problem:
        return False
    return True
