"""The axis of time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panoptes.charts.timeline.axis import MOST_TICKS, clock, offset, ticks
from panoptes.charts.timeline.spans import Window
from tests.charts.timeline.making import NOW


@pytest.mark.parametrize(
    ("seconds", "labels"),
    [
        (0, ["start", "+0.002 s", "+0.004 s", "+0.006 s", "+0.008 s", "+0.01 s"]),
        (4, ["start", "+0.5 s", "+1 s", "+1.5 s", "+2 s", "+2.5 s", "+3 s", "+3.5 s", "+4 s"]),
        (100, ["start", "+15 s", "+30 s", "+45 s", "+1 min", "+1 min 15 s", "+1 min 30 s"]),
        (8000, ["start", "+30 min", "+1 h", "+1 h 30 min", "+2 h"]),
        (86400 * 2, ["start", "+6 h", "+12 h", "+18 h", "+1 d"]),
        (86400 * 1000, ["start", "+200 d", "+400 d", "+600 d", "+800 d", "+1000 d"]),
    ],
)
def test_ticks_stand_at_round_numbers(seconds: float, labels: list[str]) -> None:
    found = [tick.label for tick in ticks(Window(NOW, NOW + seconds, NOW))]
    assert found[: len(labels)] == labels


def test_a_part_of_a_run_is_told_from_the_start_of_the_whole() -> None:
    found = ticks(Window(NOW + 3500, NOW + 3700, NOW))
    assert [tick.label for tick in found][:3] == ["+58 min 30 s", "+59 min", "+59 min 30 s"]
    assert found[1].clock == "2026-11-23 09:59:00 UTC"
    assert found[1].place == pytest.approx(0.2)


@given(st.floats(-1e11, 3e11), st.floats(0, 1e12), st.floats(0, 1e9))
def test_any_axis_has_some_ticks_and_not_too_many(start: float, seconds: float, before: float):
    found = ticks(Window(start, start + seconds, start - before))
    assert len(found) <= MOST_TICKS + 1
    assert all(0 <= tick.place <= 1 for tick in found)
    assert [tick.place for tick in found] == sorted(tick.place for tick in found)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "start"), (-90, "−1 min 30 s"), (9.5, "+9.5 s"), (59.9, "+1 min"), (90000, "+1 d 1 h")],
)
def test_a_time_is_told_from_the_start(seconds: float, words: str) -> None:
    assert offset(seconds) == words


def test_a_clock_at_the_calendar_s_ends_is_told() -> None:
    assert clock(1e15) == "9999-12-31 23:59:59 UTC"
    assert clock(-1e15).endswith("1-01-01 00:00:00 UTC")
