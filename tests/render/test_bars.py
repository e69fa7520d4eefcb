"""Progress bars."""

from dataclasses import fields

from panoptes.queries.results import RuleView
from panoptes.render.bars import LEAST_PERCENT, rule_bar


def rule(**counts: int | None) -> RuleView:
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


def test_a_bar_without_a_plan_ends_in_what_was_not_announced() -> None:
    """Snakemake 9's plugin tells 31 jobs, and the rule of each only when it starts."""
    bar = rule_bar(rule(done=18, running=2, planned=None), 11 / 31)
    assert [part.css for part in bar.parts] == ["done", "running", "unannounced"]
    assert round(bar.parts[0].width) == round(100 * 18 / 31)
    assert bar.words == "18 of the 20 begun"
    assert bar.is_open


def test_a_bar_counts_what_waits_in_a_queue_where_nobody_planned_it() -> None:
    """Nextflow names a task as soon as it is submitted, and never how many there will be."""
    assert rule_bar(rule(done=1, queued=3, pending=3)).words == "1 of 4 done"
    assert rule_bar(rule()).words == "none begun"


def test_a_bar_says_how_many_jobs_were_cancelled() -> None:
    assert rule_bar(rule(cancelled=2, planned=2)).words == "0 of 2 done, 2 cancelled"


def test_a_rule_with_a_plan_and_a_run_that_is_all_announced_have_whole_bars() -> None:
    assert rule_bar(rule(done=18, planned=18), 11 / 31).words == "18 of 18 done"
    assert not rule_bar(rule(done=18, planned=None)).is_open
