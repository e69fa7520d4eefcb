"""What is left of a run, replayed: how many jobs, what they take, and what they wait for."""

from dataclasses import replace
from random import Random

import pytest

from panoptes.analysis.estimate.correction import Made, PastEstimates, correction
from panoptes.analysis.estimate.jobs_left import totals
from panoptes.analysis.estimate.known import (
    History,
    PastRule,
    PastRun,
    RuleNow,
    RunningJob,
    RunNow,
)
from panoptes.analysis.estimate.model import TOO_FEW, Estimate, estimate
from panoptes.analysis.estimate.schedule import Need, RuleLeft, replay
from panoptes.analysis.estimate.times import DoneJob, peak, rule_times

NOTHING = PastEstimates()


def past_rule(jobs: int, seconds: float, planned: int | None = None) -> PastRule:
    times = rule_times([DoneJob(seconds, seconds * (n + 1)) for n in range(jobs)])
    return PastRule(jobs, planned, times, 0.0, seconds * jobs)


def past_run(**rules: PastRule) -> PastRun:
    return PastRun(rules, 1000, cores=1, edges=[("sort", "merge")])


def estimated(now: RunNow, *runs: PastRun) -> Estimate:
    found = estimate(now, History(runs), NOTHING)
    assert isinstance(found, Estimate)
    return found


# --- how many jobs are left -----------------------------------------------------------------------


def test_a_plan_is_taken_at_its_word() -> None:
    now = RunNow(10, {"sort": RuleNow(jobs=1, planned=4), "all": RuleNow(planned=1)})
    assert totals(now, History()).jobs == {"sort": 4, "all": 1}


def test_what_a_checkpoint_adds_is_as_much_as_usual() -> None:
    runs = [past_run(sort=past_rule(n, 10, planned=0), all=past_rule(1, 1, 1)) for n in (4, 9)]
    now = RunNow(10, {"all": RuleNow(planned=1)}, jobs_total=1)
    assert totals(now, History(runs)).jobs == {"all": 1, "sort": 6}
    now = RunNow(10, {"all": RuleNow(planned=1)}, jobs_total=21)
    assert totals(now, History(runs)).jobs == {"all": 1, "sort": 20}, "The engine has told by now."


def test_without_a_plan_there_are_as_many_as_in_the_last_good_run() -> None:
    bad = PastRun({"sort": past_rule(2, 10)}, 20, is_good=False)
    good = past_run(sort=past_rule(5, 10), merge=past_rule(1, 10))
    found = totals(RunNow(10, {"sort": RuleNow(jobs=3)}), History([bad, good]))
    assert (found.jobs, found.at_least) == ({"sort": 5, "merge": 1}, False)
    found = totals(RunNow(10, {"sort": RuleNow(jobs=3)}, jobs_total=3), History())
    assert (found.jobs, found.at_least) == ({"sort": 3}, True)


# --- what they take -------------------------------------------------------------------------------


def test_a_slower_machine_makes_the_rest_take_longer() -> None:
    run = past_run(sort=past_rule(20, 10, 20))
    rule = RuleNow(jobs=10, planned=20, done=10, timed=10, seconds=200)
    now = RunNow(200, {"sort": rule}, cores=1)
    assert estimated(now, run).predicted == pytest.approx(200, rel=0.1)


def test_a_job_that_runs_longer_than_any_before_goes_on_for_half_as_long() -> None:
    run = past_run(sort=past_rule(3, 10, 3))
    rule = RuleNow(jobs=3, planned=3, done=2, timed=2, seconds=20)
    now = RunNow(100, {"sort": rule}, [RunningJob("sort", 80)], cores=1)
    found = estimated(now, run)
    assert found.predicted == pytest.approx(40)
    assert found.rough


def test_the_same_wildcards_say_more_than_the_rule() -> None:
    times = rule_times([DoneJob(10, 10, 1, "K1"), DoneJob(90, 100, 1, "K2")])
    runs = [PastRun({"sort": PastRule(2, 2, times)}, 100, cores=1)] * 2
    rule = RuleNow(jobs=2, planned=2, done=1, timed=1, seconds=10)
    left = [
        estimated(RunNow(15, {"sort": rule}, [RunningJob("sort", 5, 1, name)], cores=1), *runs)
        for name in ("K1", "", "K2")
    ]
    assert left[0].predicted < left[1].predicted < left[2].predicted


def test_a_first_run_needs_three_finished_jobs() -> None:
    rule = RuleNow(jobs=2, planned=9, done=2, timed=2, seconds=20)
    assert estimate(RunNow(20, {"sort": rule}, jobs_total=9), History(), NOTHING) is TOO_FEW
    rule = RuleNow(jobs=3, planned=9, done=3, timed=3, seconds=30)
    found = estimated(RunNow(30, {"sort": rule}, jobs_total=9, cores=1))
    assert found.predicted == pytest.approx(60)
    assert (found.rough, found.runs) == (True, 0)


