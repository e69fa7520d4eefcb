"""Tests of which step a job belongs to, by the names that cwltool gives."""

from typing import Any

from panoptes.engines.cwltool.steps import MOST_STEPS, MOST_WAITING, Place, Steps


def told(lines: str, state: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return where the jobs of a log belong, with what was told later."""
    steps = Steps({} if state is None else state)
    places: dict[str, Any] = {}
    for line in lines.split():
        kind, _, rest = line.partition(":")
        if kind == "begin":
            steps.step_of(*rest.split(">"))
        elif kind == "start":
            places.update(
                {job: tuple(wildcards.items()) for job, wildcards in steps.step_begun(rest)}
            )
        elif kind == "end":
            steps.step_ended(rest)
        elif kind == "workflow":
            steps.workflow_seen(rest)
        else:
            places[rest] = steps.place_of(rest)
    return places


def test_a_job_of_a_step_that_runs_once_has_its_name() -> None:
    assert told("workflow: begin:>join start:join job:join") == {"join": Place("join", {})}


def test_shards_are_numbered_and_the_first_is_told_when_the_second_comes() -> None:
    assert told("workflow: begin:>a start:a job:a start:a job:a_2") == {
        "a": (("shard", "1"),),
        "a_2": Place("a", {"shard": "2"}),
    }


def test_a_step_whose_name_ends_with_a_number_keeps_it() -> None:
    lines = "workflow: begin:>sort begin:>sort_2 start:sort_2 start:sort job:sort_2 job:sort"
    assert told(lines) == {"sort": Place("sort", {}), "sort_2": Place("sort_2", {})}


def test_a_step_of_a_workflow_inside_is_named_with_that_although_its_name_was_taken() -> None:
    lines = "workflow: begin:>pack start:pack workflow:pack begin:pack>sort_2 start:sort_2 job:sort"
    assert told(lines) == {"sort": Place("pack/sort", {})}


def test_both_scatters_tell_a_job_apart_also_where_the_outer_one_is_known_late() -> None:
    lines = """
        workflow: begin:>packs start:packs workflow:packs begin:packs>a start:a job:a start:a
        job:a_2 end:a start:packs workflow:packs_2 begin:packs_2>a_2 start:a_2 job:a_3
    """
    assert told(lines) == {
        "a": (("packs/shard", "1"), ("shard", "1")),
        "a_2": (("packs/shard", "2"), ("shard", "1")),
        "a_3": Place("packs/a", {"shard": "2"}),
    }


def test_jobs_that_come_in_another_order_than_their_steps_are_told_apart_by_name() -> None:
    lines = "workflow: begin:>a begin:>b start:a start:b start:a job:b job:a_2 job:a"
    assert told(lines) == {
        "b": Place("b", {}),
        "a_2": Place("a", {"shard": "1"}),
        "a": Place("a", {"shard": "2"}),
    }


def test_of_a_job_without_a_step_only_the_name_is_known() -> None:
    assert told("job:tool.cwl job:bad_2") == {
        "tool.cwl": Place("tool.cwl", {}),
        "bad_2": Place("bad_2", {}),
    }


def test_what_is_kept_is_bounded() -> None:
    state: dict[str, Any] = {}
    steps = Steps(state)
    for number in range(3 * MOST_STEPS):
        steps.step_of(f"w{number}", f"s{number}")
        list(steps.step_begun(f"s{number}"))
        steps.place_of(f"s{number % 7}")
    assert len(state["steps"]) <= MOST_STEPS
    assert len(state["waiting"]) <= MOST_WAITING
    assert len(state["known"]) <= MOST_STEPS
