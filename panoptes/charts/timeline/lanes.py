"""The lanes of a rule: jobs that ran at the same time lie below each other."""

from collections.abc import Iterable
from dataclasses import dataclass
from heapq import heappop, heappush
from operator import itemgetter

from panoptes.charts.timeline.spans import Span, Window


@dataclass(frozen=True, slots=True)
class SpanBar:
    """A span in its lane; `x` and `end` are parts of the chart's width, from 0 to 1."""

    span: Span
    lane: int
    x: float
    end: float


def pack(spans: Iterable[Span], window: Window) -> tuple[list[SpanBar], int]:
    """Give each closed span the first lane that is free; return bars and the number of lanes."""
    free: list[int] = []
    busy: list[tuple[float, int]] = []
    bars: list[SpanBar] = []
    lanes = 0
    placed = ((*window.stretch(span.start, span.until), span) for span in spans)
    for x, end, span in sorted(placed, key=itemgetter(0)):
        while busy and busy[0][0] <= x:
            heappush(free, heappop(busy)[1])
        if free:
            lane = heappop(free)
        else:
            lane, lanes = lanes, lanes + 1
        heappush(busy, (end, lane))
        bars.append(SpanBar(span, lane, x, end))
    return bars, lanes
