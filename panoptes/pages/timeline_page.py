"""When each job of a run ran, and what is slow."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import render_template, request, url_for

from panoptes.models.status import Status
from panoptes.moment import now_here
from panoptes.pages import parameters
from panoptes.pages.blueprint import WORKFLOW_URL, blueprint
from panoptes.pages.fresh import NOT_MODIFIED, shows_run_as_before
from panoptes.pages.views import found_run
from panoptes.pages.words import cut, duration
from panoptes.queries import timeline as questions
from panoptes.queries.views import Moment, RunView
from panoptes.timeline.axis import clock, offset, utc
from panoptes.timeline.chart import Chart, draw, is_small
from panoptes.timeline.slowest import RuleTime, longest, slowest_rules
from panoptes.timeline.spans import (
    RUNNING,
    Span,
    Window,
    by_rule,
    close_up,
    closed,
    count_jobs,
    window,
)

MOST_ROWS = 20
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
class TimelinePage:
    """`rule` is the one that is shown alone, `chart` None where nothing began.

    `work` is what all attempts took together, `unknown` how many have no known start.
    """

    rule: str | None
    options: list[str]
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
def timeline(workflow_id: int) -> str | tuple[str, int]:
    """When each job ran, how many at once, and what took long."""
    moment, args = now_here(), request.args
    run = found_run(moment, workflow_id, parameters.run_number(args))
    if shows_run_as_before(moment, run):
        return NOT_MODIFIED
    page = timeline_page(moment, run, parameters.job_filter(args).rule)
    return render_template("timeline.html", run=run, page=page)


def timeline_page(moment: Moment, run: RunView, rule: str | None) -> TimelinePage:
    """Return all that the timeline of a run shows, of one rule or of all."""
    end = _known_until(moment, run)
    spans = closed(questions.spans(run, rule), end.timestamp())
    seen = window(spans, run.started_at.timestamp(), end.timestamp())
    seen = seen if rule is None else close_up(spans, seen)
    slowest = slowest_rules(by_rule(spans)) if rule is None else []
    goes_on = end == moment.now and any(span.status == RUNNING for span in spans)
    return TimelinePage(
        rule=rule,
        options=[name for name in questions.rules(run, MOST_OPTIONS) if _can_name(name)],
        chart=_chart(run, spans, seen, goes_on=goes_on) if spans else None,
        jobs=count_jobs(spans),
        attempts=len(spans),
        unknown=sum(not span.start_known for span in spans),
        begin=utc(seen.start),
        end=utc(seen.end),
        seconds=seen.seconds,
        work=sum(span.seconds for span in spans),
        slowest=slowest[:MOST_ROWS],
        more_rules=max(0, len(slowest) - MOST_ROWS),
        longest=[] if rule is None else _longest(run, spans, seen.origin),
    )


def _can_name(rule: str) -> bool:
    return 0 < len(rule) <= MOST_LETTERS


def _known_until(moment: Moment, run: RunView) -> datetime:
    """Return up to when a run is known: nobody knows what runs in one that fell silent."""
    if run.completed_at:
        return run.completed_at
    silent = moment.silent is not None and run.updated_at < moment.silent
    return run.updated_at if silent else moment.now


def _chart(run: RunView, spans: list[Span], seen: Window, *, goes_on: bool) -> Chart:
    names = questions.wildcards({span.job for span in spans}) if is_small(spans) else {}
    return draw(spans, seen, SpanWords(run, seen.origin, names), goes_on=goes_on)


def _longest(run: RunView, spans: list[Span], origin: float) -> list[LongJob]:
    found = longest(spans, MOST_ROWS)
    words = SpanWords(run, origin, questions.wildcards({span.job for span in found}))
    return [
        LongJob(
            span,
            Status(span.status),
            words.label(span),
            words.href(span),
            offset(span.start - origin),
        )
        for span in found
    ]


@dataclass(frozen=True, slots=True)
class SpanWords:
    """What is said of a span, and where it leads."""

    run: RunView
    origin: float
    wildcards: Mapping[int, Mapping[str, str]]

    def href(self, span: Span) -> str:
        """Return the address of its job's page."""
        number = None if self.run.run == self.run.runs else self.run.run
        return url_for(
            ".job",
            workflow_id=self.run.workflow_id,
            jobid=span.key,
            run=number,
            part=span.part or None,
        )

    def label(self, span: Span) -> str:
        """Return its wildcards, or its id where it has none."""
        told = self.wildcards.get(span.job, {})
        return ", ".join(f"{name}={value}" for name, value in told.items()) or f"job {span.key}"

    def title(self, span: Span) -> str:
        """Return which it is, how it went, when it began and how long it took."""
        number = f"attempt {span.attempt} of {span.attempts}, " if span.attempts > 1 else ""
        lines = (
            f"{cut(span.rule, 60)} {cut(self.label(span), 100)}".strip(),
            f"{number}{Status(span.status)}",
            *self._times(span),
        )
        return "\n".join(lines)

    def _times(self, span: Span) -> tuple[str, ...]:
        at = f"{offset(span.start - self.origin)}, {clock(span.start)}"
        if not span.start_known:
            return (f"ended at {at}", "its start is not known")
        verb = "has been running for" if span.status == RUNNING else "took"
        return (f"started at {at}", f"{verb} {duration(span.seconds)}")
