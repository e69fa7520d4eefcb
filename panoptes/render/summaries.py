"""A run in a few lines of plain text, for feeds and notifications.

What clients told is made harmless for where it goes: chats ring everybody for `@all`, and a line
break may begin something else.
"""

import re

from panoptes.common.error_words import error_words
from panoptes.common.status import Status
from panoptes.common.wording import cut, duration
from panoptes.engines.terms import terms
from panoptes.queries.results import JobView, RunView
from panoptes.render.bars import progress_words
from panoptes.render.titles import job_words

_NAME, _ERROR = 80, 300
# A word that services make more of than text: it gets a character that nobody sees.
_CALL = re.compile(r"@(?=\w)|<(?=[!@#&])")
_NOTHING = "\N{WORD JOINER}"


def plain(text: str, width: int) -> str:
    """Return a client's text in one line that is text and nothing more, cut in the middle."""
    printable = "".join(each if each.isprintable() else " " for each in text)
    return _CALL.sub(lambda found: found[0] + _NOTHING, cut(" ".join(printable.split()), width))


def name(run: RunView) -> str:
    """Return what a run's workflow is called."""
    return plain(run.name, _NAME)


def headline(run: RunView) -> str:
    """Return how a run stands: '✗ nightly: Error, 3 failed'."""
    failed = f", {run.jobs_failed} failed" if run.jobs_failed else ""
    return f"{run.status.shape} {name(run)}: {run.status}{failed}"


def slow_job(run: RunView, job: JobView) -> str:
    """Return which job takes longer than usual: 'Slow: align s=K3 for 28 min, usually 9 min'."""
    usual = job.usual.seconds if job.usual else None
    which = plain(job_words(job, terms(run.engine)), _NAME)
    return f"Slow: {which} for {duration(job.seconds)}, usually {duration(usual)}"


def summary(run: RunView, failure: JobView | None) -> str:
    """Return how far a run came, how long it took and what failed first."""
    lines = [f"Run {run.run}: {progress_words(run)}, in {duration(run.duration)}."]
    if run.status is Status.ERROR:
        error = run.error
        if failure is not None:
            job = job_words(failure, terms(run.engine))
            lines.append(f"First failure: {plain(job, _NAME)}")
            error = error or failure.error
        lines.append(plain(error_words(error).in_line(), _ERROR))
    return "\n".join(filter(None, lines))
