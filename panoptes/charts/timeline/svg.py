"""The pictures of a timeline: all as wide as their place, along one axis of time.

Places along the time are percentages, so that nothing is stretched on a narrow screen; a path,
which takes none, is in a box of its own that is. Looks come from classes alone (timeline.css):
the pages' policy forbids inline styles. The page defines the marks that are used here. Names that
clients gave are escaped here.
"""

from collections.abc import Sequence
from html import escape
from typing import Protocol

from panoptes.charts.timeline.axis import Tick, offset
from panoptes.charts.timeline.lanes import SpanBar
from panoptes.charts.timeline.spans import FAILED, RUNNING, Extent, Span, Window
from panoptes.charts.timeline.strips import Strip
from panoptes.common.wording import count, number

# Labels stand in bars where a lane is high enough and so many of its letters find room; the whole
# width of the smallest screen on which labels are shown holds LETTERS of them.
LABEL_HEIGHT = 18
LEAST_LETTERS = 8
LETTERS = 130
STRIP_HEIGHT, STRIP_TOP = 44, 12
EXTENT_HEIGHT = 18
USAGE_HEIGHT = 72
# Places along the usage chart that show their value under the mouse.
HOVER_COLUMNS = 60
_CSS = {"Done": "done", RUNNING: "running", FAILED: "error", "Cancelled": "cancelled"}


class AttemptLabels(Protocol):
    """What a page says of a span, as plain text; `job` and `rules` are its words for them."""

    @property
    def job(self) -> str:
        """The word for a job."""

    @property
    def rules(self) -> str:
        """The word for several rules."""

    def name(self, rule: str) -> str:
        """What a rule is called here."""

    def href(self, span: Span) -> str:
        """The address of its job."""

    def label(self, span: Span) -> str:
        """Which of its rule's jobs it is."""

    def title(self, span: Span) -> str:
        """All that is known of it, in lines."""


def axis(ticks: Sequence[Tick], *, goes_on: bool) -> str:
    """Return the labels of the ticks; the right end of a run that goes on is now."""
    limit = 0.92 if goes_on else 2
    labels = [_label(number, tick) for number, tick in enumerate(ticks) if tick.place < limit]
    if goes_on:
        labels.append('<text class="now" x="100%" y="16" text-anchor="end">now</text>')
    return _svg("axis", 24, labels)


def _label(number: int, tick: Tick) -> str:
    anchor = "start" if tick.place < 0.04 else "end" if tick.place > 0.96 else "middle"
    # A narrow screen has no room for every label.
    kind = "spare" if number % 2 or 0.8 < tick.place < 0.96 else "kept"
    text = f"{escape(tick.label)}<title>{escape(tick.clock)}</title>"
    at = f'x="{_percent(tick.place)}" y="16" text-anchor="{anchor}"'
    return f'<text class="{kind}" {at}>{text}</text>'


def grid(ticks: Sequence[Tick]) -> str:
    """Return the lines of the ticks, which lie behind all rows."""
    lines = [
        f'<line x1="{_percent(tick.place)}" x2="{_percent(tick.place)}" y2="100%"/>'
        for tick in ticks
    ]
    return _svg("grid", "100%", lines)


def lanes(
    name: str, packed: tuple[Sequence[SpanBar], int], height: int, labels: AttemptLabels
) -> str:
    """Return a rule's attempts in lanes of a height, each a link to its job."""
    bars, needed = packed
    drawn = [_bar(bar, height, labels) for bar in bars]
    return _svg("lanes", needed * height, drawn, name, role="group")


def _bar(bar: SpanBar, height: int, labels: AttemptLabels) -> str:
    span = bar.span
    top, high = bar.lane * height + 1, height - 2
    box = f'x="{_percent(bar.x)}" y="{top}" width="{_percent(bar.end - bar.x)}" height="{high}"'
    css = _CSS.get(span.status, "other")
    parts = [f'<rect class="span {css}" {box}/>']
    if span.status in (FAILED, RUNNING):
        parts.append(f'<rect {box} fill="url(#pattern-{css})"/>')
    if height >= LABEL_HEIGHT:
        parts.append(_label_in(bar, box, css, labels.label(span)))
    # Marks tell another attempt and a failed one without colour.
    middle = top + high / 2
    if span.attempt > 1:
        parts.append(
            f'<use class="again" href="#mark-again" x="{_percent(bar.x)}" y="{middle:g}"/>'
        )
    if span.status == FAILED:
        parts.append(_cross(bar.end, middle))
    if span.is_late:
        parts.append(_mark("slow", bar.end, middle))
    title = f"<title>{escape(labels.title(span))}</title>"
    return f'<a href="{escape(labels.href(span))}">{title}{"".join(parts)}</a>'


def _label_in(bar: SpanBar, box: str, css: str, label: str) -> str:
    """Return the label in a box that clips it; nothing where too little of it would be seen."""
    again = bar.span.attempt > 1
    room = int((bar.end - bar.x) * LETTERS) - (2 if again else 1)
    if room < min(len(label), LEAST_LETTERS):
        return ""
    text = label if len(label) <= room else f"{label[: room - 1]}…"
    inner = f'<text class="on-{css}" x="{10 if again else 5}" y="12">{escape(text)}</text>'
    return f"<svg {box}>{inner}</svg>"


