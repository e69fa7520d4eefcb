"""Writes the metrics for Prometheus, each time from what the database holds at that moment.

So every process tells the same of workflows and jobs. Events are counted where they are answered:
of these a process tells its own, under its number.
"""

import os
import platform
from collections.abc import Iterator, Mapping

from prometheus_client.core import (
    CollectorRegistry,
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from panoptes import __version__
from panoptes.common.status import Status
from panoptes.database.connections import db
from panoptes.ingest.counters import BOUNDS, Counted
from panoptes.queries.database import whole_size
from panoptes.queries.metrics import JobCounts, live_jobs, live_rules
from panoptes.queries.results import Moment
from panoptes.queries.runs import status_counts
from panoptes.web.request_time import request_time
from panoptes.web.services import services

PENDING = "Pending"


def expose(accept: str) -> tuple[bytes, str]:
    """Return all metrics as they stand now, and the content type of their text.

    `accept` is what the request says that it takes.
    """
    registry = CollectorRegistry()
    registry.register(_Collector(request_time(), services().counters.read()))
    encode, content_type = choose_encoder(accept)
    return encode(registry), content_type


class _Collector(Collector):
    def __init__(self, moment: Moment, counted: Counted) -> None:
        self._moment = moment
        self._counted = counted

    def collect(self) -> Iterator[Metric]:
        """Yield all metrics."""
        yield _build()
        yield _workflows(status_counts(self._moment))
        yield from _jobs(live_jobs(self._moment))
        yield from _rules(*live_rules(self._moment))
        yield from _database(*whole_size())
        yield from _events(self._counted, str(os.getpid()))


def _build() -> Metric:
    told = {
        "version": __version__,
        "python": platform.python_version(),
        "database": db.engine.dialect.name,
    }
    return InfoMetricFamily("panoptes_build", "The panoptes that tells this.", told)


def _workflows(counts: Mapping[Status, int]) -> Metric:
    told = GaugeMetricFamily(
        "panoptes_workflows", "Workflows by the status that they show.", labels=["status"]
    )
    for status, number in counts.items():
        told.add_metric([status.value], number)
    return told


def _jobs(counts: JobCounts) -> Iterator[Metric]:
    told = GaugeMetricFamily(
        "panoptes_jobs", "Jobs of the runs that go on, by their status.", labels=["status"]
    )
    for status, number in _by_status(counts):
        told.add_metric([status], number)
    yield told
    yield GaugeMetricFamily(
        "panoptes_jobs_retried", "Jobs of the runs that go on, started again.", counts.retried
    )


def _rules(rules: Mapping[str, JobCounts], are_more: bool) -> Iterator[Metric]:
    told = GaugeMetricFamily(
        "panoptes_rule_jobs",
        "Jobs of the runs that go on, by their rule and status.",
        labels=["rule", "status"],
    )
    for rule, counts in rules.items():
        for status, number in _by_status(counts):
            told.add_metric([rule, status], number)
    yield told
    yield GaugeMetricFamily(
        "panoptes_rules_left_out",
        "1 where only the rules with the most jobs are told, 0 where all are.",
        int(are_more),
    )


def _by_status(counts: JobCounts) -> list[tuple[str, int]]:
    return [
        (Status.RUNNING.value, counts.running),
        (PENDING, counts.pending),
        (Status.DONE.value, counts.done),
        (Status.ERROR.value, counts.error),
    ]


def _database(size: int, free: int) -> Iterator[Metric]:
    yield GaugeMetricFamily("panoptes_database_size_bytes", "Size of the database.", size)
    yield GaugeMetricFamily(
        "panoptes_database_free_bytes",
        "Of these the ones that wait to be used again (SQLite; 0 for others).",
        free,
    )


def _events(counted: Counted, process: str) -> Iterator[Metric]:
    told = CounterMetricFamily(
        "panoptes_events",
        "Events of workflow engines that this process answered, by what became of them.",
        labels=["result", "process"],
    )
    for result, number in counted.results.items():
        told.add_metric([result, process], number)
    yield told
    took = HistogramMetricFamily(
        "panoptes_event_duration_seconds",
        "How long these events waited for their answer in this process.",
        labels=["process"],
    )
    took.add_metric([process], _buckets(counted.buckets), counted.seconds)
    yield took


def _buckets(counts: list[int]) -> list[tuple[str, float]]:
    """Return for each bound how many took no longer."""
    so_far, told = 0, []
    for bound, count in zip([*map(str, BOUNDS), "+Inf"], counts, strict=True):
        so_far += count
        told.append((bound, float(so_far)))
    return told
