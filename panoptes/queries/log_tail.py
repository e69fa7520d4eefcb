"""The end of a log as it is shown, wherever it was read."""

import re
from dataclasses import dataclass

from panoptes.common.text import visible


@dataclass(frozen=True, slots=True)
class Tail:
    """The end of a log of `size` bytes: its bytes, and a number that changes when the log does."""

    content: bytes
    size: int
    version: int = 0

    @property
    def start(self) -> int:
        """The byte of the log with which it begins."""
        return max(0, self.size - len(self.content))

    @property
    def following(self) -> int:
        """The byte from which on to read next: a line that has no end yet is read again."""
        unfinished = len(self.content) - self.content.rfind(b"\n") - 1
        return max(0, self.size - unfinished)

    @property
    def text(self) -> str:
        """Its text as it is shown."""
        return shown_text(self.content.decode("utf-8", "replace"))

    @property
    def is_cut(self) -> bool:
        """Whether there is more before it."""
        return self.start > 0

    def since(self, offset: int) -> "Tail":
        """Return what comes from a byte of the log on; all that there is where that isn't in it."""
        if not self.start <= offset <= self.size:
            return self
        return Tail(self.content[offset - self.start :], self.size, self.version)

    def has_more_than(self, number: int) -> bool:
        """Return whether these last lines aren't all of the log."""
        return self.is_cut or self.text.rstrip().count("\n") >= number

    def lines(self, number: int, width: int = 1000) -> str:
        """Return the last lines, none of them longer than `width`."""
        lines = self.text.rstrip().split("\n")[-number:]
        return "\n".join(line if len(line) <= width else line[: width - 1] + "…" for line in lines)


# What programs send to a terminal: colours and movements, titles, other sequences.
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]*[0-Z\\^-~])")


def shown_text(text: str) -> str:
    """Return a log as a terminal would leave it, without colours, its control characters visible.

    Of a line that was written over and over (a progress bar), the last state counts.
    """
    lines = (line.rstrip("\r").rpartition("\r")[2] for line in _ESCAPES.sub("", text).split("\n"))
    return visible("\n".join(lines))
