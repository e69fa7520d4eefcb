"""The pictures of a timeline."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panoptes.charts.timeline.chart import MOST_SPANS, Chart, draw
from panoptes.charts.timeline.spans import Span, closed, window
from tests.charts.timeline.making import NOW, Labels, Picture, pictures, span, spans

HOSTILE = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>&lt;\u202e"
MOST_BYTES = 300_000
SAFE_TAGS = {"svg", "a", "rect", "title", "text", "use", "line", "path"}


class HostileLabels(Labels):
    def href(self, span: Span) -> str:
        return HOSTILE

    def label(self, span: Span) -> str:
        return HOSTILE

    def title(self, span: Span) -> str:
        return HOSTILE


def chart(*given: Span, labels: Labels | None = None, goes_on: bool = False) -> Chart:
    found = closed(given, NOW + 100)
    return draw(found, window(found, NOW, NOW), labels or Labels(), goes_on=goes_on)


def test_a_job_is_a_bar_that_leads_to_it() -> None:
    drawn = chart(span(0, 50, job=7, key="7"), span(50, 100, "sort"))
    assert [(row.rule, row.jobs, row.failed) for row in drawn.rows] == [
        ("align", 1, 0),
        ("sort", 1, 0),
    ]
    picture = Picture(drawn)
    bar, later = picture.of_class("span")
    assert (bar["x"], bar["width"], later["x"]) == ("0%", "50%", "50%")
    assert [attrs["href"] for tag, attrs in picture.tags if tag == "a"] == ["/job/7", "/job/1"]
    assert "align s=7" in picture.texts


def test_failures_and_other_attempts_are_told_without_colour() -> None:
    picture = Picture(chart(span(0, 40, status="Error"), span(40, 100, attempt=2)))
    assert [bar["class"] for bar in picture.of_class("span")] == ["span error", "span done"]
    assert len(picture.of_class("mark-failed")) == len(picture.of_class("again")) == 1
    assert "url(#pattern-error)" in [attrs.get("fill") for _, attrs in picture.tags]


def test_what_runs_reaches_to_now() -> None:
    drawn = chart(span(0, 10), span(10, None, status="Running"), goes_on=True)
    picture = Picture(drawn)
    assert picture.of_class("running")[0]["width"] == "90%"
    assert "now" in picture.texts


def test_a_label_stands_in_its_bar_where_it_has_room() -> None:
    picture = Picture(chart(span(0, 98, key="long"), span(98, 100, key="short")))
    assert "s=long" in picture.texts
    assert "s=short" not in picture.texts


def test_many_jobs_are_folded_into_their_rules() -> None:
    many = [span(each, each + 9, job=each) for each in range(MOST_SPANS)]
    many.append(span(9, 20, job=999, status="Error"))
    drawn = chart(*many)
    assert drawn.is_folded
    assert [(row.rule, row.jobs, row.failed) for row in drawn.rows] == [("align", 401, 1)]
    assert Picture(drawn).of_class("span") == []
    assert len(Picture(drawn).of_class("mark-failed")) == 1
    assert not chart(*many[1:]).is_folded


def test_threads_are_shown_where_they_differ_from_jobs() -> None:
    assert [panel.name for panel in chart(span()).panels] == ["Running at once"]
    panels = chart(span(threads=8), span()).panels
    assert [(panel.name, panel.peak) for panel in panels] == [
        ("Running at once", 2),
        ("Threads in use", 9),
    ]


@pytest.mark.parametrize("jobs", [2, 1000])
def test_hostile_names_stay_text(jobs: int) -> None:
    many = [span(each, each + 5, HOSTILE, job=each, key=HOSTILE) for each in range(jobs)]
    picture = Picture(chart(*many, labels=HostileLabels()))
    assert {tag for tag, _ in picture.tags} <= SAFE_TAGS
    names = {name for _, attrs in picture.tags for name in attrs}
    assert not [name for name in names if name.startswith(("on", "style"))]


@given(st.lists(spans, max_size=30))
def test_whatever_the_clocks_say_the_chart_is_drawn_within_its_bounds(many: list[Span]) -> None:
    picture = Picture(chart(*many))
    bars = picture.of_class("span")
    assert len(bars) == len(many)
    for bar in bars:
        x, width = (float(str(bar[name]).rstrip("%")) for name in ("x", "width"))
        assert 0 <= x <= 100
        assert 0 < width <= 100
        assert x + width <= 100.01


def size(drawn: Chart) -> int:
    return sum(len(picture.encode()) for picture in pictures(drawn))


def many_spans(number: int, rules: int, seed: int = 1) -> list[Span]:
    chance = random.Random(seed)
    found = []
    for job in range(number):
        start, rule = chance.uniform(0, 86400), f"{job % rules}{HOSTILE * 20}"
        status = "Error" if chance.random() < 0.3 else "Done"
        seconds = chance.expovariate(1 / 300)
        found.append(span(start, start + seconds, rule, job=job, status=status, threads=job % 64))
    return found


@pytest.mark.parametrize("rules", [1, 5, 60, 61, 5000])
def test_as_many_jobs_as_a_page_may_have_make_a_small_picture(rules: int) -> None:
    many = closed(many_spans(5000, rules), NOW)
    drawn = draw(many, window(many, NOW, NOW), HostileLabels())
    assert size(drawn) < MOST_BYTES
    assert len(drawn.rows) <= 60


def test_few_jobs_with_endless_names_are_folded() -> None:
    class Endless(Labels):
        def title(self, span: Span) -> str:
            return "é" * 5000

    drawn = chart(*many_spans(MOST_SPANS, 3), labels=Endless())
    assert drawn.is_folded
    assert size(drawn) < MOST_BYTES
