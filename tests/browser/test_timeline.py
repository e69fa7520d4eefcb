"""The timeline as a browser shows it."""

import re

import pytest
from playwright.sync_api import Page, expect

from devtools.demo import Reporter
from devtools.running import Server
from tests.browser.conftest import NewPage
from tests.browser.test_pages import FAINT_TEXT

# The cohort's, a rule of it, odd names, a failure, attempts.
PAGES = [
    "/workflow/1/timeline",
    "/workflow/1/timeline?rule=align",
    "/workflow/2/timeline",
    "/workflow/3/timeline",
    "/workflow/4/timeline",
]


@pytest.mark.parametrize("address", PAGES)
def test_a_phone_shows_all_of_the_time_without_scrolling_sideways(
    new_page: NewPage, address: str
) -> None:
    page = new_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page.goto(address)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    chart = page.locator(".timeline")
    assert chart.evaluate("card => card.scrollWidth <= card.clientWidth")


@pytest.mark.parametrize("address", PAGES)
def test_bars_lie_between_the_ends_of_the_axis(page: Page, address: str) -> None:
    page.goto(address)
    axis = page.locator(".axis").bounding_box()
    assert axis is not None
    for bar in page.locator(".lanes .span").all():
        box = bar.bounding_box()
        assert box is not None
        assert box["x"] >= axis["x"] - 1.5
        assert box["x"] + box["width"] <= axis["x"] + axis["width"] + 1.5
        assert box["width"] > 1


@pytest.mark.parametrize("address", PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_of_the_timeline_stand_out(new_page: NewPage, address: str, scheme: str) -> None:
    page = new_page(color_scheme=scheme, reduced_motion="reduce")
    page.goto(address)
    assert page.evaluate(FAINT_TEXT) == []


def test_a_click_on_a_bar_opens_its_job(page: Page) -> None:
    page.goto("/workflow/4/timeline")
    page.locator(".lanes a", has_text="attempt 1 of 2").click()
    expect(page).to_have_url(re.compile(r"/workflow/4/job/1$"))
    expect(page.get_by_role("heading", name="Attempts")).to_be_visible()


def test_a_bar_is_a_link_with_a_name_for_the_keyboard(page: Page) -> None:
    page.goto("/workflow/3/timeline")
    link = page.get_by_role("link", name=re.compile("^bad .*Error"))
    link.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/workflow/3/job/1$"))


def test_without_scripts_a_rule_is_chosen_by_the_form(new_page: NewPage) -> None:
    page = new_page(java_script_enabled=False)
    page.goto("/workflow/1/timeline")
    page.locator("select[name=rule]").select_option("sort")
    page.get_by_role("button", name="Show").click()
    expect(page).to_have_url(re.compile(r"rule=sort"))
    expect(page.get_by_role("heading", name="Timeline of sort")).to_be_visible()
    page.get_by_role("link", name="All rules").click()
    page.locator(".time-rows").get_by_role("link", name="align", exact=True).click()
    expect(page.get_by_role("heading", name="Timeline of align")).to_be_visible()


def test_the_axis_stays_on_screen(page: Page) -> None:
    page.goto("/workflow/1/timeline")
    page.locator(".time-rows li").last.scroll_into_view_if_needed()
    page.mouse.wheel(0, 300)
    expect(page.locator(".axis")).to_be_in_viewport()


def test_the_keyboard_can_skip_the_bars(page: Page) -> None:
    page.goto("/workflow/1/timeline")
    skip = page.get_by_role("link", name="Skip the chart")
    skip.focus()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Slowest rules")).to_be_in_viewport()


def test_the_bars_are_one_stop_of_the_tab_key_and_arrows_lead_through_them(page: Page) -> None:
    page.goto("/workflow/1/timeline?rule=align")
    bars = page.locator(".lanes a")
    assert bars.count() > 40
    page.get_by_role("link", name="Skip the chart").focus()
    page.keyboard.press("Tab")
    expect(bars.first).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("[data-arrows] a:focus")).to_have_count(0)
    page.keyboard.press("Shift+Tab")
    expect(bars.first).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(bars.first).not_to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(bars.first).to_be_focused()
    visited = walk(page, "ArrowRight", "ArrowDown")
    assert len(visited) == bars.count()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/workflow/1/job/"))


def walk(page: Page, along: str, across: str) -> set[str]:
    """Go along each line to both ends, then to the next line, and return all that had the focus."""
    back = {"ArrowRight": "ArrowLeft"}[along]
    visited: set[str] = set()
    focus = "document.activeElement.querySelector('title').textContent"
    while True:
        start = page.evaluate(focus)
        for key in (back, along):
            before = None
            while before != (before := page.evaluate(focus)):
                visited.add(before)
                page.keyboard.press(key)
        page.keyboard.press(across)
        if page.evaluate(focus) in visited or start is None:
            return visited


def test_the_stop_stays_where_it_was_when_the_page_is_refreshed(page: Page, server: Server) -> None:
    run = Reporter(server.url, "moving")
    run.job(1, "align", "K01")
    run.job(2, "sort", "K01")
    page.goto(f"/workflow/{run.id}/timeline")
    page.locator(".lanes a").nth(0).focus()
    page.keyboard.press("ArrowDown")
    run.job(3, "count", "K01")
    expect(page.locator(".lanes a")).to_have_count(3, timeout=6000)
    expect(page.locator(".lanes a").nth(1)).to_be_focused()
    assert page.locator("[data-arrows] a[tabindex='0']").count() == 1
    run.say("workflow_success")


def test_a_wide_screen_gives_the_time_all_of_its_width(new_page: NewPage) -> None:
    page = new_page(viewport={"width": 2560, "height": 1440})
    page.goto("/workflow/1/timeline")
    chart = page.locator(".timeline").bounding_box()
    assert chart is not None
    assert chart["x"] >= 16
    assert chart["width"] > 2400
    assert page.evaluate("document.documentElement.scrollWidth") <= 2560
