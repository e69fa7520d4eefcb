"""Reads what `panoptes run` tells of any engine's run: signs of life, logs, and how it ended."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from panoptes.common.wildcards import brief
from panoptes.engines.events import Alive, JobId, LogTail, Outcome, RunEnded
from panoptes.engines.fields import (
    MAX_ITEM,
    MAX_KEY,
    Fields,
    client_time,
    exit_status,
    is_offset,
    text_of,
    whole,
)
from panoptes.engines.problems import Broken

# What the signals that end a run mean to whom didn't send them.
_SIGNALS = {
    "SIGINT": "SIGINT (Ctrl-C)",
    "SIGTERM": "SIGTERM (somebody or a scheduler asked it to stop)",
    "SIGHUP": "SIGHUP (its terminal was closed)",
    "SIGKILL": "SIGKILL (by hand, by a scheduler, or because the memory was full)",
}
# Those with which a run is asked to end; its jobs end with it.
INTERRUPTS = frozenset({"SIGINT", "SIGTERM", "SIGHUP"})


class Exit(NamedTuple):
    """How an engine's process ended: its exit status, or the signal that killed it, if known."""

    status: int | None
    signal: str | None
    time: float | None


def read_common(message: Fields) -> Alive | LogTail | Exit | None:
    """Return what an event says that is the same for all engines, None for any other one.

    Raises Broken.
    """
    time = client_time(message.get("time"))
    event = message.get("event")
    if event == "heartbeat":
        return Alive(time=time)
    if event == "exit":
        signal = text_of(message, "signal", MAX_KEY)
        return Exit(exit_status(message.get("status")), signal, time)
    return _read_tail(message, time) if event == "log_tail" else None


def _read_tail(message: Fields, time: float | None) -> LogTail:
    job, path = message.get("job"), text_of(message, "path", MAX_ITEM)
    offset, size, text = (whole(message.get(name)) for name in ("from", "size", "text"))
    if not isinstance(job, str) or not job or path is None:
        raise Broken("job", "Give the name of the job, and the path of its log.")
    if not (isinstance(text, str) and is_offset(offset) and is_offset(size)):
        raise Broken("text", "Give it, with the byte that it begins from and the file's size.")
    return LogTail(JobId(brief(job, MAX_KEY)), path, offset, text, size, time=time)


def interrupted(signal: str) -> str:
    """Return in words that a signal ended a run."""
    verb = "Interrupted" if signal in INTERRUPTS else "Killed"
    return f"{verb} by {signal_words(signal)}"


def signal_words(signal: str) -> str:
    """Return a signal's name, and what it means where that is known."""
    return _SIGNALS.get(signal, signal)


def end_without_word(engine: str, how: Exit, words: str | None) -> RunEnded:
    """Return the end of a run that an engine ended with an error without saying so.

    `words` are what it said before, which may tell why.
    """
    if how.signal is not None:
        text = interrupted(how.signal)
    elif words is not None:
        text = words
    elif how.status is None:
        text = f"{engine} ended without a word about its end."
    else:
        text = f"{engine} ended with exit status {how.status}, without a word about its end."
    return RunEnded(Outcome.ERROR, text, time=how.time)


def kept(state: Mapping[str, Any], name: str, text: str, most: int) -> str:
    """Return a text that a state holds with one more line, its beginning cut where it is long."""
    return "\n".join(filter(None, [state.get(name), text]))[-most:]
