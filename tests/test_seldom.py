"""A log that strangers can't fill."""

import logging

import pytest

from panoptes import seldom
from panoptes.seldom import SeldomLog


def test_of_many_lines_within_a_minute_one_is_written(caplog: pytest.LogCaptureFixture) -> None:
    log = SeldomLog(logging.getLogger("tests.seldom"))
    for number in range(5):
        log.warning("line %d", number)
    assert caplog.messages == ["line 0"]


def test_the_next_line_says_how_many_were_left_out(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr(seldom.time, "monotonic", lambda: now)
    own = SeldomLog(logging.getLogger("tests.seldom"))
    for _ in range(3):
        own.warning("refused")
    now += 60
    own.warning("refused")
    now += 60
    own.warning("refused")
    assert caplog.messages == [
        "refused",
        "refused (2 more since the last such line)",
        "refused",
    ]
