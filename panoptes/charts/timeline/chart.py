"""All pictures of a timeline together, small enough for a page."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import inf

from panoptes.charts.timeline import svg
from panoptes.charts.timeline.axis import ticks
from panoptes.charts.timeline.lanes import pack
from panoptes.charts.timeline.spans import FAILED, Extent, Span, Window, by_rule, count_jobs
from panoptes.charts.timeline.strips import fold
from panoptes.charts.timeline.svg import AttemptLabels
from panoptes.charts.timeline.usage import thinned, threads_of, usage
from panoptes.common.wording import count, number

# Above one of these, the jobs of a rule become one strip.
MOST_SPANS = 400
MOST_BYTES = 80_000
# The more lanes, the lower they are: (up to so many lanes, height).
_HEIGHTS = ((60, 18), (150, 12), (inf, 8))
_NAME_LETTERS = 60
# What a page has around the picture of a row: its rule's name, linked, and numbers.
_ROW_BYTES = 500


@dataclass(frozen=True, slots=True)
class ChartRow:
    """A rule's jobs and their picture; without a rule, those of `rules` other rules.

    `name` is what the rule is called here.
    """

    rule: str | None
    name: str
    rules: int
    jobs: int
    failed: int
    picture: str


@dataclass(frozen=True, slots=True)
class Panel:
    """What is in use over time, and its highest value."""

    name: str
    peak: int
    picture: str


@dataclass(frozen=True, slots=True)
class Chart:
    """The pictures, from top to bottom along one axis; `is_folded`: jobs have no bars."""

    axis: str
    grid: str
    rows: list[ChartRow]
    panels: list[Panel]
    is_folded: bool

    @property
    def longest_name(self) -> int:
        """How many letters the longest of its rules' names has."""
        return max((len(row.name) for row in self.rows), default=0)


def is_small(spans: Sequence[Span]) -> bool:
    """Return whether there are few enough spans to draw a bar for each."""
    return len(spans) <= MOST_SPANS


def draw(
    spans: Sequence[Span], window: Window, labels: AttemptLabels, *, goes_on: bool = False
) -> Chart:
    """Return the chart of closed spans, which are sorted by their start.

    `goes_on`: the right end of the window is now.
    """
    rules = by_rule(spans)
    marks = ticks(window)
    rows = _unfolded(rules, window, labels) if is_small(spans) else None
    steps = thinned(usage(spans), window)
    panels = [
        _panel("Running at once", labels.job, [(step.at, step.jobs) for step in steps], window)
    ]
    if any(threads_of(span) > 1 for span in spans):
        threads = [(step.at, step.threads) for step in steps]
        panels.append(_panel("Threads in use", "thread", threads, window))
    return Chart(
        axis=svg.axis(marks, goes_on=goes_on),
        grid=svg.grid(marks),
        rows=_folded(rules, window, labels) if rows is None else rows,
        panels=panels,
        is_folded=rows is None,
    )


def draw_rules(
    extents: Sequence[Extent], window: Window, labels: AttemptLabels, *, goes_on: bool = False
) -> Chart:
    """Return the chart of when each rule ran: all that can be drawn of any number of jobs."""
    marks = ticks(window)
    rows = [
        _row(
            rule.rule, rule.jobs, rule.failed, labels, partial(svg.extent, ran=rule, window=window)
        )
        for rule in sorted(extents, key=lambda extent: extent.start)
    ]
    return Chart(svg.axis(marks, goes_on=goes_on), svg.grid(marks), rows, [], is_folded=True)


def _unfolded(
    rules: Mapping[str, Sequence[Span]], window: Window, labels: AttemptLabels
) -> list[ChartRow] | None:
    """Return a row of bars for each rule; None where long names make it too large."""
    packed = {name: pack(spans, window) for name, spans in rules.items()}
    lanes = sum(needed for _, needed in packed.values())
    height = next(height for most, height in _HEIGHTS if lanes <= most)
    rows = [
        _row_of(
            name,
            spans,
            labels,
            partial(svg.lanes, packed=packed[name], height=height, labels=labels),
        )
        for name, spans in rules.items()
    ]
    size = sum(len(row.picture.encode()) + _ROW_BYTES for row in rows)
    return rows if size <= MOST_BYTES else None


def _folded(
    rules: Mapping[str, Sequence[Span]], window: Window, labels: AttemptLabels
) -> list[ChartRow]:
    strips, rest = fold(rules, window)
    rows = [
        _row_of(name, strip.spans, labels, partial(svg.strip, folded=strip))
        for name, strip in strips.items()
    ]
    if rest:
        more = len(rules) - len(strips)
        name = f"{more} more {labels.rules}"
        row = _row_of(name, rest.spans, labels, partial(svg.strip, folded=rest))
        rows.append(replace(row, rule=None, rules=more))
    return rows


def _row_of(
    rule: str, spans: Sequence[Span], labels: AttemptLabels, draw: Callable[[str], str]
) -> ChartRow:
    failed = sum(span.status == FAILED for span in spans)
    return _row(rule, count_jobs(spans), failed, labels, draw)


def _row(
    rule: str, jobs: int, failed: int, labels: AttemptLabels, draw: Callable[[str], str]
) -> ChartRow:
    """Return a row; `draw` makes its picture from what it is called for who doesn't see it."""
    name = labels.name(rule)
    label = f"{name[:_NAME_LETTERS] or 'not announced'}: {count(jobs, labels.job)}"
    if failed:
        label += f", {count(failed, 'failed attempt')}"
    return ChartRow(rule, name, 1, jobs, failed, draw(label))


def _panel(name: str, unit: str, steps: Sequence[tuple[float, int]], window: Window) -> Panel:
    peak = max((value for _, value in steps), default=0)
    return Panel(name, peak, svg.usage(f"{name}: at most {number(peak)}", unit, steps, window))
