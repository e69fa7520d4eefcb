"""Tests of what the source of a record of miniwdl's log names."""

import pytest

from panoptes.engines.miniwdl.record import call_of


@pytest.mark.parametrize(
    ("source", "name", "rule", "wildcards", "is_task"),
    [
        ("wdl.w:hello", "hello", "hello", {}, False),
        ("wdl.t:one", "one", "one", {}, True),
        ("wdl.w:hello.t:call-join", "join", "join", {}, True),
        ("wdl.w:hello.t:call-greet-0-alice", "greet-0-alice", "greet", {"shard": "0-alice"}, True),
        (
            "wdl.w:outer.w:call-hello-0-xy.t:call-greet-1",
            "hello-0-xy.greet-1",
            "hello.greet",
            {"shard": "0-xy", "hello.shard": "1"},
            True,
        ),
    ],
)
def test_a_source_names_a_call_and_its_element_of_a_scatter(
    source: str, name: str, rule: str, wildcards: dict[str, str], *, is_task: bool
) -> None:
    call = call_of(source)
    assert call is not None
    assert (call.name, call.rule, call.wildcards, call.is_task) == (name, rule, wildcards, is_task)


@pytest.mark.parametrize("source", ["", "wdl", "wdl.", "miniwdl-run", "wdl.x:y", "asyncio"])
def test_other_sources_name_none(source: str) -> None:
    assert call_of(source) is None


def test_a_very_long_source_makes_short_names() -> None:
    call = call_of("wdl.w:x" + ".w:call-" + "a" * 90_000 + ".t:call-b-" + "1" * 90_000)
    assert call is not None
    assert len(call.id.key) <= 100
    assert len(call.rule) <= 200
