"""In which row a rule stands: below all that feed it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from panoptes.charts.graph.edges import Graph

Edge = tuple[str, str]
Neighbours = Mapping[str, Sequence[str]]


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
    found: dict[str, int] = {}
    order = _finished_first(rules, edges)
    for rule in reversed(order):
        found[rule] = max((found[each] + 1 for each in above[rule]), default=0)
    last = max(found.values(), default=0)
    found |= {rule: last for rule in bottom if not below[rule]}
    for rule in order:
        # What has more edges below than above is better off beside those whom it feeds.
        if len(below[rule]) > len(above[rule]):
            found[rule] = min(found[each] for each in below[rule]) - 1
    return found


def neighbours(edges: Iterable[Edge]) -> tuple[Neighbours, Neighbours]:
    """Return what lies above each rule and what lies below it."""
    above: dict[str, list[str]] = defaultdict(list)
    below: dict[str, list[str]] = defaultdict(list)
    for source, target in edges:
        above[target].append(source)
        below[source].append(target)
    return above, below


def _finished_first(rules: Sequence[str], edges: Iterable[Edge]) -> list[str]:
    """Return the rules, each after all that it feeds, as far as there is no circle.

    A walk in depth, without recursion: a chain may be long. It begins where nothing leads to.
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
            waiting += [(each, False) for each in reversed(below[rule]) if each not in seen]
    return finished
