"""What is told of a run: as data for programs, with a title and a text for people."""

import uuid

from panoptes.common import clock
from panoptes.common.status import Status
from panoptes.common.text import number_or_text
from panoptes.common.wording import duration
from panoptes.config.recipients import Facts
from panoptes.models.notification import Kind
from panoptes.queries.jobs import failed_jobs
from panoptes.queries.results import JobView, Moment, RunView
from panoptes.render.summaries import name, summary
from panoptes.render.workflow_json import workflow_json

_TITLES = {
    Kind.FAILURE: "✗ {name}: a job failed",
    Kind.ERROR: "✗ {name}: ended with an error",
    Kind.DONE: "✓ {name}: done",
    Kind.RECOVERED: "✓ {name}: done again, after an error",
    Kind.STALE: "◷ {name}: silent for {silence}",
}
TEST = "This is a test: notifications of panoptes arrive here."


def is_still_so(kind: Kind, run: RunView) -> bool:
    """Return whether what happened to a run still says how it stands.

    A job may be started again at once, and a first failure be followed by the end at once.
    """
    if kind is Kind.FAILURE:
        return run.status is Status.ERROR and run.completed_at is None
    if kind is Kind.ERROR:
        return run.status is Status.ERROR and run.completed_at is not None
    return run.status is (Status.STALE if kind is Kind.STALE else Status.DONE)


def facts_of(kind: Kind, run: RunView, moment: Moment, public_url: str) -> Facts:
    """Return what is told; without the public address of this server, it has no link."""
    failure = next(iter(failed_jobs(moment, run, 1)), None)
    silence = duration(moment.now - run.updated_at)
    return {
        "id": uuid.uuid4().hex,
        "event": kind.value,
        "title": _TITLES[kind].format(name=name(run), silence=silence),
        "text": summary(run, failure),
        "url": f"{public_url}/workflow/{run.workflow_id}?run={run.run}" if public_url else None,
        "workflow": workflow_json(run),
        "failure": _failure(failure),
    }


def _failure(job: JobView | None) -> Facts | None:
    if job is None:
        return None
    return {
        "jobid": number_or_text(job.key),
        "name": job.rule,
        "wildcards": job.wildcards,
        "error": job.error,
        "log": job.log,
    }


def test_facts(public_url: str) -> Facts:
    """Return what is told where somebody only wants to know whether it arrives."""
    return {
        "id": uuid.uuid4().hex,
        "event": "test",
        "title": "panoptes: test",
        "text": f"{TEST} It is {clock.utcnow():%Y-%m-%d %H:%M:%S} UTC.",
        "url": public_url or None,
        "workflow": None,
        "failure": None,
    }
