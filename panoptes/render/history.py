"""Runs side by side: bars whose height is a duration, and a grid of rules."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from statistics import median
from typing import NamedTuple

from panoptes.analysis.comparison import LEAST_SECONDS, SLOWER
from panoptes.charts.timeline.axis import ticks
from panoptes.charts.timeline.spans import Window
from panoptes.common.status import Status
from panoptes.common.wording import DASH, duration, number
from panoptes.queries.history import IN_A_LIST, RuleInRun, ShortRun
from panoptes.queries.results import RunView

# What a bar takes of its place, in percent, and how high the lowest is.
_SHARE, _LEAST_HEIGHT = 80, 6
_MOST_LINES = 4
# The strip of a list, in pixels: where its runs stand, how wide they are, and its height.
_STEP, _WIDTH, _HIGH, _LOW = 6, 5, 20, 2


class RunBar(NamedTuple):
    """A run as a bar; places are in percent of the picture."""

    number: int
    status: Status
    x: float
    width: float
    y: float
    height: float
    words: str


@dataclass(frozen=True, slots=True)
class SmallStrip:
    """A workflow's latest runs in a small picture: one path for all bars of a status, and words."""

    width: int
    height: int
    paths: dict[Status, str]
    words: str


@dataclass(frozen=True, slots=True)
class Trend:
    """Values of some runs as bars, in a picture of as many units as there are runs, 100 high.

    `paths` are those of the bars: of the runs that went well, and of the others.
    """

    width: int
    paths: tuple[str, str]


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule in each of some runs, the oldest first; None where it isn't in it.

    `growth` is how many times as long as usual it took in the latest, where that is much.
    """

    name: str
    cells: list[RuleInRun | None]
    growth: float | None
    trend: Trend


@dataclass(frozen=True, slots=True)
class CountRow:
    """What was counted in each of some runs, the oldest first."""

    name: str
    cells: list[int]
    trend: Trend


def run_bars(runs: Sequence[ShortRun], places: int) -> list[RunBar]:
    """Return the bars of runs in a picture that has so many places, filled from the left."""
    most = max((run.seconds for run in runs), default=0.0) or 1.0
    place = 100 / places
    bars = []
    for at, run in enumerate(runs):
        height = max(_LEAST_HEIGHT, 100 * run.seconds / most)
        words = f"Run {number(run.number)}: {run.status}, {duration(run.seconds)}"
        x, width = round(at * place, 3), round(place * _SHARE / 100, 3)
        bars.append(
            RunBar(
                run.number, run.status, x, width, round(100 - height, 2), round(height, 2), words
            )
        )
    return bars


def small_strip(earlier: Sequence[ShortRun], current: RunView) -> SmallStrip:
    """Return latest runs as bars, as high as they took long, the newest at the right."""
    runs = [*earlier, *short_runs([current])]
    most = max(run.seconds for run in runs) or 1.0
    paths: dict[Status, str] = {}
    for place, run in enumerate(runs, IN_A_LIST - len(runs)):
        top = _HIGH - max(_LOW, round(_HIGH * run.seconds / most))
        bar = f"M{_STEP * place} {_HIGH}V{top}h{_WIDTH}V{_HIGH}z"
        paths[run.status] = paths.get(run.status, "") + bar
    alike = (
        (status, len(list(several))) for status, several in groupby(runs, attrgetter("status"))
    )
    words = ", ".join(f"{some} × {status}" if some > 1 else status for status, some in alike)
    width = _STEP * IN_A_LIST
    return SmallStrip(width, _HIGH, paths, f"Latest runs, the newest last: {words}")


def duration_lines(most: float) -> list[tuple[float, str]]:
    """Return round durations up to the longest: how far from the top, in percent, and in words."""
    if not most:
        return []
    marks = ticks(Window(0.0, most, 0.0), _MOST_LINES)[1:]  # None is needed at the bottom.
    return [(round(100 - 100 * mark.place, 2), duration(mark.place * most)) for mark in marks]


def trend(values: Sequence[float | None], are_good: Sequence[bool]) -> Trend:
    """Return values of runs as bars, the hollow ones of those that didn't go well."""
    most = max((value for value in values if value), default=0.0)
    paths = ["", ""]
    for at, (value, is_good) in enumerate(zip(values, are_good, strict=True)):
        if value:
            top = round(100 - max(_LEAST_HEIGHT, 100 * value / most))
            paths[not is_good] += f"M{at} 100V{top}h.8V100Z"
    return Trend(len(values), (paths[0], paths[1]))


def count_rows(runs: Sequence[RunView], jobs: str) -> list[CountRow]:
    """Return how many jobs runs had, failed and tried again; `jobs` is the engine's word."""
    are_good = [run.status is Status.DONE for run in runs]
    counts = {
        jobs: [run.jobs_total for run in runs],
        "Failed": [run.jobs_failed for run in runs],
        "Retried": [run.jobs_retried for run in runs],
    }
    return [CountRow(name, cells, trend(cells, are_good)) for name, cells in counts.items()]


def short_runs(runs: Sequence[RunView]) -> list[ShortRun]:
    """Return runs as a strip shows them."""
    return [ShortRun(run.run, run.status, run.duration.total_seconds()) for run in runs]


def rule_rows(
    runs: Sequence[RunView], names: Sequence[str], found: Mapping[int, Mapping[str, RuleInRun]]
) -> list[RuleRow]:
    """Return rules in runs, which come with the oldest first."""
    rows = []
    for name in names:
        cells = [found[run.run_id].get(name) for run in runs]
        medians = [cell.median if cell else None for cell in cells]
        are_good = [cell is not None and not cell.failed for cell in cells]
        rows.append(RuleRow(name, cells, _growth(medians), trend(medians, are_good)))
    return rows


def _growth(medians: Sequence[float | None]) -> float | None:
    known = [seconds for seconds in medians if seconds is not None]
    if len(known) < 2 or known[-1] < LEAST_SECONDS:
        return None
    usual = median(known[:-1])
    return known[-1] / usual if usual and known[-1] >= SLOWER * usual else None


def cell_words(cell: RuleInRun | None) -> str:
    """Return what a rule did in a run: '6 min, 1 of 24 failed'."""
    if cell is None:
        return DASH
    parts = [duration(cell.median)] if cell.median is not None else []
    if cell.failed:
        parts.append(f"{number(cell.failed)} of {number(cell.jobs)} failed")
    elif cell.done < cell.jobs:
        parts.append(f"{number(cell.done)} of {number(cell.jobs)} done")
    return ", ".join(parts) or "done"
