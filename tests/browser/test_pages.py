"""The pages as a browser shows them: sizes, colours, scripts, forms."""

import re

import pytest
from playwright.sync_api import Page, expect

from devtools.demo import Reporter
from devtools.running import Server
from tests.browser.conftest import NewPage

# The first workflow is the cohort, the second has odd names, the third fails, the fourth retries.
PAGES = [
    "/",
    "/wall",
    "/workflows/",
    "/workflows/?q=nothing",
    "/workflow/1",
    "/workflow/1?status=Running&q=K",
    "/workflow/1/timeline",
    "/workflow/1/timeline?rule=align",
    "/workflow/1/graph",
    "/workflow/1/job/32",
    "/workflow/2",
    "/workflow/2/job/10",
    "/workflow/2/job/11",
    "/workflow/3",
    "/workflow/3/job/1",
    "/workflow/4/job/1",
    "/workflow/1/history",
    "/workflow/1/notes",
    "/workflow/1/rename",
    "/workflow/1/cancel",
    "/workflow/2/delete",
    "/workflows/delete-all",
    "/workflows/cancel-selected",
    "/workflows/cancel-selected?id=1&id=2&id=3&id=99",
    "/workflows/delete-selected?id=1&id=2&id=3",
    "/workflow/1/samples",
    "/workflow/1/samples?unfinished=1&q=K",
    "/workflow/2/samples",
    "/workflow/3/samples",
    "/search",
    "/search?q=K0",
    "/search?q=%3Cimg",
    "/about",
    "/api/docs",
]


@pytest.mark.parametrize("address", PAGES)
def test_nothing_but_tables_scrolls_sideways_on_any_screen(new_page: NewPage, address: str) -> None:
    page = new_page(viewport={"width": 360, "height": 800}, has_touch=True, is_mobile=True)
    page.goto(address)
    for width in (360, 390, 768, 2560):
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_filters_sorting_and_pages_survive_back(page: Page) -> None:
    page.goto("/workflow/1")
    page.locator("#jobs select[name=status]").select_option("Done")
    page.locator("#jobs").get_by_role("button", name="Filter").click()
    expect(page).to_have_url(re.compile("status=Done"))
    page.locator("#jobs").get_by_role("link", name="Duration").click()
    expect(page).to_have_url(re.compile("status=Done.*sort=duration"))
    page.locator("#jobs").get_by_role("link", name="Next").click()
    expect(page).to_have_url(re.compile("page=2"))
    page.go_back()
    expect(page).not_to_have_url(re.compile("page=2"))
    expect(page.locator("#jobs select[name=status]")).to_have_value("Done")
    page.go_back()
    page.go_back()
    expect(page).to_have_url(re.compile("/workflow/1$"))


@pytest.mark.parametrize("address", PAGES)
def test_tables_fit_into_a_usual_screen(page: Page, address: str) -> None:
    page.goto(address)
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    frames = page.locator(".frame").all()
    assert all(frame.evaluate("f => f.scrollWidth <= f.clientWidth + 1") for frame in frames)


