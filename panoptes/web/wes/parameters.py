"""Reads what a client of WES asks for: which run, and which page of a list."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import NamedTuple

from flask import request

from panoptes.common.errors import BadRequest, NotFound
from panoptes.common.wording import cut
from panoptes.models.workflow import RUN_IDS
from panoptes.queries import change_tokens, runs
from panoptes.queries.change_tokens import ChangeToken
from panoptes.queries.results import MAX_PER_PAGE, PER_PAGE, RunView
from panoptes.web.request_time import request_time

# Every row's id has fewer digits.
MOST_DIGITS = 18
# So much of what was asked for stands in an answer.
LONGEST_ID = 100


class Slice(NamedTuple):
    """At most `size` items of a list, those behind the row with the id `last`; None: the first."""

    last: int | None
    size: int


def found_run(run_id: str) -> RunView:
    """Return the run with an id. Raises NotFound."""
    run = runs.workflow(request_time(), _workflow_id(run_id))
    if run is None:
        raise NotFound(
            f"There is no run {cut(run_id, LONGEST_ID)}: the list of runs has their ids."
        )
    return run


def run_changes(run_id: str, **_: object) -> ChangeToken:
    """Return what tells whether a run changed."""
    return change_tokens.of_run(_workflow_id(run_id), None)


def _workflow_id(run_id: str) -> int:
    """Return the id that stands for a run wherever panoptes takes that of a workflow.

    It is what WES calls the run, too: neither a new name nor another workflow changes it.
    """
    # What is no such id stands for no run at all.
    return max(RUN_IDS, number_of(run_id) or 0)


def number_of(text: str) -> int | None:
    """Return the number of a row that a text is, None for any other text."""
    is_number = text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS
    return int(text) if is_number and text == str(int(text)) else None


def wanted_slice() -> Slice:
    """Return which part of a list is asked for. Raises BadRequest."""
    return Slice(_last(request.args.get("page_token", "")), _size(request.args.get("page_size")))


def token_behind(row_id: int) -> str:
    """Return what asks for those of this address's list that come behind a row."""
    # The padding would have to be escaped in an address, which not every client does.
    return urlsafe_b64encode(f"{request.path} {row_id}".encode()).decode().rstrip("=")


def _last(token: str) -> int | None:
    if not token:
        return None
    try:
        row_id = number_of(urlsafe_b64decode(f"{token}==").decode().rpartition(" ")[2])
    except ValueError:  # It is no Base64, or no text.
        row_id = None
    # That of another list, or another spelling of the same, was never given to anybody.
    if row_id is None or token_behind(row_id) != token:
        raise BadRequest("page_token: give the next_page_token of the page before, of this list.")
    return row_id


def _size(text: str | None) -> int:
    """Return how many items are wanted: fewer are given than are too many for one answer."""
    if text is None:
        return PER_PAGE
    size = number_of(text)
    if not size:
        raise BadRequest("page_size: give a number from 1 on.")
    return min(size, MAX_PER_PAGE)
