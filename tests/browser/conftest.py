"""A browser, and a server with something to look at."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from devtools import demo
from devtools.replay import replay, requests
from devtools.running import Server, running_server
from tests.recorded import FOLDER

NewPage = Callable[..., Page]


@pytest.fixture(scope="session")
def server(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with many jobs, odd names, a failure and a run that goes on."""
    with running_server(tmp_path_factory.mktemp("browser")) as started:
        demo.cohort(started.url, "cohort")
        for scenario in ("odd", "fail", "retry"):
            replay(started.url, requests(FOLDER / "sm8" / f"{scenario}.jsonl"))
        yield started


@pytest.fixture
def new_page(browser: Browser, server: Server) -> Iterator[NewPage]:
    """Open pages; whatever the browser complains of (a broken policy, a script) fails the test."""
    complaints: list[str] = []
    contexts = []

    def open_page(**options: object) -> Page:
        context = browser.new_context(base_url=server.url, **options)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: (complaints.append("a dialog"), dialog.dismiss()))
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def page(new_page: NewPage) -> Page:
    """A page on a usual screen."""
    return new_page(viewport={"width": 1280, "height": 900})