@pytest.mark.parametrize("address", PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_stands_out_from_what_is_behind_it(
    new_page: NewPage, address: str, scheme: str
) -> None:
    page = new_page(color_scheme=scheme, reduced_motion="reduce")
    page.goto(address)
    assert page.evaluate(FAINT_TEXT) == []


# The text nodes with less than 4.5:1 between their colour and the first background behind them.
FAINT_TEXT = """() => {
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", {willReadFrequently: true});
  const parse = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const colour = parse(getComputedStyle(each).backgroundColor);
      if (colour[3] === 255) return colour;
    }
    return [255, 255, 255, 255];
  };
  const faint = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.checkVisibility()) continue;
    const pair = [light(parse(getComputedStyle(element).color)), light(behind(element))];
    const ratio = (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
    if (ratio < 4.5) faint.push(`${walker.currentNode.data.trim()}: ${ratio.toFixed(2)}`);
  }
  return faint;
}"""


@pytest.mark.parametrize("address", ["/", "/workflow/2", "/workflow/2/job/7", "/search?q=%3Cimg"])
def test_what_a_client_calls_its_things_is_never_run(page: Page, address: str) -> None:
    page.goto(address)
    assert page.locator("img[src=x]").count() == 0
    assert page.evaluate("[...document.scripts].every((script) => script.src)")


def test_the_theme_follows_the_system_until_it_is_switched(new_page: NewPage) -> None:
    page = new_page(color_scheme="dark")
    page.goto("/")
    body = page.locator("body")
    expect(body).to_have_css("background-color", "rgb(15, 20, 25)")
    page.get_by_role("button", name="Change to the light theme").click()
    expect(body).to_have_css("background-color", "rgb(247, 248, 250)")
    page.goto("/workflows/")
    expect(body).to_have_css("background-color", "rgb(247, 248, 250)")


def test_a_command_is_copied_as_it_is(new_page: NewPage, server: Server) -> None:
    page = new_page(permissions=["clipboard-read", "clipboard-write"])
    page.goto("/workflow/3/job/1")
    button = page.get_by_role("region", name="Command").locator(".copy")
    button.click()
    expect(button).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == "echo 'boom <script>alert(1)</script>' > logs/bad.log; exit 3"
    expect(button).to_have_text("Copy", timeout=3000)


def test_copying_works_without_the_clipboard_of_secure_pages(new_page: NewPage) -> None:
    page = new_page()
    page.add_init_script("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    page.goto("/workflow/3/job/1")
    button = page.get_by_role("region", name="Command").locator(".copy")
    button.click()
    expect(button).to_have_text("Copied")


def test_without_scripts_the_pages_say_the_same(new_page: NewPage) -> None:
    page = new_page(java_script_enabled=False)
    page.goto("/workflow/1")
    expect(page.get_by_role("heading", name="First failure: align s=K07")).to_be_visible()
    expect(page.locator("button.copy").first).to_be_hidden()
    expect(page.locator("#theme")).to_be_hidden()
    page.locator("select[name=rule]").select_option("align")
    page.get_by_role("button", name="Filter").click()
    expect(page).to_have_url(re.compile(r"rule=align.*#jobs"))
    assert page.locator("#jobs tbody tr").count() == 50


def test_times_are_told_by_the_reader_s_clock(new_page: NewPage) -> None:
    page = new_page(timezone_id="Asia/Tokyo")
    page.goto("/workflow/1")
    expect(page.locator("#about time").first).to_have_text(re.compile(r"^[\d-]+ [\d:]+ GMT\+9$"))


def test_a_row_is_a_link_as_a_whole(page: Page) -> None:
    # The link lies over the cell; the time, whose tooltip tells it exactly, over the link.
    for part in ("td >> nth=-1", "time"):
        page.goto("/workflows/")
        row = page.locator("tbody tr", has_text="cohort")
        row.locator(part).click(force=True)
        expect(page).to_have_url(re.compile(r"/workflow/1$"))


def test_the_head_of_a_table_stays_on_screen(page: Page) -> None:
    page.goto("/workflow/1")
    page.locator("#jobs tbody tr").nth(40).scroll_into_view_if_needed()
    expect(page.locator("#jobs thead th").first).to_be_in_viewport()


def test_the_keyboard_reaches_the_content_at_once(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_a_workflow_is_renamed_cancelled_and_deleted_by_its_forms(
    page: Page, server: Server
) -> None:
    run = Reporter(server.url, "to-be-deleted")
    page.goto(f"/workflow/{run.id}")
    page.get_by_text("More").click()
    page.get_by_role("link", name="Rename…").click()
    page.get_by_label("New name").fill("<b>old</b> & gone")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("<b>old</b> & gone")
    page.get_by_role("link", name="Cancel…").click()
    page.get_by_role("button", name="Cancel: stop watching").click()
    expect(page.get_by_role("status")).to_contain_text("The run is cancelled")
    page.get_by_text("More").click()
    page.get_by_role("link", name="Delete…").click()
    page.get_by_role("button", name="Delete '<b>old</b> & gone' and its run").click()
    deletion = page.locator("form.undo").first
    expect(deletion).to_contain_text("'<b>old</b> & gone' deleted")
    expect(page.get_by_role("link", name="<b>old</b> & gone")).to_have_count(0)
    deletion.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("link", name="<b>old</b> & gone")).to_have_count(1)


def test_the_search_in_the_head_finds_a_job(page: Page) -> None:
    page.goto("/")
    page.get_by_role("searchbox", name="Search workflows, rules and jobs").fill("k19")
    page.keyboard.press("Enter")
    expect(page.locator("mark").first).to_have_text("K19")
    page.get_by_role("link", name="align").first.click()
    expect(page.get_by_role("heading", name="Why it failed")).to_be_visible()


def test_a_slash_leads_to_the_search_but_not_from_a_field(page: Page) -> None:
    page.goto("/workflow/1")
    search = page.get_by_role("searchbox", name="Search workflows, rules and jobs")
    page.keyboard.press("/")
    expect(search).to_be_focused()
    expect(search).to_have_value("")
    page.keyboard.type("a/b")
    expect(search).to_have_value("a/b")
    field = page.locator("#jobs input[name=q]")
    field.focus()
    page.keyboard.press("/")
    expect(field).to_have_value("/")


def test_chips_stand_apart_from_the_field_below_them(page: Page) -> None:
    page.goto("/workflow/1")
    chips, form = (
        page.locator("#log .chips").bounding_box(),
        page.locator("#log form").bounding_box(),
    )
    assert chips is not None
    assert form is not None
    assert form["y"] - (chips["y"] + chips["height"]) >= 8


@pytest.mark.parametrize("width", [360, 1280])
def test_names_in_any_script_and_length_break_nothing(
    new_page: NewPage, server: Server, width: int
) -> None:
    name = f"<script>alert({width})</script> עברית \u202e العربية 🧬 日本語"
    run = Reporter(server.url, name)
    run.job(1, "align", "K" * 200)
    run.fail(1, "align", "שלום\u202eK🧬")
    page = new_page(viewport={"width": width, "height": 800})
    addresses = [
        "/",
        "/workflows/",
        f"/workflow/{run.id}",
        f"/workflow/{run.id}/job/1",
        f"/workflow/{run.id}/timeline",
        f"/workflow/{run.id}/graph",
        f"/workflow/{run.id}/samples",
        f"/workflow/{run.id}/rename",
        "/search?q=script",
    ]
    for address in addresses:
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
    expect(page.locator("main")).to_contain_text("alert(")
    run.say("workflow_success")


def test_a_phone_scrolls_the_navigation_alone_and_shows_the_whole_menu(new_page: NewPage) -> None:
    page = new_page(viewport={"width": 280, "height": 844}, has_touch=True, is_mobile=True)
    page.goto("/workflow/1/samples")
    navigation = page.get_by_role("navigation", name="This run")
    assert navigation.evaluate("frame => frame.scrollWidth > frame.clientWidth")
    expect(navigation.get_by_role("link", name="Samples")).to_be_in_viewport(ratio=1)
    assert page.evaluate("scrollY") == 0
    page.get_by_text("More", exact=True).click()
    expect(page.get_by_role("link", name="Rename…")).to_be_in_viewport(ratio=1)
    assert page.evaluate("document.documentElement.scrollWidth") == 280


def test_the_state_comes_before_the_buttons_on_a_phone(new_page: NewPage) -> None:
    page = new_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page.goto("/workflow/1")
    head = page.locator("#head")
    state, actions = head.locator(".progress-line"), head.locator(".actions")
    tops = [place.evaluate("e => e.getBoundingClientRect().top") for place in (state, actions)]
    assert tops == sorted(tops)
