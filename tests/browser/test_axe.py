"""Accessibility: axe finds nothing on any page, in either theme."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.conftest import NewPage
from tests.browser.test_pages import PAGES

# WCAG 2.2 AA and what axe calls best practice.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.mark.parametrize("address", PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(new_page: NewPage, address: str, scheme: str) -> None:
    page = new_page(color_scheme=scheme, reduced_motion="reduce", bypass_csp=True)
    page.goto(address)
    options = {"runOnly": {"type": "tag", "values": RULES}, "resultTypes": ["violations"]}
    found = Axe().run(page, options=options).response["violations"]
    told = [(each["id"], [node["html"][:150] for node in each["nodes"][:3]]) for each in found]
    assert told == []
