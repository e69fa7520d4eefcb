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

    `new_spool` makes a file for events from a number on, or raises OSError. `add` waits for the
    disk only where the memory is full. While `keeps_on_disk`, another thread calls `keep` for what
    came: a program that is killed while its server is away loses next to nothing. `dropped` counts
    the events for which there was no room anywhere.
    """

    def __init__(self, new_spool: Callable[[int], Spool], spool: Spool | None = None) -> None:
        self._new_spool = new_spool
        self._spool = spool
        self._memory: deque[bytes] = deque()
        self._bytes = 0
        self._waiting = spool.waiting if spool else 0
        # The file's, and that of the memory and the numbers, which nobody holds for long. Whoever
        # needs both takes them in this order.
        self._file_lock, self._lock = threading.Lock(), threading.Lock()
        self._disk_tried = float("-inf")
        self.keeps_on_disk = False
        self.last = spool.first + spool.count - 1 if spool else 0
        self.dropped = 0

    def __len__(self) -> int:
        """Return how many events wait."""
        return self._waiting

    @property
    def first(self) -> int:
        """The number of the oldest event that waits, or of the next one to come."""
        with self._lock:
            return self.last - self._waiting + 1

    def add(self, event: bytes, *, is_important: bool = False) -> None:
        """Take an event; an important one also where there is no room."""
        is_full = self._has_reached(MOST_EVENTS, MOST_BYTES)
        if is_full and not is_important and not self._write(force=False):
            self.dropped += 1
            return
        with self._lock:
            self.last += 1
            self._waiting += 1
            self._memory.append(event)
            self._bytes += len(event)
        if self._has_reached(MEMORY_EVENTS, MEMORY_BYTES):
            self._write(force=False)

    def _has_reached(self, events: int, size: int) -> bool:
        return len(self._memory) >= events or self._bytes >= size

    def keep(self, *, force: bool = False) -> Spool | None:
        """Write all that waits to the file and return it; None where that can't be done.

        With `force`, a disk that has just refused it is tried again at once.
        """
        return self._spool if self._write(force=force) else None

    def _write(self, *, force: bool) -> bool:
        """Move what is in memory to the file; return whether that worked."""
        with self._file_lock:
            with self._lock:
                first, events = self.last - len(self._memory) + 1, list(self._memory)
            if not events:
                return True
            now = time.monotonic()
            if not force and now < self._disk_tried + DISK_PAUSE:
                return False
            try:
                if self._spool is None:
                    self._spool = self._new_spool(first)
                self._spool.append(events)
            except OSError:
                self._disk_tried = now
                return False
            self._forget_oldest(len(events))
            return True

    def _forget_oldest(self, count: int) -> None:
        """Take so many events out of the memory."""
        with self._lock:
            for _ in range(count):
                self._bytes -= len(self._memory.popleft())

    def batch(self, most: int, size: int) -> Batch:
        """Return the events to send next: at most so many, and of so many bytes in all."""
        with self._file_lock:
            first = self.first
            if self._spool is not None and self._spool.waiting:
                try:
                    return Batch(first, self._spool.peek(most, size))
                except OSError:  # Nor can it be written or deleted: the events stay there.
                    return Batch(first, [])
            events: list[bytes] = []
            total = 0
            with self._lock:
                for event in self._memory:
                    total += len(event)
                    if len(events) >= most or (events and total > size):
                        break
                    events.append(event)
            return Batch(first, events)

    def done(self, batch: Batch, number: int) -> None:
        """Forget events of a batch up to a number: they are stored, or can't be."""
        with self._file_lock:
            count = max(0, min(number, batch.last) - self.first + 1)
            taken = 0
            if self._spool is not None and self._spool.waiting:
                taken = self._taken_from(self._spool, count)
                if self._spool.waiting:
                    count = taken  # What is in memory comes behind it.
            self._forget_oldest(count - taken)
            with self._lock:
                self._waiting -= count
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
        with self._file_lock:
            if self._spool is not None:
                self._spool.close()
