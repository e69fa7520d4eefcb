"""Where nodes stand in their rows: beside what they are connected with, and edges straight."""

from collections.abc import Sequence
from itertools import accumulate, pairwise

from panoptes.charts.graph.layers import Layers

_PASSES = 16
_ROUNDS = 3
# How strongly the ends of a piece of an edge pull at each other, by how many of them are lanes:
# the longer the edge, the straighter.
_PULLS = (1.0, 2.0, 8.0)

# A place, and how strongly it is wished.
Wish = tuple[float, float]


def spread(made: Layers) -> None:
    """Give each node its place, none on top of another."""
    starts = [_starts(made, row) for row in made.rows]
    made.x = [0.0] * len(made.row_of)
    for row, places in zip(made.rows, starts, strict=True):
        for node, place in zip(row, places, strict=True):
            made.x[node] = place - places[-1] / 2
    rows = list(zip(made.rows, starts, strict=True))
    for number in range(_PASSES):
        for row, places in rows if number % 2 == 0 else reversed(rows):
            _settle(made, row, places, [_wish(made, node) for node in row])
    _straighten(made)
    least = min((made.x[row[0]] - made.size(row[0]) / 2 for row in made.rows), default=0.0)
    made.x = [x - least for x in made.x]


def _starts(made: Layers, row: Sequence[int]) -> list[float]:
    """Return where the nodes of a row stand if they are packed to the left."""
    return list(accumulate((made.distance(*pair) for pair in pairwise(row)), initial=0.0))


def _wish(made: Layers, node: int) -> Wish:
    """Return where a node would be nearest to its neighbours, and how strongly it wishes that."""
    total = weight = 0.0
    for neighbours in (made.above, made.below):
        for each in neighbours.get(node, ()):
            pull = _PULLS[(not made.is_rule(node)) + (not made.is_rule(each))]
            total += pull * made.x[each]
            weight += pull
    return total / weight, weight


def _settle(
    made: Layers, row: Sequence[int], starts: Sequence[float], wishes: Sequence[Wish]
) -> None:
    """Move a row's nodes as near to their wishes as their order and their widths allow.

    Nodes whose wishes collide stand packed in a block, at the mean of what they wish.
    """
    blocks: list[tuple[float, float, int]] = []
    for start, (place, weight) in zip(starts, wishes, strict=True):
        mean, total, size = place - start, weight, 1
        while blocks and blocks[-1][0] >= mean:
            before, its_weight, its_size = blocks.pop()
            mean = (before * its_weight + mean * total) / (its_weight + total)
            total, size = its_weight + total, its_size + size
        blocks.append((mean, total, size))
    means = [mean for mean, _, size in blocks for _ in range(size)]
    for node, start, mean in zip(row, starts, means, strict=True):
        made.x[node] = start + mean


# --- straight lines -------------------------------------------------------------------------------


def _straighten(made: Layers) -> None:
    """Make long edges and chains of rules straight, as far as there is room beside them."""
    left = min((made.x[row[0]] - made.size(row[0]) / 2 for row in made.rows), default=0.0)
    right = max((made.x[row[-1]] + made.size(row[-1]) / 2 for row in made.rows), default=0.0)
    beside = _neighbours(made)
    lines = _lines(made)
    for _ in range(_ROUNDS):
        for line in lines:
            rooms = [_room(made, node, *beside[node], left, right) for node in line]
            _align(made, line, rooms)


def _neighbours(made: Layers) -> dict[int, tuple[int | None, int | None]]:
    """Return what stands to the left and to the right of each node."""
    beside: dict[int, tuple[int | None, int | None]] = {}
    for row in made.rows:
        padded = [None, *row, None]
        beside |= {node: (padded[at], padded[at + 2]) for at, node in enumerate(row)}
    return beside


def _lines(made: Layers) -> list[list[int]]:
    """Return the chains of nodes that nothing else is connected with, the longest first."""
    following = {
        node: below[0]
        for node, below in sorted(made.below.items())
        if len(below) == 1 and len(made.above[below[0]]) == 1
    }
    lines = [[node] for node in following.keys() - set(following.values())]
    for line in lines:
        while line[-1] in following:
            line.append(following[line[-1]])
    return sorted(lines, key=lambda line: (-len(line), line))


def _room(
    made: Layers, node: int, before: int | None, after: int | None, left: float, right: float
) -> tuple[float, float]:
    """Return between which places a node can move without any other moving."""
    half = made.size(node) / 2
    least = left + half if before is None else made.x[before] + made.distance(before, node)
    most = right - half if after is None else made.x[after] - made.distance(node, after)
    return least, most


def _align(made: Layers, line: Sequence[int], rooms: Sequence[tuple[float, float]]) -> None:
    """Put a line's nodes upon each other: always as many at once as have room in common."""
    at = 0
    while at < len(line):
        least, most = rooms[at]
        end = at + 1
        while end < len(line) and max(least, rooms[end][0]) <= min(most, rooms[end][1]):
            least, most = max(least, rooms[end][0]), min(most, rooms[end][1])
            end += 1
        piece = line[at:end]
        middle = sorted(made.x[node] for node in piece)[len(piece) // 2]
        for node in piece:
            made.x[node] = max(least, min(middle, most))
        at = end
