"""Tests of how a run of cwltool is watched."""

import pytest

from panoptes.sender import Address
from panoptes.wrapper.adapter import STDERR, Wishes
from panoptes.wrapper.adapters import plan_for
from panoptes.wrapper.command import recognised

WISHES = Wishes(Address("http://127.0.0.1:1"))


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (["cwltool", "--parallel", "flows/align.cwl", "in.yml"], "align"),
        (["cwl-runner", "pack.cwl#main"], "pack"),
        (["python3", "-m", "cwltool", "https://example.org/a.cwl"], "a"),
        (["cwltool", "workflow.json"], ""),
    ],
)
def test_a_run_is_watched_by_its_log_and_named_after_its_file(words: list[str], name: str) -> None:
    plan = plan_for(recognised(words), WISHES)
    assert (plan.engine, plan.name, plan.reads) == ("cwltool", name, STDERR)
    assert list(plan.words) == words


@pytest.mark.parametrize("option", ["--version", "--validate", "--print-dot", "-h"])
def test_calls_that_run_nothing_are_not_watched(option: str) -> None:
    assert plan_for(recognised(["cwltool", option, "a.cwl"]), WISHES).listen is None
