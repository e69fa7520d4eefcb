"""An open page follows its workflow, and leaves the reader's things alone."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from devtools.demo import Reporter
from devtools.running import Server, running_server
from tests.browser.conftest import NewPage

SOON = 4000
# A browser that was allowed to notify, and keeps what it would show.
NOTES = """
window.notes = [];
window.Notification = class {
  static permission = "granted";
  static async requestPermission() { return "granted"; }
  constructor(title) { window.notes.push(title); }
};
"""


@pytest.fixture
def run(server: Server) -> Iterator[Reporter]:
    """A run of two planned jobs of which one runs."""
    reporter = Reporter(server.url, "live")
    reporter.plan({"align": 2})
    reporter.job(1, "align", "K01")
    yield reporter
    reporter.say("workflow_success")


def test_the_page_of_a_workflow_follows_it_to_its_end(page: Page, run: Reporter) -> None:
    page.goto(f"/workflow/{run.id}")
    expect(page).to_have_title(re.compile("^0 % – live"))
    run.say("job_finished", jobid=1)
    expect(page.locator("#head")).to_contain_text("1 of 2 done", timeout=SOON)
    expect(page).to_have_title(re.compile("^50 % – live"), timeout=SOON)
    run.job(2, "align", "K02")
    expect(page.locator("#jobs")).to_contain_text("s=K02", timeout=SOON)
    run.fail(2, "align", "K02")
    expect(page.locator("#failures")).to_contain_text("exit status 137", timeout=SOON)
    expect(page).to_have_title(re.compile("^✗ 1 failed – live"))
    icon = page.locator("link[rel=icon]")
    expect(icon).to_have_attribute("href", re.compile(r"/error\.svg"))


def test_typed_text_focus_and_scrolling_survive_a_change(page: Page, run: Reporter) -> None:
    page.set_viewport_size({"width": 1280, "height": 300})
    page.goto(f"/workflow/{run.id}")
    field = page.locator("#jobs input[name=q]")
    field.click()
    field.press_sequentially("half a wo")
    scrolled = page.evaluate("scrollY")
    run.say("job_finished", jobid=1)
    expect(page.locator("#head")).to_contain_text("1 of 2 done", timeout=SOON)
    expect(field).to_be_focused()
    expect(field).to_have_value("half a wo")
    assert page.evaluate("scrollY") == scrolled


def test_copy_buttons_work_after_a_change(page: Page, run: Reporter) -> None:
    page.goto(f"/workflow/{run.id}")
    run.fail(1, "align", "K01")
    button = page.locator("#failures button.copy").first
    expect(button).to_be_visible(timeout=SOON)


def test_the_overview_and_the_list_show_a_new_workflow(new_page: NewPage, server: Server) -> None:
    pages = [new_page(), new_page()]
    for page, address in zip(pages, ["/", "/workflows/"], strict=True):
        page.goto(address)
    fresh = Reporter(server.url, "brand-new")
    for page in pages:
        expect(page.locator("main")).to_contain_text("brand-new", timeout=SOON)
    fresh.say("workflow_success")


def test_nothing_is_sent_while_nothing_changes(page: Page, run: Reporter) -> None:
    codes: list[int] = []
    page.goto(f"/workflow/{run.id}")
    page.on("response", lambda answer: codes.append(answer.status))
    page.wait_for_timeout(6500)
    assert len(codes) >= 2
    assert codes.count(304) >= len(codes) - 2, "The first answer, and one at a minute's turn."


def test_a_page_says_when_the_server_is_away_and_recovers(
    new_page: NewPage, tmp_path: Path
) -> None:
    with running_server(tmp_path) as first:
        reporter = Reporter(first.url, "nightly")
        port = first.url.rpartition(":")[2]
        context = new_page().context
        page = context.new_page()  # Its failing requests are expected complaints.
        page.goto(f"{first.url}/workflow/{reporter.id}")
        expect(page.locator("#away")).to_be_hidden()
    expect(page.locator("#away")).to_be_visible(timeout=8000)
    with running_server(tmp_path, "--port", port):
        expect(page.locator("#away")).to_be_hidden(timeout=20000)


def test_whoever_asks_is_notified_of_the_end(new_page: NewPage, run: Reporter) -> None:
    page = new_page()
    page.context.grant_permissions(["notifications"])
    page.add_init_script(NOTES)
    page.goto(f"/workflow/{run.id}")
    page.get_by_role("button", name="Notify me").click()
    expect(page.get_by_role("button", name="You will be notified")).to_be_visible()
    run.say("job_finished", jobid=1)
    run.say("workflow_success")
    expect(page.get_by_role("button", name="You will be notified")).to_be_hidden(timeout=SOON)
    first, last = page.evaluate("window.notes")
    assert first == "You will be notified when this workflow ends."
    assert last.startswith("✓ live")


def test_a_page_in_the_background_notifies_too(new_page: NewPage, run: Reporter) -> None:
    page = new_page()
    page.context.grant_permissions(["notifications"])
    page.add_init_script(NOTES)
    page.add_init_script(
        "Object.defineProperty(document, 'hidden', { get: () => Boolean(window.isAway) });"
    )
    page.goto(f"/workflow/{run.id}")
    page.get_by_role("button", name="Notify me").click()
    page.evaluate("window.isAway = true")
    run.say("job_finished", jobid=1)
    run.say("workflow_success")
    expect(page.get_by_role("button", name="You will be notified")).to_be_hidden(timeout=20000)
    assert page.evaluate("window.notes")[-1].startswith("✓ live")


def test_a_browser_that_makes_no_notes_promises_none(new_page: NewPage, run: Reporter) -> None:
    page = new_page()
    page.add_init_script(NOTES.replace("window.notes.push(title)", "throw new TypeError()"))
    page.goto(f"/workflow/{run.id}")
    page.get_by_role("button", name="Notify me").click()
    expect(page.locator("#notify")).to_be_hidden()


def test_an_open_page_of_a_deleted_workflow_says_so(
    new_page: NewPage, run: Reporter, server: Server
) -> None:
    run.say("workflow_success")
    page = new_page().context.new_page()  # Its failing requests are expected complaints.
    page.goto(f"{server.url}/workflow/{run.id}")
    server.send("DELETE", f"/api/workflow/{run.id}")
    expect(page.get_by_role("heading", name="Not found")).to_be_visible(timeout=SOON)
