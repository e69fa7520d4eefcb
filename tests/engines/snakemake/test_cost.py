"""What the most expensive messages cost: how many steps, how much memory.

`tests/faults/inputs.py` has them. Steps are calls of functions, for time depends on the machine.
"""

import sys
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Any

import pytest

from panoptes.engines.interface import Sent
from panoptes.engines.problems import Broken
from panoptes.engines.snakemake.levels import read_sent
from tests.faults.inputs import HUGE

# A third of a second on the machine of docs/reliability.md.
MOST_STEPS = 2_000_000
# The body itself, which the server holds, not counted.
MOST_BYTES = 40 * 10**6


def read(body: bytes, content_type: str) -> None:
    with suppress(Broken):
        read_sent(Sent(content_type, body))


def steps(work: Callable[[], None]) -> int:
    """Return how many functions of Python and C are called."""
    count = 0

    def profile(_frame: FrameType, event: str, _argument: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(profile)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


def peak(work: Callable[[], None]) -> int:
    """Return how many bytes there are at most at once."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("make", HUGE.values(), ids=HUGE)
def test_the_largest_messages_cost_little(make: Callable[[], tuple[bytes, str]]) -> None:
    body, content_type = make()
    assert len(body) <= 10 * 2**20
    assert steps(lambda: read(body, content_type)) < MOST_STEPS
    assert peak(lambda: read(body, content_type)) < MOST_BYTES
