"""What two runs of a workflow are compared by."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

from sqlalchemy import select

from panoptes.analysis.comparison import Failure, RuleTimes, failures
from panoptes.common.error_words import error_words
from panoptes.common.moment import Moment
from panoptes.common.status import Status
from panoptes.common.wording import cut
from panoptes.database.connections import reading
from panoptes.models.job import Job
from panoptes.models.run import Run
from panoptes.queries.results import RunView
from panoptes.queries.rules import rules
from panoptes.queries.runs import workflow

# So many failed jobs of each run are compared.
MOST_FAILURES = 500
_WORDS = 300
# What of a run may explain that it went another way, and what pages call it.
SETTINGS = {
    "engine": "Engine",
    "main_file": "Main file",
    "command": "Command",
    "workdir": "Folder",
    "engine_version": "Version",
    "user": "User",
    "host": "Host",
    "cores": "Cores",
    "platform": "Platform",
    "owner": "Owner",
    "config_files": "Configuration",
}
# What else it tells by names of its own: what pages call such a thing.
MAPS = {"params": "Parameter", "about": "Detail", "reasons": "Jobs run for"}


@dataclass(frozen=True, slots=True)
class Difference:
    """A setting that two runs don't share: its name here and on pages; None is what nobody told."""

    name: str
    title: str
    this: str | None
    other: str | None


def usual_other(moment: Moment, run: RunView) -> RunView | None:
    """Return the run that a run is compared with where nobody names one; None where there is none.

    It is its workflow's baseline or, for want of one, the last run before it that came to a good
    end, or else the last before it.
    """
    if run.baseline is not None and not run.is_baseline:
        baseline = workflow(moment, run.workflow_id, run.baseline)
        if baseline is not None:  # It may have been deleted.
            return baseline
    earlier = select(Run.number).where(
        Run.workflow_id == run.workflow_id, Run.number < run.run, Run.deleted_at.is_(None)
    )
    newest = earlier.order_by(Run.number.desc()).limit(1)
    good = reading().scalar(newest.where(Run.status == Status.DONE.value))
    number = good if good is not None else reading().scalar(newest)
    return None if number is None else workflow(moment, run.workflow_id, number)


def has_failed_again(moment: Moment, run: RunView) -> bool:
    """Return whether the last run before one that ended failed as it did, with the same words.

    One of its jobs did or, where none failed, all of it.
    """
    ended = select(Run.number).where(
        Run.workflow_id == run.workflow_id,
        Run.number < run.run,
        Run.deleted_at.is_(None),
        Run.status.in_((Status.DONE.value, Status.ERROR.value)),
    )
    number = reading().scalar(ended.order_by(Run.number.desc()).limit(1))
    before = None if number is None else workflow(moment, run.workflow_id, number)
    if before is None or before.status is not Status.ERROR:
        return False
    if run.jobs_failed or before.jobs_failed:
        both = failures(failed_jobs(run), failed_jobs(before))
        return any(are_alike and failure.words for failure, are_alike in both.same)
    words = error_words(run.error).in_line()
    return bool(words) and words == error_words(before.error).in_line()


def rule_times(run: RunView) -> Mapping[str, RuleTimes]:
    """Return what the rules of a run took, in the order of the flow."""
    return {
        rule.name: RuleTimes(max(rule.total, rule.jobs), rule.median_seconds, rule.seconds)
        for rule in rules(run)
    }


def failed_jobs(run: RunView) -> list[Failure]:
    """Return the failed jobs of a run, those announced first."""
    query = (
        select(Job.key, Job.part, Job.rule, Job.wildcards, Job.error, Job.exit_status)
        .where(Job.run_id == run.run_id, Job.status == Status.ERROR.value)
        .order_by(Job.id)
        .limit(MOST_FAILURES)
    )
    return [
        Failure(
            row.key,
            row.part,
            row.rule,
            ", ".join(f"{name}={value}" for name, value in sorted((row.wildcards or {}).items())),
            cut(error_words(row.error, row.exit_status).in_line(), _WORDS),
        )
        for row in reading().execute(query)
    ]


def differences(this: RunView, other: RunView) -> list[Difference]:
    """Return the settings in which two runs differ."""
    told = (
        Difference(name, title, *(_text(getattr(run, name)) for run in (this, other)))
        for name, title in SETTINGS.items()
    )
    more = chain.from_iterable(_of_maps(name, this, other) for name in MAPS)
    return [each for each in (*told, *more) if each.this != each.other]


def _of_maps(name: str, this: RunView, other: RunView) -> Iterator[Difference]:
    of_this, of_other = (getattr(run, name) or {} for run in (this, other))
    for key in filter(None, {**of_this, **of_other}):
        values = (_text(each.get(key)) for each in (of_this, of_other))
        yield Difference(f"{name}.{key}", f"{MAPS[name]} {key}", *values)


def _text(value: object) -> str | None:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return None if value is None else str(value)
