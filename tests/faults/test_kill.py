"""`kill -9` of the server, again and again, while engines report without a pause."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import make_url

from devtools.running import get
from tests.faults.load import Reporter, lost, reporting
from tests.faults.service import ForkedService, running_service
from tests.faults.whole import contradictions

pytestmark = pytest.mark.slow

KILLS = {"sqlite": 50, "postgresql": 10}
ENGINES = 4
PATIENCE = 30


def test_no_acknowledged_event_is_lost_by_kills(
    tmp_path: Path, database_url: str, tell: Callable[[str], None]
) -> None:
    kills, chance = KILLS[make_url(database_url).get_backend_name()], Random(9)
    with running_service(tmp_path, database_url, ForkedService) as service:
        reporters = [Reporter(service.url, keeps=bool(each % 2)) for each in range(ENGINES)]
        with reporting(reporters):
            for _ in range(kills):
                wait_for_answers(reporters)
                time.sleep(chance.uniform(0, 0.05))
                service.kill()
                assert contradictions(database_url) == []
                service.start()
            wait_for_answers(reporters)
        assert [lost(service.url, reporter) for reporter in reporters] == [set()] * ENGINES
        assert get(service.url, "/api/workflows")["count"] == ENGINES
    assert {status for reporter in reporters for status in reporter.answers} == {200}
    events = sum(reporter.answers.total() for reporter in reporters)
    cut = sum(len(reporter.unanswered) for reporter in reporters)
    assert cut >= kills
    tell(f"{kills} kills, {events} events acknowledged, {cut} cut off, 0 lost")


def wait_for_answers(reporters: Sequence[Reporter]) -> None:
    """Wait until each engine's events are answered again."""
    before = [reporter.answers.total() for reporter in reporters]
    deadline = time.monotonic() + PATIENCE
    while any(
        reporter.answers.total() < known + 5
        for reporter, known in zip(reporters, before, strict=True)
    ):
        assert time.monotonic() < deadline
        time.sleep(0.002)
