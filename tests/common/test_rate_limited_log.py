"""A log that strangers can't fill."""

import logging

import pytest

from panoptes.common import rate_limited_log
from panoptes.common.rate_limited_log import RateLimitedLog


def test_of_many_lines_within_a_minute_one_is_written(caplog: pytest.LogCaptureFixture) -> None:
    log = RateLimitedLog(logging.getLogger("tests.seldom"))
    for number in range(5):
        log.warning("line %d", number)
    assert caplog.messages == ["line 0"]


def test_the_next_line_says_how_many_were_left_out(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr(rate_limited_log.time, "monotonic", lambda: now)
    own = RateLimitedLog(logging.getLogger("tests.seldom"))
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
