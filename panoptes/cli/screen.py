"""How things look in a terminal: states, bars, and names that are cut to their room.

Everything is a `Text`, never a string, in which rich would look for markup.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from io import TextIOWrapper

from rich.cells import cell_len
from rich.console import (
    Console,
    ConsoleOptions,
    JustifyMethod,
    RenderableType,
    RenderResult,
)
from rich.measure import Measurement
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from panoptes.common.wording import cut

MUTED = "bright_black"
# As wide as any line: what is no terminal gets whole lines.
ENDLESS = 10_000
# The shape and the colour of each state.
LOOKS = {
    "Running": ("●", "blue"),
    "Done": ("✓", "green"),
    "Error": ("✗", "red"),
    "Stale": ("◷", "yellow"),
    "Cancelled": ("⊘", MUTED),
    "Planned": ("○", MUTED),
    "No Execution": ("○", MUTED),
}
# What jobs of a state are drawn with: shapes and colours tell the same.
_PARTS = (("█", "green"), ("▓", "blue"), ("▚", "red"), ("╱", MUTED), ("░", MUTED))


def console() -> Console:
    """Return the output; what its encoding can't say becomes a question mark."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    made = Console(markup=False, highlight=False, emoji=False)
    if not made.is_terminal:
        made.width = ENDLESS
    return made


def put(screen: Console, *parts: RenderableType) -> None:
    """Print parts with an empty line between them; in a file, no line ends in spaces."""
    between = [each for part in parts for each in ("", part)][1:]
    if screen.is_terminal:
        screen.print(*between, sep="\n")
        return
    with screen.capture() as captured:
        screen.print(*between, sep="\n")
    print("\n".join(line.rstrip() for line in captured.get().splitlines()))


def state(status: str) -> Text:
    """Return a state's shape and word in its colour."""
    shape, colour = LOOKS.get(status, ("?", ""))
    return Text(f"{shape} {status}", style=colour)


def quiet(text: str) -> Text:
    """Return a text that stays in the background."""
    return Text(text, style=MUTED)


def counted(value: int | None, style: str = "") -> Text:
    """Return a number of a table; nothing to count is quiet."""
    return Text(f"{value:,}", style=style) if value else quiet("–")


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of jobs: done, running, failed, cancelled and pending, as wide as its room."""

    counts: Sequence[int]
    most: int = 40

    def __rich_measure__(self, _console: Console, options: ConsoleOptions) -> Measurement:
        return Measurement(min(10, options.max_width), min(self.most, options.max_width))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        widths = shares(self.counts, min(self.most, options.max_width))
        for (shape, colour), width in zip(_PARTS, widths, strict=True):
            if width:
                yield Segment(shape * width, console.get_style(colour))
        yield Segment.line()


def shares(counts: Sequence[int], width: int) -> list[int]:
    """Return how many of `width` cells each count gets: at least one if it isn't 0."""
    total = sum(counts)
    if not total:
        return [0 for _ in counts]
    found = [max(1, width * each // total) if each else 0 for each in counts]
    # What rounding left or took goes to the largest, where nobody sees it.
    found[max(range(len(counts)), key=lambda at: counts[at])] += width - sum(found)
    return found


@dataclass(frozen=True, slots=True)
class Name:
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


def table(*columns: str, numbers: Sequence[str] = (), flexible: Sequence[str] = ()) -> Table:
    """Return a table without lines.

    `numbers` are the columns whose cells end at the right; only the `flexible` ones give way where
    the terminal is narrow.
    """
    made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style=MUTED)
    for column in columns:
        justify: JustifyMethod = "right" if column in numbers else "left"
        made.add_column(column, justify=justify, no_wrap=column not in flexible)
    return made
