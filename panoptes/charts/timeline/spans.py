"""What a timeline is made of: spans of time, and the window through which they are seen."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from panoptes.common import lateness

FAILED = "Error"
DONE = "Done"
RUNNING = "Running"

# A window has a width, however short its run was.
LEAST_SECONDS = 0.01
# A job of a second in a run of a day must still be seen (a part of the chart's width).
LEAST_WIDTH = 0.003


class Span(NamedTuple):
    """One attempt of a job: times are seconds since 1970; without an `end`, it is still running.

    `job`, `key` and `part` say which job it is. Where only the end is known, `start` is the end
    and `start_known` is False. `usual` is what its rule's jobs usually take, known of
    one that runs. A tuple, since a page makes thousands of them.
    """

    rule: str
    status: str
    start: float
    end: float | None
    job: int
    key: str = ""
    part: int = 0
    attempt: int = 1
    attempts: int = 1
    threads: int | None = None
    start_known: bool = True
    usual: lateness.Usual | None = None

    @property
    def until(self) -> float:
        """When it ended; a clock that was set back meanwhile doesn't make it negative."""
        return self.start if self.end is None or self.end < self.start else self.end

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.until - self.start

    @property
    def is_late(self) -> bool:
        """Whether it runs for much longer than its rule's jobs usually take."""
        return self.status == RUNNING and lateness.is_late(self.seconds, self.usual)


class Extent(NamedTuple):
    """From when to when jobs of a rule ran, how many they are, and how many attempts failed."""

    rule: str
    start: float
    end: float
    jobs: int
    failed: int


@dataclass(frozen=True, slots=True)
class Window:
    """The time that a chart shows, and the `origin` from which its labels count."""

    start: float
    end: float
    origin: float

    @property
    def seconds(self) -> float:
        """How long it is, never nothing."""
        return max(self.end - self.start, LEAST_SECONDS)

    def place(self, time: float) -> float:
        """Return where a time stands, from 0 at the left to 1 at the right."""
        return min(1.0, max(0.0, (time - self.start) / self.seconds))

    def stretch(self, start: float, end: float) -> tuple[float, float]:
        """Return where a time begins and ends, wide enough to be seen and within the chart."""
        x = min(self.place(start), 1 - LEAST_WIDTH)
        return x, max(self.place(end), x + LEAST_WIDTH)

    def bins(self, times: Iterable[float], number: int) -> list[int]:
        """Return in which of so many bins of the same width each time is."""
        start, scale, last = self.start, number / self.seconds, number - 1
        return [min(last, max(0, int((time - start) * scale))) for time in times]


def closed(spans: Iterable[Span], now: float) -> list[Span]:
    """Return the spans by their start; those still running end now."""
    ended = (span if span.end is not None else span._replace(end=now) for span in spans)
    return sorted(ended, key=lambda span: span.start)


def window(spans: Sequence[Span], start: float, end: float) -> Window:
    """Return the window that shows closed spans and all from `start` to `end`, its origin."""
    first = min((span.start for span in spans), default=start)
    last = max((span.until for span in spans), default=end)
    return Window(min(start, first), max(end, last), min(start, first))


def close_up(spans: Sequence[Span], whole: Window) -> Window:
    """Return the part of a window where spans are, with a little air around them."""
    if not spans:
        return whole
    first, last = min(span.start for span in spans), max(span.until for span in spans)
    air = max(last - first, LEAST_SECONDS) / 50
    return Window(max(whole.start, first - air), min(whole.end, last + air), whole.origin)


def by_rule(spans: Iterable[Span]) -> dict[str, list[Span]]:
    """Return the spans of each rule; sorted spans give the rules in the order of their start."""
    rules: dict[str, list[Span]] = {}
    for span in spans:
        rules.setdefault(span.rule, []).append(span)
    return rules


def count_jobs(spans: Iterable[Span]) -> int:
    """Return how many jobs the spans are of."""
    return len({span.job for span in spans})
