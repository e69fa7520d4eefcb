"""When each job of a run ran, and what is slow.

Of a run with more jobs than can be drawn, each rule has one bar, from its counts, and the jobs
come in parts.
"""

from dataclasses import dataclass
from datetime import datetime

from flask import render_template, request

from panoptes.charts.timeline.axis import offset, utc
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
from panoptes.common.status import Status
from panoptes.queries import timeline as questions
from panoptes.queries.results import Moment, Page, RuleView, RunView
from panoptes.queries.rules import rules as rules_of
from panoptes.web.conditional import changes_with
from panoptes.web.pages import parameters
from panoptes.web.pages.blueprint import WORKFLOW_URL, blueprint
from panoptes.web.pages.timeline_labels import SpanLabels
from panoptes.web.pages.wanted import run_changes, wanted_run
from panoptes.web.request_time import request_time

MOST_ROWS = 20
# The bars of so many rules find their place on a page.
MOST_BARS = 60
# Longer names of rules are in no link and no choice.
MOST_LETTERS = 200
MOST_OPTIONS = 500


@dataclass(frozen=True, slots=True)
class LongJob:
    """One of the attempts that took longest."""

    span: Span
    status: Status
    label: str
    href: str
    started: str


@dataclass(frozen=True, slots=True)
class Whole:
    """All of a run that has too many jobs: a bar for each rule, and what they took together."""

    chart: Chart
    more_rules: int
    jobs: int
    attempts: int
    seconds: float
    work: float
    begin: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class TimelinePage:
    """`rule` is the one that is shown alone, `chart` None where nothing began.

    `part` are the jobs that are drawn, of more where it has pages; `whole` is all of them then.
    `work` is what the drawn attempts took together, `unknown` how many have no known start.
    """

    rule: str | None
    options: list[str]
    part: Page[Span]
    whole: Whole | None
    chart: Chart | None
    jobs: int
    attempts: int
    unknown: int
    begin: datetime
    end: datetime
    seconds: float
    work: float
    slowest: list[RuleTime]
    more_rules: int
    longest: list[LongJob]

    def can_show_alone(self, rule: str | None) -> bool:
        """Return whether a link can lead to the timeline of this rule alone."""
        return self.rule is None and rule is not None and _can_name(rule)


@blueprint.get(f"{WORKFLOW_URL}/timeline")
@changes_with(run_changes)
def timeline(workflow_id: int) -> str:
    """When each job ran, how many at once, and what took long."""
    run, args = wanted_run(workflow_id), request.args
    page = parameters.page(args) if "page" in args else None
    shown = timeline_page(request_time(), run, parameters.job_filter(args).rule, page)
    return render_template("timeline.html", run=run, page=shown)


def timeline_page(
    moment: Moment,
    run: RunView,
    rule: str | None = None,
    page: int | None = None,
    labels: type[SpanLabels] = SpanLabels,
) -> TimelinePage:
    """Return all that the timeline of a run shows, of one rule or of all, with `labels`."""
    part, end = questions.spans(run, rule, page), _known_until(moment, run)
    spans = closed(part.items, end.timestamp())
    seen = window(spans, run.started_at.timestamp(), end.timestamp())
    if rule is not None or part.pages > 1:
        seen = close_up(spans, seen)
    goes_on = end == moment.now and any(span.status == RUNNING for span in spans)
    rules = rules_of(run) if part.pages > 1 and rule is None else []
    slowest = _slowest(spans, rules) if rule is None else []
    names = questions.wildcards({span.job for span in spans}) if spans and is_small(spans) else {}
    return TimelinePage(
        rule=rule,
        options=[name for name in questions.rules(run, MOST_OPTIONS) if _can_name(name)],
        part=part,
        whole=_whole(run, rules, end, goes_on=end == moment.now) if rules else None,
        chart=draw(spans, seen, labels(run, seen.origin, names), goes_on=goes_on)
        if spans
        else None,
        jobs=count_jobs(spans),
        attempts=len(spans),
        unknown=sum(not span.start_known for span in spans),
        begin=utc(seen.start),
        end=utc(seen.end),
        seconds=seen.seconds,
        work=sum(span.seconds for span in spans),
        slowest=slowest[:MOST_ROWS],
        more_rules=max(0, len(slowest) - MOST_ROWS),
        longest=_longest(run, rule, part, spans, seen.origin),
    )


def _slowest(spans: list[Span], rules: list[RuleView]) -> list[RuleTime]:
    """Return what the rules took: all that they did, where only a part of it is drawn."""
    if not rules:
        return slowest_rules(by_rule(spans))
    return slowest_first(
        RuleTime(rule.name, rule.jobs, rule.seconds, rule.median_seconds, rule.max_seconds)
        for rule in rules
        if rule.jobs
    )


def _whole(run: RunView, rules: list[RuleView], end: datetime, *, goes_on: bool) -> Whole:
    """Return the bars of the rules; those that run still reach to the end."""
    extents = [extent for rule in rules for extent in _extent(rule, end)]
    begin = run.started_at.timestamp()
    seen = Window(
        min([begin, *(extent.start for extent in extents)]),
        max([end.timestamp(), *(extent.end for extent in extents)]),
        begin,
    )
    drawn = sorted(extents, key=lambda extent: extent.start - extent.end)[:MOST_BARS]
    return Whole(
        chart=draw_rules(drawn, seen, goes_on=goes_on),
        more_rules=len(extents) - len(drawn),
        jobs=sum(rule.jobs for rule in rules),
        attempts=sum(rule.attempts for rule in rules),
        seconds=seen.seconds,
        work=sum(rule.seconds for rule in rules),
        begin=utc(seen.start),
        end=utc(seen.end),
    )


def _extent(rule: RuleView, end: datetime) -> list[Extent]:
    """Return when a rule ran, if any of its jobs did."""
    last = end if rule.running else rule.last_end
    first = rule.first_start or last
    if first is None or last is None:
        return []
    failed = rule.error + rule.attempts - rule.jobs
    return [Extent(rule.name, first.timestamp(), last.timestamp(), rule.jobs, failed)]


def _can_name(rule: str) -> bool:
    return 0 < len(rule) <= MOST_LETTERS


def _known_until(moment: Moment, run: RunView) -> datetime:
    """Return up to when a run is known: nobody knows what runs in one that fell silent."""
    if run.completed_at:
        return run.completed_at
    silent = moment.silent is not None and run.updated_at < moment.silent
    return run.updated_at if silent else moment.now


def _longest(
    run: RunView, rule: str | None, part: Page[Span], spans: list[Span], origin: float
) -> list[LongJob]:
    """Return the attempts of a rule that took longest, however many of them are drawn."""
    if rule is None:
        return []
    is_part = part.pages > 1
    spans = questions.longest(run, rule, MOST_ROWS) if is_part else longest(spans, MOST_ROWS)
    labels = SpanLabels(run, origin, questions.wildcards({span.job for span in spans}))
    return [
        LongJob(
            span,
            Status(span.status),
            labels.label(span),
            labels.href(span),
            offset(span.start - origin),
        )
        for span in spans
    ]
