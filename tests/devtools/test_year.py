"""The made-up year that pictures of history are made of."""

from datetime import datetime, timezone

from flask import Flask

from devtools import year


def test_a_night_is_a_run_with_its_labels_and_times(app: Flask) -> None:
    now = datetime(2026, 11, 28, 9, 0, tzinfo=timezone.utc)
    year.fill(app, now, nights=3)
    client = app.test_client()
    runs = client.get("/api/workflow/1/runs").get_json()["runs"]
    assert [run["run"] for run in runs] == [3, 2, 1]
    assert [run["status"] for run in runs] == ["Done", "Error", "Done"]
    assert runs[0]["started_at"] == "2026-11-27T01:30:00Z"
    assert all(1800 < run["duration"] < 5400 for run in runs)
    assert runs[0]["labels"] == ["weekend", "new-kit"]
    assert runs[2]["note"] == year.NOTES[3]
    medians = client.get("/api/workflow/1/history").get_json()["rules"]["sort"]
    assert medians[0] > 1.5 * medians[1]
