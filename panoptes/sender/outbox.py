"""Events that wait until a server has stored them: numbered, in memory and then in a file."""

import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

from .spool import Spool

# So much waits in memory; then it goes to the file.
MEMORY_EVENTS, MEMORY_BYTES = 10_000, 8_000_000
# Where no file can be written (a full disk), so much more; then new events are dropped.
MOST_EVENTS, MOST_BYTES = 50_000, 64_000_000
# A disk is tried again after so many seconds.
DISK_PAUSE = 5.0


class Batch(NamedTuple):
    """Events with numbers from `first` on, each as JSON."""

    first: int
    events: list[bytes]

    @property
    def last(self) -> int:
        """The number of the last one."""
        return self.first + len(self.events) - 1


class Outbox:
    """What waits, oldest first; several threads may use it.

    `new_spool` makes a file for events from a number on, or raises OSError. With `keeps_on_disk`,
    each event goes to the file at once: a program that is killed while its server is away loses
    none. `dropped` counts those for which there was no room anywhere.
    """

    def __init__(self, new_spool: Callable[[int], Spool], spool: Spool | None = None) -> None:
        self._new_spool = new_spool
        self._spool = spool
        self._memory: deque[bytes] = deque()
        self._bytes = 0
        self._lock = threading.Lock()
        self._disk_tried = float("-inf")
        self.keeps_on_disk = spool is not None
        self.last = spool.first + spool.count - 1 if spool else 0
        self.dropped = 0

    def __len__(self) -> int:
        """Return how many events wait."""
        return len(self._memory) + (self._spool.waiting if self._spool else 0)

    @property
    def first(self) -> int:
        """The number of the oldest event that waits, or of the next one to come."""
        return self.last - len(self) + 1

    def add(self, event: bytes, *, is_important: bool = False) -> None:
        """Take an event; an important one also where there is no room."""
        with self._lock:
            is_full = len(self._memory) >= MOST_EVENTS or self._bytes >= MOST_BYTES
            if is_full and not is_important and not self._write(force=False):
                self.dropped += 1
                return
            self.last += 1
            self._memory.append(event)
            self._bytes += len(event)
            if (
                self.keeps_on_disk
                or len(self._memory) > MEMORY_EVENTS
                or self._bytes > MEMORY_BYTES
            ):
                self._write(force=False)

    def keep(self) -> Spool | None:
        """Write all that waits to the file and return it; None where that can't be done."""
        with self._lock:
            return self._spool if self._write(force=True) else None

    def _write(self, *, force: bool) -> bool:
        """Move what is in memory to the file; return whether that worked."""
        if not self._memory:
            return True
        now = time.monotonic()
        if not force and now < self._disk_tried + DISK_PAUSE:
            return False
        try:
            if self._spool is None:
                self._spool = self._new_spool(self.last - len(self._memory) + 1)
            self._spool.append(self._memory)
        except OSError:
            self._disk_tried = now
            return False
        self._memory.clear()
        self._bytes = 0
        return True

    def batch(self, most: int, size: int) -> Batch:
        """Return the events to send next: at most so many, and of so many bytes in all."""
        with self._lock:
            first = self.first
            if self._spool is not None and self._spool.waiting:
                try:
                    return Batch(first, self._spool.peek(most, size))
                except OSError:  # Nor can it be written or deleted: the events stay there.
                    return Batch(first, [])
            events: list[bytes] = []
            total = 0
            for event in self._memory:
                total += len(event)
                if len(events) >= most or (events and total > size):
                    break
                events.append(event)
            return Batch(first, events)

    def done(self, batch: Batch, number: int) -> None:
        """Forget events of a batch up to a number: they are stored, or can't be."""
        with self._lock:
            count = min(number, batch.last) - self.first + 1
            if self._spool is not None and self._spool.waiting:
                count -= self._taken_from(self._spool, count)
                if self._spool.waiting:
                    return  # What is in memory comes behind it.
            for _ in range(count):
                self._bytes -= len(self._memory.popleft())
            if self._spool is not None and not len(self):
                self._forget(self._spool)

    def _taken_from(self, spool: Spool, count: int) -> int:
        before = spool.taken
        with suppress(OSError):  # They are sent once more: their numbers are known.
            spool.take(count)
        return spool.taken - before

    def _forget(self, spool: Spool) -> None:
        self._spool = None
        self.keeps_on_disk = False
        with suppress(OSError):
            spool.delete()

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            if self._spool is not None:
                self._spool.close()
