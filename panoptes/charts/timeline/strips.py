"""Many jobs folded into one line per rule: how many ran when, and when some failed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from panoptes.charts.timeline.spans import FAILED, Span, Window

# What fits on a page: lines, and steps and marks in all of them together.
MOST_RULES = 30
MOST_STEPS = 5000
MOST_MARKS = 1200


@dataclass(frozen=True, slots=True)
class Strip:
    """`counts` is how many attempts ran in each bin of time, `failures` how many failed in it.

    Failures have fewer, wider bins: a mark must be seen.
    """

    spans: Sequence[Span]
    counts: list[int]
    failures: list[int]


def fold(
    rules: Mapping[str, Sequence[Span]], window: Window
) -> tuple[dict[str, Strip], Strip | None]:
    """Return a strip for each rule, in their order, and one for all rules beyond MOST_RULES.

    Those that took most of the time have their own.
    """
    shown = set(rules)
    if len(rules) > MOST_RULES:
        seconds = {name: sum(span.seconds for span in spans) for name, spans in rules.items()}
        shown = set(sorted(rules, key=lambda name: -seconds[name])[: MOST_RULES - 1])
    lines = len(shown) + (len(shown) < len(rules))
    bins = (min(300, MOST_STEPS // lines), min(60, MOST_MARKS // lines)) if lines else (1, 1)
    strips = {name: strip(spans, window, *bins) for name, spans in rules.items() if name in shown}
    rest = [span for name, spans in rules.items() if name not in shown for span in spans]
    return strips, strip(rest, window, *bins) if rest else None


def strip(spans: Sequence[Span], window: Window, steps: int, marks: int) -> Strip:
    """Count closed spans, and those that failed, in bins of time."""
    changes = [0] * (steps + 1)
    for begun in window.bins((span.start for span in spans), steps):
        changes[begun] += 1
    for ended in window.bins((span.until for span in spans), steps):
        changes[ended + 1] -= 1
    failures = [0] * marks
    for failed in window.bins((span.until for span in spans if span.status == FAILED), marks):
        failures[failed] += 1
    return Strip(spans, list(accumulate(changes[:-1])), failures)
