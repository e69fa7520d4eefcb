"""What an error's text says: how the command ended, and the engine's words without their wrapping.

Engines in Python quote the whole command of a failed job and add frames of their own code. The
first stands beside the error anyway, the second says nothing about the workflow.
"""

import re
from dataclasses import dataclass

# How Python says that a command failed.
_COMMAND = "Command '"
_ENDING = re.compile(
    r"' (?:returned non-zero )?"
    r"(?:(exit status (-?\d{1,9}))|died with <Signals\.(\w{1,20}): (\d{1,9})>)\."
)
# What a shell's exit status means; above 128 it is the number of the signal that ended the command.
_EXIT_STATUSES = {
    126: "the command may not be executed",
    127: "command not found",
    128 + 2: "interrupted",
    128 + 6: "aborted",
    128 + 9: "killed, often out of memory",
    128 + 11: "crashed, a segmentation fault",
    128 + 13: "a pipe's reader ended first",
    128 + 15: "terminated, often at a time limit",
}
# The type of an error alone in its line, where its message follows in the next.
_TYPE = re.compile(r"[\w.]+(?:Error|Exception|Exit|Interrupt):?")
_BARE = re.compile(r"[\w.]+(?:Error|Exception|Exit|Interrupt)\s*(?:$|\n)")
_PLACE = re.compile(r".*, line \d+:?|[\w.]+ in line \d+ of .*:")
_TRACEBACK = re.compile(r"Traceback( \(most recent call last\))?:")
_FRAME = re.compile(r"\s+File \".*\", line \d+, in ")
_CHAINED = (
    "During handling of the above exception, another exception occurred:",
    "The above exception was the direct cause of the following exception:",
)


@dataclass(frozen=True, slots=True)
class ErrorWords:
    """What an error's text says.

    `ending` is how the command ended and what that means ("exit status 127: command not found"),
    None where nobody says. `words` are the engine's own. `whole` is the text where these leave
    something out, else empty.
    """

    ending: str | None
    words: str
    whole: str

    @property
    def message(self) -> str:
        """The line of the words that says what happened: not a mere type or place."""
        lines = [line.strip() for line in self.words.splitlines() if line.strip()]
        said = (line for line in lines if not _TYPE.fullmatch(line) and not _PLACE.fullmatch(line))
        return next(said, lines[0] if lines else "")

    @property
    def is_bare(self) -> bool:
        """Whether it names nothing but the kind of the error."""
        return not self.ending and bool(_BARE.match(self.words))

    def in_line(self, log_line: str = "") -> str:
        """Return the error in a line: 'exit status 3 · ' and the last line of the job's log."""
        return " · ".join(filter(None, (self.ending or self.message, log_line)))


def error_words(text: str | None, exit_status: int | None = None) -> ErrorWords:
    """Read an error's text, None where the engine gave none, in linear time.

    `exit_status` is for engines that tell it beside the text.
    """
    whole = text or ""
    match = _find_ending(whole)
    said = whole[: whole.find(_COMMAND)] + whole[match.end() :] if match else whole
    lines = _without_frames(said)
    ending = _ending(match) if match else _with_meaning(f"exit status {exit_status}", exit_status)
    if match:
        # A type whose message was the command's ending says nothing more.
        lines = [line for line in lines if line.strip() and not _TYPE.fullmatch(line.strip())]
        if lines and _PLACE.fullmatch(lines[-1].strip()):
            lines[-1] = lines[-1].rstrip(": ")
    words = "\n".join(lines).strip("\n")
    if not words and not ending:
        words = whole
    return ErrorWords(ending, words, whole if words != whole else "")


def _find_ending(text: str) -> re.Match[str] | None:
    """Find the last place where an error says how the command ended, in linear time."""
    start = text.find(_COMMAND)
    if start < 0:
        return None
    return max(_ENDING.finditer(text, start + len(_COMMAND)), key=re.Match.start, default=None)


def _ending(match: re.Match[str]) -> str | None:
    words, status, name, signal = match.groups()
    if signal:
        return _with_meaning(f"died with {name}", 128 + int(signal))
    return _with_meaning(words, int(status))


def _with_meaning(words: str, status: int | None) -> str | None:
    if status is None:
        return None
    meaning = _EXIT_STATUSES.get(status)
    return f"{words}: {meaning}" if meaning else words


def _without_frames(text: str) -> list[str]:
    """Return the lines of a text that are neither of a traceback's frames nor between them."""
    lines: list[str] = []
    in_traceback = False
    for line in text.splitlines():
        if _TRACEBACK.fullmatch(line):
            in_traceback = True
        elif in_traceback and (not line or line[0].isspace()):
            continue
        elif line.strip() not in _CHAINED and not _FRAME.match(line):
            in_traceback = False
            lines.append(line)
    return lines
