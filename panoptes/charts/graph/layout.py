"""Where each rule and each edge of a graph is drawn: rows from above to below, in pixels.

Sugiyama's way: circles are broken, rules get rows, edges that pass rows get a lane there, rows are
put in order, and then everything moves to beside what it is connected with.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import ceil, sqrt

from panoptes.charts.graph.coordinates import spread
from panoptes.charts.graph.edges import Graph
from panoptes.charts.graph.layering import Edge, downward, ranks
from panoptes.charts.graph.layers import GAP, Layers, in_rows

HEIGHT = 68
ROW_GAP = 52
MARGIN = 16
# Room for the words above the rules that wait.
HEADING = 28
# What is drawn at most: more can't be read, and would take long.
MAX_RULES = 300
MAX_LANES = 3000
# How far the edges of a box stand apart.
_PORT = 16.0
_COLUMNS = range(2, 7)

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Place:
    """The left upper corner of a rule's box."""

    rule: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Route:
    """An edge's points, joined by a curve, a line, a curve and so on."""

    source: str
    target: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """A drawing; `waiting_at` is where the words above the rules that wait begin, if any do."""

    width: float
    height: float
    box: int
    places: tuple[Place, ...]
    routes: tuple[Route, ...]
    waiting_at: Point | None


def is_drawable(graph: Graph, waiting: Sequence[str] = ()) -> bool:
    """Return whether a picture of the graph can be read."""
    if len(graph.rules) + len(waiting) > MAX_RULES:
        return False
    drawn = downward(graph).values()
    rows = ranks(graph.rules, drawn, graph.targets)
    return sum(rows[target] - rows[source] for source, target in drawn) <= MAX_LANES


@lru_cache(maxsize=64)
def lay_out(graph: Graph, waiting: tuple[str, ...], box: int) -> Layout:
    """Return the drawing of a graph with boxes of a width.

    Rules that nothing connects stand in rows of their own below the others, those that wait last.
    The last drawings are kept: a graph's states change more often than its shape.
    """
    drawn = downward(graph)
    connected = {rule for edge in drawn for rule in edge}
    rules = [rule for rule in graph.rules if rule in connected]
    made = in_rows(rules, drawn.values(), graph.targets, box)
    spread(made)
    single = [rule for rule in graph.rules if rule not in connected]
    columns = _columns(made.width, box, max(len(single), len(waiting)))
    width = max(made.width, columns * (box + GAP) - GAP)
    left, below = MARGIN + (width - made.width) / 2, MARGIN + len(made.rows) * (HEIGHT + ROW_GAP)
    places = _places(made, left)
    more, waiting_at = _grid(single, columns, width, box, below)
    last, end = _grid(waiting, columns, width, box, waiting_at + HEADING if waiting else below)
    return Layout(
        width=width + 2 * MARGIN,
        height=(end if waiting else waiting_at) - ROW_GAP + MARGIN,
        box=box,
        places=(*places, *more, *last),
        routes=_routes(made, drawn, left),
        waiting_at=(last[0].x, waiting_at) if last else None,
    )


def _places(made: Layers, left: float) -> list[Place]:
    """Return the boxes, as one reads: row by row, from left to right."""
    return [
        Place(made.rules[node], round(left + made.x[node] - made.box / 2, 1), _top(made, node))
        for row in made.rows
        for node in row
        if made.is_rule(node)
    ]


def _top(made: Layers, node: int) -> float:
    return float(MARGIN + made.row_of[node] * (HEIGHT + ROW_GAP))


# --- rules that nothing connects ------------------------------------------------------------------


def _columns(width: float, box: int, rules: int) -> int:
    """Return how many boxes stand side by side: as wide as the rest, or about as wide as high."""
    square = min(max(ceil(sqrt(rules)), _COLUMNS[0]), _COLUMNS[-1])
    return min(rules, max(square, int((width + GAP) // (box + GAP))))


def _grid(
    rules: Sequence[str], columns: int, width: float, box: int, top: float
) -> tuple[list[Place], float]:
    """Return rules in rows of so many columns, each row in the middle, and where they end."""
    found = []
    for start in range(0, len(rules), max(1, columns)):
        row = rules[start : start + columns]
        left = MARGIN + (width - len(row) * (box + GAP) + GAP) / 2
        found += [Place(rule, left + at * (box + GAP), top) for at, rule in enumerate(row)]
        top += HEIGHT + GAP
    return found, top + ROW_GAP - GAP if rules else top


# --- edges ----------------------------------------------------------------------------------------


def _routes(made: Layers, drawn: dict[Edge, Edge], left: float) -> tuple[Route, ...]:
    """Return the edges, each through its lanes, and from below to above where it was turned."""
    ports = _ports(made)
    routes = []
    for edge, as_drawn in drawn.items():
        chain = made.chains[as_drawn]
        points = [(left + ports[chain[0], chain[1]], _top(made, chain[0]) + HEIGHT)]
        for lane in chain[1:-1]:
            x, y = left + made.x[lane], _top(made, lane)
            points += [(x, y), (x, y + HEIGHT)]
        points.append((left + ports[chain[-1], chain[-2]], _top(made, chain[-1])))
        ordered = points if edge == as_drawn else points[::-1]
        routes.append(Route(*edge, tuple((round(x, 1), y) for x, y in ordered)))
    return tuple(routes)


def _ports(made: Layers) -> dict[tuple[int, int], float]:
    """Return where at a box each neighbour's edge begins or ends: side by side, in order."""
    ports = {}
    for side in (made.above, made.below):
        for node in range(len(made.rules)):
            ends = sorted(set(side.get(node, ())), key=made.x.__getitem__)
            step = min(_PORT, 0.6 * made.box / max(1, len(ends)))
            for at, end in enumerate(ends):
                ports[node, end] = made.x[node] + (at - (len(ends) - 1) / 2) * step
    return ports
