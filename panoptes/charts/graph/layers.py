"""Rows of rules, with lanes for the edges that pass them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from panoptes.charts.graph.layering import Edge, ranks
from panoptes.charts.graph.order import Rows, ordered

GAP = 24
LANE = 20
# By how many of the two that stand side by side are rules.
_GAPS = (0, 8, GAP)


@dataclass(slots=True)
class Layers:
    """Nodes by number: first the rules, then the lanes. `chains`: through which nodes edges lead.

    `x` is where the middle of each node is; the drawing begins at 0.
    """

    rules: Sequence[str]
    box: int
    rows: Rows = field(default_factory=list)
    row_of: list[int] = field(default_factory=list)
    chains: dict[Edge, list[int]] = field(default_factory=dict)
    above: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    below: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    x: list[float] = field(default_factory=list)

    @property
    def width(self) -> float:
        """How wide the drawing is."""
        ends = (self.x[row[-1]] + self.size(row[-1]) / 2 for row in self.rows)
        return max(ends, default=0.0)

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
    made = Layers(rules, box)
    edges = sorted(set(edges))
    rank = ranks(rules, edges, bottom)
    number = {rule: at for at, rule in enumerate(rules)}
    made.row_of = [rank[rule] for rule in rules]
    for edge in edges:
        passed = range(rank[edge[0]] + 1, rank[edge[1]])
        lanes = range(len(made.row_of), len(made.row_of) + len(passed))
        made.row_of += passed
        made.chains[edge] = [number[edge[0]], *lanes, number[edge[1]]]
    _fill(made)
    made.rows = ordered(made.rows, made.above, made.below)
    return made


def _fill(made: Layers) -> None:
    """Put the nodes in their rows and note what is above and below each."""
    for chain in made.chains.values():
        for over, under in pairwise(chain):
            made.below[over].append(under)
            made.above[under].append(over)
    made.rows = [[] for _ in range(max(made.row_of, default=-1) + 1)]
    for node, row in enumerate(made.row_of):
        made.rows[row].append(node)
