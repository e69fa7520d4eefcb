"""A server that takes batches, and a sender that reports to it without long pauses."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from panoptes.sender import Sender, sender
from panoptes.sender.address import Address
from panoptes.sender.connection import Connection
from tests.door import Door, open_door

RUN = {"id": "run-1", "engine": "snakemake", "name": "nightly", "description": {}}


@pytest.fixture
def door() -> Iterator[Door]:
    with open_door() as opened:
        yield opened


@pytest.fixture
def said() -> list[str]:
    """What the sender says to whoever watches the program."""
    return []


Start = Callable[..., Sender]


@pytest.fixture
def start(
    door: Door, said: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Start]:
    """Return a function that starts a sender; all are closed at the end."""
    for name in ("GATHERING", "FIRST_PAUSE", "CLOSING_PAUSE"):
        monkeypatch.setattr(sender, name, 0.02)
    monkeypatch.setattr(sender, "LONGEST_PAUSE", 0.1)
    monkeypatch.setattr(sender, "WRITING", 0.0)
    started: list[Sender] = []

    def start(run: str = "run-1", time_limit: float = 5.0, **options: object) -> Sender:
        connection = Connection(Address(door.url, "secret"), "test/1", time_limit)
        new = Sender(connection, RUN | {"id": run}, [tmp_path], say=said.append, **options)  # type: ignore[arg-type]
        started.append(new)
        return new

    yield start
    for each in started:
        each.close(0.1)
    door.close()  # Whoever still waits for an answer gets none.
    for each in started:
        for thread in each._threads:
            thread.join(10)
