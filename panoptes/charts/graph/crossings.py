"""In which order the nodes of a row stand: so that few edges cross."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Mapping, Sequence
from itertools import pairwise

Rows = list[list[int]]
Neighbours = Mapping[int, Sequence[int]]

SWEEPS = 16


def with_few_crossings(rows: Rows, above: Neighbours, below: Neighbours) -> Rows:
    """Return the rows, each in an order that leaves few crossings.

    Sweeps down and up put each node at the middle of its neighbours; the best result is kept and
    then improved by exchanging nodes that stand side by side.
    """
    best, fewest = rows, crossings(rows, below)
    for sweep in range(SWEEPS):
        if not fewest:
            break
        # Every other time, nodes that wish the same place change it, to leave a dead end.
        step = -1 if sweep % 4 > 1 else 1
        if sweep % 2 == 0:
            rows = _swept(rows, above, step)
        else:
            rows = _swept(rows[::-1], below, step)[::-1]
        count = crossings(rows, below)
        if count < fewest:
            best, fewest = rows, count
    return _exchanged(best, above, below) if fewest else best


def crossings(rows: Rows, below: Neighbours) -> int:
    """Return how many pairs of edges cross."""
    total = 0
    for row, under in pairwise(rows):
        place = {node: at for at, node in enumerate(under)}
        passed: list[int] = []
        for node in row:
            ends = [place[end] for end in below.get(node, ())]
            total += sum(len(passed) - bisect_right(passed, end) for end in ends)
            for end in ends:
                insort(passed, end)
    return total


def _swept(rows: Rows, before: Neighbours, step: int) -> Rows:
    """Return the rows, each sorted by the places of its neighbours in the row before it."""
    swept = rows[:1]
    for row in rows[1:]:
        place = {node: at for at, node in enumerate(swept[-1])}
        keys = {node: at * len(place) / len(row) for at, node in enumerate(row)}
        for node in row:
            places = [place[neighbour] for neighbour in before.get(node, ())]
            if places:
                keys[node] = sum(places) / len(places)
        swept.append(sorted(row[::step], key=keys.__getitem__))
    return swept


def _exchanged(rows: Rows, above: Neighbours, below: Neighbours) -> Rows:
    """Return the rows after exchanging neighbours in them as long as that saves crossings."""
    rows = [list(row) for row in rows]
    for _ in range(SWEEPS):
        saved = 0
        for at, row in enumerate(rows):
            over = _ends(row, rows[at - 1] if at else [], above)
            under = _ends(row, rows[at + 1] if at + 1 < len(rows) else [], below)
            for place in range(len(row) - 1):
                left, right = row[place : place + 2]
                gain = sum(
                    _crossed(ends[left], ends[right]) - _crossed(ends[right], ends[left])
                    for ends in (over, under)
                )
                if gain > 0:
                    row[place : place + 2] = right, left
                    saved += gain
        if not saved:
            break
    return rows


def _ends(row: list[int], other: list[int], neighbours: Neighbours) -> dict[int, list[int]]:
    """Return at which places of another row the edges of each node end."""
    place = {node: at for at, node in enumerate(other)}
    return {
        node: sorted(place[end] for end in neighbours.get(node, ()) if end in place) for node in row
    }


def _crossed(left: list[int], right: list[int]) -> int:
    """Return how many edges of two nodes cross, the one standing left of the other."""
    return sum(bisect_left(right, end) for end in left)
