"""Many jobs folded into a strip per rule."""

from hypothesis import given
from hypothesis import strategies as st

from panoptes.charts.timeline.spans import Span, by_rule, closed, window
from panoptes.charts.timeline.strips import MOST_RULES, fold, strip
from tests.charts.timeline.making import NOW, span, spans


def test_a_strip_counts_who_ran_when() -> None:
    found = closed([span(0, 40), span(10, 40), span(90, 100)], NOW)
    folded = strip(found, window(found, NOW, NOW), 10, 2)
    assert folded.counts == [1, 2, 2, 2, 2, 0, 0, 0, 0, 1]


def test_a_strip_tells_when_jobs_failed() -> None:
    found = closed([span(0, 80, status="Error"), span(0, 100)], NOW)
    assert strip(found, window(found, NOW, NOW), 10, 4).failures == [0, 0, 0, 1]


def test_rules_that_are_too_many_become_one_strip() -> None:
    rules = {f"r{number}": [span(0, number, f"r{number}")] for number in range(MOST_RULES + 10)}
    strips, rest = fold(rules, window(rules["r5"], NOW, NOW + 99))
    assert len(strips) == MOST_RULES - 1
    assert rest is not None
    assert {each.rule for each in rest.spans} == {f"r{number}" for number in range(11)}


@given(st.lists(spans, min_size=1))
def test_every_job_is_in_a_strip_and_every_failure_too(many: list[Span]) -> None:
    found = closed(many, NOW)
    strips, rest = fold(by_rule(found), window(found, NOW, NOW))
    assert rest is None
    assert sum(len(each.spans) for each in strips.values()) == len(many)
    for each in strips.values():
        assert 1 <= max(each.counts) <= len(each.spans)
        assert min(each.counts) >= 0
        assert sum(each.failures) == sum(one.status == "Error" for one in each.spans)
