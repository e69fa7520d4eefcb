"""Links from a page to itself (another sorting, one filter more or less), and to runs and jobs."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from flask import request, url_for

from panoptes.queries.results import RunView
from panoptes.web.guard.embedding import PARAMETER, is_embedded
from panoptes.web.pages.parameters import CARRIED, LISTED, WHOSE

# What of an address filters workflows.
FILTER = ("status", *WHOSE, "label", "older_than", "q")
# Addresses are kept in memory whose values have at most so many letters.
LONGEST_KEPT = 200


@dataclass(frozen=True, slots=True)
class SortLink:
    """The head of a column that sorts; `order` is how the column is sorted now."""

    url: str
    order: str
    arrow: str


def cached_url_for(endpoint: str, _anchor: str | None = None, **values: Any) -> str:
    """Return what Flask's `url_for` makes of its arguments; templates know it by that name.

    A page has a hundred links, most of them those that it had before. An address follows from
    the arguments, from where the app is mounted and from whether the page is embedded: so the
    latest ones are kept. Those with a text of any length aren't, for the sake of memory, nor
    `_external` ones, which go by the host that the request names.
    """
    if endpoint.startswith("."):
        endpoint = f"{request.blueprint}{endpoint}"
    given = values.values()
    is_long = any(isinstance(value, str) and len(value) > LONGEST_KEPT for value in given)
    if is_long or "_external" in values:
        return url_for(endpoint, _anchor=_anchor, **values)
    return kept_url(endpoint, request.script_root, is_embedded(), _anchor, tuple(values), *given)


@lru_cache(maxsize=2048, typed=True)
def kept_url(
    endpoint: str,
    _root: str,
    _is_embedded: bool,
    anchor: str | None,
    names: tuple[str, ...],
    *values: Any,
) -> str:
    """Return an address; what begins with "_" only tells apart what is kept."""
    return url_for(endpoint, _anchor=anchor, **dict(zip(names, values, strict=True)))


def here(anchor: str | None = None, **changes: Any) -> str:
    """Return this page's address with some parameters changed; None takes one away.

    Only known parameters are carried on: `url_for` gives some names a meaning of its own.
    """
    args = request.args
    carried: dict[str, Any] = {name: args[name] for name in CARRIED if name in args} if args else {}
    query = {name: value for name, value in (carried | changes).items() if value is not None}
    # Something that is no page has no endpoint.
    endpoint = request.endpoint or "pages.overview"
    return cached_url_for(endpoint, _anchor=anchor, **(request.view_args or {}), **query)


def download(kind: str) -> str:
    """Return the address of what this page's filter lets through, as a file."""
    query: dict[str, Any] = dict(carried_fields(*LISTED, "with"))
    return cached_url_for(f"pages.download_{kind}", **(request.view_args or {}), **query)


def filtered_list() -> str:
    """Return the address of the list of workflows with the filter that this page's address has."""
    query: dict[str, Any] = dict(carried_fields(*FILTER, "sort"))
    return cached_url_for("pages.workflows", **query)


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
    return cached_url_for(
        "pages.workflow",
        workflow_id=run.workflow_id,
        run=run_number(run),
        _anchor=anchor,
        **query,
    )


def job_url(run: RunView, key: str, part: int) -> str:
    """Return the address of a job's page; `part` is 0 but for jobs of subworkflows."""
    return cached_url_for(
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
