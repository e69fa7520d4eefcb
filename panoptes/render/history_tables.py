"""The runs of a workflow, and two of them beside each other, as tables. Durations are seconds."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from panoptes.queries.history import rules_in_runs
from panoptes.queries.results import RunView
from panoptes.render.comparison_json import comparison_json
from panoptes.render.tables import Table, lines_of
from panoptes.render.workflow_json import history_json

_RUN = (
    *("run", "status", "started_at", "completed_at", "duration", "jobs_done", "jobs_total"),
    *("jobs_failed", "jobs_retried", "labels", "note", "is_baseline", "owner", "error"),
)
_RULE = (
    *("name", "jobs", "with_jobs", "median", "with_median", "ratio", "total", "with_total"),
    *("is_slower", "is_new", "is_gone"),
)


def history_table(
    table: Table, chunks: Iterable[Sequence[RunView]], names: Sequence[str]
) -> Iterator[bytes]:
    """Yield runs, which come some at a time, with the medians of rules of these names in each."""
    columns = (*_RUN, *(f"median of {name}" for name in names))
    return lines_of(table, columns, _history_rows(chunks, names))


def _history_rows(chunks: Iterable[Sequence[RunView]], names: Sequence[str]) -> Iterator[list[Any]]:
    for runs in chunks:
        found = rules_in_runs(runs, names)
        for run in runs:
            told, of_rules = history_json(run), found[run.run_id]
            medians = (of_rules[name].median if name in of_rules else None for name in names)
            yield [*(told[name] for name in _RUN), *medians]


def comparison_table(table: Table, run: RunView, other: RunView) -> Iterator[bytes]:
    """Yield the rules of a run beside those of another."""
    rules = comparison_json(run, other)["rules"]
    return lines_of(table, _RULE, ([rule[name] for name in _RULE] for rule in rules))
