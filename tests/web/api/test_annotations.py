"""Notes and labels of runs, and the baseline that others are compared with."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from panoptes.database.connections import reading
from panoptes.models.run_label import RunLabel
from tests.conftest import Clock
from tests.web.api.test_joining import ended, scattered

RUN = "/api/workflow/1/runs/1"


def labels_by_run(app: Flask) -> list[tuple[int, str]]:
    with app.app_context():
        found = reading().execute(select(RunLabel.run_id, RunLabel.label).order_by(RunLabel.label))
        return [(row.run_id, row.label) for row in found]


def test_a_run_carries_a_note_and_labels(app: Flask, client: FlaskClient) -> None:
    ended(client, "nightly")
    said = {"note": " New\r\ncluster \0", "labels": [" nightly ", "a, b", "nightly", "\u200b"]}
    answer = client.put(RUN, json=said)
    assert answer.status_code == 200
    told = answer.get_json()["workflow"]
    assert told["labels"] == ["nightly", "a", "b"]
    assert told["note"] == "New\ncluster \N{REPLACEMENT CHARACTER}"
    assert labels_by_run(app) == [(1, "a"), (1, "b"), (1, "nightly")]
    in_history = client.get("/api/workflow/1/history").get_json()["runs"][0]
    assert (in_history["labels"], in_history["note"]) == (told["labels"], told["note"])


def test_what_is_not_named_stays_and_null_takes_away(app: Flask, client: FlaskClient) -> None:
    ended(client, "nightly")
    client.put(RUN, json={"note": "New.", "labels": ["a"], "baseline": True})
    told = client.put(RUN, json={"labels": None}).get_json()["workflow"]
    assert (told["note"], told["labels"], told["is_baseline"]) == ("New.", [], True)
    assert labels_by_run(app) == []
    told = client.put(RUN, json={"note": None, "baseline": None}).get_json()["workflow"]
    assert (told["note"], told["is_baseline"]) == (None, False)


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({}, "Give any of note, labels and baseline as JSON"),
        ({"tags": ["a"]}, "Give any of note, labels and baseline as JSON"),
        ({"note": 1}, "note: give a text, or null."),
        ({"note": "x" * 5001}, "A note has at most 5,000 characters."),
        ({"labels": "nightly"}, "labels: give a list of texts, or null."),
        ({"labels": [1]}, "labels: give a list of texts, or null."),
        ({"labels": [str(n) for n in range(21)]}, "at most 20 labels, and these are 21."),
        ({"labels": ["x" * 61]}, "A label has at most 60 characters."),
        ({"baseline": "yes"}, "baseline: give true, false or null."),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_reason(
    client: FlaskClient, body: dict[str, object], sentence: str
) -> None:
    ended(client, "nightly")
    answer = client.put(RUN, json={**body, **({"note": "y"} if "labels" in body else {})})
    assert answer.status_code == 400
    assert sentence in answer.get_json()["msg"]
    assert client.get("/api/workflow/1").get_json()["workflow"]["note"] is None


def test_what_is_not_there_is_not_found(client: FlaskClient) -> None:
    ended(client, "nightly")
    for path in ("/api/workflow/1/runs/2", "/api/workflow/9/runs/1"):
        assert client.put(path, json={"note": "x"}).status_code == 404
    assert client.put(RUN, data="nonsense").status_code == 400


def test_an_open_list_sees_the_change(client: FlaskClient) -> None:
    ended(client, "nightly")
    for path in ("/api/workflow/1", "/api/workflows", "/api/workflow/1/runs"):
        tag = client.get(path).headers["ETag"]
        client.put(RUN, json={"note": path})
        assert client.get(path, headers={"If-None-Match": tag}).status_code == 200


def test_lists_and_history_are_filtered_by_a_label(client: FlaskClient) -> None:
    for number, labels in enumerate((["a"], ["a", "b"], []), 1):
        ended(client, "nightly")
        client.put(f"/api/workflow/1/runs/{number}", json={"labels": labels})
    ended(client, "other")
    client.put("/api/workflow/2/runs/1", json={"labels": ["a"]})

    def found(path: str) -> list[int]:
        told = client.get(path).get_json()
        runs = told.get("runs", told.get("workflows"))
        assert told["count"] == len(runs)
        return [run["run"] for run in runs]

    assert found("/api/workflow/1/history?label=a") == [2, 1]
    assert found("/api/workflow/1/history?label=a&status=Error") == []
    assert found("/api/workflow/1/runs?label=b&status=Done") == [2]
    assert found("/api/workflow/1/runs?label=b&page=1") == [2]
    assert found("/api/workflow/1/history?label=A") == []
    told = client.get("/api/workflows?label=a").get_json()
    # Of a workflow, the current run counts.
    assert ([each["name"] for each in told["workflows"]], told["count"]) == (["other"], 1)
    assert client.get("/api/workflow/1/runs?status=Nonsense").status_code == 400


def test_a_run_is_compared_with_the_baseline(client: FlaskClient) -> None:
    for _ in range(4):
        ended(client, "nightly")

    def other(run: int) -> int:
        told = client.get(f"/api/workflow/1/compare?run={run}").get_json()
        return int(told["with"]["run"])

    assert other(4) == 3
    client.put("/api/workflow/1/runs/2", json={"baseline": True})
    assert [other(run) for run in (1, 2, 3, 4)] == [2, 1, 2, 2]
    client.put("/api/workflow/1/runs/3", json={"baseline": True})
    assert [other(run) for run in (2, 4)] == [3, 3]
    # Taken from a run that isn't the baseline, nothing changes.
    client.put("/api/workflow/1/runs/1", json={"baseline": False})
    assert other(4) == 3
    client.delete("/api/workflow/1/runs/3")
    assert other(4) == 2


def test_the_baseline_is_the_same_run_after_runs_were_moved(
    client: FlaskClient, time: Clock
) -> None:
    dead, nights = scattered(client, time)
    client.put(f"/api/workflow/{nights[0].id}/runs/1", json={"baseline": True, "note": "Mine."})
    client.post(f"/api/workflow/{nights[0].id}/join?name=nightly")
    runs = client.get(f"/api/workflow/{dead.id}/runs").get_json()["runs"]
    assert [(run["run"], run["note"]) for run in runs if run["is_baseline"]] == [(3, "Mine.")]


def test_a_client_gives_its_run_a_note_and_labels(app: Flask, client: FlaskClient) -> None:
    for uid, engine in (("a", "generic"), ("b", "snakemake")):
        said = {"labels": ["nightly", 7, "x" * 99, *map(str, range(30))], "note": "y" * 9999}
        run = {"id": uid, "engine": engine, "name": uid, "description": said}
        assert client.post("/api/runs", json=run).status_code == 201
    for told in client.get("/api/workflows?label=nightly").get_json()["workflows"]:
        assert told["labels"] == ["nightly", "x" * 60, *map(str, range(18))]
        assert told["note"] == "y" * 5000
    assert len(labels_by_run(app)) == 40
    odd = {"labels": {"a": 1}, "note": ["x"]}
    run = {"id": "c", "engine": "generic", "name": "c", "description": odd}
    assert client.post("/api/runs", json=run).status_code == 201
    again = [{"event": "run", "labels": ["later"]}]
    client.post("/api/runs/c/events", json={"first": 1, "events": again})
    told = client.get("/api/workflows?label=later").get_json()["workflows"]
    assert [each["name"] for each in told] == ["c"]
