"""Where nodes stand in their rows: near their neighbours, with straight edges."""

from collections.abc import Sequence
from itertools import accumulate, pairwise

from panoptes.charts.graph.layering import Layers

_PASSES = 16
_ROUNDS = 3
# How strongly the ends of a piece of an edge pull at each other, by how many of them are lanes:
# the longer the edge, the straighter.
_PULLS = (1.0, 2.0, 8.0)


def place_nodes(layers: Layers) -> None:
    """Give each node its place, none on top of another."""
    layers.x = [0.0] * len(layers.row_of)
    rows = []
    for row in layers.rows:
        # Where the nodes stand if they are packed to the left.
        gaps = (layers.distance(*pair) for pair in pairwise(row))
        packed = list(accumulate(gaps, initial=0.0))
        for node, place in zip(row, packed, strict=True):
            layers.x[node] = place - packed[-1] / 2
        rows.append((row, packed))
    for number in range(_PASSES):
        for row, packed in rows if number % 2 == 0 else reversed(rows):
            _move_to_neighbours(layers, row, packed)
    _straighten(layers)
    left = layers.left
    layers.x = [x - left for x in layers.x]


def _move_to_neighbours(layers: Layers, row: Sequence[int], packed: Sequence[float]) -> None:
    """Move a row's nodes as near to their neighbours as their order and their widths allow.

    Nodes whose wishes collide stand packed in a block, at the mean of what they wish.
    """
    blocks: list[tuple[float, float, int]] = []
    for node, start in zip(row, packed, strict=True):
        place, weight = _wish(layers, node)
        mean, total, size = place - start, weight, 1
        while blocks and blocks[-1][0] >= mean:
            before, its_weight, its_size = blocks.pop()
            mean = (before * its_weight + mean * total) / (its_weight + total)
            total, size = its_weight + total, its_size + size
        blocks.append((mean, total, size))
    means = [mean for mean, _, size in blocks for _ in range(size)]
    for node, start, mean in zip(row, packed, means, strict=True):
        layers.x[node] = start + mean


def _wish(layers: Layers, node: int) -> tuple[float, float]:
    """Return where a node would be nearest to its neighbours, and how strongly it wishes that."""
    total = weight = 0.0
    for neighbours in (layers.above, layers.below):
        for neighbour in neighbours.get(node, ()):
            pull = _PULLS[(not layers.is_rule(node)) + (not layers.is_rule(neighbour))]
            total += pull * layers.x[neighbour]
            weight += pull
    return total / weight, weight


def _straighten(layers: Layers) -> None:
    """Make long edges and chains of rules straight, as far as there is room beside them."""
    left, right = layers.left, layers.right
    beside: dict[int, tuple[int | None, int | None]] = {}
    for row in layers.rows:
        padded = [None, *row, None]
        beside |= {node: (padded[at], padded[at + 2]) for at, node in enumerate(row)}
    lines = _lines(layers)
    for _ in range(_ROUNDS):
        for line in lines:
            rooms = [_room(layers, node, *beside[node], left, right) for node in line]
            _align(layers, line, rooms)


def _lines(layers: Layers) -> list[list[int]]:
    """Return the chains of nodes that nothing else is connected with, the longest first."""
    following = {
        node: below[0]
        for node, below in sorted(layers.below.items())
        if len(below) == 1 and len(layers.above[below[0]]) == 1
    }
    lines = [[node] for node in following.keys() - set(following.values())]
    for line in lines:
        while line[-1] in following:
            line.append(following[line[-1]])
    return sorted(lines, key=lambda line: (-len(line), line))


def _room(
    layers: Layers, node: int, before: int | None, after: int | None, left: float, right: float
) -> tuple[float, float]:
    """Return between which places a node can move without any other moving."""
    half = layers.size(node) / 2
    least = left + half if before is None else layers.x[before] + layers.distance(before, node)
    most = right - half if after is None else layers.x[after] - layers.distance(node, after)
    return least, most


def _align(layers: Layers, line: Sequence[int], rooms: Sequence[tuple[float, float]]) -> None:
    """Put a line's nodes below each other: always as many at once as have room in common."""
    at = 0
    while at < len(line):
        least, most = rooms[at]
        end = at + 1
        while end < len(line) and max(least, rooms[end][0]) <= min(most, rooms[end][1]):
            least, most = max(least, rooms[end][0]), min(most, rooms[end][1])
            end += 1
        piece = line[at:end]
        middle = sorted(layers.x[node] for node in piece)[len(piece) // 2]
        for node in piece:
            layers.x[node] = max(least, min(middle, most))
        at = end
