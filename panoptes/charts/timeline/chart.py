"""All pictures of a timeline together, small enough for a page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from panoptes.charts.timeline import svg
from panoptes.charts.timeline.axis import ticks
from panoptes.charts.timeline.lanes import pack
from panoptes.charts.timeline.spans import Extent, Span, Window, by_rule, count_failed, count_jobs
from panoptes.charts.timeline.strips import fold
from panoptes.charts.timeline.svg import AttemptLabels
from panoptes.charts.timeline.usage import thinned, threads_of, usage
from panoptes.common.wording import count, number

# Above one of these, the jobs of a rule become one strip.
MOST_SPANS = 400
MOST_BYTES = 240_000
# The more lanes, the lower they are: (up to so many lanes, height).
_HEIGHTS = ((60, 18), (150, 12))
_LEAST_HEIGHT = 8
_NAME_LETTERS = 60


@dataclass(frozen=True, slots=True)
class ChartRow:
    """A rule's jobs and their picture; without a rule, those of `rules` other rules."""

    rule: str | None
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
    def size(self) -> int:
        """How many bytes the pictures have."""
        pictures = [row.picture for row in self.rows] + [panel.picture for panel in self.panels]
        return sum(len(picture.encode()) for picture in (self.axis, self.grid, *pictures))


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
    return Chart(
        axis=svg.axis(marks, goes_on=goes_on),
        grid=svg.grid(marks),
        rows=_folded(rules, window) if rows is None else rows,
        panels=_panels(spans, window),
        is_folded=rows is None,
    )


def draw_rules(extents: Sequence[Extent], window: Window, *, goes_on: bool = False) -> Chart:
    """Return the chart of when each rule ran: all that can be drawn of any number of jobs."""
    marks = ticks(window)
    rows = []
    for extent in sorted(extents, key=lambda extent: extent.start):
        picture = svg.extent(_label(extent.rule, extent.jobs, extent.failed), extent, window)
        rows.append(ChartRow(extent.rule, 1, extent.jobs, extent.failed, picture))
    return Chart(svg.axis(marks, goes_on=goes_on), svg.grid(marks), rows, [], is_folded=True)


def _unfolded(
    rules: Mapping[str, Sequence[Span]], window: Window, labels: AttemptLabels
) -> list[ChartRow] | None:
    """Return a row of bars for each rule; None where long names make it too large."""
    packed = {name: pack(spans, window) for name, spans in rules.items()}
    lanes = sum(rule.count for rule in packed.values())
    height = next((height for most, height in _HEIGHTS if lanes <= most), _LEAST_HEIGHT)
    rows = [
        _row(name, spans, svg.lanes(_label_of(name, spans), packed[name], height, labels))
        for name, spans in rules.items()
    ]
    size = sum(len(row.picture.encode()) for row in rows)
    return rows if size <= MOST_BYTES else None


def _folded(rules: Mapping[str, Sequence[Span]], window: Window) -> list[ChartRow]:
    strips, rest = fold(rules, window)
    rows = [
        _row(name, strip.spans, svg.strip(_label_of(name, strip.spans), strip))
        for name, strip in strips.items()
    ]
    if rest:
        more = len(rules) - len(strips)
        picture = svg.strip(_label_of(f"{more} more rules", rest.spans), rest)
        rows.append(_row(None, rest.spans, picture, more))
    return rows


def _row(rule: str | None, spans: Sequence[Span], picture: str, rules: int = 1) -> ChartRow:
    return ChartRow(rule, rules, count_jobs(spans), count_failed(spans), picture)


def _label_of(name: str, spans: Sequence[Span]) -> str:
    return _label(name, count_jobs(spans), count_failed(spans))


def _label(name: str, jobs: int, failed: int) -> str:
    """Return what a picture is called for those who don't see it."""
    label = f"{name[:_NAME_LETTERS] or 'not announced'}: {count(jobs, 'job')}"
    return f"{label}, {count(failed, 'failed attempt')}" if failed else label


def _panels(spans: Sequence[Span], window: Window) -> list[Panel]:
    """Return the jobs at once and, where some have more than one, their threads."""
    steps = thinned(usage(spans), window)
    panels = [_panel("Running at once", "job", svg.levels(steps, window, threads=False), window)]
    if any(threads_of(span) > 1 for span in spans):
        series = svg.levels(steps, window, threads=True)
        panels.append(_panel("Threads in use", "thread", series, window))
    return panels


def _panel(name: str, unit: str, series: Sequence[svg.Level], window: Window) -> Panel:
    peak = max((level.value for level in series), default=0)
    return Panel(name, peak, svg.usage(f"{name}: at most {number(peak)}", unit, series, window))
