"""Where rules and edges are drawn."""

import time
from itertools import combinations, pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panoptes.charts.graph.crossings import crossings, with_few_crossings
from panoptes.charts.graph.edges import Graph
from panoptes.charts.graph.layering import downward, in_rows, ranks
from panoptes.charts.graph.layout import HEIGHT, Layout, is_drawable, lay_out

BOX = 160


def graph(*edges: str, targets: tuple[str, ...] = ()) -> Graph:
    pairs = sorted({(edge[0], edge[1]) for edge in edges})
    return Graph(tuple(sorted({rule for pair in pairs for rule in pair})), tuple(pairs), targets)


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    rules = [f"r{n}" for n in range(draw(st.integers(0, 25)))]
    pair = st.tuples(st.sampled_from(rules), st.sampled_from(rules)) if rules else st.nothing()
    edges = draw(st.sets(pair, max_size=50)) if rules else set()
    targets = draw(st.sets(st.sampled_from(rules))) if rules else set()
    return Graph(
        tuple(rules),
        tuple(sorted(edge for edge in edges if edge[0] != edge[1])),
        tuple(sorted(targets)),
    )


def random_graph(rules: int, seed: int) -> Graph:
    """Return a graph as workflows have them: most rules read files of one to three before them."""
    chance = Random(seed)
    names = [f"r{n:03}" for n in range(rules)]
    edges = {
        (names[chance.randrange(max(0, at - 12), at)], names[at])
        for at in range(1, rules)
        for _ in range(chance.choice((1, 1, 1, 2, 2, 3)))
    }
    return Graph(tuple(names), tuple(sorted(edges)), (names[-1],))


def tops(layout: Layout) -> dict[str, float]:
    return {place.rule: place.y for place in layout.places}


def assert_nothing_overlaps(layout: Layout) -> None:
    for one, other in combinations(layout.places, 2):
        beside = abs(one.x - other.x) >= layout.box - 0.2
        assert beside or abs(one.y - other.y) >= HEIGHT, (one, other)
    for place in layout.places:
        assert 0 <= place.x <= layout.width - layout.box
        assert 0 <= place.y <= layout.height - HEIGHT


# --- any graph ------------------------------------------------------------------------------------


@given(graphs(), st.lists(st.sampled_from([f"w{n}" for n in range(20)]), unique=True))
def test_any_graph_is_drawn_without_overlap(any_graph: Graph, waiting: list[str]) -> None:
    layout = lay_out(any_graph, tuple(waiting), BOX)
    assert sorted(tops(layout)) == sorted([*any_graph.rules, *waiting])
    assert {(route.source, route.target) for route in layout.routes} == set(any_graph.edges)
    assert_nothing_overlaps(layout)


@given(graphs())
def test_edges_lead_down_but_where_a_circle_is_broken(any_graph: Graph) -> None:
    layout, drawn = lay_out(any_graph, (), BOX), downward(any_graph)
    top = tops(layout)
    for route in layout.routes:
        heights = [y for _, y in route.points]
        if drawn[route.source, route.target] == (route.source, route.target):
            assert heights[0] == top[route.source] + HEIGHT < heights[-1] == top[route.target]
            assert heights == sorted(heights)
        else:
            assert heights[0] == top[route.source] > heights[-1] == top[route.target] + HEIGHT
            assert heights == sorted(heights, reverse=True)


@given(graphs())
def test_edges_pass_beside_all_boxes(any_graph: Graph) -> None:
    layout = lay_out(any_graph, (), BOX)
    for route in layout.routes:
        for (x, start), (_, end) in list(pairwise(route.points))[1::2]:
            for place in layout.places:
                if place.y in (start, end):
                    assert not place.x - 1 < x < place.x + BOX + 1


@given(graphs())
def test_only_circles_have_edges_that_lead_up(any_graph: Graph) -> None:
    turned = {edge for edge, drawn in downward(any_graph).items() if edge != drawn}
    reached: dict[str, set[str]] = {rule: {rule} for rule in any_graph.rules}
    for _ in any_graph.rules:
        for source, target in any_graph.edges:
            reached[source] |= reached[target]
    assert all(source in reached[target] for source, target in turned)


@given(graphs())
def test_the_same_graph_is_drawn_the_same_way(any_graph: Graph) -> None:
    first = lay_out(any_graph, ("w",), BOX)
    lay_out.cache_clear()
    assert lay_out(any_graph, ("w",), BOX) == first


def test_a_drawing_is_kept() -> None:
    any_graph = graph("ab", "bc")
    first = lay_out(any_graph, (), BOX)
    assert lay_out(graph("bc", "ab"), (), BOX) is first


