"""Workflows in JSON: read, rename, pin, cancel, delete and bring back."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from flask import Response, jsonify, request
from orjson import dumps

from panoptes.common.errors import BadRequest, Forbidden, Gone, NotFound
from panoptes.common.moment import Moment
from panoptes.common.wording import count
from panoptes.database.connections import writing
from panoptes.engines.body import fields
from panoptes.engines.problems import Broken
from panoptes.models import deletion, joining
from panoptes.models import workflow as verbs
from panoptes.models.token import Right
from panoptes.queries import change_tokens, overview, runs
from panoptes.queries.comparison import usual_other
from panoptes.queries.history import RuleInRun, rules_in_runs
from panoptes.queries.messages import all_messages, messages
from panoptes.queries.owners import current_owner
from panoptes.queries.results import WorkflowFilter
from panoptes.queries.rules import in_order, rules
from panoptes.queries.usage import rule_usage
from panoptes.render.comparison_json import comparison_json
from panoptes.render.history_tables import comparison_table, history_table
from panoptes.render.workflow_json import (
    history_json,
    message_json,
    rule_json,
    usage_json,
    workflow_json,
)
from panoptes.web.api.blueprint import blueprint
from panoptes.web.api.parameters import (
    found_run,
    is_paged,
    is_wanted,
    level,
    number,
    paging,
    run_changes,
    table_format,
    text_of,
    wanted_annotation,
    wanted_run,
    wanted_runs,
    workflow_filter,
)
from panoptes.web.conditional import changes_with
from panoptes.web.guard.access import (
    check_owners,
    may_rename,
    may_rename_any,
    may_rename_history,
    owner_of_named_run,
)
from panoptes.web.guard.rights import needs
from panoptes.web.guard.visitors import visitor
from panoptes.web.request_time import request_time
from panoptes.web.services import services
from panoptes.web.streaming import json_list, streamed

T = TypeVar("T")

NOT_YOURS = (
    "Renaming this workflow requires an admin's token, or the one that registered its run; nothing"
    " was changed."
)
RUNS_OF_OTHERS = (
    "This workflow has runs of others, too: to rename it requires an admin's token; nothing was"
    " changed."
)
READ_ONLY = "Names can't be changed here: this panoptes is read-only."
JSON = "application/json"
# The history of so many runs, with so many rules of the newest, is in one answer.
MOST_RUNS = 100
MOST_RULES = 1000
NO_NAME = 'Give the new name as JSON: {"name": "nightly"}.'


@blueprint.get("/api/workflows")
@changes_with(change_tokens.everything)
def list_workflows() -> Response:
    """Return the workflows that are wanted, each as its current run.

    Those that are sorted come in pages; else, all that match unless pages are asked for.
    """
    moment, wanted = request_time(), workflow_filter()
    if is_paged() or wanted.sort != "id":
        page = runs.workflows(moment, wanted, runs.status_counts(moment, wanted))
        found = [workflow_json(view) for view in page.items]
        return jsonify({"workflows": found, "count": page.total})
    chunks = (_in_json(workflow_json, views) for views in runs.all_workflows(moment, wanted))
    return streamed(json_list("workflows", chunks), JSON)


@blueprint.get("/api/who")
@changes_with(change_tokens.everything)
def list_who() -> Response:
    """Return who has runs under way on which host."""
    wanted = WorkflowFilter(owner=text_of("owner"), user=text_of("user"), host=text_of("host"))
    return jsonify(
        {"who": [each._asdict() for each in overview.who_runs_where(request_time(), wanted)]}
    )


@blueprint.get("/api/workflow/<int:workflow_id>")
@changes_with(run_changes)
def show_workflow(workflow_id: int) -> Response:
    """Return a workflow as its current run, or as `?run=n`."""
    return jsonify({"workflow": workflow_json(wanted_run(workflow_id))})


@blueprint.put("/api/workflow/<int:workflow_id>")
@needs(None)
def rename_workflow(workflow_id: int) -> Response:
    """Rename a workflow.

    Snakemake 8 asks for it when it starts: for the name that it registered with, or with `{}` where
    it has none to give. As 401 and 403 would end it, it is refused with 400.
    """
    if not may_rename_any():
        raise BadRequest(NOT_YOURS)
    name = _wanted_name()
    with writing() as connection:
        if not may_rename(verbs.lock_current_run(connection, workflow_id)):
            raise BadRequest(NOT_YOURS)
        if name is not None:
            own_id = verbs.own_id(connection, workflow_id)
            fixed = None if may_rename_history(own_id) else RUNS_OF_OTHERS
            fixed = READ_ONLY if services().settings.read_only else fixed
            verbs.rename(connection, workflow_id, name, by_client=True, fixed=fixed)
    return jsonify({"workflow": workflow_json(found_run(workflow_id))})


@blueprint.post("/api/workflow/<int:workflow_id>/join")
@needs(Right.CHANGE_OWN)
def join_workflow(workflow_id: int) -> Response:
    """Move a workflow's runs into the one that is called `?name=`, or give it that name."""
    name = text_of("name") or ""
    with writing() as connection:
        into_id = joining.join(connection, workflow_id, name, request_time(), check_owners)
    return jsonify({"workflow": workflow_json(found_run(into_id))})


