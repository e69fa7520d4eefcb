"""What an engine's adapter gives the wrapper, and what it is given.

An adapter is a module in `adapters/` with an `Adapter`, and a line in `ADAPTERS` there. Its `plan`
looks at a command and says how it is started and watched. While it runs, the plan's `Listener` gets
what the engine prints, after people have got it, and tells events of it: only the server's reader
in `engines/<name>/` understands them, so that it may understand more tomorrow.

    cwltool      Plan(words, engine="cwltool", reads=STDERR, listen=LineListener)
    toil         words with --writeMessages FILE; its listener's `look` reads on in that file
    miniwdl      Plan(words, engine="miniwdl", reads=STDERR, listen=…): it makes records of lines
    snakemake    words with --logger panoptes-ui …: the engine reports itself, no listener
"""

import codecs
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Flag, auto
from signal import Signals
from typing import Any, NamedTuple

from panoptes.sender import Address
from panoptes.sender.tails import LOG_TAIL, Tail, read_from, read_tail
from panoptes.wrapper.command import Command

# A longer line is cut; the server wouldn't keep it whole.
MAX_LINE = 100_000
# So many logs of a job are sent; of all jobs of a run so many bytes, and then less of each.
MOST_LOGS = 10
ENOUGH_LOGS = 50_000_000
SHORT_TAIL = 4_096

Event = Mapping[str, Any]
Tell = Callable[[Event], None]


class Streams(Flag):
    """Which of a command's streams are read; the others are its own, untouched."""

    NONE = 0
    STDOUT = auto()
    STDERR = auto()


STDOUT, STDERR = Streams.STDOUT, Streams.STDERR


@dataclass(frozen=True, slots=True)
class Wishes:
    """What was asked for: the server's address, and what its pages shall say and may do.

    `name` is the workflow's, empty for the usual one. `logs` are the jobs whose logs are sent:
    "none", "failed" or "all".
    """

    address: Address
    name: str = ""
    labels: Sequence[str] = ()
    note: str = ""
    allow_stop: bool = False
    logs: str = "failed"


class End(NamedTuple):
    """How a command ended: its exit status, or else the signal that killed it."""

    status: int | None
    signal: int | None = None

    @property
    def signal_name(self) -> str | None:
        """The signal as people call it, such as SIGKILL."""
        try:
            return None if self.signal is None else Signals(self.signal).name
        except ValueError:
            return f"signal {self.signal}"


class Listener:
    """Makes events of what a command says; this one only tells how it ended.

    All methods are called in one thread, so they are quick and wait for nothing; should one raise
    something, the command goes on unwatched. `tell` takes an event of docs/api.md as a map, to
    which it adds the time. `logs` holds what the listener knows
    of the log files of running jobs, by their keys: somebody may look at them while they grow.
    """

    def __init__(self, tell: Tell, wishes: Wishes) -> None:
        self.tell, self.wishes = tell, wishes
        self.logs: dict[str, list[str]] = {}
        self._sent_of_logs = 0

    def take(self, data: bytes) -> None:
        """Take what came in a stream that is read, in pieces of any length, once people have it.

        Where stdout and stderr go to the same place, both come here in their order, also if only
        one of them is asked for.
        """

    def shown(self, data: bytes) -> bytes:
        """Return what people see of a piece, only for a plan that `rewrites`; then comes `take`."""
        return data

    def shown_at_last(self) -> bytes:
        """Return what `shown` kept back, once nothing follows."""
        return b""

    def look(self) -> None:
        """Look for what is new in files; called every second, and once after the command's end."""

    def ended(self, end: End) -> None:
        """Tell how the command ended: the last event."""
        self.tell({"event": "exit", "status": end.status, "signal": end.signal_name})

    def close(self) -> None:
        """Remove what was made for the command; also called where it never began."""

    # --- logs -------------------------------------------------------------------------------------

    def send_logs(self, job: str, *, has_failed: bool) -> None:
        """Send the ends of the logs of a job that has ended, if those are wanted."""
        if self.wishes.logs == "none" or not (has_failed or self.wishes.logs == "all"):
            return
        for path in self.logs.get(job, ())[:MOST_LOGS]:
            enough = self._sent_of_logs > ENOUGH_LOGS
            tail = read_tail(path, SHORT_TAIL if enough else LOG_TAIL)
            if tail is not None:
                self._sent_of_logs += len(tail.data)
                self.tell_tail(job, path, tail)

    def read_log(self, job: str, path: str, offset: int, most: int) -> Tail | None:
        """Return a part of a log that somebody has open, None where it isn't this run's.

        Unlike all else, it is called in the sender's thread.
        """
        return read_from(path, offset, most) if path in self.logs.get(job, ()) else None

    def tell_tail(self, job: str, path: str, tail: Tail) -> None:
        """Tell a part of a job's log."""
        event = {"event": "log_tail", "job": job, "path": path}
        self.tell({**event, "from": tail.offset, "text": tail.text, "size": tail.size})


class LineListener(Listener):
    """Tells each line of what is read, and at last how the command ended."""

    def __init__(self, tell: Tell, wishes: Wishes) -> None:
        super().__init__(tell, wishes)
        self._lines = Lines()

    def take(self, data: bytes) -> None:
        """Tell the lines that are whole."""
        for line in self._lines.feed(data):
            self.take_line(line)

    def take_line(self, line: str) -> None:
        """Tell a line; its end is gone, colours are not."""
        if line:
            self.tell({"event": "line", "text": line})

    def ended(self, end: End) -> None:
        """Tell what came after the last line's end, too."""
        for line in self._lines.rest():
            self.take_line(line)
        super().ended(end)


class Lines:
    """Makes lines of bytes that come in pieces; bytes that are no UTF-8 become marks."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._begun = ""

    def feed(self, data: bytes) -> list[str]:
        """Return the lines that end in these bytes, without their ends."""
        *lines, begun = (self._begun + self._decoder.decode(data)).split("\n")
        # A line that never ends is kept up to its limit.
        self._begun = begun[:MAX_LINE]
        return [line.rstrip("\r")[:MAX_LINE] for line in lines]

    def rest(self) -> list[str]:
        """Return what came after the last line's end, if anything."""
        rest, self._begun = self._begun + self._decoder.decode(b"", final=True), ""
        return [rest] if rest else []


@dataclass(frozen=True, slots=True)
class Plan:
    """How a command is started and watched.

    `words` are started, with what `environment` adds to the wrapper's own. `engine` and
    `description` go to `POST /api/runs`, beside what the wrapper knows of any command (command,
    workdir, user, host, labels and so on). `name` is the workflow's where people give none; empty,
    it is the folder's. Without `listen`, the wrapper becomes the command and tells nothing: the
    engine reports itself, or the call runs nothing. `reads` are the streams that the listener
    takes; with `rewrites`, people see what its `shown` returns. `hint` is a line for people.
    """

    words: Sequence[str]
    engine: str = ""
    listen: Callable[[Tell, Wishes], Listener] | None = None
    name: str = ""
    reads: Streams = Streams.NONE
    rewrites: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)
    description: Mapping[str, Any] = field(default_factory=dict)
    hint: str = ""


class Adapter(NamedTuple):
    """What an engine needs to be watched.

    `programs` are the names by which it is called, also those of modules (`python -m cwltool`).
    `plan` is only asked for these; it returns None for a call that it can't watch, which is then
    watched as any command.
    """

    programs: frozenset[str]
    plan: Callable[[Command, Wishes], Plan | None]


def timed(event: Event) -> dict[str, Any]:
    """Return an event with the time at which it was read, in Unix seconds."""
    return {"time": time.time(), **event}
