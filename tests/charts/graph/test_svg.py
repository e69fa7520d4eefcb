"""The picture of a graph."""

from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panoptes.charts.graph.edges import Graph
from panoptes.charts.graph.layout import SMALL_HEIGHT, lay_out
from panoptes.charts.graph.svg import Box, box_width, cut, draw, small_box_width

LABELS = {"title": "title", "description": "description", "waiting": "Not announced yet"}
HOSTILE = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>&amp;\u202e"
# What XML can't hold, HTML can; of those, strangers' texts are tested on the page itself.
TEXTS = st.text(st.characters(min_codepoint=32, exclude_categories=["Cs", "Cc", "Cn", "Co"]))


def box(**changes: object) -> Box:
    usual: dict[str, object] = {
        "name": "align",
        "scope": "",
        "href": "/workflow/1?rule=a",
        "css": "done",
        "shape": "✓",
        "state": "done",
        "count": "4 of 4",
        "parts": (("done", 0.0, 75.0), ("error", 75.0, 25.0)),
        "summary": "4 of 4 done",
        "begun": True,
    }
    return Box(**(usual | changes))  # type: ignore[arg-type]


def picture(
    *rules: str, labels: dict[str, str] = LABELS, waiting: tuple[str, ...] = (), **changes: object
) -> str:
    boxes = {rule: box(**{"name": rule} | changes) for rule in (*rules, *waiting)}
    edges = tuple(pairwise(rules))
    layout = lay_out(Graph(tuple(rules), edges), waiting, box_width(boxes))
    return draw(layout, boxes, **labels)


def parsed(svg: str) -> ET.Element:
    return ET.fromstring(svg)


def test_a_box_tells_name_state_and_count_and_is_a_link() -> None:
    svg = parsed(picture("align"))
    (link,) = svg.iter("a")
    assert link.get("href") == "/workflow/1?rule=a"
    assert [text.text for text in link.iter("text")] == ["align", "✓ done", "4 of 4"]
    assert link.findtext("title") == "align: 4 of 4 done"


def test_what_holds_a_rule_stands_behind_its_name_as_far_as_there_is_room() -> None:
    def heading(**changes: object) -> list[str]:
        (link,) = parsed(picture("A:B:STAR", **changes)).iter("a")
        assert (link.findtext("title") or "").startswith("A:B:STAR: ")
        return list(next(link.iter("text")).itertext())

    assert heading(name="STAR", scope="ALIGN") == ["STAR ", "ALIGN"]
    assert heading(name="STAR", scope=HOSTILE)[0] == "STAR "
    assert heading(name="STAR_" * 10, scope="ALIGN") == ["STAR_STAR_ST…R_STAR_STAR_"]


def test_a_bar_has_its_parts_and_patterns_where_colour_would_be_all() -> None:
    rects = [rect.attrib for rect in parsed(picture("align")).iter("rect")][1:]
    width = float(rects[0]["width"])
    assert [rect.get("class") for rect in rects] == ["graph-track", "part-done", "part-error", None]
    assert rects[3]["fill"] == "url(#pattern-error)"
    assert float(rects[1]["width"]) == pytest.approx(0.75 * width)
    assert float(rects[2]["x"]) == pytest.approx(float(rects[1]["x"]) + 0.75 * width)


def test_each_edge_is_a_path_with_an_arrow() -> None:
    (edges,) = (each for each in parsed(picture("a", "b", "c")).iter("g") if each.get("marker-end"))
    assert [path.get("d") for path in edges.iter("path")] == ["M88 84l0 52", "M88 204l0 52"]


def test_a_small_box_is_a_link_with_state_and_name_in_one_line() -> None:
    boxes = {name: box(name=name) for name in ("align", "a" * 60)}
    boxes["zoo:ALIGN:STAR"] = box(name="STAR", scope="ALIGN")
    layout = lay_out(Graph(tuple(boxes), ()), (), small_box_width(boxes), SMALL_HEIGHT)
    svg = parsed(draw(layout, boxes, **LABELS))
    links = list(svg.iter("a"))
    assert {link.get("href") for link in links} == {"/workflow/1?rule=a"}
    shown = [text.text for link in links for text in link.iter("text")]
    assert shown == ["✓ done: align", f"✓ done: {'a' * 19}…{'a' * 19}", "✓ done: STAR ALIGN"]


def test_rules_that_wait_stand_below_words_that_say_so() -> None:
    svg = picture("a", waiting=("b",))
    assert svg.index("Not announced yet") > 0
    assert "Not announced yet" not in picture("a")


def test_the_picture_says_what_it_is_to_those_who_do_not_see_it() -> None:
    svg = parsed(picture("a"))
    assert svg.findtext("title") == "title"
    assert svg.findtext("desc") == "description"
    assert str(svg.get("aria-labelledby")).split() == [each.get("id") for each in list(svg)[:2]]
    assert svg.get("viewBox") == f"0 0 {svg.get('width')} {svg.get('height')}"


@pytest.mark.parametrize("field", ["href", "css", "shape", "state", "count", "summary"])
def test_what_strangers_say_is_escaped(field: str) -> None:
    svg = picture(HOSTILE, labels=dict.fromkeys(LABELS, HOSTILE), **{field: HOSTILE})
    tags = {each.tag for each in parsed(svg).iter()}
    assert tags <= {
        "svg",
        "title",
        "desc",
        "defs",
        "marker",
        "path",
        "g",
        "a",
        "rect",
        "text",
        "use",
    }
    assert parsed(svg).findtext("title") == HOSTILE


@given(TEXTS)
def test_no_name_breaks_the_picture(name: str) -> None:
    svg = parsed(picture(name))
    assert svg.findtext("a/title") == f"{name}: 4 of 4 done"
    assert not [each for each in svg.iter() if "style" in each.attrib]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("short", "short"),
        ("exactly_10", "exactly_10"),
        ("a_name_that_is_long", "a_na…long"),
        ("日本語", "日本語"),
        ("日本語日本語", "日本…本語"),
        ("", ""),
    ],
)
def test_long_names_are_cut_in_the_middle(text: str, shown: str) -> None:
    assert cut(text, 10) == shown


@given(st.text(max_size=2000), st.integers(3, 40))
def test_a_cut_name_keeps_both_ends_and_fits(text: str, letters: int) -> None:
    shown = cut(text, letters)
    assert len(shown) <= letters
    head, _, tail = shown.partition("…")
    assert shown == text or (text.startswith(head) and text.endswith(tail))


def test_boxes_are_as_wide_as_their_names_and_numbers_within_reason() -> None:
    assert box_width({}) == box_width({"a": box()})
    assert box_width({"a": box(name="a" * 20)}) > box_width({"a": box()})
    assert box_width({"a": box(name="a" * 30)}) == box_width({"a": box(name="a" * 3000)})
    assert box_width({"a": box(scope="b" * 15)}) > box_width({"a": box()})
    widest = box_width({"a": box(name="a" * 3000, scope="b" * 3000)})
    assert widest == box_width({"a": box(name="a" * 30, scope="b" * 30)})
    assert box_width({"a": box(state="1,234 failed", count="10,000 of 12,000")}) > box_width(
        {"a": box()}
    )


def test_a_number_more_moves_nothing() -> None:
    widths = {box_width({"align": box(count=f"{n} of 80")}) for n in (1, 10, 80)}
    assert len(widths) == 1
