"""Pages of other web sites ask the API from a real browser."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from devtools.demo import Reporter
from devtools.running import Server, running_server
from tests.browser.test_login import panoptes_token

ASK = """async ([url, options]) => {
    try {
        const answer = await fetch(url, options);
        return [answer.status, await answer.json()];
    } catch (error) {
        return [0, error.name];
    }
}"""
KEPT_FROM_THE_PAGE = [0, "TypeError"]


class EmptyPage(BaseHTTPRequestHandler):
    """A web site of one page, with nothing in it."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>portal</title><link rel=icon href=data:,>")

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def site() -> Iterator[int]:
    """The port of another web site on this machine."""
    with ThreadingHTTPServer(("127.0.0.1", 0), EmptyPage) as served:
        threading.Thread(target=served.serve_forever, daemon=True).start()
        yield served.server_port
        served.shutdown()


@pytest.fixture
def server(site: int, tmp_path: Path) -> Iterator[Server]:
    """A server that lets the site in, by one of its two names.

    To the browser that is a sibling of the server, to which cookies of the server go along.
    """
    with running_server(tmp_path, "--cors-origin", f"http://127.0.0.1:{site}") as started:
        Reporter(started.url, "nightly")
        yield started


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    """A page in a browser of its own, which may complain of what it keeps from scripts."""
    context = browser.new_context(base_url=server.url)
    yield context.new_page()
    context.close()


def ask(page: Page, server: Server, path: str, **options: Any) -> Any:
    """Return the status and the JSON that a script of the page gets, or the name of its error."""
    return page.evaluate(ASK, [server.url + path, options])


def test_a_named_sites_page_reads_and_with_a_token_changes(
    page: Page, server: Server, site: int
) -> None:
    page.goto(f"http://127.0.0.1:{site}/")
    status, told = ask(page, server, "/api/workflows")
    assert (status, told["count"]) == (200, 1)
    assert ask(page, server, "/api/workflow/9")[0] == 404, "It may read errors, too."
    assert ask(page, server, "/api/workflow/1/pin", method="PUT")[0] == 403, "There is no token."
    me = {"Authorization": f"Bearer {panoptes_token(server, 'add', 'me', '--role', 'admin')}"}
    assert ask(page, server, "/api/workflow/1")[0] == 401
    body = {"body": '{"name": "renamed"}', "headers": {"Content-Type": "application/json", **me}}
    status, told = ask(page, server, "/api/workflow/1", method="PUT", **body)
    assert (status, told["workflow"]["name"]) == (200, "renamed")


def test_another_sites_page_reads_and_changes_nothing(
    page: Page, server: Server, site: int
) -> None:
    page.goto(f"http://localhost:{site}/")
    assert ask(page, server, "/api/workflows") == KEPT_FROM_THE_PAGE
    secret = panoptes_token(server, "add", "me", "--role", "admin")
    sent = {"method": "POST", "headers": {"Authorization": f"Bearer {secret}"}}
    for options in (sent, {"method": "POST"}, {"method": "POST", "mode": "no-cors"}):
        assert ask(page, server, "/api/workflow/1/cancel", **options)[0] == 0
    assert status_of_workflow(page, server, secret) == "Running"


def test_a_named_sites_page_does_nothing_as_whoever_signed_in(
    page: Page, server: Server, site: int
) -> None:
    secret = panoptes_token(server, "add", "me", "--role", "admin")
    page.goto("/workflows/")
    page.get_by_label("Token").fill(secret)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Workflows").wait_for()
    page.goto(f"http://127.0.0.1:{site}/")
    cookies = {"credentials": "include"}
    assert ask(page, server, "/api/workflows", **cookies) == KEPT_FROM_THE_PAGE
    assert ask(page, server, "/api/workflow/1/cancel", method="POST", **cookies)[0] == 0
    assert status_of_workflow(page, server, secret) == "Running"


def status_of_workflow(page: Page, server: Server, secret: str) -> str:
    """Return what a page of the server's own finds."""
    page.goto(f"{server.url}/login")
    sent = {"headers": {"Authorization": f"Bearer {secret}"}}
    return str(ask(page, server, "/api/workflow/1", **sent)[1]["workflow"]["status"])
