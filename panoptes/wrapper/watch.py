"""Starts a command, passes on what it prints, and tells a server of it by the plan's listener."""

import os
import platform
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from getpass import getuser
from pathlib import Path
from tempfile import gettempdir
from typing import Any
from uuid import uuid4

from panoptes import __version__
from panoptes.sender import Sender, without_secrets
from panoptes.sender.connection import Connection
from panoptes.sender.open_logs import OpenLogs
from panoptes.sender.sender import HEARTBEAT, LISTENING, WATCHED
from panoptes.sender.stopping import interrupt
from panoptes.wrapper.adapter import End, Event, Listener, Plan, Wishes, timed
from panoptes.wrapper.channels import Channel, hold_closed, open_channels, readable
from panoptes.wrapper.child import Child

AGENT = f"panoptes-run/{__version__}"
FOLDER = ".panoptes"
# Of four signs of life, three may get lost; in seconds.
SILENCE_LIMIT = 120
# All in seconds: how often files are looked at, what still comes at once when the command is over
# (`exec > >(tee log)`), and how long a command may take to end once it is asked to.
LOOKING = 1.0
GRACE = 0.2
PATIENCE = 30.0


class Watch:
    """A command that is watched. `is_quiet`: nothing is said to who called it."""

    def __init__(self, plan: Plan, wishes: Wishes, words: Sequence[str], *, is_quiet: bool) -> None:
        self._plan, self._wishes, self._words = plan, wishes, words
        self._is_quiet = is_quiet
        self._channels: list[Channel] = []
        self._unsaid: list[str] = []
        self._saying = threading.Lock()
        self._early: list[Event] = []
        self._sender: Sender | None = None
        self._is_stopping = self._is_lost = False
        hold_closed()
        self._child = Child()
        self._listener = (plan.listen or Listener)(self._tell, wishes)
        self._open_logs = OpenLogs(self._read_log, self._listener.tell_tail)

    def run(self) -> End:
        """Run it to its end, and bring away what isn't sent yet. Raises CannotStart."""
        try:
            self._channels = self._try(open_channels, self._plan.reads) or []
            self._child.start(self._plan.words, self._plan.environment, self._channels)
            for channel in self._channels:
                channel.guard()
            self._let_streams_go()
            self._child.listen(self._resize)
            self._try(self._begin)
            end = self._follow()
            self._try(self._listener.look)
            self._try(self._listener.ended, end)
        finally:
            self._listener.close()
            self._child.let_go()
        if self._sender is not None:
            self._sender.close()
        if self._unsaid and not self._starts_line:
            self._unsaid.insert(0, "\n")  # The command's last line had no end.
        self._say_all()
        return end

    def _try(self, do: Callable[..., Any], *arguments: Any) -> Any:
        """Do something that the command doesn't depend on, and shall not suffer from."""
        try:
            return do(*arguments)
        except Exception as error:  # noqa: BLE001  # Whatever it is, the command goes on.
            if not self._is_lost:
                self._say(f"this run can't be followed ({error!r}), but goes on.")
            self._is_lost = True
            return None

    def _let_streams_go(self) -> None:
        """Leave to the command alone what is its own: a pipe is closed when it is done with it."""
        kept = {2, *(number for channel in self._channels for number in channel.numbers)}
        nothing = os.open(os.devnull, os.O_RDWR)
        for number in {0, 1} - kept:
            os.dup2(nothing, number)
        os.close(nothing)

    # --- while it runs ----------------------------------------------------------------------------

    def _begin(self) -> None:
        """Begin to tell; what the listener had to say before is told first."""
        self._sender = Sender(
            Connection(self._wishes.address, AGENT),
            self._described(),
            [Path.cwd() / FOLDER, Path(gettempdir(), f"panoptes-{_or_none(getuser)}")],
            say=self._say,
            heard=self._hear,
            listening=LISTENING if self._listens else HEARTBEAT,
            # Nobody who reads it later needs the address.
            announces=os.isatty(2),
        )
        early, self._early = self._early, []
        for event in early:
            self._sender.add(event)

    def _described(self) -> dict[str, Any]:
        """Return what registers the run."""
        wishes, plan = self._wishes, self._plan
        description = {
            "command": without_secrets(self._words),
            "workdir": str(Path.cwd()),
            "user": _or_none(getuser),
            "host": _or_none(platform.node),
            "platform": sys.platform,
            "allow_stop": wishes.allow_stop,
            "sends_logs": wishes.logs != "none",
            "silence_limit": SILENCE_LIMIT,
            "labels": list(wishes.labels),
            "note": wishes.note or None,
            **plan.description,
        }
        name = wishes.name or plan.name or Path.cwd().name or None
        return {"id": str(uuid4()), "engine": plan.engine, "name": name, "description": description}

    def _tell(self, event: Event) -> None:
        if self._sender is not None:
            self._sender.add(timed(event))
        elif not self._is_lost:
            self._early.append(timed(event))

    def _follow(self) -> End:
        """Pass on what the command prints until it ends; return how it did."""
        looked = time.monotonic()
        while (end := self._child.end) is None:
            sources = {each.source: each for each in self._channels if each.source >= 0}
            rest = looked + LOOKING - time.monotonic()
            for ready in readable([*sources, self._child.waker], rest):
                if ready in sources:
                    self._pass_on(sources[ready])
            if time.monotonic() >= looked + LOOKING:
                self._try(self._listener.look)
                self._resize()
                looked = time.monotonic()
        until = time.monotonic() + GRACE
        for channel in self._channels:
            self._drain(channel, until)
        return end

    def _pass_on(self, channel: Channel) -> None:
        data = channel.read()
        if not data:
            self._finish(channel)
            return
        shown = self._try(self._listener.shown, data) if self._plan.rewrites else data
        if not channel.write(data if shown is None else shown):
            channel.close()
        self._try(self._listener.take, data)
        if self._unsaid and self._starts_line:
            self._say_all()

    def _drain(self, channel: Channel, until: float) -> None:
        """Pass on what is left; whoever still writes in the background isn't waited for."""
        while channel.source >= 0:
            if not channel.has_more(until - time.monotonic()):
                return self._finish(channel, is_left=True)
            self._pass_on(channel)
            if time.monotonic() > until + GRACE:
                return self._finish(channel, is_left=True)
        return None

    def _finish(self, channel: Channel, *, is_left: bool = False) -> None:
        if self._plan.rewrites:
            channel.write(self._try(self._listener.shown_at_last) or b"")
        if is_left:
            channel.leave()
        else:
            channel.close()

    def _resize(self) -> None:
        """Give our terminals the size of the real one, and tell who asked ours too early."""
        fitted = [channel.fit() for channel in self._channels]
        if any(fitted):
            os.killpg(os.getpgrp(), signal.SIGWINCH)

    # --- what the server wishes, in the sender's thread -------------------------------------------

    @property
    def _listens(self) -> bool:
        return self._wishes.logs != "none" or self._wishes.allow_stop

    def _hear(self, answer: dict[str, Any]) -> None:
        if answer.get("stop") is True and self._wishes.allow_stop and not self._is_stopping:
            self._is_stopping = True
            self._say("this run is stopped from its page.")
            self._stop()
        are_open = self._wishes.logs != "none" and self._open_logs.hear(answer)
        if self._sender is not None:
            self._sender.listening = WATCHED if are_open else LISTENING

    def _read_log(self, job: Any, path: str, offset: int, most: int) -> Any:
        return self._listener.read_log(str(job), path, offset, most)

    def _stop(self) -> None:
        """Interrupt the command as Ctrl-C does, and end it if that is in vain."""
        interrupt(self._child.pid)
        timer = threading.Timer(PATIENCE, self._child.send, (signal.SIGTERM,))
        timer.daemon = True
        timer.start()

    # --- words of ours ----------------------------------------------------------------------------

    def _say(self, text: str) -> None:
        """Say a line on stderr, but never in the middle of one of the command's."""
        if self._is_quiet:
            return
        self._unsaid.append(f"panoptes: {text}\n")
        if self._starts_line:
            self._say_all()

    @property
    def _starts_line(self) -> bool:
        """Whether what comes on stderr next begins a line, as far as we see what goes there."""
        return all(each.starts_line for each in self._channels if 2 in each.numbers)

    def _say_all(self) -> None:
        """Say what waited for the end of a line; the sender's thread may do so, too."""
        with self._saying, suppress(OSError):
            while self._unsaid:
                os.write(2, self._unsaid.pop(0).encode("utf-8", "replace"))


def _or_none(ask: Callable[[], str]) -> str | None:
    """Return what the system says; a container may know no user of this number."""
    with suppress(Exception):
        return ask()
    return None
