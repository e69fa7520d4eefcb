"""The page that compares a run with another of its workflow."""

from flask import render_template, request

from panoptes.analysis.comparison import failures, pace, pairs
from panoptes.common.errors import NotFound
from panoptes.queries import change_tokens, runs
from panoptes.queries import comparison as questions
from panoptes.queries.results import RunView
from panoptes.web.conditional import changes_with
from panoptes.web.pages import parameters
from panoptes.web.pages.blueprint import WORKFLOW_URL, blueprint
from panoptes.web.pages.parameters import wanted_run
from panoptes.web.request_time import request_time

MOST_RULES = 100
MOST_FAILURES = 20
MOST_DIFFERENCES = 100


@blueprint.get(f"{WORKFLOW_URL}/compare")
@changes_with(change_tokens.everything)
def compare(workflow_id: int) -> str:
    """One run against another: what took longer, what failed anew, what is set otherwise."""
    run = wanted_run(workflow_id)
    other = other_run(run)
    if other is None:
        return render_template("compare.html", run=run, other=None)
    of_rules = pairs(questions.rule_times(run), questions.rule_times(other))
    is_all = request.args.get("rules") == "all"
    differences = questions.differences(run, other)
    shown = [pair for pair in of_rules if is_all or pair.differs]
    return render_template(
        "compare.html",
        run=run,
        other=other,
        pairs=shown[:MOST_RULES],
        more_pairs=max(0, len(shown) - MOST_RULES),
        is_all=len(shown) == len(of_rules),
        rules=len(of_rules),
        pace=pace(of_rules),
        slower=[pair for pair in of_rules if pair.is_slower],
        failures=failures(questions.failed_jobs(run), questions.failed_jobs(other)),
        most_failures=MOST_FAILURES,
        differences=differences[:MOST_DIFFERENCES],
        more_differences=max(0, len(differences) - MOST_DIFFERENCES),
    )


def other_run(run: RunView) -> RunView | None:
    """Return the run that the address compares a run with; None where there is none."""
    wanted = parameters.number("with")
    if wanted is None:
        return questions.usual_other(request_time(), run)
    other = runs.workflow(request_time(), run.workflow_id, wanted)
    if other is None:
        raise NotFound(f"Workflow {run.workflow_id} has no run {wanted}.")
    return other
