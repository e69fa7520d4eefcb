"""Ticking workflows in the list, while the list goes on changing."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from devtools.demo import Reporter
from devtools.running import Server
from tests.browser.conftest import NewPage

SOON = 4000
ALL = "Select all on this page"


@pytest.fixture
def runs(server: Server) -> Iterator[list[Reporter]]:
    """Three workflows that run."""
    found = [Reporter(server.url, f"bulk-{number}") for number in range(3)]
    yield found
    for run in found:
        run.say("workflow_success")


def test_ticks_survive_a_change_of_the_list(
    page: Page, server: Server, runs: list[Reporter]
) -> None:
    page.goto("/workflows/?q=bulk-")
    box = page.get_by_label("Select bulk-1")
    box.check()
    before = page.locator("tbody tr").count()
    later = Reporter(server.url, "bulk-later")
    runs[1].job(1, "align", "K01")
    expect(page.locator("tbody tr")).to_have_count(before + 1, timeout=SOON)
    expect(box).to_be_checked()
    expect(page.get_by_label("Select bulk-later")).not_to_be_checked()
    expect(page.locator("#selected")).to_have_text(f"1 of {before + 1} selected")
    expect(page.get_by_label(ALL)).to_be_visible()
    page.get_by_role("button", name="Cancel selected…").click()
    expect(page.get_by_role("heading", name="Cancel 1 workflow?")).to_be_visible()
    expect(page.locator("main")).to_contain_text("bulk-1")
    later.say("workflow_success")


def test_one_box_ticks_all_rows(page: Page, runs: list[Reporter]) -> None:
    page.goto("/workflows/?q=bulk-")
    boxes = page.locator("input[name=id]")
    page.get_by_label(ALL).check()
    assert all(box.is_checked() for box in boxes.all())
    boxes.first.uncheck()
    expect(page.get_by_label(ALL)).to_have_js_property("indeterminate", value=True)
    boxes.first.check()
    expect(page.get_by_label(ALL)).to_be_checked()
    page.get_by_label(ALL).uncheck()
    assert not any(box.is_checked() for box in boxes.all())


def test_a_tick_does_not_open_the_workflow(page: Page, runs: list[Reporter]) -> None:
    page.goto("/workflows/?q=bulk-")
    page.locator("tbody .tick label").first.click()
    expect(page).to_have_url(re.compile("/workflows/"))
    expect(page.locator("input[name=id]").first).to_be_checked()


def test_several_are_cancelled_and_deleted_without_scripts(
    new_page: NewPage, runs: list[Reporter]
) -> None:
    page = new_page(java_script_enabled=False)
    page.goto("/workflows/?q=bulk-")
    expect(page.get_by_label(ALL)).to_be_hidden()
    for number in (0, 2):
        page.get_by_label(f"Select bulk-{number}").first.check()
    page.get_by_role("button", name="Cancel selected…").click()
    page.get_by_role("button", name="Cancel: stop watching 2 workflows").click()
    expect(page.get_by_role("status")).to_contain_text("The selected workflows are cancelled.")
    for number in (0, 2):
        page.get_by_label(f"Select bulk-{number}").first.check()
    page.get_by_role("button", name="Delete selected…").click()
    page.get_by_role("button", name=re.compile("^Delete 2 workflows and ")).click()
    deletion = page.locator("form.undo").first
    expect(deletion).to_contain_text("2 workflows deleted")
    expect(page.get_by_label("Select bulk-0")).to_have_count(0)
    deletion.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("status")).to_contain_text("Deleted workflows are restored.")


def test_the_buttons_stay_in_reach_while_something_is_ticked(
    page: Page, runs: list[Reporter]
) -> None:
    page.set_viewport_size({"width": 1280, "height": 320})
    page.goto("/workflows/")
    button = page.get_by_role("button", name="Delete selected…")
    page.locator("input[name=id]").first.check()
    expect(button).to_be_in_viewport()
