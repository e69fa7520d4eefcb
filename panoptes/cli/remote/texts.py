"""What a terminal says of workflows and jobs, made harmless: no character does anything there."""

from collections.abc import Callable
from datetime import datetime
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, TypeVar

from panoptes.client import Estimate, Job, LogLine, Rule, Workflow
from panoptes.common.error_words import error_words
from panoptes.common.status import waiting_word
from panoptes.common.text import clean_text, visible

if TYPE_CHECKING:
    from panoptes.engines.terms import Terms

Model = TypeVar("Model", Workflow, Rule, Job, LogLine)
_BREAKS = str.maketrans({"\n": "␊", "\t": "␉"})


def one_line(text: str) -> str:
    """Return a text as one line, its control characters visible."""
    return _lines(text).translate(_BREAKS)


def harmless(model: Model) -> Model:
    """Return a result of the client with harmless texts; only errors keep their line breaks."""
    fields = model._asdict()
    del fields["raw"]
    return model._replace(
        **{
            name: _clean(value, _lines if name == "error" else one_line)
            for name, value in fields.items()
        }
    )


def last_lines(text: str, number: int) -> str:
    """Return the last lines of a log, harmless."""
    return "\n".join(_lines(text).rstrip().split("\n")[-number:])


def _lines(text: str) -> str:
    return visible(clean_text(text))


def _clean(value: Any, clean: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list):
        return [_clean(item, clean) for item in value]
    if isinstance(value, dict):
        return {clean(name): _clean(item, clean) for name, item in value.items()}
    return value


def progress(workflow: Workflow) -> str:
    """Return how far it is: '312 of 400 done · 6 running · 3 failed · 79 pending'."""
    if workflow.status == "No Execution":
        return f"{workflow.jobs_total:,} planned, nothing was run"
    if workflow.never_started:
        return "registered, never started"
    if not workflow.jobs_total:
        return f"no {words_of(workflow).jobs}{' yet' if workflow.is_live else ''}"
    others = (
        (workflow.jobs_running, "running"),
        (workflow.jobs_failed, "failed"),
        (workflow.jobs_ignored, "failed and ignored"),
        (workflow.jobs_cancelled, "cancelled"),
        (workflow.jobs_retried, "retried"),
        (workflow.jobs_pending, waiting_word(workflow.status, is_live=workflow.is_live)),
    )
    is_open = workflow.total_grows and workflow.is_live
    done = f"{workflow.jobs_done:,}" if is_open else done_words(workflow)
    parts = [f"{done} done", *(f"{jobs:,} {state}" for jobs, state in others if jobs)]
    if is_open:
        parts.append(f"{workflow.jobs_total:,} so far")
    if workflow.status == "Done" and workflow.error:
        from panoptes.common.wording import failed_after_the_end  # It needs humanize.

        parts.append(failed_after_the_end(one_line(workflow.error)))
    return " · ".join(parts)


def done_words(workflow: Workflow) -> str:
    """Return how much of it is done: '312 of 400', '312 of 400 so far'."""
    so_far = " so far" if workflow.total_grows and workflow.is_live else ""
    return f"{workflow.jobs_done:,} of {workflow.jobs_total:,}{so_far}"


def ends(workflow: Workflow) -> str:
    """Return between when it will be done, by this machine's clock: '≈ 14:10 (13:50 to 15:00)'."""
    estimate = workflow.estimate
    if estimate is None:
        return ""
    low, high = (_end(time, estimate) for time in (estimate.low, estimate.high))
    return f"{end(workflow)} ({low} to {high}{', at least' if estimate.at_least else ''})"


def end(workflow: Workflow) -> str:
    """Return when it will be done, by this machine's clock: '≈ 14:10'."""
    estimate = workflow.estimate
    return "" if estimate is None else f"≈ {_end(estimate.ends_at, estimate)}"


def _end(time: datetime, estimate: Estimate) -> str:
    from panoptes.common import clock, wording  # It needs humanize.

    is_soon = estimate.seconds_left < wording.TO_THE_MINUTE
    word = wording.clock if is_soon else wording.clock_minute
    return word(time.astimezone(), clock.utcnow().astimezone())


def words_of(workflow: Workflow) -> "Terms":
    """Return the words of a workflow's engine."""
    from panoptes.engines.terms import terms  # It needs humanize.

    return terms(workflow.engine)


def job_words(job: Job, of_engine: "Terms") -> tuple[str, str, str]:
    """Return a failed job's name, its wildcards ('sample=K07') and how it ended, '' if unknown.

    A name that holds the wildcards says all.
    """
    from panoptes.common.wording import cut  # It needs humanize.

    wildcards = ", ".join(f"{name}={value}" for name, value in job.wildcards.items())
    ending = cut(error_words(job.error, job.exit_status).in_line(), 80)
    if of_engine.names_jobs:
        return of_engine.job_name(job.name, str(job.jobid)), "", ending
    # The rule of a job that was never announced isn't known.
    return job.name or "(not announced)", wildcards or f"{of_engine.job} {job.jobid}", ending


def log_paths(job: Job, workflow: Workflow) -> list[str]:
    """Return the paths of a job's logs on the machine of the run."""
    return [str(PurePosixPath(workflow.workdir or "", path)) for path in job.log]
