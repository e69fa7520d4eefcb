"""The runs of a workflow side by side: a page of them, and the strip in the head of others."""

from dataclasses import dataclass

from flask import render_template

from panoptes.analysis.comparison import SLOWER
from panoptes.common.status import WORKFLOW_STATUSES, Status
from panoptes.engines.terms import terms
from panoptes.queries import change_tokens, runs
from panoptes.queries import history as questions
from panoptes.queries.results import RunView
from panoptes.queries.rules import rules as rules_of
from panoptes.render.history import (
    RunBar,
    count_rows,
    duration_lines,
    rule_rows,
    run_bars,
    short_runs,
    trend,
)
from panoptes.web.conditional import changes_with
from panoptes.web.pages import parameters
from panoptes.web.pages.blueprint import WORKFLOW_URL, blueprint
from panoptes.web.pages.links import here
from panoptes.web.pages.parameters import wanted_run
from panoptes.web.request_time import request_time

MOST_RULES = 25
# Fewer bars than these would be too wide.
LEAST_PLACES = 8


@blueprint.get(f"{WORKFLOW_URL}/history")
@changes_with(change_tokens.everything)
def history(workflow_id: int) -> str:
    """How the runs of a workflow went, and how long each rule took in them."""
    run, status, label = wanted_run(workflow_id), parameters.status(), parameters.label()
    page = runs.runs(
        request_time(), run.workflow_id, parameters.page(), questions.ON_A_PAGE, status, label
    )
    shown = page.items[::-1]
    names = [rule.name for rule in rules_of(shown[-1])] if shown else []
    found = questions.rules_in_runs(shown, names[:MOST_RULES])
    return render_template(
        "history.html",
        run=run,
        page=page,
        shown=shown,
        bars=run_bars(short_runs(shown), max(len(shown), LEAST_PLACES)),
        lines=duration_lines(max((each.duration.total_seconds() for each in shown), default=0.0)),
        whole=trend(
            [each.duration.total_seconds() for each in shown],
            [each.status is Status.DONE for each in shown],
        ),
        failed=sum(each.status is Status.ERROR for each in shown),
        counts=count_rows(shown, terms(run.engine).jobs.capitalize()),
        rows=rule_rows(shown, names[:MOST_RULES], found),
        more_rules=max(0, len(names) - MOST_RULES),
        slower=SLOWER,
        status=status,
        label=label,
        statuses=WORKFLOW_STATUSES,
    )


@dataclass(frozen=True, slots=True)
class StripView:
    """A workflow's latest runs as bars, and the runs beside the one of the page.

    Of these, the same page is linked.
    """

    bars: list[RunBar]
    before: int | None
    after: int | None

    @property
    def before_url(self) -> str:
        """Where the run before stands."""
        return here(run=self.before, page=None)

    @property
    def after_url(self) -> str:
        """Where the run after stands."""
        return here(run=self.after, page=None)


def run_strip(run: RunView) -> StripView | None:
    """Return the strip of a run's workflow; None where it has but one run."""
    if run.newest == 1:
        return None
    found = questions.strip(request_time(), run)
    bars = run_bars(found.runs, questions.ON_A_PAGE)
    return StripView(bars, found.before, found.after)
