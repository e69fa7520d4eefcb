"""The table of workflows."""

import pytest
from flask.testing import FlaskClient

from tests.engine import Engine
from tests.web.pages.conftest import Open
from tests.web.pages.document import Document


def names(page: Document) -> list[str]:
    """Return the addresses of the rows, in order."""
    return [link for link in page.links if link.startswith("/workflow/")]


def test_an_empty_table_says_what_to_do_next(read: Open) -> None:
    page = read("/workflows/")
    assert "No workflows yet." in page.text
    assert "Connect one" in page.text
    assert "/workflows/delete-all" not in page.links


def test_a_row_tells_status_progress_and_counts(client: FlaskClient, read: Open) -> None:
    run = Engine(client, "nightly")
    run.plan(align=4)
    run.job(1)
    run.job(2)
    run.finished(1)
    page = read("/workflows/").text
    assert "● Running nightly" in page
    assert "1 of 4" in page


def test_a_machine_s_name_is_shown_short_with_its_folder(client: FlaskClient, read: Open) -> None:
    run = Engine(client, workdir="/home/ada/rnaseq", command="snakemake -j2")
    page = read("/workflows/")
    assert f"{run.workflow['name'][:8]}… rnaseq" in page.text
    assert run.workflow["name"] in page.attributes("span", "title")


def test_workflows_are_filtered_by_status_and_name(client: FlaskClient, read: Open) -> None:
    failed = Engine(client, "nightly-a")
    failed.job(1)
    failed.failed(1)
    Engine(client, "nightly-b")
    Engine(client, "weekly")
    assert names(read("/workflows/?status=Error")) == [f"/workflow/{failed.id}"]
    assert len(names(read("/workflows/?q=NIGHTLY"))) == 2
    assert names(read("/workflows/?q=nightly&status=error")) == [f"/workflow/{failed.id}"]
    assert (
        "No workflows match, status Done, name with 'x'."
        in read("/workflows/?q=x&status=Done").text
    )


def test_the_chips_count_within_the_search_and_keep_it(client: FlaskClient, read: Open) -> None:
    Engine(client, "nightly")
    Engine(client, "weekly")
    page = read("/workflows/?q=night&sort=name")
    assert "All 1" in page.text
    assert "/workflows/?q=night&sort=name&status=Running" in page.links


def test_a_column_sorts_and_sorts_back(client: FlaskClient, read: Open) -> None:
    first, second = Engine(client, "b"), Engine(client, "a")
    page = read("/workflows/?sort=name")
    assert names(page) == [f"/workflow/{second.id}", f"/workflow/{first.id}"]
    assert "/workflows/?sort=-name" in page.links
    assert "ascending" in page.attributes("th", "aria-sort")
    assert names(read("/workflows/?sort=-name"))[0] == f"/workflow/{first.id}"


def test_many_workflows_come_in_pages(client: FlaskClient, read: Open) -> None:
    for number in range(51):
        Engine(client, f"run-{number:02}")
    page = read("/workflows/?sort=name")
    assert "Page 1 of 2 · 51 workflows" in page.text
    assert "/workflows/?sort=name&page=2" in page.links
    assert len(names(read("/workflows/?sort=name&page=2"))) == 1


@pytest.mark.parametrize(
    "query",
    [
        "page=0",
        "page=-1",
        "page=999999999999999999999999",
        "page=" + 5000 * "9",
        "page=%C2%B2",
        "page=x",
        "sort=password",
        "sort=--name",
        "status=Broken",
        "q=%00",
        "q=%FF%ED%A0%80",
        "q=%25_%5C",
        "done=%3Cscript%3E",
        "_scheme=javascript&_external=1&endpoint=x&_anchor=y&values=z",
    ],
)
def test_what_makes_no_sense_in_the_address_is_as_if_it_weren_t_there(
    client: FlaskClient, read: Open, query: str
) -> None:
    run = Engine(client, "nightly")
    for address in ("/workflows/", f"/workflow/{run.id}", "/search"):
        page = read(f"{address}?{query}")
        assert not [link for link in page.links if "javascript" in link or "//" in link]


def test_only_known_sentences_say_what_was_done(read: Open) -> None:
    assert "Deleted workflows are restored." in read("/workflows/?done=restored").text
    assert "Pay now" not in read("/workflows/?done=Pay+now").text
