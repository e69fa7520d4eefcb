"""What a run took, as `snakemake --stats FILE` wrote it up to Snakemake 7."""

import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from flask import Response
from orjson import dumps

from panoptes.common.text import number_or_text
from panoptes.queries.paging import QueryRow
from panoptes.queries.results import RunView
from panoptes.queries.stats import jobs_with_files, rule_times, whole_seconds
from panoptes.web.api.blueprint import blueprint
from panoptes.web.api.parameters import wanted_run
from panoptes.web.streaming import streamed


@blueprint.get("/api/workflow/<int:workflow_id>/stats.json")
def show_stats(workflow_id: int) -> Response:
    """Return what the jobs of a run took that are done: by rule, and by the files that they made.

    Durations are seconds. Times have the form that Snakemake gave them, here in UTC.
    """
    return streamed(_stats(wanted_run(workflow_id)), "application/json")


def _stats(run: RunView) -> Iterator[bytes]:
    rules = {
        times.rule: {
            "mean-runtime": times.mean,
            "min-runtime": times.least,
            "max-runtime": times.most,
        }
        for times in rule_times(run)
    }
    yield dumps({"total_runtime": whole_seconds(run), "rules": rules})[:-1] + b', "files": {'
    separator = b"\n"
    for job in jobs_with_files(run):
        file = dumps(_file(job))
        for path in job.output or ():
            # One that two jobs made is in it twice; whoever reads it keeps the latter.
            yield separator + dumps(path) + b": " + file
            separator = b",\n"
    yield b"\n}}\n"


def _file(job: QueryRow) -> dict[str, Any]:
    # Before Snakemake 9, resources come without their names: only the cores are known then.
    cores = {} if job.threads is None else {"_cores": job.threads}
    return {
        "start-time": _clock(job.started_at),
        "stop-time": _clock(job.ended_at),
        "duration": max(0.0, (job.ended_at - job.started_at).total_seconds()),
        "priority": number_or_text(job.priority),
        "resources": job.resources if isinstance(job.resources, dict) else cores,
    }


def _clock(moment: datetime) -> str:
    return time.asctime(moment.utctimetuple())
