"""Answers "nothing changed" to programs that ask again, without asking for what they have."""

from flask import request

from panoptes.database.connections import db
from panoptes.queries import change_tokens
from panoptes.web.api.blueprint import blueprint
from panoptes.web.api.parameters import number
from panoptes.web.conditional import NOT_MODIFIED, add_etag, is_known, mark_answer
from panoptes.web.request_time import request_time

OF_EVERYTHING = ("list_workflows", "list_runs")
OF_A_RUN = ("show_workflow", "list_jobs", "show_job", "list_rules", "list_messages")


@blueprint.before_request
def answer_as_before() -> tuple[str, int] | None:
    """Answer a program that has the answer already. Raises BadRequest for a run's bad number."""
    stamp = _stamp()
    state = stamp and stamp.read(db.engine)
    if state is None or not is_known(mark_answer(request_time(), state)):
        return None
    return NOT_MODIFIED


def _stamp() -> change_tokens.ChangeToken | None:
    """Return what tells of changes to the answer, None where it isn't to be asked for again."""
    view = (request.endpoint or "").partition(".")[2]
    if view in OF_EVERYTHING:
        return change_tokens.everything()
    if view in OF_A_RUN:
        return change_tokens.of_run((request.view_args or {})["workflow_id"], number("run", 1))
    return None


blueprint.after_request(add_etag)
