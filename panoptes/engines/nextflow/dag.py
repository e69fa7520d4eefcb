"""Reads which process feeds which, of the graph that Nextflow tells as a run begins (since 26.05).

It is `{"vertices": [{"id", "type", "label", "scope"}], "edges": [{"source", "target", "label"}]}`,
as Nextflow's own source has it. A process has the type PROCESS and its whole name as label; between
processes are operators and the ends of channels. People ask for the processes alone: those between
which there are no others are connected. Other ways to say the same are understood, too.
"""

from collections import defaultdict
from collections.abc import Container, Iterator, Mapping, Sequence, Set
from itertools import count
from typing import Any

from panoptes.engines.fields import MAX_EDGES, MAX_RULE, Fields, key_of

# The largest pipelines have some 3000 vertices.
MAX_VERTICES = 20_000
MAX_LINES = 50_000
# So far is looked for what a process feeds, of all together: a fifth of a second.
MAX_STEPS = 500_000


def feeds(dag: Any, processes: Sequence[str]) -> list[tuple[str, str]] | None:
    """Return pairs of a process and one that it feeds; None where no graph of processes is told.

    A vertex that says its type is a process if it says so; one that doesn't is if it is called like
    one of `processes`.
    """
    if not isinstance(dag, dict):
        return None
    names = dict(_processes(dag.get("vertices"), set(processes)))
    followers = _followers(dag.get("edges"))
    steps = count()
    pairs = {
        (name, names[reached]): None
        for vertex, name in names.items()
        for reached in _reached(vertex, followers, names, steps)
    }
    return list(pairs)[:MAX_EDGES] if names and next(steps) <= MAX_STEPS else None


def _reached(
    vertex: str, followers: Mapping[str, list[str]], names: Container[str], steps: Iterator[int]
) -> Iterator[str]:
    """Yield the named vertices behind one, between which there are no others with names.

    No more is found once `steps` has counted as many as may be taken.
    """
    seen, waiting = {vertex}, [vertex]
    while waiting:
        for follower in followers.get(waiting.pop(), ()):
            if next(steps) > MAX_STEPS:
                return
            if follower in names and follower not in seen:
                yield follower
            elif follower not in seen:
                waiting.append(follower)
            seen.add(follower)


def _processes(vertices: Any, known: Set[str]) -> Iterator[tuple[str, str]]:
    """Yield the id and the name of each vertex that is a process."""
    for vertex in vertices[:MAX_VERTICES] if isinstance(vertices, list) else ():
        told = vertex if isinstance(vertex, dict) else {"id": vertex}
        vertex_id = key_of(told.get("id"))
        name = told.get("label") or told.get("name") or vertex_id
        if vertex_id is None or not isinstance(name, str) or not name.strip():
            continue
        kind = told.get("type")
        if kind.upper() == "PROCESS" if isinstance(kind, str) else name in known:
            yield vertex_id, name[:MAX_RULE]


def _followers(edges: Any) -> Mapping[str, list[str]]:
    """Return the ids of the vertices to which lines lead from each."""
    followers: dict[str, list[str]] = defaultdict(list)
    for edge in edges[:MAX_LINES] if isinstance(edges, list) else ():
        source, target = map(key_of, _ends(edge))
        if source is not None and target is not None:
            followers[source].append(target)
    return followers


def _ends(edge: Any) -> tuple[Any, Any]:
    """Return from where to where a line leads, as far as it says so."""
    if isinstance(edge, list) and len(edge) == 2:
        return edge[0], edge[1]
    told: Fields = edge if isinstance(edge, dict) else {}
    return told.get("source", told.get("from")), told.get("target", told.get("to"))
