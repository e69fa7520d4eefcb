"""The pieces of a terminal's pictures: statuses, bars, and names that are cut to their room.

Everything is a `Text`, never a string, in which rich would look for markup.
"""

import sys
from collections.abc import Sequence
from io import TextIOWrapper
from typing import NamedTuple

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, JustifyMethod, RenderableType, RenderResult
from rich.measure import Measurement
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from panoptes.common.wording import cut

MUTED = "bright_black"
# The shape and the colour of each status.
STATES = {
    "Running": ("●", "blue"),
    "Done": ("✓", "green"),
    "Error": ("✗", "red"),
    "Stale": ("◷", "yellow"),
    "Cancelled": ("⊘", MUTED),
    "Pending": ("◌", MUTED),
    "Planned": ("○", MUTED),
    "No Execution": ("○", MUTED),
}
# Done, running, failed, cancelled and pending jobs, and those that were not announced: shapes and
# colours tell the same.
_PARTS = (
    ("█", "green"),
    ("▓", "blue"),
    ("▚", "red"),
    ("╱", MUTED),
    ("░", MUTED),
    ("╌", MUTED),
)


def open_console() -> Console:
    """Return the output; what its encoding can't express becomes a question mark."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    console = Console(markup=False, highlight=False, emoji=False)
    if not console.is_terminal:
        console.width = 10_000  # Wider than any line: a file gets whole lines.
    return console


def print_parts(console: Console, *parts: RenderableType) -> None:
    """Print parts with an empty line between them; in a file, no line ends in spaces."""
    spaced = [line for part in parts for line in ("", part)][1:]
    if console.is_terminal:
        console.print(*spaced, sep="\n")
        return
    with console.capture() as captured:
        console.print(*spaced, sep="\n")
    print("\n".join(line.rstrip() for line in captured.get().splitlines()))


def status_label(status: str) -> Text:
    """Return a status as its shape and word, in its colour."""
    shape, colour = STATES.get(status, ("?", ""))
    return Text(f"{shape} {status}", style=colour)


def muted(text: str) -> Text:
    """Return a text that stays in the background."""
    return Text(text, style=MUTED)


def count_cell(value: int | None, style: str = "") -> Text:
    """Return a number in a table; nothing to count is a muted dash."""
    return Text(f"{value:,}", style=style) if value else muted("–")


class JobBar(NamedTuple):
    """A bar of jobs: done, running, failed, cancelled and pending, as wide as its room.

    `open_end` stands for jobs that were not announced, of which any may belong to it.
    """

    counts: Sequence[int]
    most: int = 40
    open_end: int = 0

    def __rich_measure__(self, _console: Console, options: ConsoleOptions) -> Measurement:
        return Measurement(min(10, options.max_width), min(self.most, options.max_width))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        widths = shares((*self.counts, self.open_end), min(self.most, options.max_width))
        for (shape, colour), width in zip(_PARTS, widths, strict=True):
            if width:
                yield Segment(shape * width, console.get_style(colour))
        yield Segment.line()


def shares(counts: Sequence[int], width: int) -> list[int]:
    """Return how many of `width` cells each count gets: at least one if it isn't 0."""
    total = sum(counts)
    if not total:
        return [0 for _ in counts]
    cells = [max(1, width * count // total) if count else 0 for count in counts]
    # What rounding left or took goes to the largest, where nobody sees it.
    cells[counts.index(max(counts))] += width - sum(cells)
    return cells


class CutName(NamedTuple):
    """A name that is cut in the middle where it has no room: both ends say something."""

    text: str
    least: int = 12

    def __rich_measure__(self, _console: Console, options: ConsoleOptions) -> Measurement:
        whole = cell_len(self.text)
        return Measurement(min(self.least, whole, options.max_width), min(whole, options.max_width))

    def __rich_console__(self, _console: Console, options: ConsoleOptions) -> RenderResult:
        room = options.max_width
        shown = cut(self.text, room)
        while cell_len(shown) > room:  # Some letters are two cells wide.
            shown = cut(self.text, len(shown) - 1)
        yield Text(shown, no_wrap=True)


# The columns whose values are short; the others hold names, by whatever word, and bars.
_FIXED = frozenset({"ID", "RUN", "STATUS", "DONE", "RUNNING", "FAILED", "PENDING"}) | {
    *("STARTED", "DURATION", "MEDIAN", "LONGEST")
}


def table(*columns: str) -> Table:
    """Return a table without lines; only names and bars give way where the terminal is narrow."""
    result = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style=MUTED)
    for column in columns:
        is_flexible = column not in _FIXED
        justify: JustifyMethod = "left" if is_flexible or column == "STATUS" else "right"
        result.add_column(column, justify=justify, no_wrap=not is_flexible)
    return result
