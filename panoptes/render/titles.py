"""How a run and a job are called on a page, and what can be done with them."""

from pathlib import PurePosixPath
from typing import NamedTuple

from panoptes.common.status import Status
from panoptes.common.wording import cut, machine_name
from panoptes.engines.terms import Terms
from panoptes.queries.results import JobView, RunView
from panoptes.render.bars import done_words, is_open


class Title(NamedTuple):
    """A name as it is shown, and what stands beside one that says nothing."""

    text: str
    beside: str = ""


def run_title(run: RunView, width: int = 48) -> Title:
    """Return the name of a run's workflow; a machine's is shown short, with folder or command."""
    short = machine_name(run.name)
    if short is None:
        return Title(cut(run.name, width))
    folder = PurePosixPath(run.workdir or "").name
    return Title(short, cut(folder or run.command or run.main_file or "", width))


def tab_title(run: RunView) -> str:
    """Return what a browser's tab says: the state first, for tabs are narrow."""
    name = cut(run.name, 60)
    if run.jobs_failed:
        return f"{run.status.shape} {run.jobs_failed} failed – {name}"
    if run.status is Status.RUNNING and run.jobs_total:
        if is_open(run):
            return f"{done_words(run)} – {name}"
        return f"{100 * run.jobs_done // run.jobs_total} % – {name}"
    return f"{run.status.shape} {name} – {status_word(run)}"


def status_word(run: RunView) -> str:
    """Return the word for a run's state; Stale for want of a sign of life has one of its own."""
    is_lost = run.status is Status.STALE and run.lost_contact
    return "Lost contact" if is_lost else str(run.status)


def wildcards(job: JobView) -> str:
    """Return a job's wildcards in one line."""
    return ", ".join(f"{name}={value}" for name, value in job.wildcards.items())


def job_words(job: JobView, of_engine: Terms) -> str:
    """Return what people call a job, in one line: its name, and what that doesn't say of it."""
    name = of_engine.job_name(job.rule, job.key)
    return name if of_engine.names_jobs else f"{name} {wildcards(job)}".rstrip()


def is_no_file(path: str) -> bool:
    """Return whether a log is no file: what a program prints is called `<output>`, for instance."""
    return path.startswith("<") and path.endswith(">")


def whole_path(path: str, run: RunView) -> str:
    """Return a path that works anywhere on the machine where the run is."""
    return str(PurePosixPath(run.workdir, path)) if run.workdir and not is_no_file(path) else path


def resources(job: JobView) -> list[tuple[str, str]]:
    """Return a job's resources as names and values; older Snakemakes send values alone."""
    if isinstance(job.resources, dict):
        return [(str(name), str(value)) for name, value in job.resources.items()]
    values = ", ".join(str(value) for value in job.resources or ())
    return [("values (names not reported)", values)] if values else []


def fields_with(job: JobView, wanted: str, limit: int = 2) -> list[tuple[str, str]]:
    """Return the first of a job's error, files and command that hold a text, each with its name.

    None where its rule or its wildcards, which are shown anyway, have the text.
    """
    if wanted.lower() in f"{job.rule} {wildcards(job)}".lower():
        return []
    files = {"input": job.input, "output": job.output, "log": job.log}
    texts = [("error", job.error or "")]
    texts += [(name, path) for name, paths in files.items() for path in paths]
    texts.append(("command", job.shell_command or ""))
    return [(name, text) for name, text in texts if wanted.lower() in text.lower()][:limit]


def is_still_running(run: RunView) -> bool:
    """Return whether a failed run goes on with other jobs (--keep-going)."""
    return run.status is Status.ERROR and run.is_live and run.jobs_running > 0


def can_cancel(run: RunView) -> bool:
    """Return whether there is something to cancel: the run's end isn't known."""
    return run.completed_at is None


def can_stop(run: RunView) -> bool:
    """Return whether a run's client may be asked to stop it: that wasn't done, and it goes on."""
    return run.allow_stop and run.completed_at is None and run.stop_asked_at is None


def can_delete(run: RunView) -> bool:
    """Return whether a run, or the workflow whose current run it is, may be deleted.

    What runs is protected.
    """
    return run.status is not Status.RUNNING and not is_still_running(run)


def shows_problem(run: RunView) -> bool:
    """Return whether a run has failures to show."""
    return bool(run.error or run.jobs_failed)
