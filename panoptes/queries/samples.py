"""Questions about the wildcards of a run's jobs, answered for all of them at once."""

import json
from collections.abc import Mapping
from functools import cache

from sqlalchemy import Text, cast, select

from panoptes.db import db
from panoptes.models.job import Job
from panoptes.models.rule import Rule
from panoptes.models.status import Status
from panoptes.queries.views import RunView
from panoptes.samples import SampleJob

# What a page can take in; the first ones say most, for they have begun.
MOST_JOBS = 200_000

# The text of the wildcards: most come once for each rule, and have to be read only once.
_JOBS = select(Job.rule, Job.status, Job.key, Job.part, cast(Job.wildcards, Text))


def sample_jobs(run: RunView, most: int) -> list[SampleJob]:
    """Return the announced jobs of a run, the first first, at most so many."""
    announced = _JOBS.where(Job.run_id == run.run_id, Job.rule != "")
    # One reading's memory: it is dropped with the answer.
    read = cache(_read)
    return [
        SampleJob(rule, status, key, part, read(wildcards))
        for rule, status, key, part, wildcards in db.session.execute(
            announced.order_by(Job.id).limit(most)
        )
    ]


def _read(wildcards: str | None) -> Mapping[str, str]:
    return (json.loads(wildcards) if wildcards else None) or {}


def pending(run: RunView) -> dict[str, int] | None:
    """Return how many jobs of each rule are planned and not announced; None without a plan."""
    rows = db.session.scalars(
        select(Rule).where(Rule.run_id == run.run_id, Rule.planned.is_not(None)).order_by(Rule.name)
    ).all()
    if run.status is Status.DONE:
        return {}  # What Snakemake planned and left out doesn't come any more.
    if not rows and run.is_live:
        return None
    return {rule.name: _still_to_come(rule) for rule in rows}


def _still_to_come(rule: Rule) -> int:
    known = rule.running + rule.done + rule.error + rule.cancelled
    return max(0, (rule.planned or 0) - known)
