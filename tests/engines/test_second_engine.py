"""A new engine takes a package, a line in a table and a front door: here is one that cooks."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from panoptes.config.settings import Settings
from panoptes.database.connections import reading
from panoptes.engines import terms
from panoptes.models import LogText
from panoptes.queries.database import faults
from panoptes.web import intake
from tests.conftest import serve
from tests.engines import kitchen
from tests.engines.kitchen import door


@pytest.fixture
def cook(ready_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FlaskClient]:
    """A client of an app that knows the kitchen."""
    monkeypatch.setitem(intake.DOORS, "/kitchen", door.take)
    monkeypatch.setitem(intake.ENGINES, kitchen.KITCHEN.key, kitchen.KITCHEN)
    monkeypatch.setitem(terms._TERMS, "kitchen", kitchen.TERMS)
    settings = Settings(db_url=ready_url, secret_key_file=str(tmp_path / "panoptes.key"))
    for app in serve(settings):
        yield app.test_client()


def call(cook: FlaskClient, evening: str, what: Any) -> None:
    answer = cook.post("/kitchen", json={"evening": evening, "call": what})
    assert answer.get_json() == {"msg": "ok"}


def test_its_run_goes_from_the_first_call_to_the_last(cook: FlaskClient) -> None:
    call(cook, "monday", {"menu": 2})
    call(cook, "monday", {"cooking": "soup"})
    (workflow,) = cook.get("/api/workflows").get_json()["workflows"]
    assert (workflow["name"], workflow["status"]) == ("supper", "Running")
    assert (workflow["jobs_running"], workflow["jobs_total"]) == (1, 2)
    for what in ({"served": "soup"}, {"cooking": "fish"}, {"served": "fish"}, "closed"):
        call(cook, "monday", what)
    (workflow,) = cook.get("/api/workflows").get_json()["workflows"]
    assert (workflow["status"], workflow["jobs_done"]) == ("Done", 2)
    jobs = cook.get(f"/api/workflow/{workflow['id']}/jobs").get_json()["jobs"]
    assert [(job["jobid"], job["name"]) for job in jobs] == [
        ("soup", "course 1"),
        ("fish", "course 2"),
    ]


def test_its_run_stands_on_the_pages_in_its_own_words(cook: FlaskClient) -> None:
    call(cook, "monday", {"cooking": "soup"})
    page = cook.get("/workflow/1").text
    assert "Courses" in page
    assert "Plates" in page
    assert "course 1" in cook.get("/workflow/1/job/soup").text
    for address in ("/", "/workflows/", "/workflow/1/timeline", "/workflow/1/graph"):
        assert cook.get(address).status_code == 200


def test_what_it_said_while_its_run_was_cancelled_counts_once_that_is_undone(
    cook: FlaskClient,
) -> None:
    call(cook, "monday", {"cooking": "soup"})
    cook.post("/api/workflow/1/cancel")
    ignored = cook.post("/kitchen", json={"evening": "monday", "call": {"served": "soup"}})
    assert "cancelled" in ignored.get_json()["msg"]
    workflow = cook.delete("/api/workflow/1/cancel").get_json()["workflow"]
    assert (workflow["status"], workflow["jobs_done"]) == ("Running", 1)


def test_two_runs_of_one_workflow_are_told_apart_by_their_names(cook: FlaskClient) -> None:
    call(cook, "monday", {"cooking": "soup"})
    call(cook, "tuesday", {"cooking": "stew"})
    call(cook, "monday", {"served": "soup"})
    call(cook, "monday", "closed")
    (workflow,) = cook.get("/api/workflows").get_json()["workflows"]
    assert (workflow["name"], workflow["status"]) == ("supper", "Running")
    runs = cook.get(f"/api/workflow/{workflow['id']}/runs").get_json()["runs"]
    assert sorted(run["status"] for run in runs) == ["Done", "Running"]


def test_the_log_of_a_plate_is_kept_unless_nobody_spoke_of_the_plate(cook: FlaskClient) -> None:
    notes = {"path": "notes.txt", "offset": 0, "text": "too hot\n", "size": 8}
    call(cook, "monday", {"cooking": "soup"})
    call(cook, "monday", {"noted": {"dish": "soup", **notes}})
    call(cook, "monday", {"noted": {"dish": "soup", **notes, "offset": 8, "size": 16}})
    call(cook, "monday", {"noted": {"dish": "cake", **notes}})
    with cook.application.app_context():
        kept = reading().execute(select(LogText.key, LogText.path, LogText.text)).all()
    assert [tuple(log) for log in kept] == [("soup", "notes.txt", "too hot\ntoo hot\n")]


def test_what_waits_what_is_cached_and_what_is_ignored_has_a_state(cook: FlaskClient) -> None:
    for what in (
        {"ordered": "soup"},
        {"ordered": "fish"},
        {"ordered": "cake"},
        {"leftovers": "fish"},
        {"cooking": "cake"},
        {"burnt": "cake"},
    ):
        call(cook, "monday", what)
    listed = cook.get("/api/workflow/1/jobs").get_json()["jobs"]
    jobs = {job["jobid"]: job for job in listed}
    assert (jobs["soup"]["status"], jobs["soup"]["started_at"]) == ("Pending", None)
    assert jobs["soup"]["queued_at"]
    assert (jobs["fish"]["status"], jobs["fish"]["cached"]) == ("Done", True)
    assert (jobs["cake"]["status"], jobs["cake"]["ignored"]) == ("Error", True)
    assert jobs["cake"]["exit_status"] == 1
    workflow = cook.get("/api/workflow/1").get_json()["workflow"]
    assert (workflow["status"], workflow["error"]) == ("Running", None)
    assert (workflow["jobs_pending"], workflow["jobs_failed"], workflow["jobs_ignored"]) == (
        1,
        0,
        1,
    )
    (waiting,) = cook.get("/api/workflow/1/jobs?status=Pending").get_json()["jobs"]
    assert waiting["jobid"] == "soup"
    assert _faults(cook) == []
    assert 'panoptes_jobs{status="Pending"} 1.0' in cook.get("/metrics").text
    assert "this failure does not fail the run" in cook.get("/workflow/1/job/cake").text
    call(cook, "monday", "closed")
    workflow = cook.get("/api/workflow/1").get_json()["workflow"]
    assert (workflow["status"], workflow["jobs_done"]) == ("Done", 1)
    assert "Cancelled" in [
        job["status"] for job in cook.get("/api/workflow/1/jobs").get_json()["jobs"]
    ]
    assert _faults(cook) == []


def _faults(cook: FlaskClient) -> list[str]:
    with cook.application.app_context():
        return list(faults())