def _cross(place: float, y: float, title: str = "") -> str:
    return _mark("failed", place, y, title)


def _mark(name: str, place: float, y: float, title: str = "") -> str:
    # The halo keeps the mark apart from what it lies on.
    use = f'href="#mark-{name}" x="{_percent(place)}" y="{y:g}"'
    return f'<use class="halo" {use}/><use class="mark-{name}" {use}>{title}</use>'


def strip(name: str, folded: Strip) -> str:
    """Return how many of a rule's jobs ran when, with a cross where some failed."""
    high = STRIP_HEIGHT - STRIP_TOP
    most = max(folded.counts, default=0) or 1
    # One job among thousands must still be seen.
    levels = [max(2, round(jobs * high / most)) if jobs else 0 for jobs in folded.counts]
    area = f'<path class="ran" d="{_stairs(levels, high)}"/>'
    box = f'y="{STRIP_TOP}" width="100%" height="{high}"'
    parts = [_stretched(box, len(levels), high, area)]
    for at, failed in enumerate(folded.failures, 1):
        if failed:
            place, title = (at - 0.5) / len(folded.failures), f"{number(failed)} failed"
            parts.append(_cross(place, STRIP_TOP / 2, f"<title>{title}</title>"))
    return _svg("strip", STRIP_HEIGHT, parts, name)


def _stairs(levels: Sequence[int], high: int) -> str:
    """Return the outline of columns of width 1, equal ones drawn as one."""
    path, level, width = [f"M0 {high}"], 0, 0
    for following in levels:
        if following != level:
            rise = f"v{level - following}"
            path.append(f"h{width}{rise}" if width else rise)
            level, width = following, 0
        width += 1
    return "".join([*path, f"h{width}V{high}Z"])


def extent(name: str, ran: Extent, window: Window) -> str:
    """Return from when to when a rule's jobs ran, as one bar."""
    x, end = window.stretch(ran.start, ran.end)
    times = f"{offset(ran.start - window.origin)} to {offset(ran.end - window.origin)}"
    bar = (
        f'<rect class="ran" x="{_percent(x)}" y="3" width="{_percent(end - x)}" height="12" rx="2">'
        f"<title>{escape(times)}</title></rect>"
    )
    return _svg("extent", EXTENT_HEIGHT, [bar], name)


def usage(name: str, unit: str, steps: Sequence[tuple[float, int]], window: Window) -> str:
    """Return a stair of values, each from a time on; they are never below 0."""
    series = [(window.place(time), value) for time, value in steps]
    most = max((value for _, value in series), default=0) or 1
    path, y = ["M0 1000"], 1000
    for place, value in series:
        height = 1000 - round(value * 1000 / most)
        if height != y:
            path.append(f"H{place * 1000:.5g}V{height}")
            y = height
    area = f'<path d="{"".join(path)}H1000V1000Z"/>'
    # The line above the highest step needs its place, too.
    box = f'y="4" width="100%" height="{USAGE_HEIGHT - 4}"'
    parts = [_stretched(box, 1000, 1000, area), *_hover_columns(series, unit, window)]
    return _svg("usage", USAGE_HEIGHT, parts, name)


def _hover_columns(series: Sequence[tuple[float, int]], unit: str, window: Window) -> list[str]:
    """Return columns that show the highest value in them under the mouse."""
    columns, now, waiting = [], 0, list(reversed(series))
    width = _percent(1 / HOVER_COLUMNS)
    for at in range(HOVER_COLUMNS):
        peak = now
        while waiting and waiting[-1][0] < (at + 1) / HOVER_COLUMNS:
            now = waiting.pop()[1]
            peak = max(peak, now)
        begin = offset(window.start + window.seconds * at / HOVER_COLUMNS - window.origin)
        title = f"<title>{escape(begin)}: {count(peak, unit)}</title>"
        place = f'x="{_percent(at / HOVER_COLUMNS)}" width="{width}" height="100%"'
        columns.append(f'<rect class="told" {place}>{title}</rect>')
    return columns


def _svg(
    css: str, height: int | str, parts: Sequence[str], name: str = "", role: str = "img"
) -> str:
    """Return a picture; one without a name is for the eyes alone."""
    more = f'role="{role}" aria-label="{escape(name)}"' if name else 'aria-hidden="true"'
    return f'<svg class="{css}" width="100%" height="{height}" {more}>{"".join(parts)}</svg>'


def _stretched(box: str, width: int, height: int, inner: str) -> str:
    """Return what has no percentages in a box that is stretched to its place."""
    view = f'viewBox="0 0 {max(1, width)} {height}" preserveAspectRatio="none"'
    return f"<svg {box} {view}>{inner}</svg>"


def _percent(place: float) -> str:
    return f"{100 * place:.4g}%"
