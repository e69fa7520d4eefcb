"""The navigation below the head of every page of a run."""

import pytest
from flask.testing import FlaskClient

from tests.engine import Engine
from tests.web.pages.conftest import Open
from tests.web.pages.document import Document

NAMES = {"Overview", "Jobs", "Timeline", "Graph", "Samples", "Log"}


@pytest.fixture
def run(client: FlaskClient) -> Engine:
    run = Engine(client, "nightly")
    run.job(1)
    return run


def current(page: Document) -> list[str]:
    """Return where the links lead that are marked as the current page."""
    return [
        str(attributes["href"])
        for tag, attributes in page.tags
        if tag == "a" and attributes.get("aria-current") == "page"
    ]


@pytest.mark.parametrize(
    ("page", "marked"),
    [
        ("", ""),
        ("/job/1", "#jobs"),
        ("/timeline", "/timeline"),
        ("/graph", "/graph"),
        ("/samples", "/samples"),
    ],
)
def test_every_page_of_a_run_names_the_others_and_marks_itself(
    run: Engine, read: Open, page: str, marked: str
) -> None:
    document = read(f"/workflow/{run.id}{page}")
    assert set(document.text.split()) >= NAMES
    assert current(document) == [f"/workflow/{run.id}{marked}"]
    for other in ("/timeline", "/graph", "/samples"):
        assert f"/workflow/{run.id}{other}" in document.links


def test_sections_of_the_page_itself_are_reached_without_leaving_its_filter(
    run: Engine, read: Open
) -> None:
    page = read(f"/workflow/{run.id}?status=Running")
    assert {"#jobs", "#log"} <= set(page.links)


def test_runs_are_named_where_there_are_several_and_an_earlier_run_is_kept(
    client: FlaskClient, run: Engine, read: Open
) -> None:
    assert "#runs" not in read(f"/workflow/{run.id}").links
    run.send("workflow_success")
    Engine(client, "nightly")
    links = read(f"/workflow/{run.id}/timeline?run=1").links
    for link in ("?run=1", "/graph?run=1", "?run=1#jobs", "?run=1#log", "?run=1#runs"):
        assert f"/workflow/{run.id}{link}" in links


def test_what_is_rarely_done_is_in_a_menu(run: Engine, read: Open) -> None:
    page = read(f"/workflow/{run.id}")
    assert "menu" in page.attributes("details", "class")
    assert page.text.index("1 running") < page.text.index("Cancel…")
    menu = page.text.index("More")
    for action in ("Report (HTML)", "About this run", "Pin", "Rename…"):
        assert page.text.index(action) > menu
