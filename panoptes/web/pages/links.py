"""Links from a page to itself (another sorting, one filter more or less), and to runs and jobs."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from flask import request, url_for

from panoptes.queries.results import RunView
from panoptes.web.guard.embedding import PARAMETER, is_embedded
from panoptes.web.pages.parameters import CARRIED, LISTED, WHOSE

# What of an address filters workflows.
FILTER = ("status", *WHOSE, "label", "older_than", "q")


@dataclass(frozen=True, slots=True)
class SortLink:
    """The head of a column that sorts; `order` is how the column is sorted now."""

    url: str
    order: str
    arrow: str


def here(anchor: str | None = None, **changes: Any) -> str:
    """Return this page's address with some parameters changed; None takes one away.

    Only known parameters are carried on: `url_for` gives some names a meaning of its own.
    """
    carried: dict[str, Any] = {name: request.args[name] for name in CARRIED if name in request.args}
    query = {name: value for name, value in (carried | changes).items() if value is not None}
    # Something that is no page has no endpoint.
    endpoint = request.endpoint or "pages.overview"
    return url_for(endpoint, _anchor=anchor, **(request.view_args or {}), **query)


def download(kind: str) -> str:
    """Return the address of what this page's filter lets through, as a file."""
    query: dict[str, Any] = dict(carried_fields(*LISTED, "with"))
    return url_for(f"pages.download_{kind}", **(request.view_args or {}), **query)


def filtered_list() -> str:
    """Return the address of the list of workflows with the filter that this page's address has."""
    query: dict[str, Any] = dict(carried_fields(*FILTER, "sort"))
    return url_for("pages.workflows", **query)


def carried_fields(*names: str) -> list[tuple[str, str]]:
    """Return the parameters that a form carries on without showing them."""
    carried = [(name, request.args[name]) for name in names if request.args.get(name)]
    return [*carried, (PARAMETER, "1")] if is_embedded() else carried


def filter_fields() -> list[tuple[str, str]]:
    """Return the parameters that filter workflows, for what is done with all that match."""
    return carried_fields(*FILTER)


def sort_link(
    key: str, current: str, anchor: str | None = None, parameter: str = "sort"
) -> SortLink:
    """Return how a column is sorted now and the link that sorts by it, or the other way round."""
    orders = {key: ("ascending", "▲"), f"-{key}": ("descending", "▼")}
    order, arrow = orders.get(current, ("none", ""))
    following = f"-{key}" if current == key else key
    changes = {parameter: following} | ({"page": None} if parameter == "sort" else {})
    return SortLink(here(anchor, **changes), order, arrow)


def run_url(run: RunView, anchor: str | None = None, **query: Any) -> str:
    """Return the address of a run's page or a place on it, with some of its parameters."""
    return url_for(
        "pages.workflow",
        workflow_id=run.workflow_id,
        run=run_number(run),
        _anchor=anchor,
        **query,
    )


def job_url(run: RunView, key: str, part: int) -> str:
    """Return the address of a job's page; `part` is 0 but for jobs of subworkflows."""
    return url_for(
        "pages.job",
        workflow_id=run.workflow_id,
        jobid=key,
        run=run_number(run),
        part=part or None,
    )


def run_number(run: RunView) -> int | None:
    """Return what an address says of a run: nothing of the current one."""
    return None if run.run == run.runs else run.run


def rule_anchor(rule: str) -> str:
    """Return the id of a rule's row in a report, which is also what a link to it needs."""
    return f"rule-{quote(rule[:60], safe='')}"
