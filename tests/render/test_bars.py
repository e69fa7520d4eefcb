"""Progress bars."""

from dataclasses import fields

from panoptes.queries.results import RuleView
from panoptes.render.bars import LEAST_PERCENT, rule_bar


def rule(**counts: int) -> RuleView:
    names = {field.name for field in fields(RuleView)} - {"name"}
    return RuleView(name="align", **(dict.fromkeys(names, 0) | counts))


def test_the_parts_of_a_bar_follow_each_other_and_fill_it() -> None:
    parts = rule_bar(rule(done=3, running=1, error=2, cancelled=1, pending=5)).parts
    assert [part.css for part in parts] == ["done", "running", "error", "cancelled", "pending"]
    assert [round(part.start, 2) for part in parts[1:]] == [
        round(part.start + part.width, 2) for part in parts[:-1]
    ]
    assert round(sum(part.width for part in parts)) == 100


def test_one_failure_among_many_jobs_is_seen() -> None:
    done, failed = rule_bar(rule(done=50_000, error=1)).parts
    assert failed.width > LEAST_PERCENT * 0.9
    assert done.width > 95


def test_a_bar_without_jobs_is_empty() -> None:
    assert rule_bar(rule()).parts == []
