"""Which words belong to which failed job.

The wire rarely says. Snakemake 8 and 9 send an `error` just before its `job_error`; before 8 a
traceback comes before it and, for scripts and clusters, an `error` after it. So words wait here,
on the run, until a job takes them.
"""

from collections.abc import Iterable
from dataclasses import dataclass

MAX_WAITING = 16


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
    return [*waiting, words][-MAX_WAITING:]


def take(
    waiting: list[Words], rule: str, command: str | None, *, reported: bool = True
) -> tuple[str | None, list[Words]]:
    """Return what a failed job has to say and what goes on waiting.

    Words that quote the job's command or name its rule are its own. Otherwise the oldest are, for
    each failing job sends them in the order in which it fails; a job that was closed without being
    `reported` takes only those that no report would have come for.
    """
    own = [words for words in waiting if _speaks_of(words.text, rule, command)]
    if not own:
        free = [words for words in waiting if words.unreported is not reported]
        own = [each for each in (_oldest(free, False), _oldest(free, True)) if each]
    if not own:
        return None, waiting
    best = next((words for words in reversed(own) if not words.detail), own[-1])
    return best.text, [words for words in waiting if words not in own]


def _speaks_of(text: str, rule: str, command: str | None) -> bool:
    if command and command.strip() in text:
        return True
    return bool(rule) and (f"rule {rule}," in text or f"rule {rule} " in text)


def _oldest(waiting: list[Words], detail: bool) -> Words | None:
    return next((words for words in waiting if words.detail is detail), None)
