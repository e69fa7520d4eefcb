"""Rows that can't be read, or not in full, are kept aside and told; all others are taken over."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from panoptes.config.settings import Settings
from panoptes.models.workflow import RUN_IDS
from panoptes.queries.database import faults
from tests.conftest import serve
from tests.legacy.conftest import execute

WORKFLOW = "INSERT INTO workflows (id, name, status, done, total, started_at) VALUES "
JOB = (
    "INSERT INTO workflow_jobs (id, jobid, wf_id, name, input, output, log, wildcards,"
    " is_checkpoint, status, started_at, completed_at) VALUES "
)
GOOD = "'[]', '[]', '[]', '{}', 0, 'Done', '2024-05-01 10:00:00', '2024-05-01 10:01:00')"


def take_over(file: Path) -> FlaskClient:
    """Start on the file, and return a client of the app."""
    for app in serve(Settings(db_url=f"sqlite:///{file}")):
        return app.test_client()
    raise AssertionError("It did not start.")


def kept(file: Path) -> list[dict[str, Any]]:
    """The rows that were kept aside."""
    path = file.with_name("panoptes.db.before-2.0.unreadable.jsonl")
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def job(client: FlaskClient, jobid: Any, workflow: int = 1) -> dict[str, Any]:
    answer = client.get(f"/api/workflow/{workflow}/job/{jobid}")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.get_json()["jobs"]
    return found


def test_a_sound_file_leaves_nothing_aside(file: Path) -> None:
    take_over(file)
    assert kept(file) == []
    assert not list(file.parent.glob("*.jsonl"))


# --- jobs -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "value", "problem"),
    [
        ("input", "'[1, ''x'", "input: no list"),
        ("output", "'{''a'': 1}'", "output: no list"),
        ("log", f"'{'[' * 5000}'", "log: no list"),
        ("wildcards", "'[''s'']'", "wildcards: no list"),
        ("input", "17", "input: no list"),
        ("started_at", "'yesterday'", "started_at: no time"),
        ("completed_at", "20240501", "completed_at: no time"),
        ("started_at", "'9999-12-31 23:59:59'", "started_at: no time"),
        ("status", "'Finished'", "status: not known"),
        ("status", "NULL", "status: not known"),
        ("is_checkpoint", "'perhaps'", "is_checkpoint: neither yes nor no"),
        ("name", "CAST(x'61ff62' AS TEXT)", "name: not all of it is text"),
        ("name", "x'0102'", "name: not all of it is text"),
        ("msg", "'a' || char(0) || 'b'", "msg: not all of it is text"),
    ],
)
def test_a_field_that_cannot_be_read_is_left_out_and_its_row_kept(
    file: Path, column: str, value: str, problem: str
) -> None:
    execute(
        file,
        f"{JOB} (900, 900, 1, 'odd', {GOOD}",
        f"UPDATE workflow_jobs SET {column} = {value} WHERE id = 900",
    )
    client = take_over(file)
    found = job(client, 900)
    (row,) = kept(file)
    assert (row["table"], row["taken"], row["row"]["id"]) == ("workflow_jobs", True, 900)
    assert row["problems"] == [problem]
    assert {"input": [], "output": [], "log": []}.items() <= found.items()


def test_what_looks_like_a_program_is_text(file: Path, tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    code = f'__import__("pathlib").Path("{trap}").touch()'
    execute(
        file,
        f"{JOB} (900, 900, 1, 'odd', {GOOD}",
        f"UPDATE workflow_jobs SET input = '{code}', output = '[{code}]' WHERE id = 900",
    )
    found = job(take_over(file), 900)
    assert found["output"] == found["input"] == [code]
    assert not trap.exists()


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        (f"(900, NULL, 1, 'odd', {GOOD}", "jobid: Not a valid job id."),
        (f"(900, x'01', 1, 'odd', {GOOD}", "jobid: Not a valid job id."),
        (f"(900, 1.5, 1, 'odd', {GOOD}", "jobid: Not a valid job id."),
        (f"(900, '{'9' * 101}', 1, 'odd', {GOOD}", "jobid: Not a valid job id."),
        (f"(900, 5, 777, 'odd', {GOOD}", "wf_id: there is no such workflow"),
        (f"(900, 5, NULL, 'odd', {GOOD}", "wf_id: there is no such workflow"),
        (f"(900, 5, 'one', 'odd', {GOOD}", "wf_id: there is no such workflow"),
        (f"(900, 5, 1.5, 'odd', {GOOD}", "wf_id: there is no such workflow"),
    ],
)
def test_a_job_that_belongs_nowhere_is_kept_aside(file: Path, values: str, problem: str) -> None:
    execute(file, JOB + values)
    take_over(file)
    (row,) = kept(file)
    assert (row["table"], row["taken"], row["problems"]) == ("workflow_jobs", False, [problem])
    assert row["row"]["name"] == "odd"
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT count(*) FROM jobs WHERE rule = 'odd'").fetchone() == (0,)


def test_a_job_id_may_be_a_text(file: Path) -> None:
    execute(file, f"{JOB} (900, 'a/b', 1, 'odd', {GOOD}")
    assert job(take_over(file), "a/b")["name"] == "odd"
    assert kept(file) == []


# --- workflows ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "problem", "shown"),
    [
        ("(50, 'x', 'Paused', 1, 3, '2024-05-01 10:00:00')", "status: not known",
         {"status": "Stale"}),
        ("(50, 'x', 'Done', 'many', 3, '2024-05-01 10:00:00')", "done: no number",
         {"jobs_done": 0, "jobs_total": 3}),
        ("(50, 'x', 'Done', -1, 3, '2024-05-01 10:00:00')", "done: no number", {"jobs_done": 0}),
        ("(50, 'x', 'Done', 1, 9e99, '2024-05-01 10:00:00')", "total: no number",
         {"jobs_total": 1}),
        ("(50, 'x', 'Running', 0, 1, 'soon')", "started_at: no time",
         {"status": "Stale", "started_at": "1970-01-01T00:00:00Z"}),
    ],
)  # fmt: skip
def test_a_workflow_is_taken_over_as_far_as_it_can_be_read(
    file: Path, values: str, problem: str, shown: dict[str, Any]
) -> None:
    execute(file, WORKFLOW + values)
    found = take_over(file).get("/api/workflow/50").get_json()["workflow"]
    assert shown.items() <= found.items()
    (row,) = kept(file)
    assert (row["table"], row["taken"], row["problems"]) == ("workflows", True, [problem])


def test_new_ids_follow_the_largest_old_one(file: Path) -> None:
    largest = RUN_IDS // 2
    execute(file, f"{WORKFLOW} ({largest}, 'x', 'Done', 1, 1, '2024-05-01 10:00:00')")
    client = take_over(file)
    new = client.get("/create_workflow").get_json()["id"]
    assert new == largest + 1
    assert client.get(f"/api/workflow/{new}").status_code == 200


@pytest.mark.parametrize("number", [-1, 0, RUN_IDS // 2 + 1, 10**18 - 1])
def test_a_workflow_that_no_address_could_name_is_kept_aside_with_its_jobs(
    file: Path, number: int
) -> None:
    execute(
        file,
        f"{WORKFLOW} ({number}, 'x', 'Done', 1, 1, '2024-05-01 10:00:00')",
        f"{JOB} (900, 1, {number}, 'odd', {GOOD}",
    )
    take_over(file)
    tables = [row["table"] for row in kept(file) if not row["taken"]]
    assert sorted(tables) == ["workflow_jobs", "workflows"]


def test_names_that_are_empty_too_long_or_alike_become_names(file: Path) -> None:
    long = "n" * 300
    execute(
        file,
        f"{WORKFLOW} (50, NULL, 'Done', 1, 1, '2024-05-01 10:00:00'),"
        "(51, '  ', 'Done', 1, 1, '2024-05-01 10:00:00'),"
        "(52, ' twin', 'Done', 1, 1, '2024-05-01 10:00:00'),"
        "(53, 'twin', 'Done', 1, 1, '2024-05-01 10:00:00'),"
        f"(54, '{long}', 'Done', 1, 1, '2024-05-01 10:00:00'),"
        f"(55, '{long}!', 'Done', 1, 1, '2024-05-01 10:00:00'),"
        "(56, 'twin-53', 'Done', 1, 1, '2024-05-01 10:00:00')",
    )
    client = take_over(file)

    def name(number: int) -> str:
        return str(client.get(f"/api/workflow/{number}").get_json()["workflow"]["name"])

    assert [name(50), name(51)] == ["workflow-50", "workflow-51"]
    assert [name(52), name(53)] == ["twin", "twin-53"]
    assert [name(54), name(55)] == ["n" * 200, "n" * 197 + "-55"]
    assert name(56) == "twin-53-56"


# --- messages -------------------------------------------------------------------------------------


def test_a_message_that_is_no_event_is_a_line_as_it_stands(file: Path) -> None:
    execute(
        file,
        "DELETE FROM workflow_messages",
        "INSERT INTO workflow_messages (id, wf_id, msg) VALUES (1, 1, 'just words'),"
        '(2, 1, \'{"level": "shellcmd", "msg": null}\'), (3, 1, \'{broken\')',
    )
    client = take_over(file)
    lines = client.get("/api/workflow/1/messages").get_json()["messages"]
    assert [line["msg"] for line in lines] == [
        "just words", '{"level": "shellcmd", "msg": null}', "{broken",
    ]  # fmt: skip
    start = client.get("/api/workflow/1").get_json()["workflow"]["started_at"]
    assert {line["time"] for line in lines} == {start}
    assert kept(file) == []


def test_a_message_without_text_or_workflow_is_kept_aside(file: Path) -> None:
    execute(
        file,
        "INSERT INTO workflow_messages (id, wf_id, msg) VALUES (900, 1, NULL), (901, 1, ' '),"
        "(902, 777, 'lost')",
    )
    take_over(file)
    assert [(row["row"]["id"], row["taken"]) for row in kept(file)] == [
        (900, False), (901, False), (902, False),
    ]  # fmt: skip


# --- jobs of one id -------------------------------------------------------------------------------


def test_rows_about_the_same_job_become_one_and_its_end_counts(
    file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    execute(
        file,
        f"{JOB} (900, 5, 1, 'odd', {GOOD}",
        f"{JOB} (901, 5, 1, 'odd', {GOOD}",
        "UPDATE workflow_jobs SET status = 'Running', completed_at = NULL WHERE id = 900",
        "DELETE FROM workflow_jobs WHERE wf_id = 1 AND id < 900",
    )
    client = take_over(file)
    jobs = client.get("/api/workflow/1/jobs").get_json()["jobs"]
    assert [(each["jobid"], each["status"]) for each in jobs] == [(5, "Done")]
    assert "Rows that told a job once more: " in caplog.text


def test_different_jobs_of_one_id_are_parts_of_the_run(file: Path) -> None:
    execute(
        file,
        f"{JOB} (900, 5, 1, 'inner', {GOOD}",
        f"{JOB} (901, 5, 1, 'outer', {GOOD}",
        "DELETE FROM workflow_jobs WHERE wf_id = 1 AND id < 900",
    )
    jobs = take_over(file).get("/api/workflow/1/jobs").get_json()["jobs"]
    assert [(each["name"], each["part"]) for each in jobs] == [("inner", 0), ("outer", 1)]


# --- ends -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "job_status", "ended"),
    [
        ("Done", "Done", True),
        ("Cancelled", "Cancelled", True),
        ("No Execution", "Planned", True),
        ("Running", "Running", False),
        ("Stale", "Running", False),
        # --keep-going: other jobs may go on.
        ("Error", "Running", False),
    ],
)
def test_a_job_that_was_left_open_ends_with_its_run(
    file: Path, status: str, job_status: str, ended: bool
) -> None:
    execute(
        file,
        f"{WORKFLOW} (50, 'x', '{status}', 0, 1, '2024-05-01 10:00:00')",
        f"{JOB} (900, 5, 50, 'odd', {GOOD}",
        "UPDATE workflow_jobs SET status = 'Running', completed_at = NULL WHERE id = 900",
    )
    client = take_over(file)
    workflow = client.get("/api/workflow/50").get_json()["workflow"]
    assert (workflow["completed_at"] is not None) is ended
    assert job(client, 5, workflow=50)["status"] == job_status
    with client.application.app_context():
        assert list(faults()) == []


def test_a_failed_run_without_running_jobs_ended_with_its_last_word(
    file: Path, local_zone: None
) -> None:
    execute(
        file,
        f"{WORKFLOW} (50, 'x', 'Error', 0, 1, '2024-05-01 10:00:00')",
        f"{JOB} (900, 5, 50, 'odd', {GOOD}",
        "UPDATE workflow_jobs SET status = 'Error' WHERE id = 900",
    )
    workflow = take_over(file).get("/api/workflow/50").get_json()["workflow"]
    assert workflow["completed_at"] == "2024-05-01T04:31:00Z"
    assert workflow["duration"] == 60.0
