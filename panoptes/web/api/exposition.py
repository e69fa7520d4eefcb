"""Writes the metrics for Prometheus, each time from what the database holds at that moment.

So all processes agree about workflows and jobs. Events are counted where they are answered: each
process reports its own, under its number.
"""

import os
import platform
from collections.abc import Iterable, Iterator
from itertools import accumulate

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
from panoptes.common.moment import Moment
from panoptes.common.status import Status
from panoptes.database.connections import sql_engine
from panoptes.ingest.counters import BOUNDS, Counted
from panoptes.queries.database import whole_size
from panoptes.queries.metrics import JobCounts, live_jobs, live_rules
from panoptes.queries.runs import status_counts
from panoptes.web.request_time import request_time
from panoptes.web.services import services

Series = Iterable[tuple[list[str], float]]


def expose(accept: str) -> tuple[bytes, str]:
    """Return all metrics as they stand now, and the content type of their text.

    `accept` is what the request says that it takes.
    """
    registry = CollectorRegistry()
    registry.register(_Collector())
    encode, content_type = choose_encoder(accept)
    return encode(registry), content_type


class _Collector(Collector):
    def collect(self) -> Iterator[Metric]:
        """Yield all metrics."""
        build = {
            "version": __version__,
            "python": platform.python_version(),
            "database": sql_engine().dialect.name,
        }
        yield InfoMetricFamily("panoptes_build", "The panoptes that tells this.", build)
        yield from _workflows(request_time())
        yield from _database()
        yield from _events(services().counters.read(), str(os.getpid()))


def _workflows(moment: Moment) -> Iterator[Metric]:
    workflows = status_counts(moment).items()
    yield _gauge(
        "panoptes_workflows",
        "Workflows by the status that they show.",
        ["status"],
        (([status.value], number) for status, number in workflows),
    )
    jobs = live_jobs(moment)
    yield _gauge(
        "panoptes_jobs",
        "Jobs of the runs that go on, by their status.",
        ["status"],
        _by_status(jobs),
    )
    yield GaugeMetricFamily(
        "panoptes_jobs_retried", "Jobs of the runs that go on, started again.", jobs.retried
    )
    rules, are_more = live_rules(moment)
    yield _gauge(
        "panoptes_rule_jobs",
        "Jobs of the runs that go on, by their rule and status.",
        ["rule", "status"],
        (series for rule, counts in rules.items() for series in _by_status(counts, rule)),
    )
    yield GaugeMetricFamily(
        "panoptes_rules_left_out",
        "1 where only the rules with the most jobs are told, 0 where all are.",
        int(are_more),
    )


def _gauge(name: str, meaning: str, labels: list[str], series: Series) -> Metric:
    gauge = GaugeMetricFamily(name, meaning, labels=labels)
    for values, number in series:
        gauge.add_metric(values, number)
    return gauge


def _by_status(counts: JobCounts, *labels: str) -> Series:
    yield [*labels, Status.RUNNING.value], counts.running
    yield [*labels, "Pending"], counts.pending
    yield [*labels, Status.DONE.value], counts.done
    yield [*labels, Status.ERROR.value], counts.error


def _database() -> Iterator[Metric]:
    size, free = whole_size()
    yield GaugeMetricFamily("panoptes_database_size_bytes", "Size of the database.", size)
    yield GaugeMetricFamily(
        "panoptes_database_free_bytes",
        "Of these the ones that wait to be used again (SQLite; 0 for others).",
        free,
    )


def _events(counted: Counted, process: str) -> Iterator[Metric]:
    events = CounterMetricFamily(
        "panoptes_events",
        "Events of workflow engines that this process answered, by what became of them.",
        labels=["result", "process"],
    )
    for result, number in counted.results.items():
        events.add_metric([result, process], number)
    yield events
    duration = HistogramMetricFamily(
        "panoptes_event_duration_seconds",
        "How long these events waited for their answer in this process.",
        labels=["process"],
    )
    bounds = [*map(str, BOUNDS), "+Inf"]
    buckets = list(zip(bounds, map(float, accumulate(counted.buckets)), strict=True))
    duration.add_metric([process], buckets, counted.seconds)
    yield duration
