"""The page that says what this is."""

from panoptes import __version__
from tests.pages.conftest import Open


def test_it_tells_version_licence_and_every_api_route(read: Open) -> None:
    page = read("/about")
    assert f"version {__version__}" in page.text
    assert "MIT" in page.text
    assert "/api/service-info" in page.links
    assert "/api/workflow/<workflow_id>/job/<jobid>" in page.text
    assert "DELETE /api/workflows/all Delete everything." in page.text
