"""Events that wait for a server, in memory and in a file."""

from pathlib import Path

import pytest

from panoptes.sender import Outbox, Spool


def test_a_file_that_cannot_be_read_lets_no_event_behind_it_be_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = Spool(tmp_path / "x.jsonl", {"id": "x"}, "http://host", 1)
    spool.create()
    outbox = Outbox(lambda _first: spool)
    outbox.add(b"1")
    outbox.add(b"2")
    outbox.keep()
    outbox.add(b"3")
    batch = outbox.batch(10, 1000)
    assert (batch.first, batch.events) == (1, [b"1", b"2"])

    def fail(_spool: Spool, _number: int) -> None:
        raise OSError("Stale file handle")

    with monkeypatch.context() as broken:
        broken.setattr(Spool, "take", fail)
        outbox.done(batch, 2)
    assert outbox.batch(10, 1000) == batch, "They are sent once more."
    outbox.done(batch, 2)
    batch = outbox.batch(10, 1000)
    assert (batch.first, batch.events) == (3, [b"3"])
    outbox.close()
