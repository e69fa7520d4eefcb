"""Lists tell the engines of their runs apart, where more than one is in use."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.engine import Engine
from tests.web.pages.conftest import Open

LISTS = ["/", "/workflows/", "/wall", "/search?q=night"]


def register(web: FlaskClient, engine: str, name: str, **description: Any) -> int:
    told = {"id": name, "engine": engine, "name": name, "description": description}
    number: int = web.post("/api/runs", json=told).get_json()["id"]
    return number


@pytest.fixture
def two(client: FlaskClient) -> tuple[int, int]:
    """The ids of workflows of two engines, the first of which failed and runs."""
    run = Engine(client, "nightly")
    run.job(1)
    run.failed(1)
    return run.id, register(client, "generic", "night-backup", engine_version="5.2")


def test_engines_are_marked_in_words_where_there_are_several(
    read: Open, two: tuple[int, int]
) -> None:
    for page in LISTS:
        shown = read(page).text
        assert "Snakemake" in shown, page
        assert "Program" in shown, page


def test_where_there_is_one_engine_nothing_is_marked(client: FlaskClient, read: Open) -> None:
    run = Engine(client, "nightly")
    run.job(1)
    run.failed(1)
    for page in LISTS:
        shown = read(page)
        assert "Snakemake" not in shown.text, page
        assert not [link for link in shown.links if "engine=" in link], page


def test_lists_are_filtered_by_engine(read: Open, two: tuple[int, int]) -> None:
    assert "/workflows/?engine=generic" in read("/workflows/").links
    assert "/?engine=generic" in read("/").links
    for page in ("/workflows/?engine=generic", "/?engine=generic", "/wall?engine=generic"):
        shown = read(page).text
        assert "night-backup" in shown, page
        assert "nightly" not in shown, page
    found = read("/workflows/?engine=generic&q=night&status=Running")
    assert "All 1 ● Running 1" in found.text
    # The others can still be chosen, and this one given up.
    assert "/workflows/?status=Running&engine=snakemake&q=night" in found.links
    assert "/workflows/?status=Running&q=night" in found.links
    assert ("engine", "generic") in found.hidden.items()
    none = read("/workflows/?engine=cwltool").text
    assert "No workflows match, engine cwltool." in none


def test_what_is_done_with_all_that_match_is_done_with_those_of_the_engine(
    client: FlaskClient, read: Open, two: tuple[int, int]
) -> None:
    page = read("/workflows/?engine=generic")
    (address,) = [link for link in page.links if "delete-selected" in link]
    asked = read(address).text
    assert "night-backup" in asked
    assert "nightly" not in asked
    assert client.delete("/api/workflows/all?engine=cwltool").status_code == 404
    assert len(client.get("/api/workflows").get_json()["workflows"]) == 2


def test_programs_filter_by_engine(client: FlaskClient, two: tuple[int, int]) -> None:
    for query in ("engine=generic", "engine=generic&page=1&sort=name"):
        found = client.get(f"/api/workflows?{query}").get_json()["workflows"]
        assert [each["id"] for each in found] == [two[1]], query


def test_the_head_of_a_run_names_engine_and_version(read: Open, two: tuple[int, int]) -> None:
    assert "Program 5.2 · started " in read(f"/workflow/{two[1]}/timeline").text
    assert "Snakemake · started " in read(f"/workflow/{two[0]}").text


def test_what_is_summed_up_is_called_as_the_engines_in_use_call_it(
    client: FlaskClient, read: Open
) -> None:
    told = {"sessionId": "s", "runName": "r", "projectName": "rnaseq"}
    trace = client.post("/api/tower/trace/create", json=told).get_json()["workflowId"]
    tasks = [{"taskId": 1, "status": "COMPLETED", "name": "A", "process": "A", "exit": 0}]
    client.put(f"/api/tower/trace/{trace}/progress", json={"tasks": tasks})
    assert "of 1 task done" in read("/").text
    Engine(client, "nightly")
    assert "of 1 job done" in read("/").text
    assert "of 1 task done" in read("/?engine=nextflow").text
