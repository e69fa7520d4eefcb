"""Draws a layout as SVG: boxes that are links, with state, counts and a bar, joined by curves.

Colours come from the style sheet, by classes and attributes. Names from outside are escaped here.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from panoptes.charts.graph.layout import HEIGHT, Layout, Place, Point

_PADDING = 12
_RADIUS = 6
_BAR = 6
# How wide a letter is, of a box's name and of the numbers below it; a fullwidth one is two.
_LETTER, _SMALL_LETTER = 9.0, 7.0
# Boxes are as wide as they need to be, within reason and in steps: numbers change all the time, and
# with the width of the boxes all places change.
_MIN_WIDTH, _MAX_WIDTH, _WIDTH_STEP = 144, 256, 16
_MAX_NAME = 22
_HATCHED = ("running", "error", "unannounced")


@dataclass(frozen=True, slots=True)
class Box:
    """What a rule's box shows: the state's colour, shape and word, a count and parts of a bar.

    Parts are (colour, start, width), in percent. `summary` says it all in one line. `begun`:
    whether any job was announced.
    """

    href: str
    css: str
    shape: str
    state: str
    count: str
    parts: Sequence[tuple[str, float, float]]
    summary: str
    begun: bool


def box_width(boxes: Mapping[str, Box]) -> int:
    """Return how wide boxes have to be for what they show."""
    widest = 0.0
    for rule, box in boxes.items():
        name = min(_MAX_NAME, _letters(rule[:_MAX_NAME]))
        numbers = _letters(box.state + box.count) + 5
        widest = max(widest, name * _LETTER, numbers * _SMALL_LETTER)
    width = -(-int(widest + 2 * _PADDING) // _WIDTH_STEP) * _WIDTH_STEP
    return min(_MAX_WIDTH, max(_MIN_WIDTH, width))


def draw(
    layout: Layout, boxes: Mapping[str, Box], *, title: str, description: str, waiting: str
) -> str:
    """Return the picture; `boxes` has one for each rule, `waiting` heads the rules that wait."""
    width, height = _number(layout.width), _number(layout.height)
    # Not role="img", which would hide the links in it from those who listen.
    head = (
        f'<svg class="graph" role="group" aria-labelledby="graph-title graph-description"'
        f' width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
        f'<title id="graph-title">{escape(title)}</title>'
        f'<desc id="graph-description">{escape(description)}</desc>{_ARROW}'
    )
    routes = "".join(
        f'<path class="graph-edge" marker-end="url(#graph-arrow)" d="{_path(route.points)}"/>'
        for route in layout.routes
    )
    heading = ""
    if layout.waiting_at:
        x, y = layout.waiting_at
        place = f'x="{_number(x)}" y="{_number(y + 14)}"'
        heading = f'<text class="graph-heading" {place}>{escape(waiting)}</text>'
    nodes = "".join(_node(place, layout.box, boxes[place.rule]) for place in layout.places)
    return f'{head}<g aria-hidden="true">{routes}</g>{heading}{nodes}</svg>'


_ARROW = (
    '<defs><marker id="graph-arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8"'
    ' markerHeight="8" markerUnits="userSpaceOnUse" orient="auto">'
    '<path class="graph-arrow" d="M0 0.5 8 4 0 7.5 2 4z"/></marker></defs>'
)


def _node(place: Place, width: int, box: Box) -> str:
    x, y, room = place.x + _PADDING, place.y, width - 2 * _PADDING
    left, right, line = _number(x), _number(x + room), _number(y + 43)
    css = escape(box.css)
    return (
        f'<a class="graph-node graph-{css if box.begun else "waiting"}" href="{escape(box.href)}"'
        f' data-key="{escape(place.rule)}">'
        f"<title>{escape(place.rule)}: {escape(box.summary)}</title>"
        f'<rect class="graph-box" x="{_number(place.x)}" y="{_number(y)}" width="{width}"'
        f' height="{HEIGHT}" rx="{_RADIUS}"/>'
        f'<text class="graph-name" x="{left}" y="{_number(y + 23)}">'
        f"{escape(cut(place.rule, room / _LETTER))}</text>"
        f'<text class="graph-state status-{css}" x="{left}" y="{line}">'
        f"{escape(box.shape)} {escape(box.state)}</text>"
        f'<text class="graph-count" text-anchor="end" x="{right}" y="{line}">'
        f"{escape(box.count)}</text>{_bar(x, y + HEIGHT - 8 - _BAR, room, box)}</a>"
    )


def _bar(x: float, y: float, width: int, box: Box) -> str:
    track = _rect(x, y, width, 'class="graph-track"')
    parts = ""
    for css, start, share in box.parts:
        left, wide = x + width * start / 100, width * share / 100
        parts += _rect(left, y, wide, f'class="part-{escape(css)}"')
        if css in _HATCHED:
            parts += _rect(left, y, wide, f'fill="url(#pattern-{css})"')
    return track + parts


def _rect(x: float, y: float, width: float, attribute: str) -> str:
    return (
        f'<rect {attribute} x="{_number(x)}" y="{_number(y)}" width="{_number(width)}"'
        f' height="{_BAR}"/>'
    )


def cut(text: str, letters: float) -> str:
    """Return a text of at most so many letters, cut in the middle; fullwidth ones count twice."""
    if _letters(text[:1000]) <= letters:
        return text
    head, tail = _fitting(text, (letters - 1) / 2), _fitting(text[::-1], (letters - 1) / 2)
    return f"{head}…{tail[::-1]}"


def _fitting(text: str, letters: float) -> str:
    """Return the beginning that has so many letters."""
    for at, letter in enumerate(text):
        letters -= _letters(letter)
        if letters < 0:
            return text[:at]
    return text


def _letters(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def _path(points: tuple[Point, ...]) -> str:
    """Return curves and lines in turn; curves leave and arrive vertically."""
    steps = [f"M{_at(points[0])}"]
    for number, (start, end) in enumerate(pairwise(points)):
        if number % 2 or start[0] == end[0]:
            steps.append(f"L{_at(end)}")
        else:
            middle = (start[1] + end[1]) / 2
            steps.append(f"C{_at((start[0], middle))} {_at((end[0], middle))} {_at(end)}")
    return "".join(steps)


def _at(point: Point) -> str:
    return f"{_number(point[0])} {_number(point[1])}"


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
