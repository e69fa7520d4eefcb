"""Tests of how a line of cwltool's log is read."""

import pytest

from panoptes.engines.cwltool.line import (
    About,
    about,
    command,
    family,
    max_memory,
    open_quote,
    read_line,
)

TIME = 1795839127.0
INFO = "\x1b[1;30mINFO\x1b[0m "


@pytest.mark.parametrize(
    ("text", "before", "level", "said"),
    [
        (f"{INFO}[step greet] start", "", "INFO", "[step greet] start"),
        ("\x1b[1;30mWARNING\x1b[0m \x1b[33m[job a] x\x1b[0m", "", "WARNING", "[job a] x"),
        ("[2026-11-28 04:07:59] INFO [workflow ] start", "", "INFO", "[workflow ] start"),
        (
            f"\x1b[32m[2026-11-28 04:07:09]\x1b[0m {INFO}[workflow ] start",
            "",
            "INFO",
            "[workflow ] start",
        ),
        (f"no end\x1b[31m!\x1b[0m{INFO}[job a] b", "no end!", "INFO", "[job a] b"),
        ("no endINFO [job a] completed success", "no end", "INFO", "[job a] completed success"),
        ("[job a] completed success", "", "", "[job a] completed success"),
        ("the INFO field is empty", "", "", "the INFO field is empty"),
        ("\x1b[32mgreen\x1b[0m", "", "", "green"),
        ("", "", "", ""),
    ],
)
def test_a_line_is_told_from_what_jobs_write(text: str, before: str, level: str, said: str) -> None:
    assert read_line(text, TIME) == (before, level, said, TIME)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[workflow ] starting step greet", About("workflow", "", "starting step greet")),
        ("[job a [1].cwl] completed success", About("job", "a [1].cwl", "completed success")),
        ("[thing a] start", None),
        (f"[job {'a' * 300}] start", None),
    ],
)
def test_a_line_says_what_it_is_about(text: str, expected: About | None) -> None:
    assert about(text) == expected


def test_a_job_that_begins_tells_its_folder_and_command() -> None:
    assert command("/tmp/x y$ sh -c '$ '") == ("/tmp/x y", "sh -c '$ '")
    assert command("Output of job will be cached in /tmp/x") is None


@pytest.mark.parametrize(
    ("text", "before", "after"),
    [
        ("sh -c 'echo", "", "'"),
        ('it"s', "'", "'"),
        ("done' \\", "'", ""),
        ("'a'\"'\"'b'", "", ""),
        ('\\"x', "", ""),
    ],
)
def test_a_command_goes_on_while_a_quote_is_open(text: str, before: str, after: str) -> None:
    assert open_quote(text, before) == after


def test_memory_is_in_bytes() -> None:
    assert max_memory("Max memory used: 93MiB") == 93 * 2**20
    assert max_memory("Max memory used: manyMiB") is None


@pytest.mark.parametrize(
    ("name", "first"),
    [("greet_3", "greet"), ("greet", "greet"), ("greet_0", "greet_0"), ("_2", "_2"), ("", "")],
)
def test_numbered_names_are_of_one_family(name: str, first: str) -> None:
    assert family(name) == first
