"""Which process feeds which, of the graph that Nextflow tells as a run begins."""

import time
from itertools import pairwise
from typing import Any

import pytest

from panoptes.engines.fields import MAX_EDGES, MAX_RULE
from panoptes.engines.nextflow.dag import MAX_LINES, MAX_VERTICES, feeds


def vertex(number: int, kind: str, label: str | None = None) -> dict[str, Any]:
    """Return a vertex as Nextflow 26.05 and later tell it."""
    return {"id": str(number), "type": kind, "label": label, "scope": None}


def edge(source: int, target: int) -> dict[str, Any]:
    return {"source": str(source), "target": str(target), "label": "ch"}


def test_what_is_no_process_is_left_out_and_what_it_joins_is_connected() -> None:
    dag = {
        "vertices": [
            vertex(0, "ORIGIN", "channel.of"),
            vertex(1, "PROCESS", "RNASEQ:ALIGN"),
            vertex(2, "OPERATOR", "map"),
            vertex(3, "OPERATOR", "mix"),
            vertex(4, "PROCESS", "RNASEQ:SORT"),
            vertex(5, "PROCESS", "REPORT"),
            vertex(6, "NODE"),
        ],
        "edges": [edge(*pair) for pair in [(0, 1), (1, 2), (2, 3), (3, 4), (3, 5), (4, 5), (5, 6)]],
    }
    assert set(feeds(dag, []) or []) == {
        ("RNASEQ:ALIGN", "REPORT"),
        ("RNASEQ:ALIGN", "RNASEQ:SORT"),
        ("RNASEQ:SORT", "REPORT"),
    }


@pytest.mark.parametrize(
    "dag",
    [
        {"vertices": ["A", "map", "B"], "edges": [["A", "map"], ["map", "B"]]},
        {
            "vertices": [{"id": 1, "name": "A"}, {"id": 2, "name": "map"}, {"id": 3, "name": "B"}],
            "edges": [{"from": 1, "to": 2}, {"from": 2, "to": 3}],
        },
        {
            "vertices": [{"id": "a", "label": "A", "type": "process"}, {"id": "B"}],
            "edges": [{"source": "a", "target": "B"}],
        },
    ],
)
def test_a_vertex_without_a_type_is_a_process_if_it_is_called_like_one(dag: Any) -> None:
    assert feeds(dag, ["A", "B", "C"]) == [("A", "B")]


def test_a_process_that_nothing_connects_is_a_graph_without_lines() -> None:
    assert feeds({"vertices": [vertex(1, "PROCESS", "A")], "edges": []}, []) == []


def test_circles_come_to_an_end() -> None:
    kinds = ["PROCESS", "OPERATOR", "OPERATOR", "PROCESS"]
    dag = {
        "vertices": [vertex(number, kind, f"{number}") for number, kind in enumerate(kinds)],
        "edges": [edge(*pair) for pair in [(0, 1), (1, 2), (2, 1), (2, 0), (2, 3), (3, 0), (3, 3)]],
    }
    assert set(feeds(dag, []) or []) == {("0", "3"), ("3", "0")}


@pytest.mark.parametrize(
    "dag",
    [
        *(None, [], "dag", 1, {}),
        {"vertices": [], "edges": []},
        {"vertices": {"a": 1}, "edges": {"a": 1}},
        {"vertices": [None, 1, "", [], {}, {"id": []}, {"id": True, "label": "A"}], "edges": [[]]},
        {"vertices": [{"id": "x" * 101, "type": "PROCESS", "label": "A"}], "edges": []},
        {"vertices": [{"id": "1", "type": "PROCESS", "label": ["A"]}], "edges": []},
        {"vertices": [{"id": "1", "type": ["PROCESS"], "label": "B"}], "edges": []},
    ],
)
def test_what_names_no_process_is_no_graph(dag: Any) -> None:
    assert feeds(dag, ["A"]) is None


def test_lines_from_and_to_nowhere_are_passed_over() -> None:
    vertices = [vertex(1, "PROCESS", "A"), vertex(2, "PROCESS", "B" * 1000)]
    odd: list[Any] = [
        *(None, 1, "ab", [], ["1"], ["1", "2", "3"], {}, {"source": "1"}, {"target": "2"}),
        *([None, "2"], [["1"], "2"], {"source": None, "target": "2"}, edge(1, 8), edge(9, 2)),
    ]
    assert feeds({"vertices": vertices, "edges": odd}, []) == []
    found = feeds({"vertices": vertices, "edges": [*odd, edge(1, 2)]}, [])
    assert found == [("A", "B" * MAX_RULE)]


def test_huge_graphs_take_no_time_and_are_cut() -> None:
    numbers = range(2 * MAX_VERTICES)
    processes = [vertex(number, "PROCESS", f"P{number}") for number in numbers]
    begun = time.process_time()
    chain = [edge(one, other) for one, other in pairwise(numbers)]
    assert feeds({"vertices": processes, "edges": chain}, []) == [
        (f"P{one}", f"P{other}") for one, other in pairwise(numbers[: MAX_EDGES + 1])
    ]
    # Each of many processes feeds a chain of operators, which would have to be walked for each.
    operators = [vertex(number, "OPERATOR", "mix") for number in range(10_000)]
    chain = [edge(one, other) for one, other in pairwise(range(10_000))]
    many = [vertex(10_000 + number, "PROCESS", f"P{number}") for number in range(10_000)]
    into = [edge(10_000 + number, 0) for number in range(MAX_LINES)]
    assert feeds({"vertices": [*operators, *many], "edges": [*chain, *into]}, []) is None
    assert time.process_time() - begun < 5
