"""Follows a run: asks again and again, and shows each answer as a screen, as lines or as JSON."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from panoptes.cli.asking import ask_failures, ask_rules, ask_workflow
from panoptes.client.api_models import (
    Failure,
    Rule,
    Told,
    Workflow,
    read_failure,
    read_rule,
    read_workflow,
    understood,
)
from panoptes.client.http import Server, Unreachable
from panoptes.common import clock

if TYPE_CHECKING:
    from rich.console import RenderableType

# So many failed jobs are named.
MOST_FAILURES = 5
# Lines say how far a run is at most so often, in seconds; what failed they say at once.
LINES_EVERY = 10.0


@dataclass(frozen=True, slots=True)
class Look:
    """A run as the API tells of it, and the same as it is shown."""

    told: Told
    workflow: Workflow
    rules: list[Rule]
    failures: list[Failure]


class View(Protocol):
    """Shows a run that goes on."""

    def show(self, look: Look) -> None:
        """Show how it stands."""

    def away(self) -> None:
        """Say that the server doesn't answer."""


def follow(server: Server, told: Told, shown: View, interval: float, patience: float) -> str:
    """Show a run until it has ended, and return its status.

    Asks every `interval` seconds. Raises Unreachable when nobody has answered for `patience`
    seconds, and CannotRun.
    """
    with understood(server):
        workflow_id, run = int(told["id"]), int(told["run"])
    answered, look = time.monotonic(), None
    while True:
        try:
            look = _look(server, ask_workflow(server, workflow_id, run), look)
        except Unreachable:
            if time.monotonic() - answered >= patience:
                raise
            shown.away()
        else:
            answered = time.monotonic()
            shown.show(look)
            if not look.workflow.is_live:
                return look.workflow.status
        time.sleep(interval)


def _look(server: Server, told: Told, before: Look | None) -> Look:
    with understood(server):
        workflow, heard_of = read_workflow(told), told["updated_at"]
    if before and before.told["workflow"]["updated_at"] == heard_of:
        # Its rules and jobs are the same: nobody has reported anything.
        now = {**before.told, "workflow": told}
        return replace(before, told=now, workflow=workflow)
    rules, failures = ask_rules(server, told), ask_failures(server, told, MOST_FAILURES)
    with understood(server):
        return Look(
            {"workflow": told, "rules": rules},
            workflow,
            [read_rule(each) for each in rules],
            [read_failure(each, workflow) for each in failures],
        )


@contextmanager
def view(server: Server, *, as_json: bool) -> Iterator[View]:
    """Show what is followed inside, in the way that suits the output."""
    if as_json:
        yield JsonLines()
        return
    from panoptes.cli.screen import console

    screen = console()
    if not screen.is_interactive:
        yield Lines()
        return
    from rich.live import Live

    with Live(console=screen, auto_refresh=False, vertical_overflow="crop") as live:
        yield Screen(live, server.url)


class JsonLines:
    """Prints each change as a line of JSON: the workflow and its rules."""

    def __init__(self) -> None:
        self._before = ""

    def show(self, look: Look) -> None:
        """Print it, if it says anything new."""
        told: dict[str, Any] = look.told
        changing = {"workflow": {**told["workflow"], "duration": None}, "rules": told["rules"]}
        now = json.dumps(changing)
        if now != self._before:
            print(json.dumps(told), flush=True)
        self._before = now

    def away(self) -> None:
        """Nothing is new."""


class Lines:
    """Prints a line when something has changed, for logs."""

    def __init__(self) -> None:
        self._before: tuple[Any, ...] = ()
        self._last = 0.0
        self._named: set[tuple[str, str]] = set()
        self._is_away = False

    def show(self, look: Look) -> None:
        """Print how far it is, and what failed since."""
        self._is_away = False
        workflow = look.workflow
        state = (workflow.status, workflow.is_live, workflow.failed)
        is_due = time.monotonic() - self._last >= LINES_EVERY
        if state != self._before[:3] or (is_due and workflow.progress != self._before[3]):
            self._say(f"{workflow.name}: {workflow.status}, {workflow.progress}")
            self._before, self._last = (*state, workflow.progress), time.monotonic()
        for failure in look.failures:
            self._name(failure)

    def _name(self, failure: Failure) -> None:
        key = (failure.rule, failure.job)
        if key not in self._named:
            self._named.add(key)
            logs = "".join(f", log {path}" for path in failure.logs)
            self._say(f"failed: {failure.rule} {failure.job} ({failure.how or 'no word'}){logs}")

    def away(self) -> None:
        """Print it once."""
        if not self._is_away:
            self._say("The server doesn't answer; asking again …")
        self._is_away = True

    def _say(self, text: str) -> None:
        print(f"{clock.utcnow():%Y-%m-%dT%H:%M:%SZ} {text}", flush=True)


class Screen:
    """Draws the run over what it drew before."""

    def __init__(self, live: Any, url: str) -> None:
        self._live = live
        self._url = url
        self._drawn: list[RenderableType] = []

    def show(self, look: Look) -> None:
        """Draw its head, as many rules as there is room for, and the first failures."""
        from panoptes.cli import pictures

        parts = [pictures.head(look.workflow)]
        below = 1 + 2 * len(look.failures)
        if look.rules:
            room = self._live.console.height - 8 - below
            parts += ["", pictures.rules(look.rules, max(3, room))]
        if look.failures:
            parts += ["", pictures.failures(look.failures, look.workflow, brief=True)]
        self._drawn = parts
        self._draw(parts)

    def away(self) -> None:
        """Say so below what is known."""
        from rich.text import Text

        from panoptes.cli.screen import LOOKS

        said = Text(f"{self._url} doesn't answer; asking again …", style=LOOKS["Stale"][1])
        self._draw([*self._drawn, "", said])

    def _draw(self, parts: "list[RenderableType]") -> None:
        from rich.console import Group

        self._live.update(Group(*parts), refresh=True)
