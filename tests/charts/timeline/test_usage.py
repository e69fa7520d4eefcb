"""How many jobs and threads are in use at once."""

from hypothesis import given
from hypothesis import strategies as st

from panoptes.charts.timeline.spans import Span, closed, window
from panoptes.charts.timeline.usage import thinned, threads_of, usage
from tests.charts.timeline.making import NOW, span, spans


def test_jobs_and_their_threads_are_counted() -> None:
    steps = usage([span(0, 30, threads=4), span(10, 20)])
    assert [(step.at - NOW, step.jobs, step.threads) for step in steps] == [
        (0, 1, 4),
        (10, 2, 5),
        (20, 1, 4),
        (30, 0, 0),
    ]


def test_jobs_that_follow_each_other_are_never_two() -> None:
    assert max(step.jobs for step in usage([span(0, 10), span(10, 20)])) == 1


def at_once(spans: list[Span]) -> int:
    """Count the hard way: a maximum begins with a job."""
    return max(
        (sum(each.start <= one.start < each.until for each in spans) for one in spans), default=0
    )


@given(st.lists(spans, max_size=40), st.integers(2, 20))
def test_the_highest_step_is_the_most_jobs_that_ever_ran_at_once(
    many: list[Span], points: int
) -> None:
    found = closed(many, NOW)
    steps = usage(found)
    shown = thinned(steps, window(found, NOW, NOW), points)
    for series in (steps, shown):
        assert max((step.jobs for step in series), default=0) == at_once(found)
        assert all(step.jobs >= 0 and step.threads >= 0 for step in series)
        assert not series or (series[-1].jobs, series[-1].threads) == (0, 0)
    assert len(shown) <= max(points, 2)
    assert [step.at for step in shown] == sorted(step.at for step in shown)
    assert max((step.threads for step in shown), default=0) == max(
        (step.threads for step in steps), default=0
    )


def test_a_series_that_is_short_enough_stays_as_it_is() -> None:
    steps = usage([span(0, 10), span(3, 4)])
    assert thinned(steps, window([], NOW, NOW + 10), 4) == steps


def test_a_job_that_doesn_t_say_has_one_thread() -> None:
    assert [threads_of(span(threads=told)) for told in (None, 0, -3, 8)] == [1, 1, 1, 8]
