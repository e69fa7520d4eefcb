"""A start on a file of panoptes-ui 0.2.3 or 1.6.2 takes over all that it tells."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from devtools.running import ROOT, running_server
from panoptes.config.settings import Settings
from panoptes.database.connections import UnusableDatabase
from tests.conftest import serve
from tests.legacy.conftest import Old, execute
from tests.models.test_counts import COUNTED


@pytest.fixture
def app(file: Path, local_zone: None) -> Iterator[Flask]:
    """An app on an old file, in the zone of the old server."""
    yield from serve(Settings(db_url=f"sqlite:///{file}"))


def test_every_workflow_keeps_its_id_name_status_and_counts(
    client: FlaskClient, written: Old
) -> None:
    found = {each["id"]: each for each in client.get("/api/workflows").get_json()["workflows"]}
    assert found.keys() == {each["id"] for each in written.workflows}
    for old in written.workflows:
        new = found[old["id"]]
        assert (new["name"], new["status"]) == (old["name"], old["status"])
        assert (new["run"], new["runs"]) == (1, 1)
        if old["jobs_total"] > 1:
            assert new["jobs_done"] >= old["jobs_done"]
            assert new["jobs_total"] >= old["jobs_total"]


def test_every_job_keeps_what_was_known_of_it(client: FlaskClient, written: Old) -> None:
    kept = ("name", "input", "output", "log", "wildcards", "is_checkpoint", "msg", "shell_command")
    for workflow_id, old_jobs in written.jobs.items():
        new_jobs = client.get(f"/api/workflow/{workflow_id}/jobs").get_json()["jobs"]
        described = [(job["jobid"], *(job[name] for name in kept)) for job in new_jobs]
        for old in old_jobs:
            assert described.count((old["jobid"], *(old[name] for name in kept))) == 1


def test_a_job_ended_as_the_old_server_last_knew(client: FlaskClient, written: Old) -> None:
    for workflow_id, old_jobs in written.jobs.items():
        ended = {(job["jobid"], job["name"]): job["status"] for job in reversed(old_jobs)}
        for job in client.get(f"/api/workflow/{workflow_id}/jobs").get_json()["jobs"]:
            old = ended[job["jobid"], job["name"]]
            # A job that a run left open has no end of its own.
            assert job["status"] == old or old == "Running"


def test_times_are_in_utc_whatever_the_old_servers_zone(client: FlaskClient, written: Old) -> None:
    for workflow in client.get("/api/workflows").get_json()["workflows"]:
        times = [workflow["started_at"], workflow["updated_at"], workflow["completed_at"]]
        jobs = client.get(f"/api/workflow/{workflow['id']}/jobs").get_json()["jobs"]
        times += [job["started_at"] for job in jobs]
        for time in filter(None, times):
            moment = datetime.fromisoformat(time.replace("Z", "+00:00")).timestamp()
            assert written.began - 1 <= moment <= written.ended + 1


def test_the_counts_are_those_of_the_jobs(client: FlaskClient) -> None:
    for workflow in client.get("/api/workflows").get_json()["workflows"]:
        path = f"/api/workflow/{workflow['id']}"
        jobs = client.get(f"{path}/jobs").get_json()["jobs"]
        states = [job["status"] for job in jobs]
        assert workflow["jobs_running"] == states.count("Running")
        assert workflow["jobs_failed"] == states.count("Error")
        for rule in client.get(f"{path}/rules").get_json()["rules"]:
            own = [job["status"] for job in jobs if job["name"] == rule["name"]]
            assert {name: rule[name] for name in COUNTED} == {
                name: own.count(status) for name, status in COUNTED.items()
            }
            assert rule["attempts"] == len(own)


def test_the_messages_become_the_log(client: FlaskClient, written: Old) -> None:
    with closing(sqlite3.connect(written.file)) as connection:
        rows = connection.execute("SELECT wf_id, count(*) FROM workflow_messages GROUP BY wf_id")
        old = dict(rows.fetchall())
    assert old
    for workflow_id, number in old.items():
        lines = client.get(f"/api/workflow/{workflow_id}/messages").get_json()["messages"]
        assert len(lines) == number
        assert not [line for line in lines if line["msg"].startswith("{")]


def test_old_links_lead_to_the_same_things(client: FlaskClient, written: Old) -> None:
    for workflow_id, jobs in written.jobs.items():
        assert client.get(f"/workflow/{workflow_id}").status_code == 200
        # Where a subworkflow used an id too, the address leads to the main workflow's job.
        for jobid, name in {job["jobid"]: job["name"] for job in jobs}.items():
            page = client.get(f"/workflow/{workflow_id}/job/{jobid}")
            assert name in page.get_data(as_text=True)


def test_a_client_that_still_runs_goes_on_under_its_id(client: FlaskClient, written: Old) -> None:
    running = next(each["id"] for each in written.workflows if each["status"] == "Running")
    for msg in ('{"level": "job_info", "jobid": 7, "name": "late"}',
                '{"level": "job_finished", "jobid": 7}',
                '{"level": "progress", "done": 1, "total": 1}'):  # fmt: skip
        form = {"msg": msg, "timestamp": "t", "id": str(running)}
        assert client.post("/update_workflow_status", data=form).status_code == 200
    assert client.get(f"/api/workflow/{running}").get_json()["workflow"]["status"] == "Done"


def test_what_was_running_falls_silent_like_everything_else(
    app: Flask, client: FlaskClient, written: Old, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = next(each["id"] for each in written.workflows if each["status"] == "Running")
    later = datetime.fromtimestamp(written.ended).astimezone() + timedelta(hours=49)
    monkeypatch.setattr("panoptes.common.clock.utcnow", lambda: later)
    assert client.get(f"/api/workflow/{running}").get_json()["workflow"]["status"] == "Stale"


def test_new_workflows_get_ids_of_their_own(client: FlaskClient, written: Old) -> None:
    highest = max(each["id"] for each in written.workflows)
    assert client.get("/create_workflow").get_json()["id"] == highest + 1


# --- the file -------------------------------------------------------------------------------------


def test_the_file_is_kept_as_it_was_and_one_line_says_what_was_done(
    file: Path, written: Old, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in serve(Settings(db_url=f"sqlite:///{file}")):
        pass
    copy = file.with_name("panoptes.db.before-2.0")
    (line,) = [each.message for each in caplog.records if each.name == "panoptes.migrations"]
    assert line.startswith(f"Took over {len(written.workflows)} workflows with ")
    assert str(copy) in line
    with closing(sqlite3.connect(copy)) as kept, closing(sqlite3.connect(written.file)) as old:
        assert list(kept.iterdump()) == list(old.iterdump())
    caplog.clear()
    for _ in serve(Settings(db_url=f"sqlite:///{file}")):
        pass
    assert not caplog.records
    # Beside them lies only the key that signs sessions.
    found = sorted(each.name for each in file.parent.iterdir() if each.suffix != ".key")
    assert found == [file.name, copy.name]


def test_no_earlier_copy_is_overwritten(file: Path) -> None:
    kept = file.with_name("panoptes.db.before-2.0")
    kept.write_text("My only copy.")
    for _ in serve(Settings(db_url=f"sqlite:///{file}")):
        pass
    assert kept.read_text() == "My only copy."
    assert file.with_name("panoptes.db.before-2.0.2").exists()


def test_processes_that_start_at_once_take_it_over_once(file: Path, written: Old) -> None:
    code = "import sys; from panoptes.migrations import upgrade"
    code += "; from panoptes.database.connections import database_url"
    code += "; upgrade(database_url(sys.argv[1]))"
    command = [sys.executable, "-c", code, f"sqlite:///{file}"]
    started = [subprocess.Popen(command, cwd=ROOT) for _ in range(8)]
    assert [process.wait() for process in started] == [0] * 8
    with closing(sqlite3.connect(file)) as connection:
        (number,) = connection.execute("SELECT count(*) FROM runs").fetchone()
    assert number == len(written.workflows)


def test_a_takeover_that_fails_leaves_every_table_as_it_was(file: Path) -> None:
    execute(file, "CREATE VIEW runs AS SELECT 1")
    with closing(sqlite3.connect(file)) as connection:
        before = list(connection.iterdump())
    with pytest.raises(UnusableDatabase, match="runs"):
        next(serve(Settings(db_url=f"sqlite:///{file}")))
    with closing(sqlite3.connect(file)) as connection:
        assert list(connection.iterdump()) == before
    execute(file, "DROP VIEW runs")
    for app in serve(Settings(db_url=f"sqlite:///{file}")):
        assert app.test_client().get("/api/workflows").get_json()["count"] > 0


def test_the_server_says_it_where_it_starts(file: Path) -> None:
    with running_server(file.parent) as server:
        assert "Took over " in server.output.read_text()
        assert server.get("/api/workflows")["count"] > 0
