"""Where the time went: the rules and the jobs that took most of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median

from panoptes.charts.timeline.spans import DONE, Span, count_jobs


@dataclass(frozen=True, slots=True)
class RuleTime:
    """How long a rule took: `seconds` with failed attempts, the median of jobs that are done."""

    rule: str
    jobs: int
    seconds: float
    median: float | None
    longest: float | None
    share: float = 0.0


def slowest_rules(rules: Mapping[str, Sequence[Span]]) -> list[RuleTime]:
    """Return how long each rule took, the longest first."""
    times = []
    for name, spans in rules.items():
        done = [span.seconds for span in spans if span.status == DONE and span.start_known]
        seconds = sum(span.seconds for span in spans)
        middle = median(done) if done else None
        times.append(RuleTime(name, count_jobs(spans), seconds, middle, max(done, default=None)))
    return slowest_first(times)


def slowest_first(times: Iterable[RuleTime]) -> list[RuleTime]:
    """Return rules with their shares of the time that all took, the longest first."""
    ordered = sorted(times, key=lambda rule: -rule.seconds)
    whole = sum(rule.seconds for rule in ordered) or 1.0
    return [replace(rule, share=rule.seconds / whole) for rule in ordered]


def longest(spans: Sequence[Span], most: int) -> list[Span]:
    """Return the attempts that took longest, the longest first."""
    known = (span for span in spans if span.start_known)
    return sorted(known, key=lambda span: -span.seconds)[:most]
