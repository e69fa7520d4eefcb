"""Pages are light: on an air-gapped cluster everything comes from the server itself."""

import pytest

from devtools.running import ROOT, Server
from tests.browser.conftest import NewPage
from tests.browser.test_pages import PAGES

MOST = 150_000
MOST_SCRIPT = 20_000


@pytest.mark.parametrize("address", PAGES)
def test_the_first_load_of_a_page_is_light_and_from_one_server(
    new_page: NewPage, server: Server, address: str
) -> None:
    page = new_page()
    loaded: dict[str, int] = {}
    page.on(
        "requestfinished",
        lambda request: loaded.update({request.url: len(request.response().body())}),
    )
    page.goto(address)
    page.wait_for_load_state("networkidle")
    assert all(url.startswith(server.url) for url in loaded)
    assert sum(loaded.values()) <= MOST, sorted(loaded.items(), key=lambda each: -each[1])


def test_our_own_scripts_are_small() -> None:
    scripts = (ROOT / "panoptes/static/js").glob("*.js")
    assert sum(script.stat().st_size for script in scripts) <= MOST_SCRIPT
