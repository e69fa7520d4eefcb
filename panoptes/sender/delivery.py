"""Brings the events of an outbox to a server: registers the run, sends batches, reads the answers.

What each answer means is decided here and nowhere else; README of the plugin and docs/api.md tell
people.
"""

import json
import time
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import quote

from .connection import Answer, Connection, Unanswered
from .outbox import Batch, Outbox
from .plain import shrunk

BATCH_EVENTS = 500
BATCH_BYTES = 1_000_000
# Below this, a batch isn't halved any more: its events are shrunk one by one.
LEAST_BYTES = 20_000


class Trouble(NamedTuple):
    """Why nothing could be sent: `needs_help`, where waiting alone won't help.

    `wait` is for how many seconds the server asks to be left alone.
    """

    text: str
    needs_help: bool = False
    wait: float = 0.0


class Delivery:
    """Sends what waits in `outbox` about a run, a batch at each call of `attempt`.

    `run` is what registers it: id, engine, name and description. `page` is its address for people,
    once it is known, and `registered` what the server answered to its registration. `refused`
    counts the events that the server called broken. `heard` is called with what a server answers to
    a batch.
    """

    def __init__(
        self,
        connection: Connection,
        run: dict[str, Any],
        outbox: Outbox,
        heard: Callable[[dict[str, Any]], None] = lambda _answer: None,
    ) -> None:
        self.connection, self.run, self.outbox = connection, run, outbox
        self.page = ""
        self.registered: dict[str, Any] = {}
        self.refused = 0
        self._heard = heard
        self._is_registered = False
        self._most, self._size = BATCH_EVENTS, BATCH_BYTES

    def attempt(self) -> Trouble | None:
        """Send a batch, or an empty one to hear of wishes; return what was wrong, if anything."""
        try:
            if not self._is_registered and (trouble := self.register()):
                return trouble
            return self._send(self.outbox.batch(self._most, self._size))
        except Unanswered as silence:
            return Trouble(f"{self.connection.address.url} doesn't answer ({silence})")

    # --- the run ----------------------------------------------------------------------------------

    def register(self) -> Trouble | None:
        """Register the run, as the first attempt does; return what was wrong. Raises Unanswered."""
        answer = self.connection.post("/api/runs", json.dumps(self.run).encode())
        if answer.status not in (200, 201):
            return self._explained(answer)
        if not isinstance(answer.content.get("stored"), int):
            return self._strange()
        self._is_registered = True
        self.registered = answer.content
        page = answer.content.get("url")
        self.page = page if isinstance(page, str) and page.isprintable() else ""
        return None

    # --- events -----------------------------------------------------------------------------------

    def _send(self, batch: Batch) -> Trouble | None:
        first = f'{{"first": {batch.first}, "sent": {time.time()}, "events": ['.encode()
        body = first + b",\n".join(batch.events) + b"]}"
        run = quote(str(self.run["id"]), safe="")
        answer = self.connection.post(f"/api/runs/{run}/events", body)
        if answer.status == 200:
            return self._stored(batch, answer)
        if answer.status == 404:
            # The server doesn't know the run, or not any more.
            self._is_registered = False
            return self._explained(answer)._replace(needs_help=False)
        if answer.status == 400 and batch.events:
            return self._skip(batch, answer)
        if answer.status == 413 and batch.events:
            return self._halve(batch)
        return self._explained(answer)

    def _stored(self, batch: Batch, answer: Answer) -> Trouble | None:
        stored = answer.content.get("stored")
        if not isinstance(stored, int) or isinstance(stored, bool):
            return self._strange()
        self.outbox.done(batch, stored)
        self._heard(answer.content)
        if batch.events and stored < batch.first:
            return self._strange()
        self._most = min(BATCH_EVENTS, self._most * 2)
        self._size = min(BATCH_BYTES, self._size * 2)
        return None

    def _skip(self, batch: Batch, answer: Answer) -> Trouble | None:
        """Leave out the event that the server calls broken, and go on behind it."""
        bad = answer.content.get("bad")
        if isinstance(bad, int) and batch.first <= bad <= batch.last:
            self.outbox.done(batch, bad)
        elif len(batch.events) == 1:
            self.outbox.done(batch, batch.first)
        else:
            self._most = max(1, len(batch.events) // 2)
            return None
        self.refused += 1
        return None

    def _halve(self, batch: Batch) -> Trouble | None:
        """Send less at once; of an event that is too large by itself, what says most."""
        if len(batch.events) > 1:
            self._size = max(LEAST_BYTES, sum(map(len, batch.events)) // 2)
            if self._size == LEAST_BYTES:
                self._most = max(1, len(batch.events) // 2)
            return None
        event = shrunk(batch.events[0])
        if len(event) < len(batch.events[0]):
            return self._send(Batch(batch.first, [event]))
        self.outbox.done(batch, batch.first)
        self.refused += 1
        return None

    # --- answers ----------------------------------------------------------------------------------

    def _explained(self, answer: Answer) -> Trouble:
        status, url = answer.status, self.connection.address.url
        if status in (429, 503):
            wait = min(answer.retry_after or 0.0, 300.0)
            return Trouble(f"{url} can't take events now ({status})", wait=wait)
        if status in (401, 403):
            told = "doesn't accept the token" if self.connection.address.token else "wants a token"
            return Trouble(f"{url} {told} ({status})", needs_help=True)
        if 300 <= status < 400:
            there = answer.location.rpartition("@")[2] or "nowhere"
            return Trouble(f"{url} redirects to {_shown(there)}", needs_help=True)
        if status == 404:
            return Trouble(f"{url} is no panoptes that takes batches (404)", needs_help=True)
        if 400 <= status < 500:
            said = _shown(str(answer.content.get("msg", "")))
            return Trouble(f"{url} refuses the run ({status}) {said}".rstrip(), needs_help=True)
        return Trouble(f"{url} has a problem ({status})")

    def _strange(self) -> Trouble:
        return Trouble(f"{self.connection.address.url} gives answers that aren't panoptes'")


def _shown(text: str) -> str:
    """Return a stranger's text, harmless for a terminal."""
    return "".join(letter if letter.isprintable() else "?" for letter in text[:200])
