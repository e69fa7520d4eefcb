"""Progress bars: how many jobs are done, running, failed and waiting, as parts of a line."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from panoptes.common import status
from panoptes.common.status import Status
from panoptes.common.wording import failed_after_the_end, number
from panoptes.engines.terms import terms
from panoptes.queries.results import RuleView, RunView

# Three failures in 50,000 jobs must still be seen.
LEAST_PERCENT = 1.5
# Of a run's jobs so far, the length of what stands for those to come.
_OPEN_END = 0.06


class Part(NamedTuple):
    """A part of a bar, in percent of its length."""

    css: str
    start: float
    width: float


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar and its words, with which it reads without eyes.

    `is_open`: its end stands for jobs that weren't announced.
    """

    parts: list[Part]
    words: str
    is_open: bool = False


class ProgressPart(NamedTuple):
    """Words about some of a run's jobs; those with a status can be listed by it."""

    words: str
    status: Status | None = None


def waiting_word(run: RunView) -> str:
    """Return what is said of jobs that are neither done nor running nor failed."""
    return status.waiting_word(run.status, is_live=run.is_live)


def is_open(run: RunView) -> bool:
    """Return whether nobody knows yet how many jobs a run will have."""
    return run.total_grows and run.is_live


def done_words(run: RunView) -> str:
    """Return how much of a run is done: '312 of 400', '312 of 400 so far'."""
    so_far = " so far" if is_open(run) else ""
    return f"{number(run.jobs_done)} of {number(run.jobs_total)}{so_far}"


def run_bar(run: RunView) -> Bar:
    """Return the bar of a run; its end is open where more jobs may come."""
    counts: list[tuple[str, float]] = [
        ("done", run.jobs_done),
        ("running", run.jobs_running),
        ("error", run.jobs_failed),
        ("cancelled", run.jobs_cancelled),
        ("pending", run.jobs_pending),
        ("unannounced", run.jobs_total * _OPEN_END if is_open(run) else 0),
    ]
    return Bar(_parts(counts), progress_words(run), is_open=is_open(run))


class Unannounced(NamedTuple):
    """The jobs of which only a run's total tells, and their share of it (0 to 1)."""

    jobs: int
    share: float


def unannounced(run: RunView, rules: Sequence[RuleView]) -> Unannounced:
    """Return how many jobs a run has of which nobody told the rule; none where all is done."""
    if run.total_grows or run.status in (Status.DONE, Status.NO_EXECUTION):
        return Unannounced(0, 0.0)
    jobs = max(0, run.jobs_pending - sum(rule.pending or 0 for rule in rules))
    return Unannounced(jobs, jobs / run.jobs_total if jobs else 0.0)


def rule_bar(rule: RuleView, unannounced_share: float = 0.0) -> Bar:
    """Return the bar of a rule's jobs.

    Where the rule's own number of jobs isn't known, the end of the bar stands for the run's jobs
    that weren't announced: any of them may be the rule's.
    """
    counts: list[tuple[str, float]] = [
        ("done", rule.done),
        ("running", rule.running),
        ("error", rule.error),
        ("cancelled", rule.cancelled),
        ("pending", rule.pending or 0),
    ]
    cancelled = f", {number(rule.cancelled)} cancelled" if rule.cancelled else ""
    if rule.planned is None and 0 < unannounced_share < 1:
        counts.append(("unannounced", rule.total * unannounced_share / (1 - unannounced_share)))
        words = f"{number(rule.done)} of the {number(rule.begun)} begun{cancelled}"
        return Bar(_parts(counts), words, is_open=True)
    words = f"{number(rule.done)} of {number(rule.total)} done" if rule.total else "none begun"
    return Bar(_parts(counts), f"{words}{cancelled}")


def progress_words(run: RunView) -> str:
    """Return how far a run is: '312 of 400 done · 6 running · 3 failed · 79 pending'."""
    return " · ".join(part.words for part in progress_parts(run))


def progress_parts(run: RunView) -> list[ProgressPart]:
    """Return how far a run is, part by part."""
    if run.status is Status.NO_EXECUTION:
        planned = f"{number(run.jobs_total)} planned, " if run.jobs_total else ""
        return [ProgressPart(f"{planned}nothing ran")]
    if run.never_started:
        return [ProgressPart("registered, never started")]
    if not run.jobs_total:
        return [ProgressPart(f"no {terms(run.engine).jobs}{' yet' if run.is_live else ''}")]
    rest = (
        (run.jobs_running, "running", Status.RUNNING),
        (run.jobs_failed, "failed", Status.ERROR),
        (run.jobs_ignored, "failed and ignored", None),
        (run.jobs_cancelled, "cancelled", Status.CANCELLED),
        (run.jobs_pending, waiting_word(run), None),
    )
    of_all = f" of {number(run.jobs_total)}"
    failed_after = run.error if run.status is Status.DONE else None
    return [
        ProgressPart(f"{number(run.jobs_done)}{'' if is_open(run) else of_all} done"),
        *(ProgressPart(f"{number(jobs)} {word}", status) for jobs, word, status in rest if jobs),
        *([ProgressPart(f"{number(run.jobs_total)} so far")] if is_open(run) else ()),
        *([ProgressPart(failed_after_the_end(failed_after))] if failed_after else ()),
    ]


def _parts(counts: Sequence[tuple[str, float]]) -> list[Part]:
    """Return the parts that have jobs, each wide enough to be seen, together 100 percent."""
    present = [(css, jobs) for css, jobs in counts if jobs > 0]
    total = sum(jobs for _, jobs in present)
    widths = [max(LEAST_PERCENT, 100 * jobs / total) for _, jobs in present]
    parts, start = [], 0.0
    for (css, _), width in zip(present, widths, strict=True):
        share = 100 * width / sum(widths)
        parts.append(Part(css, round(start, 3), round(share, 3)))
        start += share
    return parts