# --- how it goes ----------------------------------------------------------------------------------


def test_jobs_share_the_threads_that_there_are() -> None:
    rules = [RuleLeft("sort", total=8, over=0, mean=10, threads=2)]
    assert replay(rules, 4, Random(0)).seconds == pytest.approx(40)
    assert replay(rules, 1, Random(0)).seconds == pytest.approx(80), "One always fits."


def test_what_gathers_begins_when_all_is_done_and_others_one_by_one() -> None:
    sort = RuleLeft("sort", total=4, over=0, mean=10)
    each = RuleLeft("index", total=4, over=0, mean=10, needs=[Need("sort", needs_all=False)])
    whole = RuleLeft("merge", total=1, over=0, mean=5, needs=[Need("index", needs_all=True)])
    found = replay([sort, each, whole], 2, Random(0))
    assert found.seconds == pytest.approx(45)
    assert found.path[-2:] == ["index", "merge"]


def test_very_many_jobs_are_replayed_in_batches() -> None:
    sort = RuleLeft("sort", total=50_000, over=0, mean=10, shares=[0.5, 1, 1.5])
    merge = RuleLeft("merge", total=1, over=0, mean=100, needs=[Need("sort", needs_all=True)])
    for capacity in (4, 100, 5_000):
        found = replay([sort, merge], capacity, Random(0))
        assert found.seconds == pytest.approx(100 + 500_000 / capacity, rel=0.15)


def test_rules_that_need_each_other_in_a_circle_are_replayed_all_the_same() -> None:
    rules = {name: RuleNow(jobs=2, planned=4, done=2, timed=2, seconds=20) for name in "ab"}
    now = RunNow(40, rules, edges=[("a", "b"), ("b", "a"), ("a", "a")], cores=1, jobs_total=8)
    assert estimated(now).predicted == pytest.approx(40)


def test_the_peak_is_what_was_in_use_at_once() -> None:
    assert peak([(0, 10, 2), (5, 15, 3), (10, 20, 4), (30, 40, 1)]) == 7
    assert peak([]) == 0


# --- correction -----------------------------------------------------------------------------------


def made(tenth: int, predicted: float, left: float, version: int = 1) -> Made:
    return Made(tenth, True, True, predicted, predicted, 0, 0, left, 1000, version)


def test_past_errors_correct_the_next_estimate_of_the_same_model() -> None:
    own = [made(3, 100, 200)] * 10 + [made(3, 100, 900, version=0)] * 50
    found = correction(PastEstimates(own), 3, is_history=True, is_ordered=True)
    assert (found.low, found.middle, found.high, found.is_known) == (
        *(pytest.approx(2),) * 3,
        True,
    )
    found = correction(PastEstimates(own), 8, is_history=True, is_ordered=True)
    assert (found.low, found.middle, found.high, found.is_known) == (0.6, 1.0, 2.0, False)
    assert PastEstimates(own).past_error == pytest.approx(0.1)


def test_a_workflow_whose_ranges_held_too_few_ends_is_rough() -> None:
    held = [replace(made(3, 10, 10), low=5.0, high=15.0)] * 4
    missed = [replace(made(3, 10, 30), low=5.0, high=15.0)] * 2
    assert PastEstimates([*held, *missed]).has_missed(4)
    assert not PastEstimates([*held, *missed]).has_missed(6)
    assert not PastEstimates([*held, *held, *missed]).has_missed(3)
    assert not PastEstimates(missed).has_missed(3), "So few say nothing."


def test_a_checkpoint_that_hasn_t_told_yet_is_waited_for() -> None:
    runs = [past_run(sort=past_rule(n, 10, planned=0), all=past_rule(1, 1, 1)) for n in (4, 9)]
    rules = {"all": RuleNow(planned=1)}
    assert totals(RunNow(10, rules, jobs_total=1), History(runs)).awaits_checkpoint
    assert not totals(RunNow(10, rules, jobs_total=21), History(runs)).awaits_checkpoint


def test_a_chain_is_rough_to_its_end() -> None:
    names = ("sort", "merge", "plot", "all")
    steps = {name: past_rule(1, 10, 1) for name in names}
    earlier = [PastRun(dict(steps), 40, cores=1) for _ in range(3)]
    over = RuleNow(jobs=1, planned=1, done=1, timed=1, seconds=10)
    now = RunNow(30, {**dict.fromkeys(names, over), "all": RuleNow(planned=1)}, jobs_total=4)
    held = {"low": 5.0, "high": 15.0, "is_ordered": False}
    own = [replace(made(tenth, 10, 10), **held) for tenth in range(10)] * 3
    found = estimate(replace(now, cores=1), History(earlier), PastEstimates(own))
    assert isinstance(found, Estimate)
    assert found.rough
