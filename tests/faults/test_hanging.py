"""Clients that hang take nothing from those that don't."""

from collections.abc import Callable
from pathlib import Path

import pytest

from devtools.hanging import BUSY, HALF, IDLE, busy, hanging
from devtools.running import running_server

pytestmark = pytest.mark.slow

EVENTS = 20


def test_64_busy_engines_are_answered_while_340_others_hang(
    tmp_path: Path, tell: Callable[[str], None]
) -> None:
    with running_server(tmp_path) as server, hanging(server.url):
        answers = busy(server.url, EVENTS)
        workflows = server.get("/api/workflows")["workflows"]
    assert [answer.status for answer in answers] == [200] * BUSY * EVENTS
    assert [workflow["jobs_running"] for workflow in workflows] == [EVENTS] * BUSY
    tell(f"{len(answers)} events of {BUSY} engines beside {IDLE} idle and {HALF} half-sent, 0 lost")
