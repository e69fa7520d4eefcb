"""Many jobs folded into one line per rule: how many ran when, and when some failed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from panoptes.charts.timeline.spans import FAILED, Span, Window

# What a page can take: so many lines, and so many steps and marks in all of them together.
MOST_RULES = 60
MOST_STEPS = 8000
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
    """Return a strip for each rule, in their order, and one for those that are too many."""
    shown = _longest(rules)
    lines = len(shown) + (len(shown) < len(rules))
    bins = (min(300, MOST_STEPS // lines), min(60, MOST_MARKS // lines)) if lines else (1, 1)
    strips = {name: strip(spans, window, *bins) for name, spans in rules.items() if name in shown}
    rest = [span for name, spans in rules.items() if name not in shown for span in spans]
    return strips, strip(rest, window, *bins) if rest else None


def _longest(rules: Mapping[str, Sequence[Span]]) -> set[str]:
    """Return the rules that took most of the time, as many as can be shown."""
    if len(rules) <= MOST_RULES:
        return set(rules)
    seconds = {name: sum(span.seconds for span in spans) for name, spans in rules.items()}
    return set(sorted(rules, key=lambda name: -seconds[name])[: MOST_RULES - 1])


def strip(spans: Sequence[Span], window: Window, steps: int, marks: int) -> Strip:
    """Count closed spans, and those that failed, in bins of time."""
    failed = (span for span in spans if span.status == FAILED)
    return Strip(spans, _counts(spans, window, steps), _failures(failed, window, marks))


def _counts(spans: Sequence[Span], window: Window, bins: int) -> list[int]:
    change = [0] * (bins + 1)
    for begun in window.bins((span.start for span in spans), bins):
        change[begun] += 1
    for ended in window.bins((span.until for span in spans), bins):
        change[ended + 1] -= 1
    return list(accumulate(change[:-1]))


def _failures(spans: Iterable[Span], window: Window, bins: int) -> list[int]:
    counts = [0] * bins
    for failed in window.bins((span.until for span in spans), bins):
        counts[failed] += 1
    return counts
