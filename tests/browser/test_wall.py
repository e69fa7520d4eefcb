"""The page for a wall, and the overview on a wide screen, with thirty runs at once."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from devtools.demo import Reporter
from devtools.running import Server, running_server
from tests.browser.test_pages import FAINT_TEXT


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with thirty runs under way and eight that failed."""
    with running_server(tmp_path_factory.mktemp("busy")) as started:
        for number in range(38):
            run = Reporter(started.url, f"metagenome-assembly-{number:02}")
            run.plan({"align": 4})
            run.job(1, "align", "K01")
            if number < 8:
                run.fail(1, "align", "K01")
        yield started


def open_page(browser: Browser, address: str, width: int, height: int, scheme: str) -> Page:
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=scheme,  # type: ignore[arg-type]
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto(address)
    return page


@pytest.mark.parametrize("size", [(1920, 1080), (2560, 1440), (3840, 2160)])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_thirty_runs_and_eight_failures_fit_on_a_wall_in_large_letters(
    browser: Browser, busy: Server, size: tuple[int, int], scheme: str
) -> None:
    page = open_page(browser, f"{busy.url}/wall", *size, scheme)
    assert page.locator(".wall-running li").count() == 30
    assert page.locator(".wall-error").count() == 8
    assert page.evaluate("document.documentElement.scrollHeight") <= size[1]
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    # A letter of a name is at least a hundredth of the screen's width high.
    name = "parseFloat(getComputedStyle(document.querySelector('.wall-name')).fontSize)"
    assert page.evaluate(name) >= 0.01 * size[0]
    assert page.evaluate(FAINT_TEXT) == []
    page.context.close()


def test_the_wall_shows_a_failure_within_seconds(browser: Browser, busy: Server) -> None:
    page = open_page(browser, f"{busy.url}/wall", 1920, 1080, "light")
    late = Reporter(busy.url, "late")
    late.job(1, "align", "K01")
    expect(page.locator(".wall-running")).to_contain_text("late", timeout=6000)
    late.fail(1, "align", "K01")
    failed = page.locator(".wall-trouble .wall-tile", has_text="late")
    expect(failed).to_contain_text("exit status 137", timeout=6000)
    expect(failed).to_have_css("background-color", "rgb(179, 38, 30)")
    expect(page).to_have_title("30 running, 9 need you · panoptes")
    page.context.close()


def test_thirty_running_runs_fit_on_a_wide_screen(browser: Browser, busy: Server) -> None:
    page = open_page(browser, f"{busy.url}/", 2560, 1440, "light")
    lines = page.locator("#running .line")
    assert lines.count() >= 30
    expect(lines.last).to_be_in_viewport(ratio=1)
    expect(page.locator("#needs-you .line").first).to_be_in_viewport(ratio=1)
    card = page.locator("#running").bounding_box()
    assert card is not None
    assert card["width"] > 1300
    page.context.close()
