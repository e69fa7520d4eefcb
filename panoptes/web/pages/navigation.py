"""The pages of a run, as the navigation below its head names them."""

from dataclasses import dataclass
from typing import NamedTuple

from flask import request

from panoptes.engines.terms import terms
from panoptes.queries.results import RunView
from panoptes.web.pages.links import cached_url_for, run_number


class RunPage(NamedTuple):
    """A page of a run or, with an `anchor`, a section of one.

    `inner` are endpoints of pages that belong to it. A page `of_several` runs is named only where
    there are more than one.
    """

    title: str
    endpoint: str
    anchor: str | None = None
    inner: tuple[str, ...] = ()
    of_several: bool = False


# In the order of the navigation; "Jobs" is said in the engine's own word.
JOBS = RunPage("Jobs", "pages.workflow", "jobs", inner=("pages.job",))
RUN_PAGES = (
    RunPage("Overview", "pages.workflow"),
    JOBS,
    RunPage("Timeline", "pages.timeline"),
    RunPage("Graph", "pages.graph"),
    RunPage("Samples", "pages.samples"),
    RunPage("Resources", "pages.resources"),
    RunPage("Log", "pages.workflow", "log"),
    RunPage("Runs", "pages.workflow", "runs", of_several=True),
    RunPage("History", "pages.history", of_several=True),
    RunPage("Compare", "pages.compare", of_several=True),
)


@dataclass(frozen=True, slots=True)
class PageLink:
    """A link of the navigation."""

    title: str
    url: str
    is_current: bool


def run_pages(run: RunView) -> list[PageLink]:
    """Return the links of a run's navigation, that of the page being made marked."""
    return [_link(run, page) for page in RUN_PAGES if run.newest > 1 or not page.of_several]


def _link(run: RunView, page: RunPage) -> PageLink:
    here = request.endpoint or ""
    title = terms(run.engine).jobs.capitalize() if page is JOBS else page.title
    if page.anchor and page.endpoint == here:
        # What the page is filtered by stays.
        return PageLink(title, f"#{page.anchor}", is_current=False)
    url = cached_url_for(
        page.endpoint, workflow_id=run.workflow_id, run=run_number(run), _anchor=page.anchor
    )
    is_current = here in page.inner or (here == page.endpoint and not page.anchor)
    return PageLink(title, url, is_current)
