"""A run as one HTML file to keep: it needs no server, no network and no script.

It stays small whatever the run: what is left out is told in it.
"""

import hashlib
from base64 import b64encode
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from flask import Response, current_app, make_response, render_template, url_for
from markupsafe import Markup

from panoptes.charts.timeline.spans import FAILED, Span
from panoptes.queries import jobs
from panoptes.queries.results import JobView, Moment, RuleView, RunView
from panoptes.queries.rules import rules as rules_of
from panoptes.web.pages.blueprint import WORKFLOW_URL, blueprint
from panoptes.web.pages.downloads import attached
from panoptes.web.pages.graph_page import graph_page
from panoptes.web.pages.job_logs import JobLog, job_log
from panoptes.web.pages.links import rule_anchor
from panoptes.web.pages.timeline_labels import SpanLabels
from panoptes.web.pages.timeline_page import TimelinePage, timeline_page
from panoptes.web.pages.wanted import wanted_run
from panoptes.web.request_time import request_time

MOST_FAILURES = 50
OPEN_FAILURES = 5
MOST_RULES = 300
# Characters of a picture; names of rules may be of any length.
MOST_PICTURE = 500_000
SHEETS = ("panoptes", "timeline", "graph", "report")


@dataclass(frozen=True, slots=True)
class Report:
    """What the file shows. `failures` are the first ones, `more_*` how many were left out.

    `open_failures` of them are seen at once, the others on a click. `graph_left_out` says why
    there is no picture of the rules.
    """

    made: Moment
    address: str
    failures: list[JobView]
    more_failures: int
    log: JobLog | None
    rules: list[RuleView]
    more_rules: int
    any_cancelled: bool
    timeline: TimelinePage
    graph: Markup | None
    graph_left_out: str
    open_failures: int = OPEN_FAILURES


class ReportLabels(SpanLabels):
    """The timeline's labels, whose links lead to another place in the file."""

    def href(self, span: Span) -> str:
        """Return the place of a job that failed, else that of its rule."""
        return f"#job-{span.job}" if span.status == FAILED else f"#{rule_anchor(span.rule)}"


@blueprint.get(f"{WORKFLOW_URL}/report.html")
def report(workflow_id: int) -> Response:
    """A run as a file to keep."""
    run = wanted_run(workflow_id)
    style, policy = _style()
    page = _report(request_time(), run)
    html = render_template("report.html", run=run, page=page, style=style, policy=policy)
    response = attached(make_response(html), run, "report", "html")
    # The same as in the file, which has no headers where it is kept.
    response.headers["Content-Security-Policy"] = f"{policy}; frame-ancestors 'none'"
    return response


def _report(moment: Moment, run: RunView) -> Report:
    failures = jobs.failed_jobs(moment, run, MOST_FAILURES)
    rules = rules_of(run)
    graph, left_out = _graph(run)
    return Report(
        made=moment,
        address=url_for(".workflow", workflow_id=run.workflow_id, run=run.run, _external=True),
        failures=failures,
        more_failures=max(0, run.jobs_failed - len(failures)),
        log=job_log(run, failures[0]) if failures else None,
        rules=rules[:MOST_RULES],
        more_rules=max(0, len(rules) - MOST_RULES),
        any_cancelled=any(rule.cancelled for rule in rules),
        timeline=timeline_page(moment, run, labels=ReportLabels),
        graph=graph,
        graph_left_out=left_out,
    )


def _graph(run: RunView) -> tuple[Markup | None, str]:
    page = graph_page(run, lambda rule: f"#{rule_anchor(rule)}")
    if page.picture is not None and len(page.picture) > MOST_PICTURE:
        return None, "The graph is too large for a report."
    return page.picture, page.too_much


@cache
def _style() -> tuple[Markup, str]:
    """Return the style of the file, and the policy that lets nothing else in: no script at all."""
    folder = Path(current_app.static_folder or "") / "css"
    css = b"".join((folder / f"{name}.css").read_bytes() for name in SHEETS)
    digest = b64encode(hashlib.sha256(css).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return Markup(css.decode()), policy  # noqa: S704  # nosec B704  # Our own files.
