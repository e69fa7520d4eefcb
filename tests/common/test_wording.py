"""Words for times, numbers and long texts."""

from datetime import datetime, timedelta, timezone

import pytest

from panoptes.common import wording

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (None, "–"),
        (0, "< 0.1 s"),
        (0.31, "0.3 s"),
        (9.96, "10 s"),
        (59.4, "59 s"),
        (60, "1 min"),
        (250, "4 min 10 s"),
        (7860, "2 h 11 min"),
        (7200, "2 h"),
        (3 * 86400 + 4 * 3600, "3 d 4 h"),
    ],
)
def test_a_duration_has_its_two_largest_units(seconds: float | None, said: str) -> None:
    assert wording.duration(seconds) == said


@pytest.mark.parametrize(
    ("before", "said"),
    [
        ({"seconds": -30}, "just now"),
        ({"seconds": 4}, "just now"),
        ({"seconds": 20}, "20 s ago"),
        ({"minutes": 41}, "41 min ago"),
        ({"hours": 3, "minutes": 59}, "3 h ago"),
        ({"days": 2}, "2 d ago"),
        ({"days": 40}, "2026-10-14"),
    ],
)
def test_a_time_is_told_as_how_long_ago_it_was(before: dict[str, int], said: str) -> None:
    assert wording.ago(NOW - timedelta(**before), NOW) == said


@pytest.mark.parametrize(
    ("lengths", "total", "share"),
    [([], 10, 0), ([3, 4], 10, 4), ([2, 40, 50], 10, 4), ([9, 9], 10, 5), ([0, 0, 99], 10, 10)],
)
def test_texts_that_are_too_long_together_get_a_fair_share(
    lengths: list[int], total: int, share: int
) -> None:
    assert wording.fair_share(lengths, total) == share


@pytest.mark.parametrize("width", [10, 11, 40])
def test_a_long_text_is_cut_in_the_middle_to_its_width(width: int) -> None:
    short = wording.cut("beginning" + 200 * "x" + "end", width)
    assert len(short) == width
    assert short.startswith("beg")
    assert short.endswith("end")


def test_a_short_text_stays_whole() -> None:
    assert wording.cut("align", 5) == "align"


def test_only_a_uuid_is_a_machine_s_name() -> None:
    assert wording.machine_name("5f74fb43-a887-42e7-b69a-003e7311ed81") == "5f74fb43…"
    assert wording.machine_name("nightly-5f74fb43") is None


def test_a_clock_that_is_millennia_off_has_a_duration_too() -> None:
    assert wording.duration(3e11) == "3472222 d"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1000, "1.0 KB"),
        (3300, "3.2 KB"),
        (65_536, "64 KB"),
        (3_355_443, "3.2 MB"),
        (10 * 1024, "10 KB"),
        (999 * 1024, "999 KB"),
        (1000 * 1024, "1.0 MB"),
        (1024**2 - 1, "1.0 MB"),
        (320 * 1024**2, "320 MB"),
        (2**40, "1.0 TB"),
        (2**60, "1.0 EB"),
    ],
)
def test_a_size_has_two_or_three_digits(value: int, said: str) -> None:
    assert wording.size(value) == said


@pytest.mark.parametrize(("value", "said"), [(0, "0 jobs"), (1, "1 job"), (12_400, "12,400 jobs")])
def test_a_count_says_what_it_counts(value: int, said: str) -> None:
    assert wording.count(value, "job") == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (None, "–"),
        (0.01, "< 0.1 s"),
        (6.84, "6.8 s"),
        (99.0, "99 s"),
        (100.0, "1.7 min"),
        (2467.0, "41 min"),
        (6000.0, "1.7 h"),
        (47 * 3600.0, "47 h"),
        (90 * 86400.0, "90 d"),
        (1e15, "11,574,074,074 d"),
    ],
)
def test_a_brief_duration_has_one_unit(seconds: float | None, said: str) -> None:
    assert wording.brief_duration(seconds) == said
