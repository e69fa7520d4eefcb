"""Workflows in JSON, filtered, sorted and in pages."""

import pytest
from flask.testing import FlaskClient

from tests.conftest import Clock
from tests.engine import Engine
from tests.tokens import Tokens


@pytest.fixture
def runs(client: FlaskClient, time: Clock) -> dict[str, int]:
    """Workflows in several states, each begun a minute after the one before; their ids by name."""
    found = {}
    for name in ("nightly", "night-shift", "cohort"):
        found[name] = Engine(client, name).id
        time.move(minutes=1)
    failed = Engine(client, "broken")
    failed.job(1)
    failed.failed(1)
    return found | {"broken": failed.id}


def names(client: FlaskClient, query: str) -> list[str]:
    answer = client.get(f"/api/workflows?{query}").get_json()
    return [workflow["name"] for workflow in answer["workflows"]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("status=error", ["broken"]),
        ("status=Running", ["nightly", "night-shift", "cohort"]),
        ("q=NIGHT", ["nightly", "night-shift"]),
        ("q=night&status=Error", []),
        ("name=nightly", ["nightly"]),
        ("name=night", []),
        ("name=nightly&page=1", ["nightly"]),
        ("page=1&per_page=3", ["nightly", "night-shift", "cohort"]),
        ("page=2&per_page=3", ["broken"]),
        ("page=1&sort=-started_at", ["broken", "cohort", "night-shift", "nightly"]),
        ("per_page=2&sort=name", ["broken", "cohort"]),
    ],
)
def test_a_list_has_what_is_asked_for(
    client: FlaskClient, runs: dict[str, int], query: str, expected: list[str]
) -> None:
    assert names(client, query) == expected


def test_the_count_of_a_page_is_that_of_all_pages(
    client: FlaskClient, runs: dict[str, int]
) -> None:
    assert client.get("/api/workflows?per_page=1").get_json()["count"] == len(runs)
    assert client.get("/api/workflows?per_page=1&q=night").get_json()["count"] == 2


def test_a_deleted_workflow_is_not_found_by_its_name(
    client: FlaskClient, runs: dict[str, int]
) -> None:
    client.delete(f"/api/workflow/{runs['broken']}")
    assert names(client, "name=broken") == []


@pytest.mark.parametrize(
    "query", ["status=x", "status=Planned", "page=1&sort=x", "sort=x", "q=" + "x" * 501]
)
def test_what_makes_no_sense_is_refused_with_a_sentence(client: FlaskClient, query: str) -> None:
    answer = client.get(f"/api/workflows?{query}")
    assert answer.status_code == 400
    assert answer.get_json()["msg"]


def test_a_workflow_says_whether_anything_may_still_come(engine: Engine, time: Clock) -> None:
    engine.job(1)
    engine.failed(1)
    assert (engine.status, engine.workflow["is_live"]) == ("Error", True)
    time.move(days=3)
    assert (engine.status, engine.workflow["is_live"]) == ("Error", False)
    engine.finished(1)
    engine.progress(1, 1)
    assert (engine.status, engine.workflow["is_live"]) == ("Done", False)


def test_a_list_of_mine_has_what_the_asking_token_registered(
    client: FlaskClient, tokens: Tokens
) -> None:
    found = {}
    for name in ("lea", "kim"):
        headers = tokens.headers(name, "member")
        Engine(client, f"of-{name}", headers)
        answer = client.get("/api/workflows?mine=true", headers=headers)
        found[name] = [each["name"] for each in answer.get_json()["workflows"]]
        etag = answer.headers["ETag"]
    assert found == {"lea": ["of-lea"], "kim": ["of-kim"]}
    lea = tokens.headers("lea2", "member") | {"If-None-Match": etag}
    assert client.get("/api/workflows?mine=true", headers=lea).status_code == 200


def test_without_tokens_all_are_mine(client: FlaskClient, runs: dict[str, int]) -> None:
    assert sorted(names(client, "mine=true")) == sorted(runs)


def test_mine_is_true_or_false(client: FlaskClient) -> None:
    answer = client.get("/api/workflows?mine=lea")
    assert answer.status_code == 400
    assert answer.get_json()["msg"] == "mine: give true or false."
