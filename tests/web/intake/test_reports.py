"""Runs that were over before they were told of: `is_report` in their description."""

from datetime import timedelta
from typing import Any

from flask.testing import FlaskClient

from tests.conftest import Clock
from tests.web.intake.test_batches import DONE, END, RUNNING, register, send, stored

YEARS = timedelta(days=800)
FAILED = {"event": "job", "job": "a", "status": "error", "error": "no disk"}


def at(time: Clock, event: dict[str, Any], minutes: float, ago: timedelta = YEARS) -> Any:
    return {**event, "time": (time.now - ago + timedelta(minutes=minutes)).timestamp()}


def report(client: FlaskClient, time: Clock, ago: timedelta = YEARS, uid: str = "log-1") -> int:
    """Tell of a run of ten minutes that began so long ago; return its number."""
    started = (time.now - ago).timestamp()
    answer = register(client, uid, is_report=True, started=started, silence_limit=30)
    assert answer.status_code == 201
    assert answer.get_json()["is_report"] is True
    told = [at(time, *each, ago=ago) for each in ((RUNNING, 1), (DONE, 9), (END, 10))]
    assert stored(client, 1, *told, uid=uid, sent=time.now.timestamp()) == 3
    return int(answer.get_json()["run"])


def run_of(client: FlaskClient, number: int | None = None) -> dict[str, Any]:
    path = "/api/workflow/1" + (f"?run={number}" if number else "")
    found: dict[str, Any] = client.get(path).get_json()["workflow"]
    return found


def test_its_times_are_those_that_are_told(client: FlaskClient, time: Clock) -> None:
    report(client, time)
    run, (job,) = run_of(client), client.get("/api/workflow/1/jobs").get_json()["jobs"]
    began = time.now - YEARS
    assert run["started_at"] == shown(began)
    assert run["completed_at"] == run["updated_at"] == shown(began + timedelta(minutes=10))
    assert (run["status"], run["duration"]) == ("Done", 600)
    assert (job["started_at"], job["duration"]) == (shown(began + timedelta(minutes=1)), 480)
    page = client.get("/workflow/1").get_data(as_text=True)
    assert f'started <time datetime="{began:%Y-%m-%d}' in page


def shown(moment: Any) -> str:
    return str(moment.isoformat()).replace("+00:00", "Z")


def test_a_time_to_come_or_before_the_run_is_bounded(client: FlaskClient, time: Clock) -> None:
    register(client, is_report=True, started=(time.now - YEARS).timestamp())
    soon, before = at(time, END, 5, ago=timedelta(0)), at(time, RUNNING, -100)
    assert stored(client, 1, before, at(time, DONE, 1), soon) == 3
    (job,) = client.get("/api/workflow/1/jobs").get_json()["jobs"]
    assert job["started_at"] == shown(time.now - YEARS)
    assert run_of(client)["completed_at"] == shown(time.now)


def test_it_is_current_only_where_no_later_run_is_known(client: FlaskClient, time: Clock) -> None:
    report(client, time, timedelta(days=10), "log-1")
    assert report(client, time, timedelta(days=20), "log-2") == 2
    assert run_of(client)["run"] == 1
    assert report(client, time, timedelta(days=5), "log-3") == 3
    assert run_of(client)["run"] == 3
    page = client.get("/workflow/1?run=2").get_data(as_text=True)
    assert "This is run 2 of 3." in page
    assert "imported" in page


def test_a_run_that_goes_on_stays_the_current_one(client: FlaskClient, time: Clock) -> None:
    time.move(days=-1)
    register(client, "live")
    stored(client, 1, RUNNING, uid="live")
    time.move(days=1)
    assert report(client, time, timedelta(hours=1)) == 2
    assert (run_of(client)["run"], run_of(client)["status"]) == (1, "Running")
    assert stored(client, 2, DONE, END, uid="live") == 3
    assert run_of(client)["status"] == "Done"
    assert "which was imported" in client.get("/workflow/1?run=2").get_data(as_text=True)
    assert "History" in client.get("/workflow/1").get_data(as_text=True)


def test_it_is_as_old_as_what_it_tells(client: FlaskClient, time: Clock) -> None:
    """So a failure of long ago is none of those that need somebody now."""
    register(client, is_report=True, started=(time.now - YEARS).timestamp())
    stored(
        client,
        1,
        at(time, RUNNING, 1),
        at(time, FAILED, 2),
        at(time, {**END, "status": "error"}, 3),
    )
    overview = client.get("/").get_data(as_text=True)
    assert "Nothing new." in overview
    assert "1 older" in overview
    assert run_of(client)["updated_at"] == shown(time.now - YEARS + timedelta(minutes=3))


def test_one_that_is_half_told_is_stale_until_the_rest_comes(
    client: FlaskClient, time: Clock
) -> None:
    register(client, is_report=True, started=(time.now - YEARS).timestamp())
    stored(client, 1, at(time, RUNNING, 1))
    assert run_of(client)["status"] == "Stale"
    stored(client, 2, at(time, DONE, 1), at(time, END, 2))
    assert run_of(client)["status"] == "Done"


def test_when_it_began_must_be_said(client: FlaskClient) -> None:
    for started in (None, "yesterday", 5, True):
        answer = register(client, is_report=True, started=started)
        assert answer.status_code == 400
        assert answer.get_json()["msg"].startswith("started: Give when the run began")
    assert register(client, started=5).get_json()["is_report"] is False
    assert send(client, 1, END).status_code == 200
