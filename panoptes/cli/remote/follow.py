"""Follows a run: asks again and again, and shows each change as a screen, as lines or as JSON."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Protocol

from panoptes.client import Client, Job, Rule, Unreachable, Workflow

# So many failed jobs are named.
MAX_FAILURES = 5


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A run as the server describes it at one moment."""

    workflow: Workflow
    rules: list[Rule]
    failures: list[Job]


class View(Protocol):
    """Shows a run that goes on."""

    def show(self, snapshot: Snapshot) -> None:
        """Show how it stands."""

    def show_unreachable(self) -> None:
        """Say that the server doesn't answer."""


def follow(
    client: Client, workflow: Workflow, view: View, interval: float, patience: float
) -> Workflow:
    """Show a run until it has ended, and return it.

    Asks every `interval` seconds. Raises Unreachable when nobody has answered for `patience`
    seconds, and ClientError.
    """
    last_answer, snapshot = time.monotonic(), None
    while True:
        try:
            now = client.workflow(workflow.id, workflow.run)
            if snapshot and snapshot.workflow.updated_at == now.updated_at:
                # Its rules and jobs are the same: nobody has reported anything.
                snapshot = replace(snapshot, workflow=now)
            else:
                snapshot = Snapshot(now, client.rules(now), client.failures(now, MAX_FAILURES))
        except Unreachable:
            if time.monotonic() - last_answer >= patience:
                raise
            view.show_unreachable()
        else:
            last_answer = time.monotonic()
            view.show(snapshot)
            if not now.is_live:
                return now
        time.sleep(interval)


@contextmanager
def open_view(url: str, *, as_json: bool) -> Iterator[View]:
    """Show what is followed inside, in the way that suits the output."""
    if as_json:
        yield JsonLines()
        return
    from panoptes.cli.remote.live_views import view_for_people  # JSON needs no rich.

    with view_for_people(url) as view:
        yield view


class JsonLines:
    """Prints each change as a line of JSON: the workflow and its rules, as the API has them."""

    def __init__(self) -> None:
        self._before = ""

    def show(self, snapshot: Snapshot) -> None:
        """Print it, if it says anything new."""
        workflow, rules = snapshot.workflow.raw, [rule.raw for rule in snapshot.rules]
        now = json.dumps([{**workflow, "duration": None}, rules])
        if now != self._before:
            print(json.dumps({"workflow": workflow, "rules": rules}), flush=True)
        self._before = now

    def show_unreachable(self) -> None:
        """Nothing is new."""
