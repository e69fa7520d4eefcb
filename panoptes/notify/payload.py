"""What a notification says of a run: data for programs, with a title and a text for people."""

import uuid

from panoptes.common import clock
from panoptes.common.moment import Moment
from panoptes.common.status import Status
from panoptes.common.text import number_or_text
from panoptes.common.wording import duration, exact
from panoptes.engines.terms import terms
from panoptes.models.notification import Kind
from panoptes.notify import Payload
from panoptes.queries.comparison import has_failed_again
from panoptes.queries.jobs import failed_jobs, slowest_jobs
from panoptes.queries.results import JobView, RunView
from panoptes.render.summaries import name, slow_job, summary
from panoptes.render.workflow_json import workflow_json

_TITLES = {
    Kind.FAILURE: "✗ {name}: a {job} failed",
    Kind.ERROR: "✗ {name}: ended with an error",
    Kind.DONE: "✓ {name}: done",
    Kind.RECOVERED: "✓ {name}: done again, after an error",
    Kind.STALE: "◷ {name}: silent for {silence}",
    Kind.LATE: "◷ {name}: late, usually {usual}",
    Kind.SLOW_JOB: "◷ {name}: a {job} is slow",
    Kind.FAILED_AGAIN: "✗ {name}: failed again with the same words",
}


def is_still_true(kind: Kind, run: RunView, moment: Moment) -> bool:
    """Return whether a run is still as a notification of this kind says.

    A failed job may be started again at once, and the first failure may end the run at once.
    """
    if kind is Kind.FAILURE:
        return run.status is Status.ERROR and run.completed_at is None
    if kind is Kind.ERROR:
        return run.status is Status.ERROR and run.completed_at is not None
    if kind is Kind.LATE:
        return run.is_late
    if kind is Kind.SLOW_JOB:
        return is_slow(slowest_jobs(moment, [run]).get(run.run_id))
    if kind is Kind.FAILED_AGAIN:
        return run.status is Status.ERROR and has_failed_again(moment, run)
    return run.status is (Status.STALE if kind is Kind.STALE else Status.DONE)


def is_slow(job: JobView | None) -> bool:
    """Return whether a run's running job to look at, if it has one, takes longer than usual."""
    return job is not None and job.is_late


def payload_of(kind: Kind, run: RunView, moment: Moment, public_url: str) -> Payload:
    """Return what to send; it has a link where this server's public address is known."""
    failure = next(iter(failed_jobs(moment, run, 1)), None)
    job = None
    if failure is not None:
        job = {
            "jobid": number_or_text(failure.key),
            "name": failure.rule,
            "wildcards": failure.wildcards,
            "error": failure.error,
            "log": failure.log,
        }
    silence = duration(moment.now - run.updated_at)
    usual = duration(run.usual.seconds if run.usual else None)
    text = summary(run, failure)
    slowest = slowest_jobs(moment, [run]).get(run.run_id) if kind is Kind.SLOW_JOB else None
    if slowest is not None:  # It may have ended just now.
        text += f"\n{slow_job(run, slowest)}"
    return {
        "id": uuid.uuid4().hex,
        "event": kind.value,
        "title": _TITLES[kind].format(
            name=name(run), silence=silence, usual=usual, job=terms(run.engine).job
        ),
        "text": text,
        "url": f"{public_url}/workflow/{run.workflow_id}?run={run.run}" if public_url else None,
        "workflow": workflow_json(run),
        "failure": job,
    }


def test_payload(public_url: str) -> Payload:
    """Return what to send to find out whether it arrives."""
    return {
        "id": uuid.uuid4().hex,
        "event": "test",
        "title": "panoptes: test",
        "text": "This is a test: notifications from panoptes arrive here. It is"
        f" {exact(clock.utcnow())}.",
        "url": public_url or None,
        "workflow": None,
        "failure": None,
    }