def _wanted_name() -> str | None:
    try:
        body = fields("application/json", request.get_data())
    except Broken as broken:
        raise BadRequest(NO_NAME) from broken
    if not body:
        return None
    name = body.get("name")
    if not isinstance(name, str):
        raise BadRequest(NO_NAME)
    return name


@blueprint.put("/api/workflow/<int:workflow_id>/pin")
@needs(Right.CHANGE_OWN, owners=current_owner)
def pin_workflow(workflow_id: int) -> Response:
    """Keep a workflow whatever its age."""
    return _pin(workflow_id, pinned=True)


@blueprint.delete("/api/workflow/<int:workflow_id>/pin")
@needs(Right.CHANGE_OWN, owners=current_owner)
def unpin_workflow(workflow_id: int) -> Response:
    """Let a workflow go when it becomes too old."""
    return _pin(workflow_id, pinned=False)


def _pin(workflow_id: int, *, pinned: bool) -> Response:
    with writing() as connection:
        verbs.pin(connection, workflow_id, pinned=pinned)
    return show_workflow(workflow_id)


@blueprint.put("/api/workflow/<int:workflow_id>/seen")
@needs(Right.CHANGE_OWN, owners=owner_of_named_run)
def mark_workflow_seen(workflow_id: int) -> Response:
    """Note that somebody has seen that a workflow's run failed or fell silent."""
    moment, by, run = request_time(), visitor().name, number("run", 1)
    with writing() as connection:
        verbs.mark_seen(connection, workflow_id, run, by, moment)
    return show_workflow(workflow_id)


@blueprint.delete("/api/workflow/<int:workflow_id>/seen")
@needs(Right.CHANGE_OWN, owners=owner_of_named_run)
def mark_workflow_unseen(workflow_id: int) -> Response:
    """Take that back."""
    run = number("run", 1)
    with writing() as connection:
        verbs.mark_unseen(connection, workflow_id, run, request_time())
    return show_workflow(workflow_id)


@blueprint.post("/api/workflow/<int:workflow_id>/stop")
@needs(Right.CHANGE_OWN, owners=owner_of_named_run)
def stop_workflow(workflow_id: int) -> Response:
    """Ask the client of a workflow's run to stop it."""
    run, by = number("run", 1), visitor().name
    with writing() as connection:
        verbs.ask_to_stop(connection, workflow_id, run, by, request_time().now)
    return show_workflow(workflow_id)


@blueprint.post("/api/workflow/<int:workflow_id>/cancel")
@needs(Right.CHANGE_OWN, owners=owner_of_named_run)
def cancel_workflow(workflow_id: int) -> Response:
    """Mark a workflow's run as cancelled, whatever its client still sends."""
    run = number("run", 1)
    with writing() as connection:
        verbs.cancel(connection, workflow_id, request_time().now, run)
    return show_workflow(workflow_id)


