"""The runs of all workflows, and one of them with its log."""

from collections.abc import Iterator

from flask import Response, jsonify

from panoptes.common.text import visible
from panoptes.queries import change_tokens, runs
from panoptes.queries.messages import all_messages
from panoptes.queries.results import RunView
from panoptes.web.conditional import changes_with
from panoptes.web.request_time import request_time
from panoptes.web.streaming import streamed
from panoptes.web.wes.blueprint import RUN, blueprint
from panoptes.web.wes.listing import Item, page_of
from panoptes.web.wes.parameters import found_run, run_changes, wanted_slice
from panoptes.web.wes.shapes import run_log, run_status, run_summary

# No row has an id from here on.
BEYOND_ALL = 2**62


@blueprint.get("/runs")
@changes_with(change_tokens.everything)
def list_runs() -> Response:
    """Return a page of all runs, the newest first: those that begin meanwhile change no page."""
    return page_of("runs", wanted_slice(), _read)


def _read(last: int | None, number: int) -> list[Item]:
    before = BEYOND_ALL if last is None else last
    found = runs.runs_before(request_time(), before, number)
    return [Item(run.run_id, run_summary(run)) for run in found]


@blueprint.get(RUN)
@changes_with(run_changes)
def show_run(run_id: str) -> Response:
    """Return all of a run but its tasks, which have a list of their own."""
    return jsonify(run_log(found_run(run_id)))


@blueprint.get(f"{RUN}/status")
@changes_with(run_changes)
def show_run_status(run_id: str) -> Response:
    """Return how a run stands."""
    return jsonify(run_status(found_run(run_id)))


@blueprint.get(f"{RUN}/log")
@changes_with(run_changes)
def show_run_log_text(run_id: str) -> Response:
    """Return what the engine said, as a terminal may show it; it is no address of the standard."""
    return streamed(_lines(found_run(run_id)), "text/plain")


def _lines(run: RunView) -> Iterator[bytes]:
    for chunk in all_messages(run):
        yield "".join(f"{visible(line.text)}\n" for line in chunk).encode()
