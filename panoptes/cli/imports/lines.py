"""Lines of a log, one after the other, of which some may be looked at before they are taken."""

import re
from collections import deque
from collections.abc import Iterable, Iterator
from typing import BinaryIO

# What is longer than any line that people write is read in pieces.
MAX_LINE = 1_000_000
# Colours, where the log is a copy of a terminal.
_COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


def lines_of(file: BinaryIO) -> Iterator[str]:
    """Yield the lines of a file, without their ends."""
    while line := file.readline(MAX_LINE):
        yield line.decode("utf-8", "replace").rstrip("\r\n")


def without_colours(line: str) -> str:
    """Return a line as people read it."""
    return _COLOURS.sub("", line) if "\x1b" in line else line


class Lines:
    """Lines to come; None where there is no more."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._rest = iter(lines)
        self._seen: deque[str] = deque()

    def peek(self) -> str | None:
        """Return the next line, which stays."""
        if not self._seen:
            line = next(self._rest, None)
            if line is None:
                return None
            self._seen.append(line)
        return self._seen[0]

    def take(self) -> str | None:
        """Return the next line."""
        line = self.peek()
        if line is not None:
            self._seen.popleft()
        return line

    def put_back(self, line: str) -> None:
        """Let a line come next."""
        self._seen.appendleft(line)
