"""How a run that goes on is shown to people: as a screen in a terminal, else as lines."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Group, RenderableType
from rich.live import Live
from rich.text import Text

from panoptes.cli.remote import workflow_view
from panoptes.cli.remote.follow import Snapshot
from panoptes.cli.remote.harmless import harmless, one_line
from panoptes.cli.remote.texts import (
    how_it_ended,
    log_paths,
    progress,
    rule_name,
    wildcards,
)
from panoptes.cli.remote.widgets import STATES, open_console
from panoptes.common import clock

# Lines say how far a run is at most so often, in seconds; what failed they say at once.
LINES_EVERY = 10.0


@contextmanager
def view_for_people(url: str) -> "Iterator[Lines | Screen]":
    """Show what is followed inside as the output allows: in place, or line by line."""
    console = open_console()
    if not console.is_interactive:
        yield Lines()
        return
    with Live(console=console, auto_refresh=False, vertical_overflow="crop") as live:
        yield Screen(live, url)


class Lines:
    """Prints a line when something has changed, for logs."""

    def __init__(self) -> None:
        self._state: tuple[str, bool, int] | None = None
        self._progress = ""
        self._printed_at = 0.0
        self._named: set[tuple[str, str]] = set()
        self._is_unreachable = False

    def show(self, snapshot: Snapshot) -> None:
        """Print how far it is, and what failed since."""
        self._is_unreachable = False
        workflow, how_far = snapshot.workflow, progress(snapshot.workflow)
        state = (workflow.status, workflow.is_live, workflow.jobs_failed)
        is_due = time.monotonic() - self._printed_at >= LINES_EVERY
        if state != self._state or (is_due and how_far != self._progress):
            _print(f"{workflow.name}: {workflow.status}, {how_far}")
            self._state, self._progress, self._printed_at = state, how_far, time.monotonic()
        for job in map(harmless, snapshot.failures):
            key = (rule_name(job), wildcards(job))
            if key not in self._named:
                self._named.add(key)
                logs = "".join(f", log {path}" for path in log_paths(job, workflow))
                _print(f"failed: {' '.join(key)} ({how_it_ended(job) or 'no reason given'}){logs}")

    def show_unreachable(self) -> None:
        """Print it once."""
        if not self._is_unreachable:
            _print("The server doesn't answer; trying again …")
        self._is_unreachable = True


def _print(text: str) -> None:
    print(f"{clock.utcnow():%Y-%m-%dT%H:%M:%SZ} {one_line(text)}", flush=True)


class Screen:
    """Draws the run over what it drew before."""

    def __init__(self, live: Live, url: str) -> None:
        self._live = live
        self._url = url
        self._parts: list[RenderableType] = []

    def show(self, snapshot: Snapshot) -> None:
        """Draw its head, as many rules as there is room for, and the first failures."""
        workflow, failures = snapshot.workflow, snapshot.failures
        self._parts = [workflow_view.head(workflow)]
        if snapshot.rules:
            room = self._live.console.height - 9 - 2 * len(failures)
            self._parts += ["", workflow_view.rules(snapshot.rules, max(3, room))]
        if failures:
            self._parts += ["", workflow_view.failures(failures, workflow, brief=True)]
        self._draw(self._parts)

    def show_unreachable(self) -> None:
        """Say so below what is known."""
        text = f"{self._url} doesn't answer; trying again …"
        self._draw([*self._parts, "", Text(text, style=STATES["Stale"][1])])

    def _draw(self, parts: list[RenderableType]) -> None:
        self._live.update(Group(*parts), refresh=True)
