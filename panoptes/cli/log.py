"""`panoptes log`: what failed first, and the last lines of a run's log, or of a job's."""

from contextlib import suppress
from typing import TYPE_CHECKING

import click

from panoptes.cli.remote.options import asks_server, names_workflow, print_json
from panoptes.common.errors import CannotRun

if TYPE_CHECKING:
    from panoptes.client import Client, JobLog

# So many lines of a failed job's log stand above those of the run.
JOB_LINES = 8


@click.command()
@names_workflow
@click.option(
    *("--lines", "-n", "limit"),
    type=click.IntRange(1, 1000),
    default=20,
    metavar="N",
    help="The last N lines. [default: 20]",
)
@click.option("--job", metavar="ID", help="The end of the log of this job instead.")
@click.option(
    "--attempt", type=click.IntRange(1), metavar="N", help="Its attempt N. [default: the latest]"
)
@asks_server
def log(
    client: "Client",
    *,
    workflow: str,
    run: int | None,
    limit: int,
    job: str | None,
    attempt: int | None,
    as_json: bool,
) -> None:
    """Show what failed first, and the end of a run's or a job's log."""
    found = client.workflow(workflow, run)
    if job is not None:
        _print_job_log(client.job_log(found, job, attempt=attempt), limit, as_json=as_json)
        return
    failures, lines = client.failures(found, 1), client.log(found, limit)
    if as_json:
        jobs, messages = [job.raw for job in failures], [line.raw for line in lines]
        print_json({"workflow": found.raw, "failed_jobs": jobs, "messages": messages})
        return
    from panoptes.cli.remote import workflow_view
    from panoptes.cli.remote.widgets import muted, open_console, print_parts
    from panoptes.client import NotFound

    parts = [workflow_view.failures(failures, found, brief=False)] if failures else []
    for failure in failures:
        with suppress(NotFound):  # It has no log.
            its_log = client.job_log(found, failure.jobid)
            parts += [workflow_view.job_log(its_log, JOB_LINES)] if its_log.text else []
    last = workflow_view.log(lines) if lines else muted("The run's log has no lines yet.")
    print_parts(open_console(), *parts, last)


def _print_job_log(log: "JobLog", limit: int, *, as_json: bool) -> None:
    """Print the last lines of a job's log. Raises CannotRun where there are none."""
    if as_json:
        print_json({"log": log.raw})
        return
    from panoptes.cli.remote.texts import last_lines

    if not log.text:
        raise CannotRun(log.why_not or "The server has nothing of this log.")
    print(last_lines(log.text, limit))
