"""Rows of rules, each below all that feed it, with lanes for the edges that pass a row."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TypeVar

from panoptes.charts.graph.crossings import Rows, with_few_crossings
from panoptes.charts.graph.edges import Graph

Edge = tuple[str, str]
Node = TypeVar("Node", str, int)
Neighbours = Mapping[Node, list[Node]]

GAP = 24
LANE = 20
# By how many of the two that stand side by side are rules.
_GAPS = (0, 8, GAP)


def downward(graph: Graph) -> dict[Edge, Edge]:
    """Return each edge as it is drawn: some of those that close a circle have to be turned.

    A rule may feed itself through another one, with other wildcards.
    """
    place = {rule: at for at, rule in enumerate(_finished_first(graph.rules, graph.edges))}
    return {
        (source, target): (source, target) if place[source] > place[target] else (target, source)
        for source, target in graph.edges
        if source != target
    }


def ranks(rules: Sequence[str], edges: Iterable[Edge], bottom: Iterable[str]) -> dict[str, int]:
    """Return the row of each rule, from 0; edges lead down and are as short as that allows.

    Rules of `bottom` that feed nothing stand in the last row.
    """
    edges = sorted(set(edges))
    above, below = neighbours(edges)
    rank: dict[str, int] = {}
    order = _finished_first(rules, edges)
    for rule in reversed(order):
        rank[rule] = max((rank[source] + 1 for source in above[rule]), default=0)
    last = max(rank.values(), default=0)
    rank |= {rule: last for rule in bottom if not below[rule]}
    for rule in order:
        # A rule with more edges below than above is better off beside those that it feeds.
        if len(below[rule]) > len(above[rule]):
            rank[rule] = min(rank[target] for target in below[rule]) - 1
    return rank


def neighbours(edges: Iterable[tuple[Node, Node]]) -> tuple[Neighbours[Node], Neighbours[Node]]:
    """Return what lies above each node and what lies below it, nothing for those at the ends."""
    above: dict[Node, list[Node]] = defaultdict(list)
    below: dict[Node, list[Node]] = defaultdict(list)
    for source, target in edges:
        above[target].append(source)
        below[source].append(target)
    return above, below


def _finished_first(rules: Sequence[str], edges: Iterable[Edge]) -> list[str]:
    """Return the rules, each after all that it feeds, as far as there is no circle.

    A depth-first walk from the rules that nothing feeds, without recursion: a chain may be long.
    """
    above, below = neighbours(edges)
    waiting = [(rule, False) for rule in sorted(rules, key=lambda rule: bool(above[rule]))][::-1]
    seen: set[str] = set()
    finished = []
    while waiting:
        rule, is_back = waiting.pop()
        if is_back:
            finished.append(rule)
        elif rule not in seen:
            seen.add(rule)
            waiting.append((rule, True))
            waiting += [(target, False) for target in reversed(below[rule]) if target not in seen]
    return finished


@dataclass(slots=True)
class Layers:
    """Nodes by number: first the rules, then the lanes. `chains`: through which nodes edges lead.

    `x` is where the middle of each node is; the drawing begins at 0.
    """

    rules: Sequence[str]
    box: int
    rows: Rows
    row_of: list[int]
    chains: dict[Edge, list[int]]
    above: Neighbours[int]
    below: Neighbours[int]
    x: list[float] = field(default_factory=list)

    @property
    def left(self) -> float:
        """Where the leftmost node begins."""
        return min((self.x[row[0]] - self.size(row[0]) / 2 for row in self.rows), default=0.0)

    @property
    def right(self) -> float:
        """Where the rightmost node ends."""
        return max((self.x[row[-1]] + self.size(row[-1]) / 2 for row in self.rows), default=0.0)

    def size(self, node: int) -> int:
        """Return a node's width."""
        return self.box if self.is_rule(node) else LANE

    def is_rule(self, node: int) -> bool:
        """Return whether a node is a rule and not a lane."""
        return node < len(self.rules)

    def distance(self, left: int, right: int) -> float:
        """Return how far the middles of two nodes, side by side, must be from each other."""
        gap = _GAPS[self.is_rule(left) + self.is_rule(right)]
        return (self.size(left) + self.size(right)) / 2 + gap


def in_rows(rules: Sequence[str], edges: Iterable[Edge], bottom: Sequence[str], box: int) -> Layers:
    """Return rules and edges in rows, in an order with few crossings.

    Edges lead down, without circles; each has a lane in every row that it passes.
    """
    edges = sorted(set(edges))
    rank = ranks(rules, edges, bottom)
    number = {rule: at for at, rule in enumerate(rules)}
    row_of = [rank[rule] for rule in rules]
    chains: dict[Edge, list[int]] = {}
    for source, target in edges:
        passed = range(rank[source] + 1, rank[target])
        lanes = range(len(row_of), len(row_of) + len(passed))
        row_of += passed
        chains[source, target] = [number[source], *lanes, number[target]]
    above, below = neighbours(pair for chain in chains.values() for pair in pairwise(chain))
    rows: Rows = [[] for _ in range(max(row_of, default=-1) + 1)]
    for node, row in enumerate(row_of):
        rows[row].append(node)
    rows = with_few_crossings(rows, above, below)
    return Layers(rules, box, rows, row_of, chains, above, below)
