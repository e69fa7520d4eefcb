"""The page that says what this is."""

from panoptes import __version__
from panoptes.web.document import ENDPOINTS
from tests.web.pages.conftest import Open


def test_it_tells_version_licence_and_every_api_route(read: Open) -> None:
    page = read("/about")
    assert f"version {__version__}" in page.text
    assert "MIT" in page.text
    assert {"/api/docs", "/api/openapi.json"} <= set(page.links)
    for endpoint in ENDPOINTS:
        assert f"/api/docs#{endpoint.name}" in page.links
        assert f"{endpoint.method} {endpoint.path} {endpoint.meaning}" in page.text
