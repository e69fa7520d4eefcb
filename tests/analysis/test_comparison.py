"""What two runs are told apart by."""

from panoptes.analysis.comparison import Failure, Pace, RuleTimes, failures, pace, pairs


def times(**medians: float) -> dict[str, RuleTimes]:
    return {name: RuleTimes(4, median, 4 * median) for name, median in medians.items()}


def test_rules_come_and_go() -> None:
    found = {pair.name: pair for pair in pairs(times(make=1, sort=2), times(sort=2, merge=3))}
    assert list(found) == ["make", "sort", "merge"]
    assert (found["make"].other, found["merge"].this) == (None, None)
    assert [name for name, pair in found.items() if pair.differs] == ["make", "merge"]


def test_a_rule_is_slower_from_a_third_more_on_if_that_is_not_a_moment() -> None:
    (slow, quick, close) = pairs(
        times(slow=13, quick=0.2, close=12), times(slow=10, quick=0.1, close=10)
    )
    assert (slow.is_slower, quick.is_slower, close.is_slower) == (True, False, False)
    assert (slow.ratio, close.differs) == (1.3, True)


def test_where_most_rules_are_slower_the_whole_is() -> None:
    before = times(a=10, b=10, c=10, d=10, e=10)
    assert pace(pairs(times(a=20, b=20, c=20, d=10, e=10), before)) is Pace.WHOLE
    assert pace(pairs(times(a=20, b=20, c=10, d=10, e=10), before)) is Pace.SOME_RULES
    assert pace(pairs(before, before)) is Pace.SAME
    assert pace(pairs(times(a=20, b=20), times(a=10, b=10))) is Pace.SOME_RULES


def test_failures_are_new_or_the_same_or_gone() -> None:
    first, again, other = (
        Failure("1", 0, "align", "s=K1", "killed"),
        Failure("7", 0, "align", "s=K2", "killed"),
        Failure("8", 0, "align", "s=K2", "exit status 1"),
    )
    told = failures([first, again], [other, Failure("9", 0, "sort", "", "killed")])
    assert told.new == [first]
    assert told.same == [(again, False)]
    assert [failure.rule for failure in told.gone] == ["sort"]
    assert failures([again], [again]).same == [(again, True)]
