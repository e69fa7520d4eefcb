"""Signing in as people do it, in a browser, on a server that wants tokens."""

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from devtools.demo import Reporter
from devtools.running import Server, running_server
from tests.browser.conftest import NewPage
from tests.browser.test_axe import RULES
from tests.tokens import token_command

# What a browser says of every page that wants a token.
REFUSAL = "the server responded with a status of 401"
SOON = 6000


def panoptes_token(server: Server, *words: str) -> str:
    """Run `panoptes token` on the server's database and return its output."""
    return token_command(server.output.parent, *words)


@pytest.fixture(scope="module")
def guarded(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with a run that began before there were tokens, and with an admin's token."""
    with running_server(tmp_path_factory.mktemp("guarded")) as server:
        Reporter(server.url, "nightly").job(1, "align", "K01")
        panoptes_token(server, "add", "first", "--role", "admin")
        yield server


@pytest.fixture
def open_page(browser: Browser, guarded: Server) -> Iterator[NewPage]:
    """Open pages in browsers of their own; complaints fail the test, but for refusals."""
    complaints: list[str] = []
    contexts = []

    def open_page(**options: object) -> Page:
        context = browser.new_context(base_url=guarded.url, **options)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert [each for each in complaints if REFUSAL not in each] == []


def sign_in(page: Page, server: Server, name: str, role: str) -> None:
    secret = panoptes_token(server, "add", name, "--role", role)
    page.goto("/workflows/")
    page.get_by_label("Token").fill(secret)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Workflows")).to_be_visible()


def test_an_admin_signs_in_renames_a_workflow_and_signs_out(
    open_page: NewPage, guarded: Server
) -> None:
    page = open_page()
    page.goto("/workflow/1")
    expect(page.get_by_label("Token")).to_be_focused()
    page.keyboard.type("a wrong one")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("This token is unknown")
    page.get_by_label("Token").fill(panoptes_token(guarded, "add", "lea", "--role", "admin"))
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(re.compile("/workflow/1$"))
    page.get_by_text("More").click()
    page.get_by_role("link", name="Rename…").click()
    page.get_by_label("New name").fill("weekly")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("weekly")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("status")).to_contain_text("You are signed out.")
    page.goto("/workflow/1")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_viewer_is_offered_no_change(open_page: NewPage, guarded: Server) -> None:
    page = open_page()
    sign_in(page, guarded, "wall", "view")
    expect(page.get_by_role("link", name="Delete all…")).to_have_count(0)
    expect(page.locator("input[type=checkbox]")).to_have_count(0)
    page.goto("/workflow/1")
    expect(page.get_by_role("link", name="Cancel…")).to_have_count(0)
    expect(page.get_by_text("Rename…")).to_have_count(0)


def test_signing_in_and_out_needs_no_scripts(open_page: NewPage, guarded: Server) -> None:
    page = open_page(java_script_enabled=False)
    sign_in(page, guarded, "no scripts", "view")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Token")).to_be_visible()


def test_an_open_page_asks_to_sign_in_when_its_token_is_revoked(
    open_page: NewPage, guarded: Server
) -> None:
    page = open_page()
    sign_in(page, guarded, "short", "view")
    panoptes_token(guarded, "revoke", "short")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible(timeout=SOON)
    expect(page.get_by_text("weekly")).to_have_count(0)


def test_no_script_reads_the_cookies(open_page: NewPage, guarded: Server) -> None:
    page = open_page()
    sign_in(page, guarded, "cookies", "view")
    names = {cookie["name"].rsplit("_", 1)[0] for cookie in page.context.cookies()}
    assert names == {"panoptes_session"}
    assert page.evaluate("document.cookie") == ""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_the_pages_of_a_guarded_server_are_for_everybody_and_fit(
    open_page: NewPage, guarded: Server, scheme: str, width: int
) -> None:
    page = open_page(
        color_scheme=scheme,
        bypass_csp=True,
        reduced_motion="reduce",
        viewport={"width": width, "height": 800},
    )
    page.goto("/login")
    assert_is_for_everybody(page, width)
    page.get_by_label("Token").fill("a wrong one")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    assert_is_for_everybody(page, width)
    sign_in(page, guarded, f"somebody-with-a-very-long-name-{scheme}-{width}", "admin")
    for address in ("/", "/workflows/?owner=x", "/workflow/1", "/about"):
        page.goto(address)
        assert_is_for_everybody(page, width)


def assert_is_for_everybody(page: Page, width: int) -> None:
    options = {"runOnly": {"type": "tag", "values": RULES}, "resultTypes": ["violations"]}
    found = Axe().run(page, options=options).response["violations"]
    assert [(each["id"], each["nodes"][0]["html"][:150]) for each in found] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
