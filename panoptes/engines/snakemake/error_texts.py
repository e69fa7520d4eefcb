"""Which error text belongs to which failed job.

Messages rarely say. Snakemake 8 and 9 send an `error` just before its `job_error`; before 8 a
traceback comes before it and, for scripts and clusters, an `error` after it. So texts wait in the
translator's state until a job takes them.
"""

from typing import NamedTuple

MAX_WAITING = 16
# Every event reads and writes what waits: of a long traceback its two ends say enough.
MAX_HEAD, MAX_TAIL = 3_000, 7_000


class ErrorText(NamedTuple):
    """`from_traceback`: second choice to an error's own text.

    `unreported`: of a job whose failure no other message tells (a missing output).
    """

    text: str
    from_traceback: bool = False
    unreported: bool = False


def add(waiting: list[ErrorText], new: ErrorText) -> list[ErrorText]:
    """Return the waiting texts with a new one at the end; the oldest go when there are too many."""
    text = new.text
    if len(text) > MAX_HEAD + MAX_TAIL:
        text = f"{text[:MAX_HEAD]}\n…\n{text[-MAX_TAIL:]}"
    return [*waiting, new._replace(text=text)][-MAX_WAITING:]


def take(
    waiting: list[ErrorText], rule: str, command: str | None, *, reported: bool = True
) -> tuple[ErrorText | None, list[ErrorText]]:
    """Return the text of a failed job, and the texts that go on waiting.

    Texts that quote the job's command or name its rule are its own. Otherwise the oldest are, for
    each failing job sends them in the order in which it fails; a job that was closed without being
    `reported` takes only those that no report would have come for. A traceback goes with its error.
    """
    own = [text for text in waiting if _is_about(text.text, rule, command)]
    if not own:
        own = [text for text in waiting if text.unreported is not reported]
    error = next((text for text in own if not text.from_traceback), None)
    traceback = next((text for text in own if text.from_traceback), None)
    rest = [text for text in waiting if text is not error and text is not traceback]
    return error or traceback, rest


def quotes(text: str, command: str) -> bool:
    """Return whether an error's text quotes this very command (Command '…' returned …)."""
    _, found, behind = text.partition(command.strip())
    return bool(found) and behind.lstrip().startswith("'")


def _is_about(text: str, rule: str, command: str | None) -> bool:
    if command and quotes(text, command):
        return True
    return bool(rule) and (f"rule {rule}," in text or f"rule {rule} " in text)
