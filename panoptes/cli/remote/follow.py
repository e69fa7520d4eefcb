"""Follows a run: asks again and again, and shows each change as a screen, as lines or as JSON."""

import json
import time
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from panoptes.cli.remote.texts import (
    ends,
    harmless,
    job_words,
    log_paths,
    one_line,
    progress,
    words_of,
)
from panoptes.client import Client, Job, Rule, Unreachable, Workflow
from panoptes.common import clock

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

# So many failed jobs are named.
MAX_FAILURES = 5
# Lines say how far a run is at most so often, in seconds; what failed they say at once.
LINES_EVERY = 10.0


class Snapshot(NamedTuple):
    """A run as the server described it at one moment; `is_current` while the server answers."""

    workflow: Workflow
    rules: list[Rule]
    failures: list[Job]
    is_current: bool = True


def follow(
    client: Client, workflow: Workflow, interval: float, patience: float
) -> Iterator[Snapshot]:
    """Yield how a run stands, every `interval` seconds, until it has ended.

    Raises Unreachable when nobody has answered for `patience` seconds, and ClientError.
    """
    last_answer, asked_for = time.monotonic(), None
    snapshot = Snapshot(workflow, [], [])
    while True:
        try:
            workflow = client.workflow(workflow.id, workflow.run)
            if asked_for != workflow.updated_at:  # Else its rules and jobs are the same.
                rules, failures = client.rules(workflow), client.failures(workflow, MAX_FAILURES)
                snapshot, asked_for = Snapshot(workflow, rules, failures), workflow.updated_at
            last_answer = time.monotonic()
            snapshot = snapshot._replace(workflow=workflow, is_current=True)
        except Unreachable:
            if time.monotonic() - last_answer >= patience:
                raise
            snapshot = snapshot._replace(is_current=False)
        yield snapshot
        if snapshot.is_current and not workflow.is_live:
            return
        time.sleep(interval)


def show_as_json(snapshots: Iterable[Snapshot]) -> Workflow:
    """Print each change as a line of JSON, as the API has it; return the run as it ended."""
    before = ""
    for workflow, rules, _, is_current in snapshots:
        answer = {"workflow": workflow.raw, "rules": [rule.raw for rule in rules]}
        same = {"duration": None, "estimate": None}  # What moves with time alone is no change.
        now = json.dumps([{**workflow.raw, **same}, answer["rules"]])
        if is_current and now != before:
            print(json.dumps(answer), flush=True)
            before = now
    return workflow


def show(snapshots: Iterable[Snapshot], url: str) -> Workflow:
    """Show a run as the output allows, in place or line by line; return the run as it ended."""
    from panoptes.cli.remote.widgets import open_console  # JSON needs no rich.

    console = open_console()
    return _draw(snapshots, console, url) if console.is_interactive else _print_lines(snapshots)


def _print_lines(snapshots: Iterable[Snapshot]) -> Workflow:
    """Print a line when something has changed, for logs."""
    printed: tuple[str, bool, int] | None = None
    progress_printed, printed_at, was_current = "", 0.0, True
    named: set[str] = set()
    for workflow, _, failures, is_current in snapshots:
        if was_current and not is_current:
            _print_line("The server doesn't answer; trying again …")
        was_current = is_current
        state = (workflow.status, workflow.is_live, workflow.jobs_failed)
        how_far = progress(workflow)
        is_due = time.monotonic() - printed_at >= LINES_EVERY
        if is_current and (state != printed or (is_due and how_far != progress_printed)):
            until = f", ends {ends(workflow)}" if workflow.estimate else ""
            _print_line(f"{workflow.name}: {workflow.status}, {how_far}{until}")
            printed, progress_printed, printed_at = state, how_far, time.monotonic()
        for job in map(harmless, failures):
            rule, wildcards, ending = job_words(job, words_of(workflow))
            name = f"{rule} {wildcards}".rstrip()
            if name not in named:
                named.add(name)
                logs = "".join(f", log {path}" for path in log_paths(job, workflow))
                _print_line(f"failed: {name} ({ending or 'no reason given'}){logs}")
    return workflow


def _print_line(text: str) -> None:
    print(f"{clock.utcnow():%Y-%m-%dT%H:%M:%SZ} {one_line(text)}", flush=True)


def _draw(snapshots: Iterable[Snapshot], console: "Console", url: str) -> Workflow:
    """Draw the run over what was drawn before."""
    from rich.console import Group
    from rich.live import Live
    from rich.text import Text

    from panoptes.cli.remote import workflow_view
    from panoptes.cli.remote.widgets import STATES

    with Live(console=console, auto_refresh=False, vertical_overflow="crop") as live:
        for workflow, rules, failures, is_current in snapshots:
            parts: list[RenderableType] = [workflow_view.head(workflow)]
            if rules:
                room = console.height - 9 - 2 * len(failures)
                parts += ["", workflow_view.rules(workflow, rules, max(3, room))]
            if failures:
                parts += ["", workflow_view.failures(failures, workflow, brief=True)]
            if not is_current:
                text = f"{url} doesn't answer; trying again …"
                parts += ["", Text(text, style=STATES["Stale"][1])]
            live.update(Group(*parts), refresh=True)
    return workflow
