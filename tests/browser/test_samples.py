"""The samples of a run as a browser shows them."""

import re

import pytest
from playwright.sync_api import Page, expect

from devtools.demo import Reporter
from devtools.running import Server
from tests.browser.conftest import NewPage

SOON = 4000
RULES = [f"rule_of_a_long_name_number_{number}" for number in range(1, 13)]


@pytest.fixture(scope="module")
def wide(server: Server) -> Reporter:
    """A run of twelve rules and a value of 200 letters."""
    run = Reporter(server.url, "twelve-rules")
    for number, rule in enumerate(RULES):
        for at, value in enumerate(["K1", "K2", "x" * 200]):
            told = {"wildcards": {"sample": value, "rep": "1"}, "input": [], "output": []}
            run.say("job_info", jobid=10 * number + at, name=rule, log=[], **told)
    run.say("workflow_success")
    return run


def test_twelve_rules_fit_into_a_usual_screen(page: Page, wide: Reporter) -> None:
    page.goto(f"/workflow/{wide.id}/samples")
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    frame = page.locator(".samples-frame")
    assert frame.evaluate("f => f.scrollWidth <= f.clientWidth + 1")
    expect(page.locator(".samples thead th")).to_have_count(13)


@pytest.mark.parametrize("number", ["wide", "1"])
def test_on_a_phone_the_matrix_scrolls_in_its_frame(
    new_page: NewPage, wide: Reporter, number: str
) -> None:
    page = new_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page.goto(f"/workflow/{wide.id if number == 'wide' else number}/samples")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    frame = page.locator(".samples-frame")
    value = page.locator(".samples tbody th").first
    before = value.bounding_box()
    frame.evaluate("f => f.scrollBy(200, 0)")
    after = value.bounding_box()
    assert before is not None
    assert after is not None
    assert before["x"] == after["x"], "The first column stays."
    frame.scroll_into_view_if_needed()
    frame.evaluate("f => f.scrollBy(0, 200)")
    expect(page.locator(".samples thead th").first).to_be_in_viewport()


def test_the_names_of_the_rules_stay_on_screen(page: Page) -> None:
    page.goto("/workflow/1/samples")
    page.locator(".samples tbody tr").nth(40).scroll_into_view_if_needed()
    expect(page.locator(".samples thead th").nth(1)).to_be_in_viewport()


def test_a_cell_leads_to_its_job(page: Page) -> None:
    page.goto("/workflow/1/samples?q=K07")
    page.locator(".samples td .status-error").click()
    expect(page.get_by_role("heading", name="Why it failed")).to_be_visible()


def test_values_are_filtered_without_scripts(new_page: NewPage) -> None:
    page = new_page(java_script_enabled=False)
    page.goto("/workflow/1/samples")
    page.get_by_label("Only unfinished").check()
    page.get_by_role("button", name="Show").click()
    expect(page).to_have_url(re.compile("unfinished=1"))
    expect(page.get_by_role("row", name="K02")).to_have_count(0)
    page.get_by_role("link", name="K07").click()
    expect(page).to_have_url(re.compile(r"/workflow/1\?wildcard=s(%3D|=)K07#jobs$"))


def test_an_open_page_follows_its_samples(page: Page, server: Server) -> None:
    run = Reporter(server.url, "sampling")
    run.plan({"trim": 2, "align": 2})
    for number, sample in enumerate(("K2", "K10")):
        run.job(number, "trim", sample)
    page.goto(f"/workflow/{run.id}/samples")
    expect(page.locator(".samples-summary")).to_contain_text("0 of 2 finished")
    page.get_by_role("link", name="K10").focus()
    for number, sample in enumerate(("K2", "K10")):
        run.say("job_finished", jobid=number)
        run.job(9 + number, "align", sample)
    run.say("job_finished", jobid=9)
    expect(page.locator(".samples-summary")).to_contain_text("1 of 2 finished", timeout=SOON)
    expect(page).to_have_title(re.compile("^1 of 2 finished"))
    expect(page.get_by_role("link", name="K10")).to_be_focused()
    run.say("workflow_success")
