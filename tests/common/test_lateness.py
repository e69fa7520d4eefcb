"""What is usual, and from when on it is late."""

from panoptes.common.lateness import is_late, usual, usual_of


def test_of_few_three_times_the_median_is_late() -> None:
    assert usual([100, 200, 90]) == (100, 300)


def test_of_many_half_as_long_again_as_nearly_all_took_is_late() -> None:
    known = [100.0] * 19 + [200.0]
    found = usual(known)
    assert found is not None
    assert found.seconds == 100
    assert 150 < found.late_after < 160  # One that took twice as long isn't what is usual.


def test_nothing_is_late_before_a_minute() -> None:
    assert usual([1] * 10) == (1, 60)
    assert not is_late(60, usual([1] * 10))
    assert is_late(61, usual([1] * 10))


def test_where_nothing_is_known_nothing_is_late() -> None:
    assert usual([]) is None
    assert usual_of(None) is usual_of("") is None
    assert not is_late(1e9, None)
    assert not is_late(None, usual([1]))


def test_texts_of_several_runs_are_read_as_one_and_what_was_cut_is_left_out() -> None:
    assert usual_of("10 20 3|30 40 |") == usual([10, 20, 30, 40])
