"""Spans and the window through which they are seen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panoptes.charts.timeline.spans import Span, Window, by_rule, close_up, closed, window
from tests.charts.timeline.making import NOW, span, spans


def test_what_still_runs_ends_now() -> None:
    (running,) = closed([span(0, None, status="Running")], NOW + 90)
    assert running.seconds == 90


@pytest.mark.parametrize("end", [-1, -1e9])
def test_a_clock_that_was_set_back_makes_no_negative_time(end: float) -> None:
    assert span(0, end).seconds == 0
    assert closed([span(0, None)], NOW + end)[0].seconds == 0


def test_the_window_begins_with_the_run_and_holds_jobs_of_odd_clocks() -> None:
    seen = window([span(-5, 60)], NOW, NOW + 30)
    assert seen == Window(NOW - 5, NOW + 60, NOW - 5)
    assert window([], NOW, NOW) == Window(NOW, NOW, NOW)
    assert Window(NOW, NOW, NOW).place(NOW) == 0


@given(st.lists(spans), spans)
def test_every_span_is_within_the_window(many: list[Span], one: Span) -> None:
    every = closed([*many, one], NOW)
    whole = window(every, NOW, NOW)
    for seen in (whole, close_up(every[:1], whole)):
        assert whole.start <= seen.start <= every[0].start
        assert every[0].until <= seen.end <= whole.end
    assert all(0 <= whole.place(each.start) <= whole.place(each.until) <= 1 for each in every)


def test_rules_come_in_the_order_of_their_first_start() -> None:
    found = closed([span(5, rule="sort"), span(0, rule="trim"), span(9, rule="trim")], NOW)
    assert list(by_rule(found)) == ["trim", "sort"]
