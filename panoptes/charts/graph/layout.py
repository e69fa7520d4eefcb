"""Where each rule and each edge of a graph is drawn: rows from above to below, in pixels.

Sugiyama's way: circles are broken, rules get rows, edges that pass rows get a lane there, rows are
put in order, and then all nodes move near those that they are connected with.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import ceil, sqrt

from panoptes.charts.graph.coordinates import place_nodes
from panoptes.charts.graph.edges import Graph
from panoptes.charts.graph.layering import GAP, Edge, Layers, downward, in_rows, ranks

# How high a box is; where there are very many, it has but a name.
HEIGHT, SMALL_HEIGHT = 68, 28
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
    high: int
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
def lay_out(graph: Graph, waiting: tuple[str, ...], box: int, high: int = HEIGHT) -> Layout:
    """Return the drawing of a graph with boxes of a width and a height.

    Rules that nothing connects stand in rows of their own below the others, those that wait last.
    The last drawings are kept: a graph's states change more often than its shape.
    """
    drawn = downward(graph)
    connected = {rule for edge in drawn for rule in edge}
    rules = [rule for rule in graph.rules if rule in connected]
    layers = in_rows(rules, drawn.values(), graph.targets, box)
    place_nodes(layers)
    single = [rule for rule in graph.rules if rule not in connected]
    columns = _columns(layers.right, box, max(len(single), len(waiting)))
    width = max(layers.right, columns * (box + GAP) - GAP)
    left = MARGIN + (width - layers.right) / 2
    below = MARGIN + len(layers.rows) * (high + ROW_GAP)
    # The boxes, as one reads: row by row, from left to right.
    places = [
        Place(
            layers.rules[node], round(left + layers.x[node] - box / 2, 1), _top(layers, node, high)
        )
        for row in layers.rows
        for node in row
        if layers.is_rule(node)
    ]
    more, waiting_at = _grid(single, columns, width, (box, high), below)
    top = waiting_at + HEADING if waiting else below
    last, end = _grid(waiting, columns, width, (box, high), top)
    return Layout(
        width=width + 2 * MARGIN,
        height=(end if waiting else waiting_at) - ROW_GAP + MARGIN,
        box=box,
        high=high,
        places=(*places, *more, *last),
        routes=_routes(layers, drawn, left, high),
        waiting_at=(last[0].x, waiting_at) if last else None,
    )


def _top(layers: Layers, node: int, high: int) -> float:
    return float(MARGIN + layers.row_of[node] * (high + ROW_GAP))


def _columns(width: float, box: int, rules: int) -> int:
    """Return how many boxes stand side by side: as wide as the rest, or about as wide as high."""
    square = min(max(ceil(sqrt(rules)), _COLUMNS[0]), _COLUMNS[-1])
    return min(rules, max(square, int((width + GAP) // (box + GAP))))


def _grid(
    rules: Sequence[str], columns: int, width: float, size: tuple[int, int], top: float
) -> tuple[list[Place], float]:
    """Return rules in rows of so many columns, each row in the middle, and where they end.

    `size` is that of a box.
    """
    (box, high), places = size, []
    for start in range(0, len(rules), max(1, columns)):
        row = rules[start : start + columns]
        left = MARGIN + (width - len(row) * (box + GAP) + GAP) / 2
        places += [Place(rule, left + at * (box + GAP), top) for at, rule in enumerate(row)]
        top += high + GAP
    return places, top + ROW_GAP - GAP if rules else top


def _routes(layers: Layers, drawn: dict[Edge, Edge], left: float, high: int) -> tuple[Route, ...]:
    """Return the edges, each through its lanes, and from below to above where it was turned."""
    ports = _ports(layers)
    routes = []
    for edge, as_drawn in drawn.items():
        chain = layers.chains[as_drawn]
        points = [(left + ports[chain[0], chain[1]], _top(layers, chain[0], high) + high)]
        for lane in chain[1:-1]:
            x, y = left + layers.x[lane], _top(layers, lane, high)
            points += [(x, y), (x, y + high)]
        points.append((left + ports[chain[-1], chain[-2]], _top(layers, chain[-1], high)))
        ordered = points if edge == as_drawn else points[::-1]
        routes.append(Route(*edge, tuple((round(x, 1), y) for x, y in ordered)))
    return tuple(routes)


def _ports(layers: Layers) -> dict[tuple[int, int], float]:
    """Return where at a box each neighbour's edge begins or ends: side by side, in order."""
    ports = {}
    for side in (layers.above, layers.below):
        for node in range(len(layers.rules)):
            ends = sorted(set(side.get(node, ())), key=layers.x.__getitem__)
            step = min(_PORT, 0.6 * layers.box / max(1, len(ends)))
            for at, end in enumerate(ends):
                ports[node, end] = layers.x[node] + (at - (len(ends) - 1) / 2) * step
    return ports
