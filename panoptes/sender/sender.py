"""Takes events from a program and sends them, or keeps them, in threads of its own."""

import os
import random
import re
import shlex
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from .connection import Connection
from .delivery import BATCH_EVENTS, Delivery, Trouble
from .outbox import Outbox
from .plain import encoded, shrunk
from .spool import Spool

# All in seconds.
GATHERING = 0.5
HEARTBEAT = 30.0
LISTENING = 5.0
WATCHED = 1.0  # While somebody has a log open.
KEEPING = 0.05  # How much a program that is killed loses of what it told while its server was away.
PATIENCE = 5.0
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
HELPLESS_PAUSE = 60.0
CLOSING_PAUSE = 0.3
# Of the time for the end, so much is for writing what is left to a file.
WRITING = 0.5
# An event that is larger is cut at once.
MAX_EVENT = 1_000_000


class Sender:
    """Sends a run's events. None of its methods raises anything, and only `close` takes time.

    `run` registers the run: id, engine, name and description. `folders` are where a file may be
    written for what can't be sent; the first one that works is taken. `say` shows a line to whoever
    watches the program. `heard` is called, in the sender's thread, with each answer to a batch; a
    program that has nothing to say asks for one every `listening` seconds. `announces`: the address
    of the run's page is shown.
    """

    def __init__(
        self,
        connection: Connection,
        run: dict[str, Any],
        folders: list[Path],
        *,
        say: Callable[[str], None],
        heard: Callable[[dict[str, Any]], None] = lambda _answer: None,
        listening: float = LISTENING,
        announces: bool = True,
    ) -> None:
        self.outbox = Outbox(self._new_spool)
        self.listening = listening
        self._announces = announces
        self._run, self._folders, self._say = run, folders, say
        self._connection, self._url = connection, connection.address.url
        self._delivery = Delivery(connection, run, self.outbox, heard)
        self._trouble: Trouble | None = None
        self._process = os.getpid()
        self._wakes = threading.Condition()
        self._is_closing = self._has_given_up = self._has_told = False
        self._last_attempt = float("-inf")
        self._last_event = time.monotonic()
        self._is_idle, self._has_come = threading.Event(), threading.Event()
        self._threads = [
            threading.Thread(target=work, name="panoptes", daemon=True)
            for work in (self._work, self._keep_what_comes)
        ]
        for thread in self._threads:
            thread.start()

    # --- called by the program --------------------------------------------------------------------

    def add(self, event: Mapping[str, Any], *, is_important: bool = False) -> None:
        """Take an event: a map that JSON can hold, but for odd values, which become their text."""
        if self._is_closing or self._is_fork():
            return
        data = encoded(event)
        self.outbox.add(shrunk(data) if len(data) > MAX_EVENT else data, is_important=is_important)
        if self.outbox.keeps_on_disk:
            self._has_come.set()
        if len(self.outbox) in (1, BATCH_EVENTS):
            with self._wakes:
                self._wakes.notify()

    def close(self, seconds: float = PATIENCE) -> None:
        """Send what waits, for so many seconds at most, and keep the rest in a file."""
        if self._is_closing or self._is_fork():
            return
        end = time.monotonic() + seconds - WRITING
        try:
            with self._wakes:
                self._is_closing = True
                self._wakes.notify()
            self._is_idle.wait(max(0.0, end - time.monotonic()))
        except KeyboardInterrupt:
            self._is_closing = True  # Whoever presses Ctrl-C won't wait, but keeps the rest.
        self._has_given_up = True
        self._has_come.set()
        self._keep_rest()

    def _is_fork(self) -> bool:
        """Return whether this is a child of the program, which has the sender but no thread."""
        return os.getpid() != self._process

    # --- the threads ------------------------------------------------------------------------------

    def _keep_what_comes(self) -> None:
        """Write what the program tells while nothing can be sent, all of a moment at once.

        The program doesn't do so itself: beside a busy disk and other threads, it would wait long
        for each little write.
        """
        while not self._has_given_up:
            self._has_come.wait()
            time.sleep(KEEPING)
            self._has_come.clear()
            if self.outbox.keeps_on_disk:
                self.outbox.keep()

    def _work(self) -> None:
        try:
            self._send_all()
        except Exception as error:  # noqa: BLE001  # It mustn't reach the terminal.
            self._trouble = Trouble(f"Sending ended with {error!r}")
        finally:
            self._is_idle.set()
            self._connection.close()

    def _send_all(self) -> None:
        pause, since = 0.0, 0.0
        while not self._has_given_up:
            was_closing = self._wait(pause)
            if was_closing and not len(self.outbox):
                break
            self._beat()
            before, self._trouble = self._trouble, self._delivery.attempt()
            self._last_attempt = time.monotonic()
            if self._trouble is None:
                pause = 0.0
                self._tell_page()
                continue
            self._meet(self._trouble)
            since = since if before else self._last_attempt
            if was_closing and self._is_hopeless(self._trouble, since):
                break
            pause = _longer(pause, self._trouble)

    def _is_hopeless(self, trouble: Trouble, since: float) -> bool:
        """Return whether nobody shall wait at the end for a server with such trouble since then.

        One that has just been there may only be starting anew.
        """
        is_long = not self._delivery.page or time.monotonic() > since + PATIENCE
        return trouble.needs_help or is_long

    def _wait(self, pause: float) -> bool:
        """Wait until something is to be sent, after trouble for a `pause`; return if it is over."""
        with self._wakes:
            while (rest := self._due(pause) - time.monotonic()) > 0:
                self._wakes.wait(rest)
            return self._is_closing

    def _due(self, pause: float) -> float:
        waiting = len(self.outbox)
        if self._is_closing:
            delay = CLOSING_PAUSE if self._trouble else 0.0
        elif self._trouble:
            delay = pause
        elif waiting:
            delay = GATHERING if waiting < BATCH_EVENTS else 0.0
        else:
            delay = self.listening
        return self._last_attempt + delay

    def _beat(self) -> None:
        """Say that the program is there, where it has said nothing for long."""
        now = time.monotonic()
        if not len(self.outbox) and now >= self._last_event + HEARTBEAT:
            self.outbox.add(encoded({"event": "heartbeat", "time": time.time()}))
        if len(self.outbox):
            self._last_event = now

    def _meet(self, trouble: Trouble) -> None:
        """Keep all that comes on the disk, and say so where people should know at once."""
        self.outbox.keeps_on_disk = True
        self.outbox.keep()
        if not self._has_told and (trouble.needs_help or not self._delivery.page):
            self._say(f"{trouble.text}. What happens is kept and sent later.")
            self._has_told = True

    def _tell_page(self) -> None:
        if self._announces and self._delivery.page and not self._has_told:
            self._say(f"watch this run at {self._delivery.page}")
            self._has_told = True

    # --- what is left -----------------------------------------------------------------------------

    def _new_spool(self, first: int) -> Spool:
        """Return a new file for events from a number on. Raises OSError."""
        name = re.sub(r"[^\w-]", "", str(self._run["id"]))
        reason = OSError("There is no folder for a file.")
        for folder in self._folders:
            spool = Spool(folder / f"{name}-{first}.jsonl", self._run, self._url, first)
            try:
                spool.create()
            except OSError as error:
                reason = error
            else:
                return spool
        raise reason

    def _keep_rest(self) -> None:
        """Keep what could not be sent, and say how it gets to the server."""
        waiting = len(self.outbox)
        spool = self.outbox.keep(force=True) if waiting else None
        self.outbox.close()
        if waiting:
            why = self._trouble.text if self._trouble else f"{self._url} was too slow"
            told = f"{_events(waiting)} could not be sent: {why}."
            if spool:
                command = f"panoptes send {shlex.quote(_shown(spool.path))}"
                self._say(f"{told} Send them later: {command}")
            else:
                self._say(f"{told} They are lost, as no file could be written.")
        lost = self.outbox.dropped + self._delivery.refused
        if lost:
            self._say(f"{_events(lost)} could not be kept, or were refused by {self._url}.")


def _longer(pause: float, trouble: Trouble) -> float:
    """Return for how long to leave a server alone after so long a pause, in seconds."""
    if trouble.needs_help:
        return HELPLESS_PAUSE
    doubled = min(LONGEST_PAUSE, pause * 2) or FIRST_PAUSE
    # Many programs whose server was away shan't come back in the same moment.
    return max(trouble.wait, doubled * random.uniform(0.8, 1.2))  # noqa: S311  # nosec B311


def _events(number: int) -> str:
    return f"{number} event{'s' if number != 1 else ''}"


def _shown(path: Path) -> str:
    """Return a path as people would type it."""
    try:
        return str(path.relative_to(Path.cwd()))
    except (ValueError, OSError):
        return str(path)
