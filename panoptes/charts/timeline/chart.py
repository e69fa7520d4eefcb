"""All pictures of a timeline together, within a size that a page can take."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from panoptes.charts.timeline import svg
from panoptes.charts.timeline.axis import ticks
from panoptes.charts.timeline.lanes import pack
from panoptes.charts.timeline.spans import Extent, Span, Window, by_rule, count_failed, count_jobs
from panoptes.charts.timeline.strips import Strip, fold
from panoptes.charts.timeline.svg import Words
from panoptes.charts.timeline.usage import thinned, threads_of, usage

# Above one of these, the jobs of a rule become one strip.
MOST_SPANS = 400
MOST_BYTES = 240_000
# The more lanes, the lower they are: (up to so many lanes, height).
_HEIGHTS = ((60, 18), (150, 12))
_LEAST_HEIGHT = 8
_NAME_LETTERS = 60


@dataclass(frozen=True, slots=True)
class Row:
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
    rows: list[Row]
    panels: list[Panel]
    is_folded: bool

    @property
    def size(self) -> int:
        """How many bytes the pictures have."""
        pictures = [row.picture for row in self.rows] + [panel.picture for panel in self.panels]
        return sum(len(each.encode()) for each in (self.axis, self.grid, *pictures))


def is_small(spans: Sequence[Span]) -> bool:
    """Return whether there are few enough spans to draw a bar for each."""
    return len(spans) <= MOST_SPANS


def draw(spans: Sequence[Span], window: Window, words: Words, *, goes_on: bool = False) -> Chart:
    """Return the chart of closed spans, which are sorted by their start.

    `goes_on`: the right end of the window is now.
    """
    rules = by_rule(spans)
    marks = ticks(window)
    rows = _unfolded(rules, window, words) if is_small(spans) else None
    return Chart(
        axis=svg.axis(marks, goes_on=goes_on),
        grid=svg.grid(marks),
        rows=_folded(rules, window) if rows is None else rows,
        panels=_panels(spans, window),
        is_folded=rows is None,
    )


def draw_rules(found: Sequence[Extent], window: Window, *, goes_on: bool = False) -> Chart:
    """Return the chart of when each rule ran: all that can be drawn of any number of jobs."""
    marks = ticks(window)
    rows = [
        Row(
            each.rule,
            1,
            each.jobs,
            each.failed,
            svg.extent(_said_of(each.rule, each.jobs, each.failed), each, window),
        )
        for each in sorted(found, key=lambda each: each.start)
    ]
    return Chart(svg.axis(marks, goes_on=goes_on), svg.grid(marks), rows, [], is_folded=True)


def _unfolded(
    rules: Mapping[str, Sequence[Span]], window: Window, words: Words
) -> list[Row] | None:
    """Return a row of bars for each rule; None where the names of things make it too large."""
    packed = {name: pack(spans, window) for name, spans in rules.items()}
    height = _height(sum(each.count for each in packed.values()))
    rows = [
        _row(name, spans, svg.lanes(_said(name, spans), packed[name], height, words))
        for name, spans in rules.items()
    ]
    size = sum(len(row.picture.encode()) for row in rows)
    return rows if size <= MOST_BYTES else None


def _height(lanes: int) -> int:
    return next((height for most, height in _HEIGHTS if lanes <= most), _LEAST_HEIGHT)


def _folded(rules: Mapping[str, Sequence[Span]], window: Window) -> list[Row]:
    strips, rest = fold(rules, window)
    rows = [
        _row(name, each.spans, svg.strip(_said(name, each.spans), each))
        for name, each in strips.items()
    ]
    return [*rows, _rest(rest, len(rules) - len(strips))] if rest else rows


def _rest(strip: Strip, rules: int) -> Row:
    said = _said(f"{rules} more rules", strip.spans)
    return _row(None, strip.spans, svg.strip(said, strip), rules)


def _row(rule: str | None, spans: Sequence[Span], picture: str, rules: int = 1) -> Row:
    return Row(rule, rules, count_jobs(spans), count_failed(spans), picture)


def _said(name: str, spans: Sequence[Span]) -> str:
    return _said_of(name, count_jobs(spans), count_failed(spans))


def _said_of(name: str, jobs: int, failed: int) -> str:
    """Return what a picture is called for those who don't see it."""
    said = f"{name[:_NAME_LETTERS] or 'not announced'}: {_counted(jobs, 'job')}"
    return f"{said}, {_counted(failed, 'failed attempt')}" if failed else said


def _counted(value: int, one: str) -> str:
    return f"{value:,} {one}" + ("" if value == 1 else "s")


def _panels(spans: Sequence[Span], window: Window) -> list[Panel]:
    """Return the jobs at once and, where some have more than one, their threads."""
    steps = usage(spans)
    shown = thinned(steps, window)
    panels = [_panel("Running at once", "job", svg.levels(shown, window, threads=False), window)]
    if any(threads_of(span) > 1 for span in spans):
        series = svg.levels(shown, window, threads=True)
        panels.append(_panel("Threads in use", "thread", series, window))
    return panels


def _panel(name: str, unit: str, series: Sequence[svg.Level], window: Window) -> Panel:
    peak = max((level.value for level in series), default=0)
    picture = svg.usage(f"{name}: at most {peak:,}", unit, series, window)
    return Panel(name, peak, picture)
