"""Turns measurements into tables, and compares them with the goals."""

import os
import platform
import statistics
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from benchmarks import servers


class Shown(NamedTuple):
    """What was measured, as text; a dash where there is nothing to measure."""

    ours: str
    peer: str = "–"
    limit: str = "–"


@dataclass(frozen=True)
class Line:
    """A line of the summary; `met` is None where it couldn't be measured."""

    what: str
    goal: str
    shown: Shown
    ratio: str
    met: bool | None


@dataclass
class Section:
    """What one benchmark has to say: its title, lines for the summary, and its tables."""

    title: str
    summary: list[Line] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)


def median(values: Iterable[float]) -> float:
    """Return the median; of an even number of values, the mean of the two in the middle."""
    return statistics.median(values)


def table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table that also reads well as text: first column left, others right."""
    cells = [list(headers), *(list(row) for row in rows)]
    widths = [max(3, *(len(row[place]) for row in cells)) for place in range(len(headers))]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    return "\n".join(_row(row, widths) for row in [cells[0], rule, *cells[1:]])


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = zip(cells, widths, strict=True)
    aligned = [first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)]
    return f"| {' | '.join(aligned)} |"


def number(value: float) -> str:
    """Write a number with three digits, or all before the point: 1,383 or 17.4 or 0.0312."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def times(one: float, other: float) -> str:
    """Write how many times `other` goes into `one`; a dash where nothing can be compared."""
    return f"{one / other:.2f} x" if other > 0 else "–"


def fraction(one: float, other: float) -> str:
    """Write which part of `other` is `one`, as 1/15; a dash where nothing can be compared."""
    return f"1/{other / one:.1f}" if one > 0 else "–"


def milliseconds(seconds: float) -> str:
    """Write a time in milliseconds."""
    return f"{number(seconds * 1000)} ms"


_MET = {True: "yes", False: "**no**", None: "not measured"}


def summary(sections: Iterable[Section]) -> str:
    """Return the table of all goals."""
    headers = ("what", "goal", "ours", "peer", "limit", "ratio", "met?")
    return table(
        headers,
        [
            (line.what, line.goal, *line.shown, line.ratio, _MET[line.met])
            for section in sections
            for line in section.summary
        ],
    )


def whole(sections: Sequence[Section], load: float) -> str:
    """Return the report: the machine, its load average before the start, the summary, the tables.

    With a load above 0 others used the machine too, and the figures are worth less.
    """
    title = f"# Benchmarks of {date.today().isoformat()}"  # noqa: DTZ011
    parts = [title, machine(), f"Load average before the start: {load:.1f}.", summary(sections)]
    for section in sections:
        parts += [f"## {section.title}", *section.tables]
    return "\n\n".join(parts) + "\n"


def machine() -> str:
    """Return a sentence about the machine and the versions."""
    pages = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    packages = ", ".join(
        f"{name} {version(name)}" for name in ("panoptes-ui", "flask", "sqlalchemy", "waitress")
    )
    return (
        f"{os.cpu_count()} cores, {pages / 2**30:.0f} GB of memory, {platform.system()}, Python "
        f"{platform.python_version()}. Ours: {packages}, commit {_commit()}. The peer is "
        f"{servers.PEER.replace('==', ' ')}, the limit a Flask route that does nothing under the "
        "server of panoptes. Each figure is a median of rounds in which all took turns; ratios are "
        "what counts, for they depend less on the machine."
    )


def _commit() -> str:
    git = ["git", "describe", "--always", "--dirty", "--exclude", "*"]
    done = subprocess.run(git, cwd=Path(__file__).parent, capture_output=True, text=True)
    return done.stdout.strip() or "unknown"


def show(section: Section) -> None:
    """Print what one benchmark found."""
    print(f"\n## {section.title}\n", *section.tables, sep="\n\n")
    if section.summary:
        print("\n" + summary([section]))


def command(doc: str | None, run: Callable[[bool], Section]) -> None:
    """Run one benchmark as a command; `run` is told whether a smoke run will do."""
    parser = ArgumentParser(description=(doc or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a smoke run")
    show(run(parser.parse_args().quick))


def tell(what: str) -> None:
    """Say on standard error what is going on, for whoever waits."""
    print(f"… {what}", file=sys.stderr, flush=True)
