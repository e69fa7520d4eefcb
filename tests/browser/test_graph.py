"""The graph of rules as a browser shows it."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from devtools.demo import Reporter
from devtools.running import Server
from tests.browser.conftest import NewPage
from tests.browser.test_pages import FAINT_TEXT

# The cohort, odd names, a failure, a retried job.
GRAPHS = [f"/workflow/{number}/graph" for number in (1, 2, 3, 4)]


@pytest.mark.parametrize("address", GRAPHS)
def test_only_the_picture_scrolls_sideways_on_a_phone(new_page: NewPage, address: str) -> None:
    page = new_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page.goto(address)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    expect(page.locator("svg.graph .graph-node").first).to_be_visible()


@pytest.mark.parametrize("address", GRAPHS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_of_a_graph_stands_out(new_page: NewPage, address: str, scheme: str) -> None:
    page = new_page(color_scheme=scheme, reduced_motion="reduce")
    page.goto(address)
    assert page.evaluate(FAINT_TEXT) == []
    colours = page.evaluate(COLOURS)
    assert colours["page"] != colours["box"] or colours["line"] != colours["box"]
    assert "rgb(0, 0, 0)" not in colours.values()


# Nothing is drawn in the black of a picture without a style sheet.
COLOURS = """() => {
  const style = (selector) => getComputedStyle(document.querySelector(selector));
  return {
    page: style("body").backgroundColor,
    box: style(".graph-node use").fill,
    line: style(".graph-node use").stroke,
    name: style(".graph-name").fill,
    state: style(".graph-state").fill,
    track: style(".graph-track").fill,
    done: style(".graph .part-done, .graph .part-running, .graph .part-error").fill,
  };
}"""


@pytest.mark.parametrize("address", GRAPHS)
def test_text_stays_in_its_box(page: Page, address: str) -> None:
    page.goto(address)
    assert page.evaluate(SPILT) == []


SPILT = """() => [...document.querySelectorAll(".graph-node")].flatMap((node) => {
  const box = node.querySelector("use").getBoundingClientRect();
  const texts = [...node.querySelectorAll("text")];
  const [name, state, count] = texts.map((text) => text.getBoundingClientRect());
  const spilt = name.right > box.right || count.right > box.right || state.right > count.left;
  return spilt ? [node.textContent] : [];
})"""


def test_a_box_leads_to_the_jobs_of_its_rule(page: Page) -> None:
    page.goto("/workflow/1/graph")
    page.get_by_role("link", name=re.compile("^align: ")).click()
    expect(page).to_have_url(re.compile(r"/workflow/1\?rule=align#jobs$"))
    expect(page.locator("select[name=rule]")).to_have_value("align")


def test_the_keyboard_reaches_a_box(page: Page) -> None:
    page.goto("/workflow/1/graph")
    page.get_by_role("group", name="Graph of the rules").focus()
    page.keyboard.press("Tab")
    expect(page.locator(".graph-node").first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"\?rule=\w+#jobs$"))


def test_an_open_graph_grows(page: Page, server: Server) -> None:
    run = Reporter(server.url, "growing")
    run.say("job_info", jobid=1, name="trim", output=["trimmed.txt"])
    page.goto(f"/workflow/{run.id}/graph")
    expect(page.locator(".graph-state")).to_have_text(["● 1 running"])
    page.locator(".graph-node").focus()
    run.say("job_finished", jobid=1)
    run.say("job_info", jobid=2, name="align", input=["trimmed.txt"])
    expect(page.locator(".graph-node .graph-name")).to_have_text(["trim", "align"], timeout=8000)
    expect(page.locator(".graph-state")).to_have_text(["✓ done", "● 1 running"])
    expect(page.locator(".graph-edges path")).to_have_count(1)
    expect(page.locator("[data-key=trim]")).to_be_focused()
    run.say("workflow_success")


@pytest.fixture
def large(server: Server) -> Iterator[int]:
    """The id of a run whose sixty rules read files of one; the last of them failed."""
    run = Reporter(server.url, "large")
    run.plan(dict.fromkeys(NAMES, 1))
    for jobid, name in enumerate(NAMES):
        source = f"out/{NAMES[0]}" if jobid else "raw"
        told = {"jobid": jobid, "name": name, "input": [source], "output": [f"out/{name}"]}
        run.say("job_info", **told, log=[], wildcards={})
    run.say("job_error", jobid=len(NAMES) - 1, name=NAMES[-1])
    yield run.id
    run.say("workflow_success")


NAMES = [f"merge_vcf_per_chromosome_{number:02}" for number in range(60)]


def test_a_large_graph_scrolls_in_its_frame_and_begins_at_what_failed(
    page: Page, large: int
) -> None:
    page.goto(f"/workflow/{large}/graph")
    frame = page.locator(".graph-frame")
    assert frame.evaluate("f => f.scrollWidth > f.clientWidth")
    assert frame.evaluate("f => f.clientHeight") <= 0.85 * 900
    failed = page.locator(".graph-error").bounding_box()
    seen = frame.bounding_box()
    assert failed is not None
    assert seen is not None
    assert seen["x"] <= failed["x"]
    assert failed["x"] + failed["width"] <= seen["x"] + seen["width"]
    assert page.evaluate(SPILT) == []


def test_a_large_graph_is_shown_whole_without_a_script(new_page: NewPage, large: int) -> None:
    page = new_page(viewport={"width": 1280, "height": 900}, java_script_enabled=False)
    page.goto(f"/workflow/{large}/graph")
    page.get_by_label("Show all of it at once").check()
    frame = page.locator(".graph-frame")
    assert frame.evaluate("f => f.scrollWidth <= f.clientWidth && f.scrollHeight <= f.clientHeight")
    page.goto("/workflow/1/graph")
    expect(page.get_by_label("Show all of it at once")).to_have_count(0)
