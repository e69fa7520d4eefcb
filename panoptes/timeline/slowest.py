"""Where the time went: the rules and the jobs that took most of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from panoptes.timeline.spans import DONE, Span, count_jobs


@dataclass(frozen=True, slots=True)
class RuleTime:
    """How long a rule took: in sum with failed attempts, the others of jobs that are done."""

    rule: str
    jobs: int
    seconds: float
    share: float
    median: float | None
    longest: float | None


def slowest_rules(rules: Mapping[str, Sequence[Span]]) -> list[RuleTime]:
    """Return how long each rule took, the longest first."""
    sums = {name: sum(span.seconds for span in spans) for name, spans in rules.items()}
    whole = sum(sums.values()) or 1.0
    found = [_time(name, spans, sums[name], whole) for name, spans in rules.items()]
    return sorted(found, key=lambda each: -each.seconds)


def _time(name: str, spans: Sequence[Span], seconds: float, whole: float) -> RuleTime:
    done = [span.seconds for span in spans if span.status == DONE and span.start_known]
    return RuleTime(
        rule=name,
        jobs=count_jobs(spans),
        seconds=seconds,
        share=seconds / whole,
        median=median(done) if done else None,
        longest=max(done, default=None),
    )


def longest(spans: Sequence[Span], most: int) -> list[Span]:
    """Return the attempts that took longest, the longest first."""
    known = (span for span in spans if span.start_known)
    return sorted(known, key=lambda span: -span.seconds)[:most]
