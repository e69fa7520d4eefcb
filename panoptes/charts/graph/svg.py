"""Draws a layout as SVG: boxes that are links, with state, counts and a bar, joined by curves.

Colours come from the style sheet, by classes and attributes. Names from outside are escaped here.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from panoptes.charts.graph.layout import SMALL_HEIGHT, Layout, Place, Point

_PADDING = 12
_RADIUS = 6
_BAR = 6
# How wide a letter is, of a box's name and of the numbers below it; a fullwidth one is two.
_LETTER, _SMALL_LETTER = 9.0, 7.0
# Boxes are as wide as they need to be, within reason and in steps: numbers change all the time, and
# with the width of the boxes all places change.
_MIN_WIDTH, _MAX_WIDTH, _WIDTH_STEP = 144, 256, 16
_MAX_NAME = 22
# How wide capitals are, of which names with something that holds them consist. Fewer letters of the
# latter than these tell nothing.
_CAPITAL, _SMALL_CAPITAL = 10.5, 8.8
_LEAST_SCOPE = 5
# In a small box, name and state stand in one line.
_MAX_SMALL_NAME = 40
_HATCHED = ("running", "error", "unannounced")


@dataclass(frozen=True, slots=True)
class Box:
    """What a rule's box shows: the state's colour, shape and word, a count and parts of a bar.

    `scope` names what holds the rule, and stands behind its `name` where there is room. Parts are
    (colour, start, width), in percent. `summary` says it all in one line. `begun`: whether any job
    was announced.
    """

    name: str
    scope: str
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
    for box in boxes.values():
        name = min(_MAX_NAME, _letters(box.name[:_MAX_NAME]))
        scope = _letters(f" {box.scope[:_MAX_NAME]}")
        heading = name * _CAPITAL + scope * _SMALL_CAPITAL if box.scope else name * _LETTER
        numbers = _letters(box.state + box.count) + 5
        widest = max(widest, heading, numbers * _SMALL_LETTER)
    return min(_MAX_WIDTH, max(_MIN_WIDTH, _in_steps(widest)))


def small_box_width(boxes: Mapping[str, Box]) -> int:
    """Return how wide small boxes have to be."""
    words = map(_small_words, boxes.values())
    return _in_steps(max(map(_letters, words), default=0) * _SMALL_LETTER)


def _in_steps(wide: float) -> int:
    return -(-int(wide + 2 * _PADDING) // _WIDTH_STEP) * _WIDTH_STEP


def draw(
    layout: Layout, boxes: Mapping[str, Box], *, title: str, description: str, waiting: str
) -> str:
    """Return the picture; `boxes` has one for each rule, `waiting` heads the rules that wait.

    Small boxes show a state and a name alone.
    """
    width, height = _number(layout.width), _number(layout.height)
    is_small = layout.high == SMALL_HEIGHT
    box = f'<rect id="graph-box" width="{layout.box}" height="{layout.high}" rx="{_RADIUS}"/>'
    # Not role="img", which would hide the links in it from those who listen.
    css = "graph graph-small" if is_small else "graph"
    head = (
        f'<svg class="{css}" role="group" aria-labelledby="graph-title graph-description"'
        f' width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
        f'<title id="graph-title">{escape(title)}</title>'
        f'<desc id="graph-description">{escape(description)}</desc><defs>{box}{_ARROW}</defs>'
    )
    routes = "".join(f'<path d="{_path(route.points)}"/>' for route in layout.routes)
    heading = ""
    if layout.waiting_at:
        x, y = layout.waiting_at
        place = f'x="{_number(x)}" y="{_number(y + 14)}"'
        heading = f'<text class="graph-heading" {place}>{escape(waiting)}</text>'
    node = _small_node if is_small else _node
    nodes = "".join(node(place, layout, boxes[place.rule]) for place in layout.places)
    return f"{head}{_EDGES}{routes}</g>{heading}{nodes}</svg>"


_ARROW = (
    '<marker id="graph-arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8"'
    ' markerHeight="8" markerUnits="userSpaceOnUse" orient="auto">'
    '<path class="graph-arrow" d="M0 0.5 8 4 0 7.5 2 4z"/></marker>'
)
_EDGES = '<g class="graph-edges" aria-hidden="true" marker-end="url(#graph-arrow)">'


def _node(place: Place, layout: Layout, box: Box) -> str:
    x, y, room = place.x + _PADDING, place.y, layout.box - 2 * _PADDING
    left, right, line = _number(x), _number(x + room), _number(y + 43)
    return (
        f'<a {_link(box)} data-key="{escape(place.rule)}">'
        f"<title>{escape(place.rule)}: {escape(box.summary)}</title>{_outline(place)}"
        f'<text class="graph-name" x="{left}" y="{_number(y + 23)}">'
        f"{_heading(box, room)}</text>"
        f'<text class="graph-state status-{escape(box.css)}" x="{left}" y="{line}">'
        f"{escape(box.shape)} {escape(box.state)}</text>"
        f'<text class="graph-count" x="{right}" y="{line}">{escape(box.count)}</text>'
        f"{_bar(x, y + layout.high - 8 - _BAR, room, box)}</a>"
    )


def _small_node(place: Place, layout: Layout, box: Box) -> str:
    x, y = _number(place.x + _PADDING), _number(place.y + layout.high / 2 + 5)
    words = escape(_small_words(box))
    return f'<a {_link(box)}>{_outline(place)}<text x="{x}" y="{y}">{words}</text></a>'


def _small_words(box: Box) -> str:
    name = f"{box.name} {box.scope}" if box.scope else box.name
    return f"{box.shape} {box.state}: {cut(name, _MAX_SMALL_NAME)}"


def _heading(box: Box, room: float) -> str:
    """Return a box's name, and what holds it as far as there is room."""
    name = cut(box.name, room / _LETTER)
    letters = int((room - _letters(name) * _CAPITAL) / _SMALL_CAPITAL) - 1
    if not box.scope or letters < _LEAST_SCOPE:
        return escape(name)
    return f'{escape(name)} <tspan class="graph-scope">{escape(cut(box.scope, letters))}</tspan>'


def _link(box: Box) -> str:
    state = escape(box.css) if box.begun else "waiting"
    return f'class="graph-node graph-{state}" href="{escape(box.href)}"'


def _outline(place: Place) -> str:
    return f'<use href="#graph-box" x="{_number(place.x)}" y="{_number(place.y)}"/>'


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
    (x, y), *others = ((round(x), round(y)) for x, y in points)
    steps = [f"M{x} {y}"]
    for number, (to_x, to_y) in enumerate(others):
        wide, high = to_x - x, to_y - y
        if number % 2 or not wide:
            steps.append(f"l{wide} {high}")
        else:
            steps.append(f"c0 {high // 2} {wide} {high // 2} {wide} {high}")
        x, y = to_x, to_y
    return "".join(steps)


def _number(value: float) -> str:
    return str(round(value))
