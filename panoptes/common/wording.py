"""Times, numbers and long texts in words, said the same way on every page and in terminals."""

import re
import textwrap
from datetime import datetime, timedelta

DASH = "–"
_MACHINE_NAME = re.compile(
    r"([0-9a-f]{8})-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE
)
# How Python words that a command failed.
_COMMAND = "Command '"
_HOW_IT_ENDED = re.compile(
    r"' (?:returned non-zero )?(exit status (-?\d{1,9})|died with <Signals\.\w+: (\d{1,9})>)\."
)
# Lines that stand before what an error has to say: its type, its place.
_PREFACE = re.compile(r"(\w|\.)+(Error|Exception|Exit|Interrupt):?|.*, line \d+:?")
# What a shell's exit status means; above 128 it is the number of the signal that ended the command.
_EXIT_STATUSES = {
    126: "the command may not be executed",
    127: "command not found",
    128 + 2: "interrupted",
    128 + 6: "aborted",
    128 + 9: "killed, often for want of memory",
    128 + 11: "crashed, a segmentation fault",
    128 + 13: "a pipe's reader ended first",
    128 + 15: "terminated, often at a time limit",
}

_MINUTE, _HOUR, _DAY = 60, 3600, 86400


# --- times ----------------------------------------------------------------------------------------


def duration(value: timedelta | float | None) -> str:
    """Return a duration as its two largest units: '4 min 10 s'."""
    if value is None:
        return DASH
    seconds = value.total_seconds() if isinstance(value, timedelta) else value
    if seconds < 9.95:
        return "< 0.1 s" if seconds < 0.05 else f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return _two(whole, _MINUTE, "min", 1, "s")
    if whole < _DAY:
        return _two(whole, _HOUR, "h", _MINUTE, "min")
    return _two(whole, _DAY, "d", _HOUR, "h")


def _two(seconds: int, large: int, large_unit: str, small: int, small_unit: str) -> str:
    first, rest = divmod(seconds, large)
    second = rest // small
    return f"{first} {large_unit}" + (f" {second} {small_unit}" if second else "")


def ago(then: datetime, now: datetime) -> str:
    """Return how long ago something was; after a month its date says more."""
    seconds = int((now - then).total_seconds())
    if seconds < 5:
        return "just now"
    if seconds >= 30 * _DAY:
        return f"{then:%Y-%m-%d}"
    units = ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min"), (1, "s"))
    size, unit = next(each for each in units if seconds >= each[0])
    return f"{seconds // size} {unit} ago"


def exact(time: datetime) -> str:
    """Return a time to the second."""
    return f"{time:%Y-%m-%d %H:%M:%S} UTC"


# --- numbers --------------------------------------------------------------------------------------


def number(value: int) -> str:
    """Return a number that can be read: '12,400'."""
    return f"{value:,}"


def count(value: int, one: str) -> str:
    """Return a number with what it counts: '1 job', '2 jobs'."""
    return f"{number(value)} {one}" + ("" if value == 1 else "s")


def size(value: int) -> str:
    """Return how large a file is: '3.2 MB'."""
    amount, units = float(value), ["bytes", "KB", "MB", "GB", "TB"]
    while amount >= 999.5 and len(units) > 1:
        amount, units = amount / 1024, units[1:]
    if units[0] == "bytes":
        return count(value, "byte")
    return f"{amount:.1f} {units[0]}" if amount < 9.95 else f"{amount:.0f} {units[0]}"


# --- texts ----------------------------------------------------------------------------------------


def cut(text: str, width: int = 60) -> str:
    """Return a text of at most `width` characters, cut in the middle: both ends say something."""
    if len(text) <= width:
        return text
    tail = (width - 1) // 2
    return f"{text[: width - 1 - tail]}…{text[len(text) - tail :]}"


def machine_name(name: str) -> str | None:
    """Return the short form of a name that a machine made up (a UUID), else None."""
    found = _MACHINE_NAME.fullmatch(name)
    return f"{found[1]}…" if found else None


def dedented(command: str) -> str:
    """Return a command without the indentation that it had in its Snakefile."""
    return textwrap.dedent(command).strip("\n").rstrip()


def error_line(text: str) -> str:
    """Return the first line of an error that says what happened.

    A failed command is one line, however many it had: its exit status is at the end.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if lines and lines[0].startswith("Traceback"):
        return lines[-1]
    ended = _how_it_ended(text)
    if ended:
        return " ".join(text[text.find(_COMMAND) : ended.end()].split())
    telling = (line for line in lines if not _PREFACE.fullmatch(line))
    return next(telling, lines[0] if lines else "")


def exit_status(text: str | None) -> str | None:
    """Return how a command ended, which its error says at its very end, and what that means.

    "exit status 3", "exit status 127: command not found".
    """
    found = _how_it_ended(text or "")
    if not found:
        return None
    said, status, signal = found.groups()
    meaning = _EXIT_STATUSES.get(128 + int(signal) if signal else int(status))
    return f"{said}: {meaning}" if meaning else said


def _how_it_ended(text: str) -> re.Match[str] | None:
    """Find the last words on how the command ended that an error quotes, in linear time."""
    begun = text.find(_COMMAND)
    if begun < 0:
        return None
    return max(
        _HOW_IT_ENDED.finditer(text, begun + len(_COMMAND)), key=re.Match.start, default=None
    )