# --- rows -----------------------------------------------------------------------------------------


def rows(any_graph: Graph) -> dict[str, int]:
    return ranks(any_graph.rules, downward(any_graph).values(), any_graph.targets)


def test_a_rule_stands_below_all_that_feed_it() -> None:
    assert rows(graph("ab", "bc", "ac")) == {"a": 0, "b": 1, "c": 2}


def test_what_is_needed_late_stands_near_who_needs_it() -> None:
    assert rows(graph("ab", "bc", "cd", "xd"))["x"] == 2


def test_targets_stand_at_the_bottom() -> None:
    found = rows(graph("ab", "bc", "az", targets=("z",)))
    assert found["z"] == found["c"] == 2
    assert rows(graph("ab", "bc", "az"))["z"] == 1


def test_of_a_circle_one_edge_is_turned() -> None:
    assert rows(graph("ab", "bc", "ca")) == {"a": 0, "b": 1, "c": 2}
    layout = lay_out(graph("ab", "ba"), (), BOX)
    there, back = (route.points for route in layout.routes)
    assert there[0][1] < there[-1][1]
    assert back[0][1] > back[-1][1]


def test_a_long_chain_is_walked_without_recursion() -> None:
    names = [f"{n:05}" for n in range(5000)]
    chain = Graph(tuple(names), tuple(pairwise(names)))
    assert rows(chain)["04999"] == 4999


# --- order and places -----------------------------------------------------------------------------


def test_edges_that_need_not_cross_do_not() -> None:
    made = in_rows("abcxyz", [("a", "z"), ("b", "y"), ("c", "x")], (), BOX)
    assert crossings(made.rows, made.below) == 0
    made = in_rows(
        "abcdwxyz", [("a", "z"), ("a", "x"), ("b", "w"), ("c", "z"), ("d", "y")], (), BOX
    )
    assert crossings(made.rows, made.below) == 0


@given(graphs())
def test_putting_rows_in_order_never_adds_crossings(any_graph: Graph) -> None:
    made = in_rows(any_graph.rules, downward(any_graph).values(), (), BOX)
    mixed = [sorted(row) for row in made.rows]
    again = with_few_crossings(mixed, made.above, made.below)
    assert crossings(again, made.below) <= crossings(mixed, made.below)
    assert [sorted(row) for row in again] == mixed


def test_a_chain_is_a_straight_line() -> None:
    layout = lay_out(graph("ab", "bc", "cd", "ad"), (), BOX)
    x = {place.rule: place.x for place in layout.places}
    assert x["b"] == x["c"]
    (long,) = (route for route in layout.routes if route.source + route.target == "ad")
    assert len({x for x, _ in long.points[1:-1]}) == 1


def test_rules_that_nothing_connects_stand_below_in_rows_of_their_own() -> None:
    connected = graph("ab")
    layout = lay_out(Graph((*connected.rules, "x", "y"), connected.edges), ("p", "q"), BOX)
    top = tops(layout)
    assert top["a"] < top["b"] < top["x"] == top["y"] < top["p"] == top["q"]
    assert layout.waiting_at is not None
    assert top["y"] + HEIGHT < layout.waiting_at[1] < top["p"]


def test_many_rules_that_nothing_connects_are_about_as_wide_as_high() -> None:
    layout = lay_out(Graph(), tuple(f"r{n:02}" for n in range(60)), BOX)
    assert len(set(tops(layout).values())) == 10


# --- time -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_three_hundred_rules_are_drawn_in_a_second(seed: int) -> None:
    large = random_graph(300, seed)
    assert is_drawable(large)
    start = time.process_time()
    layout = lay_out(large, (), BOX)
    assert time.process_time() - start < 1
    assert_nothing_overlaps(layout)


def test_what_nobody_could_read_is_not_drawn() -> None:
    names = [f"r{n:03}" for n in range(301)]
    assert not is_drawable(Graph(tuple(names)))
    assert not is_drawable(Graph(), names)
    assert is_drawable(Graph(tuple(names[:300])))
    everything = tuple(combinations(names[:300], 2))
    start = time.process_time()
    assert not is_drawable(Graph(tuple(names[:300]), everything))
    assert time.process_time() - start < 1


def test_as_many_edges_as_are_drawn_take_less_than_a_second() -> None:
    upper, lower = [f"a{n}" for n in range(50)], [f"b{n}" for n in range(60)]
    dense = Graph((*upper, *lower), tuple((a, b) for a in upper for b in lower))
    assert is_drawable(dense)
    start = time.process_time()
    lay_out(dense, (), BOX)
    assert time.process_time() - start < 1
