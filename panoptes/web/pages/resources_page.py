"""What the jobs of each rule asked for, and what they used."""

from flask import render_template

from panoptes.queries.usage import rule_usage
from panoptes.render.usage import cores_cell, memory_cell, time_cell
from panoptes.web.conditional import changes_with
from panoptes.web.pages import parameters
from panoptes.web.pages.blueprint import WORKFLOW_URL, blueprint
from panoptes.web.pages.parameters import run_changes, wanted_run

MOST_ROWS = 40


@blueprint.get(f"{WORKFLOW_URL}/resources")
@changes_with(run_changes)
def resources(workflow_id: int) -> str:
    """What each rule's jobs asked for and used: memory, cores, time and files."""
    run = wanted_run(workflow_id)
    page = rule_usage(run, parameters.page(), MOST_ROWS)
    cells = [(memory_cell(usage), cores_cell(usage), time_cell(usage)) for usage in page.items]
    return render_template("resources.html", run=run, page=page, cells=cells)
