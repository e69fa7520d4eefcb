"""A workflow in a terminal: its head, its rules and what failed."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from panoptes.cli.screen import MUTED, Bar, Name, counted, quiet, state, table
from panoptes.client.api_models import Failure, Rule, Workflow
from panoptes.common.wording import ago, duration, exact

# The end of an error says what happened; so many lines of it are shown.
ERROR_LINES = 12


def listed(found: Sequence[Workflow], now: datetime, *, whole_names: bool) -> Table:
    """Return workflows as a table; unless `whole_names`, those that a machine made up are short."""
    made = table(
        *("ID", "NAME", "STATUS", "DONE", "FAILED", "STARTED", "DURATION"),
        numbers=("ID", "DONE", "FAILED", "STARTED", "DURATION"),
        flexible=("NAME",),
    )
    for each in found:
        made.add_row(
            Text(str(each.id)),
            Name(each.name if whole_names else each.title),
            state(each.status),
            Text(f"{each.done:,} of {each.total:,}") if each.total else quiet("–"),
            counted(each.failed, "red"),
            Text(ago(each.started, now)),
            Text(duration(each.seconds)),
        )
    return made


def head(workflow: Workflow) -> RenderableType:
    """Return a workflow's name, state and progress."""
    first = Text.assemble(state(workflow.status), "  ", (workflow.name, "bold"))
    if workflow.status == "Error" and workflow.is_live:
        first.append("  still running", style="blue")
    counts = (workflow.done, workflow.running, workflow.failed, 0, workflow.pending)
    line = Text.assemble(workflow.progress, quiet(f" · {duration(workflow.seconds)}"))
    return Group(first, Bar(counts, most=76), line)


def facts(workflow: Workflow, address: str, now: datetime) -> RenderableType:
    """Return what else is known of a run."""
    made = Table.grid(padding=(0, 2, 0, 0))
    for name, value in _facts(workflow, address, now):
        made.add_row(quiet(name), Text(value, overflow="fold"))
    return made


def _facts(workflow: Workflow, address: str, now: datetime) -> Iterator[tuple[str, str]]:
    yield "id", f"{workflow.id}, run {workflow.run} of {workflow.runs}"
    yield "started", f"{exact(workflow.started)}, {ago(workflow.started, now)}"
    if workflow.ended:
        yield "ended", f"{exact(workflow.ended)}, {ago(workflow.ended, now)}"
    named = {"owner": workflow.owner, "folder": workflow.workdir, "command": workflow.command}
    yield from ((name, value) for name, value in named.items() if value)
    yield "page", address


def rules(found: Sequence[Rule], most: int | None = None) -> RenderableType:
    """Return how the jobs of each rule stand; at most so many rules, the busiest first."""
    shown = found if most is None or len(found) <= most else _busiest(found, most)
    made = table(
        *("RULE", "", "DONE", "RUNNING", "FAILED", "PENDING", "MEDIAN", "LONGEST"),
        numbers=("DONE", "RUNNING", "FAILED", "PENDING", "MEDIAN", "LONGEST"),
        flexible=("RULE", ""),
    )
    for each in shown:
        counts = (each.done, each.running, each.failed, each.cancelled, each.pending or 0)
        made.add_row(
            Name(each.name),
            Bar(counts, most=20),
            counted(each.done),
            counted(each.running, "blue"),
            counted(each.failed, "red"),
            counted(each.pending),
            *(Text(duration(time)) if time is not None else quiet("–") for time in _times(each)),
        )
    left = len(found) - len(shown)
    return Group(made, quiet(f"and {left:,} more rules")) if left else made


def _times(rule: Rule) -> tuple[float | None, float | None]:
    return rule.median, rule.longest


def _busiest(found: Sequence[Rule], most: int) -> list[Rule]:
    """Return the rules that say most: where jobs failed, run and wait, in that order."""
    chosen = sorted(found, key=lambda rule: (-rule.failed, -rule.running, -(rule.pending or 0)))
    names = {rule.name for rule in chosen[:most]}
    return [rule for rule in found if rule.name in names]


def failures(found: Sequence[Failure], workflow: Workflow, *, brief: bool) -> Group:
    """Return the failed jobs that were asked for, and how many more there are."""
    shown: list[RenderableType] = [part for each in found for part in _failure(each, brief=brief)]
    left = workflow.failed - len(found)
    if found and left > 0:
        shown.append(quiet(f"and {left:,} more failed jobs"))
    return Group(*shown)


def _failure(failure: Failure, *, brief: bool) -> Iterator[RenderableType]:
    title = Text.assemble(("✗ ", "red"), (failure.rule, "bold"), " ", failure.job)
    if failure.attempts > 1:
        title.append(f"  attempt {failure.attempts}", style=MUTED)
    if failure.how:
        title.append(f"  {failure.how}", style="red")
    yield title
    for path in failure.logs[:1] if brief else failure.logs:
        yield _indented(Text.assemble(quiet("log  "), path))
    if failure.error and not brief:
        yield _indented(said(failure.error))


def _end(text: str) -> str:
    found = text.splitlines()
    return "\n".join(found if len(found) <= ERROR_LINES else ["…", *found[-ERROR_LINES:]])


def _indented(text: Text) -> Padding:
    return Padding(text, (0, 0, 0, 2), expand=False)


def said(error: str) -> Text:
    """Return the end of what an engine said of its run's failure."""
    return Text(_end(error.strip()))
