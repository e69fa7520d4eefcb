"""A run as one HTML file to keep: it needs no server, no network and no script.

It stays small whatever the run: it says what it leaves out.
"""

import hashlib
from base64 import b64encode
from functools import cache
from pathlib import Path

from flask import Response, current_app, make_response, render_template, url_for
from markupsafe import Markup

from panoptes.charts.timeline.spans import FAILED, Span
from panoptes.queries import jobs
from panoptes.queries.results import RuleView, RunView
from panoptes.queries.rules import rules as rules_of
from panoptes.render.bars import unannounced
from panoptes.web.job_logs import job_log
from panoptes.web.pages.blueprint import WORKFLOW_URL, blueprint
from panoptes.web.pages.downloads import attached
from panoptes.web.pages.graph_page import DrawnGraph, draw_graph
from panoptes.web.pages.links import rule_anchor
from panoptes.web.pages.parameters import wanted_run
from panoptes.web.pages.timeline_labels import SpanLabels
from panoptes.web.pages.timeline_page import draw_timeline
from panoptes.web.request_time import request_time

MOST_FAILURES = 50
OPEN_FAILURES = 5
MOST_RULES = 300
# Characters of a picture; names of rules may be of any length.
MOST_PICTURE = 500_000
SHEETS = ("panoptes", "timeline", "graph", "report")


class ReportLabels(SpanLabels):
    """The timeline's labels, whose links lead to another place in the file."""

    def href(self, span: Span) -> str:
        """Return the place of a job that failed, else that of its rule."""
        return f"#job-{span.job}" if span.status == FAILED else f"#{rule_anchor(span.rule)}"


@blueprint.get(f"{WORKFLOW_URL}/report.html")
def report(workflow_id: int) -> Response:
    """A run as a file to keep."""
    run, moment = wanted_run(workflow_id), request_time()
    failures, rules = jobs.failed_jobs(moment, run, MOST_FAILURES), rules_of(run)
    style, policy = _style()
    html = render_template(
        "report.html",
        run=run,
        made_at=moment.now,
        address=url_for(".workflow", workflow_id=workflow_id, run=run.run, _external=True),
        failures=failures,
        open_failures=OPEN_FAILURES,
        log=job_log(run, failures[0]) if failures else None,
        rules=rules,
        unannounced=unannounced(run, rules),
        most_rules=MOST_RULES,
        timeline=draw_timeline(run, labels=ReportLabels),
        graph=_graph(run, rules),
        style=style,
        policy=policy,
    )
    response = attached(make_response(html), run, "report", "html")
    # The same as in the file, which has no headers where it is kept.
    response.headers["Content-Security-Policy"] = f"{policy}; frame-ancestors 'none'"
    return response


def _graph(run: RunView, rules: list[RuleView]) -> DrawnGraph:
    graph = draw_graph(run, rules, lambda rule: f"#{rule_anchor(rule)}")
    if len(graph.picture) > MOST_PICTURE:
        return DrawnGraph(refusal="The graph is too large for a report.")
    return graph


@cache
def _style() -> tuple[Markup, str]:
    """Return the style of the file, and the policy that lets nothing else in: no script at all."""
    folder = Path(current_app.static_folder or "") / "css"
    css = b"".join((folder / f"{name}.css").read_bytes() for name in SHEETS)
    digest = b64encode(hashlib.sha256(css).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return Markup(css.decode()), policy  # noqa: S704  # nosec B704  # Our own files.
