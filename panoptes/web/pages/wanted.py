"""Which run a page's address speaks of."""

from flask import request

from panoptes.common.errors import NotFound
from panoptes.queries import change_tokens, runs
from panoptes.queries.change_tokens import ChangeToken
from panoptes.queries.results import RunView
from panoptes.web.pages import parameters
from panoptes.web.request_time import request_time


def wanted_run(workflow_id: int) -> RunView:
    """Return the run that the address speaks of: `?run=n`, or the current one. Raises NotFound."""
    number = parameters.run_number(request.args)
    if number is None:
        return current_run(workflow_id)
    run = runs.workflow(request_time(), workflow_id, number)
    if run is None:
        current_run(workflow_id)
        raise NotFound(f"Workflow {workflow_id} has no run {number}.")
    return run


def current_run(workflow_id: int) -> RunView:
    """Return a workflow's current run. Raises NotFound."""
    run = runs.workflow(request_time(), workflow_id)
    if run is None:
        raise NotFound(f"There is no workflow {workflow_id}; it may have been deleted.")
    return run


def run_changes(workflow_id: int, **_: object) -> ChangeToken:
    """Return what tells whether that run changed. Raises NotFound for what is no number."""
    return change_tokens.of_run(workflow_id, parameters.run_number(request.args))
