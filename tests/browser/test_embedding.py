"""Pages of another web site frame ours, in a real browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from devtools.demo import Reporter
from devtools.running import Server, running_server
from tests.browser.test_cors import site

__all__ = ["site"]
FRAME = """url => {
    const frame = document.body.appendChild(document.createElement("iframe"));
    frame.width = 800;
    frame.height = 600;
    frame.src = url;
    return new Promise((loaded) => { frame.onload = loaded; }).then(() => null);
}"""


@pytest.fixture
def server(site: int, tmp_path: Path) -> Iterator[Server]:
    """A server that the site may frame, by one of its two names."""
    with running_server(tmp_path, "--embed-origin", f"http://127.0.0.1:{site}") as started:
        Reporter(started.url, "nightly").job(1, "align", "K7")
        yield started


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that may complain: of frames that are refused."""
    context = browser.new_context()
    yield context.new_page()
    context.close()


def test_a_named_site_frames_a_page_whose_links_stay_in_the_frame(
    page: Page, site: int, server: Server
) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"http://127.0.0.1:{site}/")
    page.evaluate(FRAME, f"{server.url}/?embed")
    frame = page.frame_locator("iframe")
    frame.get_by_role("link", name="nightly").click()
    expect(frame.locator("h1")).to_contain_text("nightly")
    expect(frame.locator("header.top")).to_have_count(0)
    expect(frame.get_by_text("Cancel…")).to_have_count(0)
    assert complaints == []


@pytest.mark.parametrize(
    ("host", "path"),
    [("localhost", "/?embed"), ("127.0.0.1", "/"), ("127.0.0.1", "/workflow/1/cancel?embed")],
)
def test_nobody_frames_anything_else(
    page: Page, site: int, server: Server, host: str, path: str
) -> None:
    page.goto(f"http://{host}:{site}/")
    page.evaluate(FRAME, server.url + path)
    assert "nightly" not in page.frames[1].content()
