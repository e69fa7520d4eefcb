"""Which error text belongs to which failed job.

Messages rarely say. Snakemake 8 and 9 send an `error` just before its `job_error`; before 8 a
traceback comes before it and, for scripts and clusters, an `error` after it. So texts wait in the
translator's state until a job takes them. What a text quotes says most: a job's id, the call that
ran a `run:` block, the command, the rule. What quotes another job's is never taken.
"""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

MAX_WAITING = 16
# Every event reads and writes what waits: of a long traceback its two ends say enough.
MAX_HEAD, MAX_TAIL = 3_000, 7_000
_CUT = "…"
# All that Snakemake 9 says of an `ensure` that isn't met, and of a script that isn't there.
_MAY_BE_REPORTED = "WorkflowError"


class ErrorText(NamedTuple):
    """`from_traceback`: second choice to an error's own text.

    `unreported`: of a job whose failure no other message tells (a missing output).
    """

    text: str
    from_traceback: bool = False
    unreported: bool = False


class Subject(NamedTuple):
    """What a text may quote of a job."""

    rule: str
    wildcards: Mapping[str, str] | None
    shell_command: str | None


def add(waiting: list[ErrorText], new: ErrorText) -> list[ErrorText]:
    """Return the waiting texts with a new one at the end; the oldest go when there are too many."""
    text = new.text
    if len(text) > MAX_HEAD + MAX_TAIL:
        text = f"{text[:MAX_HEAD]}\n{_CUT}\n{text[-MAX_TAIL:]}"
    return [*waiting, new._replace(text=text)][-MAX_WAITING:]


def take(
    waiting: list[ErrorText], job: Subject, *, latest: bool = False
) -> tuple[ErrorText | None, list[ErrorText]]:
    """Return the text of a job whose failure was reported, and the texts that go on waiting.

    Texts that quote the job are its own. Otherwise the oldest that quotes no other job is, for each
    failing job sends them in the order in which it fails; not one of a job that never reports, but
    for that which the `latest` message brought. A traceback goes with its error.
    """
    own = [text for text in waiting if is_about(text.text, job)]
    if not own:
        undecided = [text for text in waiting if is_about(text.text, job) is None]
        own = [text for text in undecided if not text.unreported]
        if not own and latest and waiting and waiting[-1].text == _MAY_BE_REPORTED:
            own = waiting[-1:]
    error = next((text for text in own if not text.from_traceback), None)
    traceback = next((text for text in own if text.from_traceback), None)
    rest = [text for text in waiting if text is not error and text is not traceback]
    return error or traceback, rest


def errors(waiting: Sequence[ErrorText]) -> list[ErrorText]:
    """Return the texts of errors, of each of which a job may have failed."""
    return [text for text in waiting if not text.from_traceback and not is_of_the_plan(text.text)]


def unreported(waiting: Sequence[ErrorText]) -> list[ErrorText]:
    """Return the texts that no job_error comes of."""
    return [text for text in waiting if text.unreported]


def sure(waiting: Sequence[ErrorText], job: Subject) -> ErrorText | None:
    """Return a text that is surely about a job that ends without a report."""
    return next((text for text in waiting if is_about(text.text, job)), None)


def last_words(waiting: Sequence[ErrorText]) -> str | None:
    """Return the newest text that no job took; an error's own before a traceback's."""
    errors = [text.text for text in waiting if not text.from_traceback]
    texts = errors or [text.text for text in waiting]
    return texts[-1] if texts else None


# A `run:` block has a Snakemake of its own (8 and later), whose call the text quotes.
_TARGET = re.compile(r"--target-jobs (.+?) --[a-z]", re.DOTALL)
_COMMAND = "Command '"
_FAILED = ("' returned ", "' died with", "' timed out")
# What a shell runs before the command, unless the Snakefile says otherwise.
_PREFIX = "set-euopipefail;"
# In the command of a `script:`, `wrapper:` or `notebook:`, which no message tells.
_SCRIPT = ".snakemake/scripts/"
_RULE = re.compile(r"\S+ in rule (.+?)(?: in file |, line )")
# Raised while Snakemake plans: about a rule, but never about a job that runs.
_OF_THE_PLAN = re.compile(
    r"(?:InputFunction|MissingInput|CyclicGraph|AmbiguousRule|ChildIO|MissingRule)Exception\b"
    r"|(?:PeriodicWildcard|Wildcard)Error\b"
)


def is_about(text: str, job: Subject) -> bool | None:
    """Return whether a text is about a job; None where nothing that it quotes decides."""
    target = _TARGET.search(text)
    if target:
        return _is_target(target[1], job)
    command = _quoted_command(text)
    if command:
        return _is_command(command, job)
    if is_of_the_plan(text):
        return False
    rule = named_rule(text)
    return rule == job.rule if rule and job.rule else None


def may_follow(text: str, job: Subject) -> bool:
    """Return whether a text can be about a job whose failure came before it.

    That of a shell's command must quote it; those of scripts quote what no message tells.
    """
    decided = is_about(text, job)
    return decided is True or (decided is None and not job.shell_command)


def named_rule(text: str) -> str | None:
    """Return the rule that a text's first line names (RuleException in rule R in file F, …)."""
    match = _RULE.match(text.partition("\n")[0])
    return match[1] if match else None


def is_of_the_plan(text: str) -> bool:
    """Return whether a text is about jobs that didn't run yet."""
    return _OF_THE_PLAN.match(text) is not None


def _quoted_command(text: str) -> str | None:
    start, end = text.find(_COMMAND), max(text.rfind(failed) for failed in _FAILED)
    return text[start + len(_COMMAND) : end] if 0 <= start < end else None


def _is_command(quoted: str, job: Subject) -> bool | None:
    if not job.shell_command:
        return None if _SCRIPT in quoted else False
    quoted, own = _bare(quoted), _bare(job.shell_command)
    if quoted.removeprefix(_PREFIX) == own:
        return True
    # A container's call, or a prefix of the Snakefile's author, stands before it.
    return None if quoted.endswith(own) or _CUT in quoted else False


def _is_target(target: str, job: Subject) -> bool:
    rule, _, wildcards = _bare(target).partition(":")
    own = ",".join(f"{name}={value}" for name, value in (job.wildcards or {}).items())
    return rule == _bare(job.rule) and sorted(wildcards.split(",")) == sorted(_bare(own).split(","))


_QUOTING = str.maketrans("", "", "'\"\\ \t\n")


def _bare(text: str) -> str:
    """Return a text without what a shell's quoting adds, changes or leaves out."""
    return text.translate(_QUOTING)
