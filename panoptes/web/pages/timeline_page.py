"""When each job of a run ran, and what is slow.

Of a run with more jobs than can be drawn, each rule has one bar, from its counts, and the jobs
come in parts.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask import render_template, request

from panoptes.charts.timeline.axis import utc
from panoptes.charts.timeline.chart import Chart, draw, draw_rules, is_small
from panoptes.charts.timeline.slowest import RuleTime, longest, slowest_first, slowest_rules
from panoptes.charts.timeline.spans import (
    RUNNING,
    Extent,
    Span,
    Window,
    by_rule,
    close_up,
    closed,
    count_jobs,
    window,
)
from panoptes.engines.terms import terms
from panoptes.queries import timeline as questions
from panoptes.queries.results import Page, RuleView, RunView
from panoptes.queries.rules import rules as rules_of
from panoptes.web.conditional import changes_with
from panoptes.web.pages import parameters
from panoptes.web.pages.blueprint import WORKFLOW_URL, blueprint
from panoptes.web.pages.parameters import run_changes, wanted_run
from panoptes.web.pages.timeline_labels import SpanLabels
from panoptes.web.request_time import request_time

MOST_ROWS = 20
# The bars of so many rules find their place on a page.
MOST_BARS = 40
# Longer names of rules are in no link and no choice.
MOST_LETTERS = 200
MOST_OPTIONS = 500


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chart, the time that it shows, and what its attempts took together.

    `more_rules` have no bar in it, and of `unknown` attempts only the end is known.
    """

    chart: Chart
    window: Window
    jobs: int
    attempts: int
    work: float
    more_rules: int = 0
    unknown: int = 0

    @property
    def begin(self) -> datetime:
        """When it begins."""
        return utc(self.window.start)

    @property
    def end(self) -> datetime:
        """When it ends."""
        return utc(self.window.end)


@dataclass(frozen=True, slots=True)
class Timeline:
    """A run's attempts, and how they are drawn; None where nothing began.

    Where there are too many, `part` has pages and `spans` are one of them. All together they are
    `whole` then: a bar for each of the `rules`, which are empty otherwise.
    """

    part: Page[Span]
    spans: list[Span]
    labels: SpanLabels
    drawing: Drawing | None
    rules: list[RuleView]
    whole: Drawing | None


@blueprint.get(f"{WORKFLOW_URL}/timeline")
@changes_with(run_changes)
def timeline(workflow_id: int) -> str:
    """When each job ran, how many at once, and what took long."""
    run, rule = wanted_run(workflow_id), parameters.rule()
    page = parameters.page() if "page" in request.args else None
    drawn = draw_timeline(run, rule, page)
    slowest = _slowest(drawn.spans, drawn.rules) if rule is None else []
    names = questions.rules(run, MOST_OPTIONS)
    return render_template(
        "timeline.html",
        run=run,
        rule=rule,
        options=[name for name in names if 0 < len(name) <= MOST_LETTERS],
        most_letters=MOST_LETTERS,
        timeline=drawn,
        slowest=slowest[:MOST_ROWS],
        more_rules=max(0, len(slowest) - MOST_ROWS),
        **_longest(run, rule, drawn),
    )


def draw_timeline(
    run: RunView,
    rule: str | None = None,
    page: int | None = None,
    labels: type[SpanLabels] = SpanLabels,
) -> Timeline:
    """Return the timeline of a run, of one rule or of all, with `labels`."""
    now, end = request_time().now, _known_until(run)
    part = questions.spans(run, rule, page)
    spans = closed(part.items, end.timestamp())
    seen = window(spans, run.started_at.timestamp(), end.timestamp())
    if rule is not None or part.pages > 1:
        seen = close_up(spans, seen)
    rules = _rules(run, end) if part.pages > 1 and rule is None else []
    names = questions.wildcards({span.job for span in spans}) if spans and is_small(spans) else {}
    of_rules = {span.rule for span in spans} | {rule.name for rule in rules}
    words = labels(run, seen.origin, names, terms(run.engine).short_names(of_rules))
    goes_on = end == now and any(span.status == RUNNING for span in spans)
    drawing = None
    if spans:
        drawing = Drawing(
            chart=draw(spans, seen, words, goes_on=goes_on),
            window=seen,
            jobs=count_jobs(spans),
            attempts=len(spans),
            work=sum(span.seconds for span in spans),
            unknown=sum(not span.start_known for span in spans),
        )
    whole = _whole(run, rules, words, end, goes_on=end == now) if rules else None
    return Timeline(part, spans, words, drawing, rules, whole)


def _rules(run: RunView, end: datetime) -> list[RuleView]:
    """Return the rules of a run; what their jobs take that run still counts up to the end."""
    running = questions.running_seconds(run, end)
    return [
        replace(rule, seconds=rule.seconds + running.get(rule.name, 0.0)) for rule in rules_of(run)
    ]


def _slowest(spans: list[Span], rules: list[RuleView]) -> list[RuleTime]:
    """Return what the rules took: all that they did, where only a part of it is drawn."""
    if not rules:
        return slowest_rules(by_rule(spans))
    return slowest_first(
        RuleTime(rule.name, rule.begun, rule.seconds, rule.median_seconds, rule.max_seconds)
        for rule in rules
        if rule.begun
    )


def _whole(
    run: RunView, rules: list[RuleView], labels: SpanLabels, end: datetime, *, goes_on: bool
) -> Drawing:
    """Return the bars of the rules; those that run still reach to the end."""
    extents = [extent for rule in rules for extent in _extent(rule, end)]
    begin = run.started_at.timestamp()
    seen = Window(
        min([begin, *(extent.start for extent in extents)]),
        max([end.timestamp(), *(extent.end for extent in extents)]),
        begin,
    )
    drawn = sorted(extents, key=lambda extent: extent.start - extent.end)[:MOST_BARS]
    return Drawing(
        chart=draw_rules(drawn, seen, labels, goes_on=goes_on),
        window=seen,
        jobs=sum(rule.begun for rule in rules),
        attempts=sum(rule.attempts for rule in rules),
        work=sum(rule.seconds for rule in rules),
        more_rules=len(extents) - len(drawn),
    )


def _extent(rule: RuleView, end: datetime) -> list[Extent]:
    """Return when a rule ran, if any of its jobs did."""
    last = end if rule.running else rule.last_end
    first = rule.first_start or last
    if first is None or last is None:
        return []
    failed = rule.error + rule.attempts - rule.jobs
    return [Extent(rule.name, first.timestamp(), last.timestamp(), rule.begun, failed)]


def _known_until(run: RunView) -> datetime:
    """Return up to when a run is known: nobody knows what runs in one that fell silent."""
    return run.completed_at or (request_time().now if run.is_live else run.updated_at)


def _longest(run: RunView, rule: str | None, drawn: Timeline) -> dict[str, Any]:
    """Return the attempts of a rule that took longest, however many are drawn, with labels."""
    if rule is None:
        return {"longest": []}
    is_part = drawn.part.pages > 1
    found = questions.longest(run, rule, MOST_ROWS) if is_part else drawn.spans
    spans = longest(closed(found, _known_until(run).timestamp()), MOST_ROWS)
    names = questions.wildcards({span.job for span in spans})
    return {"longest": spans, "labels": replace(drawn.labels, wildcards=names)}
