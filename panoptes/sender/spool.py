"""A file for events that can't be sent now: a line about the run, then a line for each event.

It is valid after every write, so that it can be sent even if the program that wrote it was killed;
a last line that was cut off counts as never written.
"""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO

FORMAT = 1
MAX_SIZE = 1_000_000_000


class BadSpool(ValueError):
    """A file holds no events that could be sent; the message says why."""


class Spool:
    """A file of events with numbers from `first` on, read from its beginning while it grows.

    `run` is what registers the run at a server, `url` where it was to be sent. `count` is how many
    events it has, `taken` how many of them are read and done with.
    """

    def __init__(self, path: Path, run: dict[str, Any], url: str, first: int) -> None:
        self.path, self.run, self.url, self.first = path, run, url, first
        self.count = self.taken = 0
        self._handle = -1
        self._size = self._at = 0

    def create(self) -> None:
        """Make the file, and its folder. Raises OSError."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND | getattr(os, "O_BINARY", 0)
        self._handle = os.open(self.path, flags, 0o666)
        head = {"panoptes": FORMAT, "run": self.run, "url": self.url, "first": self.first}
        try:
            self._write(json.dumps(head).encode() + b"\n")
        except OSError:
            self.delete()
            raise
        self._at = self._size

    def open(self) -> None:
        """Take the file as another program left it. Raises OSError and BadSpool."""
        self._handle = os.open(self.path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        with open(self._handle, "rb", closefd=False) as file:
            head = file.readline()
            try:
                told = json.loads(head)
                self.run, self.first = dict(told["run"]), int(told["first"])
                self.url = str(told["url"])
            except (ValueError, KeyError, TypeError) as error:
                raise BadSpool("It isn't a file of events that panoptes keeps.") from error
            self._at = self._size = len(head)
            for line in file:
                if line.endswith(b"\n"):
                    self.count += 1
                    self._size += len(line)

    def append(self, events: Sequence[bytes]) -> None:
        """Write events, all of them or, with an OSError, none."""
        if self._size > MAX_SIZE:
            raise OSError("The file has as many events as it may have.")
        self._write(b"".join(event + b"\n" for event in events))
        self.count += len(events)

    def _write(self, data: bytes) -> None:
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(self._handle, rest) :]
        except OSError:
            os.ftruncate(self._handle, self._size)  # Of a full disk, something was written.
            raise
        self._size += len(data)

    @property
    def waiting(self) -> int:
        """How many events are left to be read."""
        return self.count - self.taken

    def peek(self, most: int, size: int) -> list[bytes]:
        """Return the next events: at most so many, and of so many bytes, but for one of them.

        Raises OSError.
        """
        events: list[bytes] = []
        with self._reader() as file:
            while len(events) < min(most, self.waiting):
                line = file.readline()
                size -= len(line)
                if events and size < 0:
                    break
                events.append(line.rstrip(b"\n"))
        return events

    def take(self, number: int) -> None:
        """Be done with so many of the next events. Raises OSError."""
        with self._reader() as file:
            for _ in range(min(number, self.waiting)):
                self._at += len(file.readline())
                self.taken += 1

    def _reader(self) -> BinaryIO:
        file = open(self._handle, "rb", closefd=False)  # noqa: SIM115  # Its callers close it.
        file.seek(self._at)
        return file

    def close(self) -> None:
        """Close the file and keep it."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def delete(self) -> None:
        """Remove the file: all that it holds is sent."""
        self.close()
        self.path.unlink(missing_ok=True)


def read_spool(path: Path) -> Spool:
    """Return a file of events that a program left behind. Raises OSError and BadSpool."""
    spool = Spool(path, {}, "", 1)
    try:
        spool.open()
    except BaseException:
        spool.close()
        raise
    return spool
