"""The report of a run, opened from the disk: without a server, a network or a script."""

from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from devtools.running import Server
from tests.browser.test_hostile import attacked, watch

__all__ = ["attacked"]


@pytest.fixture
def saved(server: Server, tmp_path: Path) -> Path:
    """The report of a large run, as a file."""
    file = tmp_path / "report.html"
    file.write_bytes(server.send("GET", "/workflow/1/report.html"))
    return file


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1400])
def test_a_kept_report_is_whole_and_fits_the_screen(
    browser: Browser, saved: Path, width: int, scheme: str
) -> None:
    complaints: list[str] = []
    options = {"viewport": {"width": width, "height": 900}, "color_scheme": scheme}
    with closing(browser.new_context(offline=True, **options)) as context:  # type: ignore[arg-type]
        page = context.new_page()
        watch(page, saved.as_uri(), complaints)
        page.goto(saved.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        expect(page.locator("h1")).to_have_css("font-weight", "600")  # The style is in force.
        expect(page.locator("svg.graph")).to_be_visible()
        expect(page.locator("svg.lanes").first).to_be_visible()
        page.locator("svg.graph a").first.click()
        assert "#rule-" in page.url
        assert complaints == []


def test_a_report_whose_every_text_is_an_attack_runs_none(
    browser: Browser, attacked: object, tmp_path: Path
) -> None:
    server, home = attacked.server, attacked.home  # type: ignore[attr-defined]
    file = tmp_path / "report.html"
    file.write_bytes(server.send("GET", f"{home}/report.html"))
    complaints: list[str] = []
    with closing(browser.new_context(bypass_csp=True, offline=True)) as context:
        page = context.new_page()
        watch(page, file.as_uri(), complaints)
        page.goto(file.as_uri())
        assert page.evaluate("window.ran") is None
        assert page.evaluate("document.scripts.length") == 0
        assert complaints == []
