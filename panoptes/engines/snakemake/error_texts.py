"""Which words belong to which failed job.

The wire rarely says. Snakemake 8 and 9 send an `error` just before its `job_error`; before 8 a
traceback comes before it and, for scripts and clusters, an `error` after it. So words wait here,
on the run, until a job takes them.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

MAX_WAITING = 16
# Every event reads and writes what waits: of a long traceback its two ends say enough.
MAX_HEAD, MAX_TAIL = 3_000, 7_000


@dataclass(frozen=True, slots=True)
class Words:
    """`detail`: from a traceback, second choice to an error's own text.

    `unreported`: of a job whose failure no other event tells (a missing output).
    """

    text: str
    detail: bool = False
    unreported: bool = False


def add(waiting: Iterable[Words], words: Words) -> list[Words]:
    """Return the waiting words with `words` at the end; the oldest go when they are too many."""
    text = words.text
    if len(text) > MAX_HEAD + MAX_TAIL:
        text = f"{text[:MAX_HEAD]}\n…\n{text[-MAX_TAIL:]}"
    return [*waiting, replace(words, text=text)][-MAX_WAITING:]


def take(
    waiting: list[Words], rule: str, command: str | None, *, reported: bool = True
) -> tuple[Words | None, list[Words]]:
    """Return what a failed job has to say and what goes on waiting.

    Words that quote the job's command or name its rule are its own. Otherwise the oldest are, for
    each failing job sends them in the order in which it fails; a job that was closed without being
    `reported` takes only those that no report would have come for. A traceback goes with its error.
    """
    own = [words for words in waiting if _speaks_of(words.text, rule, command)]
    if not own:
        own = [words for words in waiting if words.unreported is not reported]
    error = next((words for words in own if not words.detail), None)
    detail = next((words for words in own if words.detail), None)
    rest = [words for words in waiting if words is not error and words is not detail]
    return error or detail, rest


def quotes(text: str, command: str) -> bool:
    """Return whether an error's text quotes this very command (Command '…' returned …)."""
    _, found, behind = text.partition(command.strip())
    return bool(found) and behind.lstrip().startswith("'")


def _speaks_of(text: str, rule: str, command: str | None) -> bool:
    if command and quotes(text, command):
        return True
    return bool(rule) and (f"rule {rule}," in text or f"rule {rule} " in text)
