"""Reads the ends of log files, and what is new in them: regular files only, and never for long."""

import os
import stat
from typing import NamedTuple

LOG_TAIL = 65_536


class Tail(NamedTuple):
    """A part of a file: its bytes from an offset on, and the file's size, in bytes."""

    offset: int
    data: bytes
    size: int

    @property
    def text(self) -> str:
        """The bytes as text, with marks in the place of those that are none."""
        return self.data.decode("utf-8", "replace")


def read_tail(path: str, most: int = LOG_TAIL) -> Tail | None:
    """Return the last bytes of a file, None where there is no such file to read."""
    return _read(path, None, most)


def read_from(path: str, offset: int, most: int) -> Tail | None:
    """Return a file's next bytes from an offset on; from its beginning where it became shorter."""
    return _read(path, offset, most)


def _read(path: str, offset: int | None, most: int) -> Tail | None:
    try:
        # A pipe without a writer mustn't be waited for.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except (OSError, ValueError):
        return None
    try:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            return None
        size = found.st_size
        if offset is None:
            offset = max(0, size - most)
        elif offset > size:
            offset = 0
        os.lseek(handle, offset, os.SEEK_SET)
        return Tail(offset, os.read(handle, most), size)
    except OSError:
        return None
    finally:
        os.close(handle)
