"""What pages show as a file: the jobs of a run, the history of a workflow, and two runs compared.

With all pages of the page's table, as CSV or TSV; jobs as JSON, too.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from flask import Response, request
from orjson import dumps
from werkzeug.utils import secure_filename

from panoptes.common.errors import NotFound
from panoptes.queries.job_lists import job_ids
from panoptes.queries.paging import QueryRow
from panoptes.queries.raw_jobs import raw_rows
from panoptes.queries.results import RunView
from panoptes.queries.rules import rules
from panoptes.queries.runs import chunks_of_runs
from panoptes.render.history_tables import comparison_table, history_table
from panoptes.render.job_json import rows_json
from panoptes.render.tables import READ, TABLES, table_lines
from panoptes.web.pages import parameters
from panoptes.web.pages.blueprint import WORKFLOW_URL, blueprint
from panoptes.web.pages.compare_page import other_run
from panoptes.web.pages.parameters import wanted_run
from panoptes.web.request_time import request_time
from panoptes.web.streaming import some_at_a_time, streamed

# So many rules of the newest run have a column in its history.
MOST_RULES = 1000


def download_jobs(workflow_id: int) -> Response:
    """The jobs that the page's filter lets through, as a file."""
    kind = request.path.rpartition(".")[2]
    run = wanted_run(workflow_id)
    ids = job_ids(run, parameters.job_filter(strict=True))
    if kind == "json":
        answer = streamed(_json(run, len(ids), raw_rows(ids)), "application/json")
    else:
        table = TABLES[kind]
        lines = table_lines(table, request_time(), run, raw_rows(ids, READ))
        answer = streamed(lines, table.mimetype)
    return attached(answer, run, "jobs", kind)


for _kind in (*TABLES, "json"):
    blueprint.add_url_rule(f"{WORKFLOW_URL}/jobs.{_kind}", f"download_{_kind}", download_jobs)


def download_history(workflow_id: int) -> Response:
    """The runs that the page's filter lets through, as a file."""
    kind = request.path.rpartition(".")[2]
    run = wanted_run(workflow_id)
    status, label = parameters.status(strict=True), parameters.label()
    chunks = chunks_of_runs(request_time(), run.workflow_id, status, label)
    names = [rule.name for rule in rules(run)[:MOST_RULES]]
    answer = streamed(history_table(TABLES[kind], chunks, names), TABLES[kind].mimetype)
    return attached(answer, run, "history", kind)


def download_comparison(workflow_id: int) -> Response:
    """The rules of two runs beside each other, as a file."""
    kind = request.path.rpartition(".")[2]
    run = wanted_run(workflow_id)
    other = other_run(run)
    if other is None:
        raise NotFound(f"There is no run before run {run.run} to compare it with.")
    answer = streamed(comparison_table(TABLES[kind], run, other), TABLES[kind].mimetype)
    return attached(answer, run, f"compared-with-{other.run}", kind)


for _kind in TABLES:
    blueprint.add_url_rule(
        f"{WORKFLOW_URL}/history.{_kind}", f"download_history_{_kind}", download_history
    )
    blueprint.add_url_rule(
        f"{WORKFLOW_URL}/compare.{_kind}", f"download_compare_{_kind}", download_comparison
    )


def attached(response: Response, run: RunView, what: str, suffix: str) -> Response:
    """Return an answer as one that a browser keeps as a file, called after its run."""
    name = f"{_file_name(run)}-{what}.{suffix}"
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def _file_name(run: RunView) -> str:
    """Return a name that every header and every file system takes, of letters, digits and -_. ."""
    name = secure_filename(run.name[:100]) or f"workflow-{run.workflow_id}"
    return name if run.run == run.runs else f"{name}-run-{run.run}"


def _json(run: RunView, number: int, chunks: Iterable[Sequence[QueryRow]]) -> Iterator[bytes]:
    head = {"workflow_id": run.workflow_id, "run": run.run, "count": number}
    yield dumps(head)[:-1] + b', "jobs": ['
    separator = b"\n"
    jobs = chain.from_iterable(rows_json(request_time(), run, rows) for rows in chunks)
    for some in some_at_a_time(jobs):
        yield separator + b",\n".join(some)
        separator = b",\n"
    yield b"\n]}\n"
