"""What the timeline says of an attempt of a job, and where it leads."""

from collections.abc import Mapping
from dataclasses import dataclass

from panoptes.charts.timeline.axis import clock, offset
from panoptes.charts.timeline.spans import RUNNING, Span
from panoptes.common.status import Status
from panoptes.common.wording import cut, duration
from panoptes.engines.terms import terms
from panoptes.queries.results import RunView
from panoptes.web.pages.links import job_url


@dataclass(frozen=True, slots=True)
class SpanLabels:
    """What is said of a span, and where it leads; `names` are what rules are called here."""

    run: RunView
    origin: float
    wildcards: Mapping[int, Mapping[str, str]]
    names: Mapping[str, str]

    @property
    def job(self) -> str:
        """The engine's word for a job."""
        return terms(self.run.engine).job

    @property
    def rules(self) -> str:
        """The engine's word for several rules."""
        return terms(self.run.engine).rules

    def name(self, rule: str) -> str:
        """Return what a rule is called here."""
        return self.names.get(rule, rule)

    def href(self, span: Span) -> str:
        """Return the address of its job's page."""
        return job_url(self.run, span.key, span.part)

    def label(self, span: Span) -> str:
        """Return its wildcards, or its id where it has none."""
        of_engine, wildcards = terms(self.run.engine), self.wildcards.get(span.job, {})
        if of_engine.names_jobs:
            return ", ".join(wildcards.values()) or of_engine.job_name(span.rule, span.key)
        pairs = ", ".join(f"{name}={value}" for name, value in wildcards.items())
        return pairs or f"{of_engine.job} {span.key}"

    def status(self, span: Span) -> Status:
        """Return how it stands."""
        return Status(span.status)

    def started(self, span: Span) -> str:
        """Return when it began, counted from the run's begin."""
        return offset(span.start - self.origin)

    def title(self, span: Span) -> str:
        """Return which it is, how it went, when it began and how long it took."""
        number = f"attempt {span.attempt} of {span.attempts}, " if span.attempts > 1 else ""
        lines = (
            self._job(span),
            f"{number}{self.status(span)}",
            *self._times(span),
        )
        return "\n".join(lines)

    def _job(self, span: Span) -> str:
        of_engine = terms(self.run.engine)
        if of_engine.names_jobs:
            return cut(of_engine.job_name(span.rule, span.key), 160)
        return f"{cut(span.rule, 60)} {cut(self.label(span), 100)}".strip()

    def _times(self, span: Span) -> tuple[str, ...]:
        at = f"{self.started(span)}, {clock(span.start)}"
        if not span.start_known:
            return (f"ended at {at}", "start unknown")
        verb = "has been running for" if span.status == RUNNING else "took"
        usual = span.usual if span.is_late else None
        slow = f", slow: usually {duration(usual.seconds)}" if usual else ""
        return (f"started at {at}", f"{verb} {duration(span.seconds)}{slow}")