@blueprint.delete("/api/workflow/<int:workflow_id>/cancel")
@needs(Right.CHANGE_OWN, owners=owner_of_named_run)
def undo_cancel_workflow(workflow_id: int) -> Response:
    """Take that back, for some minutes: the run stands as if it had not been cancelled."""
    services().intake.undo_cancel(workflow_id, number("run", 1), request_time().now)
    return show_workflow(workflow_id)


@blueprint.delete("/api/workflow/<int:workflow_id>")
@needs(Right.CHANGE_OWN)
def delete_workflow(workflow_id: int) -> tuple[str, int]:
    """Delete a workflow with all its runs, unless it runs."""
    moment = request_time()
    with writing() as connection:
        deletion.delete(connection, workflow_id, moment)
    return "", 204


@blueprint.post("/api/workflow/<int:workflow_id>/restore")
@needs(Right.CHANGE_OWN)
def restore_workflow(workflow_id: int) -> Response:
    """Bring a workflow back that was deleted in the last minutes."""
    with writing() as connection:
        deletion.restore(connection, workflow_id, request_time().now)
    return show_workflow(workflow_id)


@blueprint.delete("/api/workflow/<int:workflow_id>/runs/<run:run>")
@needs(Right.CHANGE_OWN, owners=owner_of_named_run)
def delete_run(workflow_id: int, run: int) -> tuple[str, int]:
    """Delete one of a workflow's earlier runs, unless it runs."""
    moment = request_time()
    with writing() as connection:
        deletion.delete_run(connection, workflow_id, run, moment)
    return "", 204


@blueprint.put("/api/workflow/<int:workflow_id>/runs/<run:run>")
@needs(Right.CHANGE_OWN, owners=owner_of_named_run)
def annotate_run(workflow_id: int, run: int) -> Response:
    """Give a run a note and labels, or let its workflow's other runs be compared with it."""
    said, is_baseline = wanted_annotation()
    with writing() as connection:
        verbs.annotate(connection, workflow_id, run, said, is_baseline=is_baseline)
    return jsonify({"workflow": workflow_json(found_run(workflow_id, run))})


@blueprint.post("/api/workflow/<int:workflow_id>/runs/<run:run>/restore")
@needs(Right.CHANGE_OWN, owners=owner_of_named_run)
def restore_run(workflow_id: int, run: int) -> Response:
    """Bring a run back that was deleted in the last minutes."""
    with writing() as connection:
        deletion.restore_run(connection, workflow_id, run, request_time().now)
    return jsonify({"workflow": workflow_json(found_run(workflow_id, run))})


@blueprint.delete("/api/workflows/all")
def delete_all_workflows() -> Response:
    """Delete everything, or those workflows that a filter lets through, unless they run."""
    moment, wanted = request_time(), workflow_filter()
    if is_wanted("mine") and wanted.owner is None:
        raise BadRequest("mine: without tokens, nothing is anybody's.")
    if not wanted.lets_all_through:
        return _delete_matching(moment, wanted)
    with writing() as connection:
        deleted = deletion.delete_all(connection, moment.now)
    if not deleted:
        raise Gone("There is no workflow to delete.")
    return jsonify({"msg": "Database clean up is complete"})


def _delete_matching(moment: Moment, wanted: WorkflowFilter) -> Response:
    """Delete one after the other: many large ones at once would make running engines wait."""
    matching = runs.matching_ids(moment, wanted)
    deleted = sum(_is_deleted(workflow_id, moment) for workflow_id in matching)
    kept = len(matching) - deleted
    if not deleted:
        raise NotFound("There is no workflow to delete that matches and doesn't run.")
    running = f"; {count(kept, 'running one')} kept" if kept else ""
    return jsonify({"msg": f"{count(deleted, 'workflow')} deleted{running}"})


def _is_deleted(workflow_id: int, moment: Moment) -> bool:
    """Delete a workflow unless it runs, or somebody else was faster; return whether that was so."""
    try:
        with writing() as connection:
            deletion.delete(connection, workflow_id, moment)
    except (Forbidden, NotFound):
        return False
    return True


@blueprint.post("/api/workflows/restore")
def restore_workflows() -> Response:
    """Bring everything back that was deleted in the last minutes; all workflows."""
    with writing() as connection:
        deletion.restore_all(connection, request_time().now)
    return list_workflows()


