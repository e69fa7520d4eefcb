"""Moving the runs of a workflow into another one."""

from flask.testing import FlaskClient

from tests.conftest import Clock
from tests.engine import Engine


def ended(client: FlaskClient, name: str, jobs: int = 1) -> Engine:
    """Return a run of a name that is done, of so many jobs."""
    run = Engine(client, name)
    for jobid in range(jobs):
        run.job(jobid)
        run.finished(jobid)
    run.progress(jobs, jobs)
    return run


def history(client: FlaskClient, workflow_id: int) -> list[tuple[int, str, int]]:
    """Return the runs of a workflow: number, status and how many jobs are done."""
    found = client.get(f"/api/workflow/{workflow_id}/runs").get_json()["runs"]
    return [(run["run"], run["status"], run["jobs_done"]) for run in reversed(found)]


def scattered(client: FlaskClient, time: Clock) -> tuple[Engine, list[Engine]]:
    """Return a run of a name that is dead, and those of the nights after it."""
    ended(client, "nightly", 1)
    time.move(hours=24)
    dead = Engine(client, "nightly")
    dead.job(0)
    nights = []
    for jobs in (2, 3):
        time.move(hours=24)
        dead.info("A sign of life.")
        nights.append(ended(client, "nightly", jobs))
    return dead, nights


def test_what_got_a_suffix_is_moved_into_the_name(client: FlaskClient, time: Clock) -> None:
    dead, nights = scattered(client, time)
    for night in reversed(nights):
        answer = client.post(f"/api/workflow/{night.id}/join?name=nightly")
        assert answer.status_code == 200
        assert answer.get_json()["workflow"]["id"] == dead.id
    expected = [(1, "Done", 1), (2, "Running", 0), (3, "Done", 2), (4, "Done", 3)]
    assert history(client, dead.id) == expected
    listed = client.get("/api/workflows").get_json()["workflows"]
    assert [(each["name"], each["status"], each["run"]) for each in listed] == [
        ("nightly", "Done", 4)
    ]
    assert client.get(f"/workflow/{dead.id}?run=3").status_code == 200
    assert client.get(f"/api/workflow/{nights[0].id}").status_code == 404


def test_a_client_goes_on_reporting_of_its_own_run(client: FlaskClient, time: Clock) -> None:
    alive, nights = scattered(client, time)
    client.post(f"/api/workflow/{nights[1].id}/join?name=nightly")
    alive.finished(0)
    assert history(client, alive.id) == [(1, "Done", 1), (2, "Running", 1), (3, "Done", 3)]
    assert nights[1].finished(0).get_json()["msg"].startswith("There is no such workflow")
    client.post(f"/api/workflow/{nights[0].id}/join?name=nightly")
    alive.progress(1, 1)
    assert history(client, alive.id)[1] == (2, "Done", 1)


def test_a_running_workflow_is_not_moved(client: FlaskClient) -> None:
    ended(client, "nightly")
    other = Engine(client, "other")
    other.job(1)
    answer = client.post(f"/api/workflow/{other.id}/join?name=nightly")
    assert (answer.status_code, other.status) == (409, "Running")


def test_a_name_that_nobody_has_is_given(client: FlaskClient) -> None:
    run = ended(client, "other")
    answer = client.post(f"/api/workflow/{run.id}/join?name=nightly").get_json()
    assert (answer["workflow"]["id"], answer["workflow"]["name"]) == (run.id, "nightly")
    assert client.post(f"/api/workflow/{run.id}/join?name=").status_code == 400
    assert client.post("/api/workflow/99/join?name=nightly").status_code == 404
