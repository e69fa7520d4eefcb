"""Two runs beside each other in a terminal."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from panoptes.cli.remote.texts import one_line, words_of
from panoptes.cli.remote.widgets import CutName, muted, table
from panoptes.cli.remote.workflow_view import runs_table
from panoptes.client import ComparedFailure, ComparedRule, Comparison, Workflow
from panoptes.common.wording import DASH, duration

if TYPE_CHECKING:
    from panoptes.engines.terms import Terms

# So many failures of each kind are shown.
MOST_FAILURES = 10


def comparison(
    workflow: Workflow, compared: Comparison, *, wants_all: bool
) -> Iterator[RenderableType]:
    """Yield what differs between two runs of a workflow; `wants_all`: all of its rules."""
    both = (compared.other, compared.run)
    yield runs_table(both, [f"{run.jobs_done:,} of {run.jobs_total:,}" for run in both])
    of_engine = words_of(workflow)
    names = of_engine.short_names(rule.name for rule in compared.rules)
    slower = [one_line(names[rule.name]) for rule in compared.rules if rule.is_slower]
    if compared.slower == "whole":
        yield Text(f"Most {of_engine.rules} took longer: a slower machine, or larger data.")
    elif slower:
        yield Text(f"Took longer: {', '.join(slower[:3])}{', …' if len(slower) > 3 else ''}.")
    else:
        yield Text(f"No {of_engine.rule} took much longer.")
    if shown := [rule for rule in compared.rules if wants_all or rule.differs]:
        yield _rules(of_engine, shown)
    for title, failures in (
        (f"Failed only in run {compared.run.run}", compared.new_failures),
        ("Failed in both", compared.same_failures),
        (f"Failed only in run {compared.other.run}", compared.gone_failures),
    ):
        if failures:
            yield _failures(title, failures)
    if compared.differs:
        yield _settings(compared)


def _rules(of_engine: "Terms", rules: Sequence[ComparedRule]) -> RenderableType:
    names = of_engine.short_names(rule.name for rule in rules)
    result = table(of_engine.rule.upper(), "JOBS", "MEDIAN", "RATIO", "TOTAL")
    for rule in rules:
        ratio = DASH if rule.ratio is None else f"{rule.ratio:.2f} ×"
        told = "new" if rule.is_new else "gone" if rule.is_gone else ratio
        result.add_row(
            CutName(one_line(names[rule.name])),
            Text(_change(f"{rule.with_jobs:,}", f"{rule.jobs:,}")),
            Text(_change(duration(rule.with_median), duration(rule.median))),
            Text(told, style="yellow" if rule.is_slower else ""),
            Text(_change(duration(rule.with_total), duration(rule.total))),
        )
    return result


def _change(before: str, now: str) -> str:
    return now if before == now else f"{before} → {now}"


def _failures(title: str, failures: Sequence[ComparedFailure]) -> RenderableType:
    lines = [Text(title, style="bold")]
    for failure in failures[:MOST_FAILURES]:
        name = one_line(f"{failure.name or failure.jobid} {failure.wildcards}").rstrip()
        lines.append(Text.assemble(("  ✗ ", "red"), name, (f"  {one_line(failure.error)}", "red")))
    if (left := len(failures) - MOST_FAILURES) > 0:
        lines.append(muted(f"  and {left:,} more"))
    return Group(*lines)


def _settings(compared: Comparison) -> RenderableType:
    grid = Table.grid(padding=(0, 2, 0, 0))
    for name, values in compared.differs.items():
        this, other = (DASH if value is None else one_line(value) for value in values)
        grid.add_row(muted(one_line(name)), Text(f"{other} → {this}", overflow="fold"))
    return grid