@blueprint.get("/api/workflow/<int:workflow_id>/runs")
@changes_with(lambda **_: change_tokens.everything())
def list_runs(workflow_id: int) -> Response:
    """Return the runs of a workflow that are wanted, the newest first; all unless pages are."""
    found_run(workflow_id)
    moment, (status, label) = request_time(), wanted_runs()
    if is_paged():
        page = runs.runs(moment, workflow_id, *paging(), status, label)
        return jsonify({"runs": [workflow_json(view) for view in page.items], "count": page.total})
    found = runs.all_runs(moment, workflow_id, status, label)
    return jsonify({"runs": [workflow_json(view) for view in found], "count": len(found)})


@blueprint.get("/api/workflow/<int:workflow_id>/rules")
@changes_with(run_changes)
def list_rules(workflow_id: int) -> Response:
    """Return how the jobs of each rule stand."""
    found = [rule_json(rule) for rule in in_order(rules(wanted_run(workflow_id)), "name")]
    return jsonify({"rules": found, "count": len(found)})


@blueprint.get("/api/workflow/<int:workflow_id>/history")
def show_history(workflow_id: int) -> Response:
    """Return the runs of a workflow, the newest first, with what each rule usually took in them.

    `?format=csv` or `tsv` gives a table of all that match.
    """
    run, (page, per_page) = found_run(workflow_id), paging()
    moment, wanted = request_time(), wanted_runs()
    table = table_format()
    if table:
        chunks = runs.chunks_of_runs(moment, run.workflow_id, *wanted)
        names = [rule.name for rule in rules(run)[:MOST_RULES]]
        return streamed(history_table(table, chunks, names), table.mimetype)
    found = runs.runs(moment, run.workflow_id, page, min(per_page, MOST_RUNS), *wanted)
    names = [rule.name for rule in rules(found.items[0])[:MOST_RULES]] if found.items else []
    of_rules = rules_in_runs(found.items, names)
    return jsonify(
        {
            "runs": [history_json(view) for view in found.items],
            "rules": {
                name: [_median(of_rules[view.run_id].get(name)) for view in found.items]
                for name in names
            },
            "count": found.total,
        }
    )


def _median(rule: RuleInRun | None) -> float | None:
    return rule.median if rule else None


@blueprint.get("/api/workflow/<int:workflow_id>/compare")
def compare_runs(workflow_id: int) -> Response:
    """Return a run beside another: `?with=n`, the baseline, or the last good one before it.

    `?format=csv` or `tsv` gives a table of their rules.
    """
    run, wanted = wanted_run(workflow_id), number("with", 1)
    if wanted is None:
        other = usual_other(request_time(), run)
        if other is None:
            raise NotFound(f"There is no run before run {run.run} of workflow {workflow_id}.")
    else:
        other = found_run(workflow_id, wanted)
    table = table_format()
    if table:
        return streamed(comparison_table(table, run, other), table.mimetype)
    return jsonify(comparison_json(run, other))


@blueprint.get("/api/workflow/<int:workflow_id>/resources")
@changes_with(run_changes)
def list_resources(workflow_id: int) -> Response:
    """Return what the jobs of each rule asked for and used."""
    run, (page, per_page) = wanted_run(workflow_id), paging()
    found = rule_usage(run, page, per_page)
    return jsonify({"rules": [usage_json(usage) for usage in found.items], "count": found.total})


@blueprint.get("/api/workflow/<int:workflow_id>/messages")
@changes_with(run_changes)
def list_messages(workflow_id: int) -> Response:
    """Return the run's log; all of it unless the caller asks for pages."""
    run, wanted, (page, per_page) = wanted_run(workflow_id), level(), paging()
    if is_paged():
        found = messages(run, wanted, page, per_page)
        lines = [message_json(line) for line in found.items]
        return jsonify({"messages": lines, "count": found.total})
    chunks = (_in_json(message_json, lines) for lines in all_messages(run, wanted))
    return streamed(json_list("messages", chunks), JSON)


def _in_json(as_json: Callable[[T], dict[str, Any]], items: Sequence[T]) -> Iterator[bytes]:
    return (dumps(as_json(item)) for item in items)
