"""What a job of Toil is called says where it belongs."""

from typing import Any

import pytest

from panoptes.engines.toil.names import note_workflow, place_in_cwl, place_in_wdl

INLINE = "_:e5c0d386-5410-4a49-9152-26d4cf926088"


@pytest.mark.parametrize(
    ("name", "rule", "wildcards"),
    [
        ("main.cwl.align.bwa.cwl", "align", {}),
        (f"main.cwl.join.{INLINE}", "join", {}),
        ("main.cwl.0.bwa.cwl", "bwa", {"shard": "0"}),
        (f"main.cwl.12.{INLINE}", "scatter", {"shard": "12"}),
        ("main.cwl.iteration3.bwa.cwl", "bwa", {"iteration": "3"}),
        ("sub.cwl.align.bwa.cwl", "sub/align", {}),
        ("sub.cwl.1.bwa.cwl", "sub/bwa", {"sub/shard": "1"}),
        (f"{INLINE}.1.bwa.cwl", "nested/bwa", {"nested/shard": "1"}),
        (f"{INLINE}.align.bwa.cwl", "nested/align", {}),
        ("main.align.bwa", "main/align", {}),
        ("bwa.cwl", "bwa", {}),
        ("my.tool.cwl", "my.tool", {}),
        ("bwa", "bwa", {}),
        (INLINE, "scatter", {}),
        (".cwl", ".cwl", {}),
        ("...", "...", {}),
        ("\n.\n.\n", "\n/\n", {}),
    ],
)
def test_a_job_of_cwl_belongs_to_its_step_and_shard(
    name: str, rule: str, wildcards: dict[str, str]
) -> None:
    state: dict[str, Any] = {}
    for workflow in ("main.cwl", f"main.cwl.nested.{INLINE}"):
        note_workflow(state, workflow)
    assert place_in_cwl(state, name) == (rule, wildcards)


def test_a_workflow_within_one_within_the_main_one_is_called_by_both_steps() -> None:
    state: dict[str, Any] = {}
    for workflow in ("main.cwl", "main.cwl.outer._:1", "_:1.inner._:2", "_:2.0._:3"):
        note_workflow(state, workflow)
    assert place_in_cwl(state, "_:2.align.bwa.cwl").rule == "outer/inner/align"
    assert place_in_cwl(state, "_:3.align.bwa.cwl").rule == "outer/inner/scatter/align"


def test_a_run_that_goes_on_tells_its_main_workflow_by_its_first_job() -> None:
    state: dict[str, Any] = {}
    assert place_in_cwl(state, "main.cwl.align.bwa.cwl").rule == "align"
    assert place_in_cwl(state, "sub.cwl.align.bwa.cwl").rule == "sub/align"


def test_however_many_workflows_there_are_few_are_remembered() -> None:
    state: dict[str, Any] = {}
    for number in range(1000):
        note_workflow(state, f"main.cwl.step{number}._:{number}")
    assert len(state["scopes"]) == 100


@pytest.mark.parametrize(
    ("name", "rule", "wildcards"),
    [
        ("main.align.command", "align", {}),
        ("main.0.align.command", "align", {"shard": "0"}),
        ("main.1.2.align.command", "align", {"shard": "1.2"}),
        ("main.sub.align.command", "sub.align", {}),
        (
            "main.3.sub.0.align.command",
            "sub.align",
            {"shard": "3", "sub.shard": "0"},
        ),
        ("align.command", "align", {}),
        (".command", "", {}),
        ("main.\N{SUPERSCRIPT TWO}.align.command", "\N{SUPERSCRIPT TWO}.align", {}),
    ],
)
def test_a_task_of_wdl_belongs_to_its_call_and_shard(
    name: str, rule: str, wildcards: dict[str, str]
) -> None:
    assert place_in_wdl({}, name) == (rule, wildcards)
