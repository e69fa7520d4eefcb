"""Lanes: what runs at once lies below each other."""

from hypothesis import given
from hypothesis import strategies as st

from panoptes.charts.timeline.lanes import pack
from panoptes.charts.timeline.spans import LEAST_WIDTH, Span, closed, window
from tests.charts.timeline.making import NOW, span, spans


def lanes_of(*given: Span) -> list[int]:
    found = closed(given, NOW)
    return [bar.lane for bar in pack(found, window(found, NOW, NOW))[0]]


def test_jobs_after_each_other_share_a_lane() -> None:
    assert lanes_of(span(0, 10), span(10, 20), span(30, 40)) == [0, 0, 0]


def test_jobs_at_once_have_lanes_of_their_own() -> None:
    assert lanes_of(span(0, 30), span(10, 20), span(15, 40)) == [0, 1, 2]


def test_the_first_lane_that_is_free_is_used_again() -> None:
    found = lanes_of(span(0, 20), span(1, 10), span(2, 10), span(12, 30), span(22, 30))
    assert found == [0, 1, 2, 1, 0]


@given(st.lists(spans, max_size=60))
def test_bars_lie_within_the_chart_and_never_over_each_other(many: list[Span]) -> None:
    found = closed(many, NOW)
    bars, lanes = pack(found, window(found, NOW, NOW))
    assert len(bars) == len(many)
    ends = [0.0] * lanes
    for bar in bars:
        assert 0 <= bar.x < bar.end <= 1
        assert bar.end - bar.x >= LEAST_WIDTH * 0.999
        assert bar.x >= ends[bar.lane]
        ends[bar.lane] = bar.end
