"""Events that wait for a server, in memory and in a file."""

from collections.abc import Sequence
from pathlib import Path
from threading import Event, Thread

import pytest

from panoptes.sender import Outbox, Spool
from panoptes.sender.outbox import Batch

PATIENCE = 20.0


def new_outbox(folder: Path) -> Outbox:
    """Return an outbox with a file of its own for each number that a file begins with."""

    def new_spool(first: int) -> Spool:
        spool = Spool(folder / f"{first}.jsonl", {"id": "x"}, "http://host", first)
        spool.create()
        return spool

    return Outbox(new_spool)


def test_whoever_adds_an_event_does_not_wait_for_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox = new_outbox(tmp_path)
    outbox.add(b"1")
    is_writing, has_added, was_free = Event(), Event(), []
    append = Spool.append

    def append_slowly(spool: Spool, events: Sequence[bytes]) -> None:
        is_writing.set()
        was_free.append(has_added.wait(PATIENCE))
        append(spool, events)

    monkeypatch.setattr(Spool, "append", append_slowly)
    keeping = Thread(target=outbox.keep)
    keeping.start()
    assert is_writing.wait(PATIENCE)
    outbox.add(b"2")
    assert len(outbox) == 2
    has_added.set()
    keeping.join()
    assert was_free == [True]
    assert outbox.batch(10, 1000) == Batch(1, [b"1"])
    outbox.done(Batch(1, [b"1"]), 1)
    assert outbox.batch(10, 1000) == Batch(2, [b"2"])
    outbox.close()


def test_what_is_sent_while_it_moves_to_the_file_is_neither_lost_nor_sent_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox = new_outbox(tmp_path)
    outbox.add(b"1")
    sent = Thread(target=outbox.done, args=(outbox.batch(10, 1000), 1))
    outbox.add(b"2")
    append = Spool.append

    def append_when_they_are_sent(spool: Spool, events: Sequence[bytes]) -> None:
        sent.start()
        sent.join(0.1)  # It has to wait for the file.
        append(spool, events)

    monkeypatch.setattr(Spool, "append", append_when_they_are_sent)
    outbox.keep()
    sent.join()
    outbox.add(b"3")
    assert outbox.batch(10, 1000) == Batch(2, [b"2"])
    outbox.done(Batch(2, [b"2"]), 2)
    assert outbox.batch(10, 1000) == Batch(3, [b"3"])
    outbox.done(Batch(3, [b"3"]), 3)
    assert list(tmp_path.iterdir()) == []


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
