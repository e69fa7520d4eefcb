"""The end of a log as text, and how it is read on."""

import os
import time

import pytest

from panoptes.models.log_text import MAX_BYTES
from panoptes.queries.log_tail import Tail


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        (b"\x1b[1;31mError:\x1b[0m no\x1b[K", "Error: no"),
        (b"\x1b]0;title\x07a\x1b]8;;http://x\x1b\\b\x1b(Bc", "abc"),
        (b"10 %\r20 %\r100 %\r\nnext\r\n", "100 %\nnext\n"),
        (b"a\tb\0c\x07\x1b", "a\tb␀c␇␛"),
        ("\u202egnp.exe\u2066".encode(), "\\u202egnp.exe\\u2066"),
        (b"\x7f\xc2\x9b31m", "␡\\u009b31m"),
        ("Zürich ✓ 日本".encode(), "Zürich ✓ 日本"),
        (b"caf\xe9 \xff\xfe", "caf\ufffd \ufffd\ufffd"),
    ],
)
def test_a_log_reads_as_a_terminal_would_leave_it(content: bytes, shown: str) -> None:
    assert Tail(content, len(content)).text == shown


@pytest.mark.parametrize("piece", [b"\x1b[", b"\x1b]", b"\x1b", b"\x1b[0;", b"\r", b"\x1b(("])
def test_no_content_takes_long(piece: bytes) -> None:
    begun = time.monotonic()
    for content in ((piece * MAX_BYTES)[:MAX_BYTES], os.urandom(MAX_BYTES)):
        Tail(content, MAX_BYTES).lines(8)
    assert time.monotonic() - begun < 1


def test_long_lines_are_cut_among_the_last_lines() -> None:
    found = Tail(b"x" * 5000 + b"\nend\n\n", 5006)
    assert found.lines(15) == "x" * 999 + "…\nend"
    assert not found.has_more_than(15)


def test_a_log_is_read_on_from_its_last_line_while_that_has_no_end() -> None:
    before = Tail(b"one\n10 %\r20 %", 13)
    assert (before.start, before.following, before.text) == (0, 4, "one\n20 %")
    now = Tail(b"one\n10 %\r20 %\r30 %\ntwo\n", 23).since(before.following)
    assert (now.start, now.following, now.text) == (4, 23, "30 %\ntwo\n")
    assert now.since(23).text == ""


@pytest.mark.parametrize("offset", [0, 99, 1001, 10**15])
def test_what_is_no_longer_there_or_not_yet_is_answered_with_all_that_there_is(offset: int) -> None:
    end = Tail(b"x" * 900, 1000)
    assert end.since(offset) == end
