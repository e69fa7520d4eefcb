"""The texts inside an update: JSON and Python's repr."""

import json
import math
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panoptes.engines.cleaning import MAX_DEPTH, clean
from panoptes.engines.problems import MAX_CONTAINERS, MAX_PAIRS, MAX_VALUES, Broken
from panoptes.engines.snakemake.message import MAX_TOKENS, parse_repr, read_message
from tests import strategies

literals = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=20,
)


@given(literals)
def test_the_repr_of_a_literal_gives_it_back(value: Any) -> None:
    assert parse_repr(repr(value)) == value


@given(st.dictionaries(st.text(), literals), st.text(min_size=1))
def test_json_gives_back_what_the_client_had(fields: dict[str, Any], level: str) -> None:
    message = read_message(json.dumps({**fields, "level": level}))
    assert set(message) >= {"level"}
    assert isinstance(message["level"], str)


@given(st.text())
def test_any_text_is_read_or_named_as_broken(text: str) -> None:
    for whole in (text, f"{{'level': 'info', 'msg': {text}}}", f'{{"level": "info", {text}'):
        try:
            assert isinstance(read_message(whole)["level"], str)
        except Broken as broken:
            assert broken.field == "msg"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("(1, 'x')", [1, "x"]),
        ("{1, 2}", [1, 2]),
        ("()", []),
        ("{}", {}),
        ("{1: 'a'}", {"1": "a"}),
        ("all", "all"),
        ("set()", "set()"),
        ("WorkflowError('')", "WorkflowError('')"),
        ("<Job object at 0x7f>", "<Job object at 0x7f>"),
        ("[<Job a>, b('c', [1]), 2]", ["<Job a>", "b('c', [1])", 2]),
        (r"'it\'s \x41 \u00e9 \U0001F9EC \\ \n'", "it's A é 🧬 \\ \n"),
        ("-1.5e3", -1500.0),
        ("nan", "nan"),
    ],
)
def test_what_is_no_literal_keeps_its_own_text(text: str, value: Any) -> None:
    assert parse_repr(text) == value


@pytest.mark.parametrize("text", ["", "[", "[1", "{'a': }", "[1)", "'a", "1 'a", "[,]", "[1] 2]"])
def test_brackets_and_quotes_have_to_fit(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_repr(text)


def test_a_key_that_is_no_text_is_refused() -> None:
    """The repr of a repr doubles its escapes at each level: 200 bytes would take gigabytes."""
    keys = "{" * 38 + "'k'" + ":1}" * 38
    with pytest.raises(ValueError, match="key"):
        parse_repr(keys)
    message = read_message(f"{{'level': 'info', 'msg': 'x', 'a': {keys}}}")
    assert message["level"] == "info"


def test_a_repr_beyond_all_reason_gives_its_level_alone() -> None:
    message = read_message(f"{{'level': 'info', 'msg': {'1, ' * 1_000_000}}}")
    assert message["level"] == "info"


def test_an_unreadable_repr_still_gives_its_level() -> None:
    message = read_message("{'level': 'dag_debug', 'job': <odd: 'thing>}")
    assert message["level"] == "dag_debug"


@pytest.mark.parametrize("text", ["", "[]", "null", "{}", '{"level": 1}', "hello", "{'a': 1}"])
def test_a_message_without_a_level_is_broken(text: str) -> None:
    with pytest.raises(Broken, match="msg"):
        read_message(text)


@pytest.mark.parametrize("deep", ["[" * 1000 + "]" * 1000, "[" * 200_000])
def test_deep_nesting_is_refused(deep: str) -> None:
    for text in (f'{{"level": "info", "msg": {deep}}}', f"{{'level2': 1, 'msg': {deep}}}"):
        with pytest.raises(Broken):
            read_message(text)


@pytest.mark.parametrize(
    ("unit", "most"),
    [
        ("[],", MAX_CONTAINERS),
        ("{},", MAX_CONTAINERS),
        ("'a',", MAX_TOKENS),
        ('"a",', MAX_VALUES),
        ('{"a":1,"b":1,"c":1},', MAX_PAIRS // 3),
    ],
)
def test_more_values_than_any_client_sends_are_refused(unit: str, most: int) -> None:
    text = '{"level": "job_info", "input": [%s]}'
    assert read_message(text % (unit * 20_000)[:-1])["level"] == "job_info"
    with pytest.raises(Broken, match="Not a valid event"):
        read_message(text % (unit * (most + 2))[:-1])


@pytest.mark.parametrize("written", [json.dumps, repr])
def test_a_job_with_very_many_inputs_is_read(written: Callable[[Any], str]) -> None:
    message = {"level": "job_info", "input": [f"[{number}]{{x}}" for number in range(120_000)]}
    assert read_message(written(message)) == message


def test_nesting_up_to_the_limit_is_read() -> None:
    depth = MAX_DEPTH - 2
    message = read_message(f'{{"level": "info", "x": {"[" * depth}{"]" * depth}}}')
    assert message["level"] == "info"


def test_text_that_no_database_takes_is_cleaned() -> None:
    message = read_message(r'{"level": "info", "msg": "a\u0000b\ud800c\ud83e\uddec"}')
    assert message["msg"] == "a\ufffdb\ufffdc🧬"


def test_numbers_that_no_database_takes_become_text() -> None:
    message = read_message(f'{{"level": "x", "a": NaN, "b": -Infinity, "c": {2**80}}}')
    assert message["a"] == "nan"
    assert message["b"] == "-inf"
    assert message["c"] == hex(2**80)


@pytest.mark.parametrize(
    "unit", ["'", "(", "{'a':", "'\\", "x", "\t", "0", "-", "a'", "{1:{", "<a ", "1e", "''"]
)
def test_hostile_repr_takes_linear_time(unit: str) -> None:
    """Quadratic time would be minutes here; linear is a fraction of a second."""
    start = time.perf_counter()
    with suppress(ValueError):
        parse_repr("{'msg': " + unit * 100_000)
    assert time.perf_counter() - start < 10


def test_a_rule_with_ten_thousand_inputs_is_read() -> None:
    names = [f"results/some/longer/folder/sample_{number}.bam" for number in range(10_000)]
    assert read_message(repr({"level": "job_info", "input": names}))["input"] == names


def test_floats_keep_their_value() -> None:
    assert math.isclose(read_message('{"level": "x", "t": 1795357080.8621802}')["t"], 1795357080.86)


@given(strategies.told, st.text(max_size=5) | st.floats() | st.integers() | st.none())
def test_plain_events_need_no_cleaning(told: dict[str, Any], value: object) -> None:
    event = {"level": "info", **told, "value": [value]}
    expected = clean(json.loads(json.dumps(event)))
    assert repr(read_message(json.dumps(event))) == repr(expected)
