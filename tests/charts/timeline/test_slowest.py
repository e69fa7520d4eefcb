"""What took long."""

from panoptes.charts.timeline.slowest import RuleTime, longest, slowest_rules
from panoptes.charts.timeline.spans import by_rule
from tests.charts.timeline.making import span


def test_rules_are_told_by_all_the_time_they_took() -> None:
    jobs = [
        span(0, 10, "trim", job=1),
        span(0, 30, "align", job=2, status="Error"),
        span(30, 50, "align", job=2, attempt=2),
        span(0, 40, "align", job=3),
    ]
    assert slowest_rules(by_rule(jobs)) == [
        RuleTime("align", jobs=2, seconds=90, share=0.9, median=30, longest=40),
        RuleTime("trim", jobs=1, seconds=10, share=0.1, median=10, longest=10),
    ]


def test_what_has_no_known_time_makes_no_median() -> None:
    (rule,) = slowest_rules({"align": [span(9, 9, start_known=False)]})
    assert (rule.seconds, rule.share, rule.median, rule.longest) == (0, 0, None, None)


def test_the_longest_attempts_come_first() -> None:
    jobs = [span(0, 5), span(0, 50), span(0, 20), span(7, 7, start_known=False)]
    assert [each.seconds for each in longest(jobs, 2)] == [50, 20]
