"""Logs of cwltool and miniwdl, and messages of Toil, become the runs that they tell of."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from panoptes.cli.imports.kinds import files_in, read_run
from panoptes.cli.imports.source import NoSuchRun, Source
from tests.cli.imports.importing import LOGS, import_file, told

CWLTOOL, MINIWDL, TOIL = LOGS / "cwltool-3.3", LOGS / "miniwdl-1.16", LOGS / "toil-9.6"
NO_END = "How the run ended isn't in {}: it is shown as an error."


def log_of(folder: Path) -> Path:
    """Return the log of a run's folder."""
    (log,) = files_in(folder)
    return log


def state(client: FlaskClient, path: Path) -> tuple[str, dict[str, list[str]]]:
    """Return how a run is that a file tells of: its status, and those of each rule's jobs."""
    run, jobs = told(client, import_file(client, path))
    states: dict[str, list[str]] = {}
    for job in sorted(jobs, key=lambda job: job["status"]):
        states.setdefault(job["name"], []).append(job["status"])
    return run["status"], states


def test_a_log_of_cwltool_becomes_its_run(client: FlaskClient) -> None:
    done = {"greet": ["Done"] * 3, "join": ["Done"]}
    assert state(client, CWLTOOL / "ok.log") == ("Done", done)
    assert state(client, CWLTOOL / "plain.log") == ("Done", done)
    assert state(client, CWLTOOL / "fail.log") == ("Error", {"greet": ["Done"], "bad": ["Error"]})
    assert state(client, CWLTOOL / "cut.log") == ("Error", {"greet": ["Error"]})


def test_only_with_timestamps_cwltools_log_has_times(client: FlaskClient, tmp_path: Path) -> None:
    run, jobs = told(client, import_file(client, CWLTOOL / "fail.log"))
    assert (run["name"], run["duration"], run["engine"]) == ("chain", 2, "cwltool")
    assert {job["name"]: job["exit_status"] for job in jobs}["bad"] == 3
    assert read_run(Source(CWLTOOL / "fail.log"), None).notes == []
    assert read_run(Source(CWLTOOL / "cut.log"), None).notes == [NO_END.format("the log")]
    (note,) = read_run(Source(CWLTOOL / "ok.log"), None).notes
    assert note.startswith("When anything happened isn't in the log (cwltool --timestamps")


def test_the_folder_of_a_run_of_miniwdl_becomes_that_run(client: FlaskClient) -> None:
    done = {"greet": ["Done"] * 3, "join": ["Done"]}
    for folder in ("ok", "json"):
        assert state(client, log_of(MINIWDL / folder)) == ("Done", done)
    failed = {"bad": ["Error"], "good": ["Cancelled"]}
    assert state(client, log_of(MINIWDL / "fail")) == ("Error", failed)
    assert state(client, log_of(MINIWDL / "task")) == ("Done", {"one": ["Done"]})


def test_what_tasks_left_in_a_folder_that_was_moved_is_found(client: FlaskClient) -> None:
    imported = import_file(client, log_of(MINIWDL / "fail"))
    run, jobs = told(client, imported)
    (bad,) = (job for job in jobs if job["name"] == "bad")
    assert bad["shell_command"].strip() == (MINIWDL / "fail/call-bad/command").read_text().strip()
    assert (MINIWDL / "fail/call-bad/stderr.txt").read_text().strip() in bad["error"]
    assert bad["exit_status"] == 3
    assert (run["name"], run["engine"], imported.run.told) == ("hello", "miniwdl", "2 tasks")
    assert imported.run.notes == []


def test_a_run_of_miniwdl_without_its_end_is_an_error(client: FlaskClient, tmp_path: Path) -> None:
    text = (MINIWDL / "ok/workflow.log").read_text()
    (tmp_path / "workflow.log").write_text("".join(text.splitlines(keepends=True)[:-2]))
    imported = import_file(client, log_of(tmp_path))
    assert told(client, imported)[0]["status"] == "Error"
    assert imported.run.notes == [NO_END.format("its folder")]


def test_messages_of_toil_become_their_run(client: FlaskClient) -> None:
    done = {"greet": ["Done"] * 2, "nested/greet": ["Done"] * 2, "join": ["Done"]}
    assert state(client, TOIL / "ok.bus") == ("Done", done)
    status, jobs = state(client, TOIL / "fail.bus")
    assert status == "Error"
    assert "Error" in [each for states in jobs.values() for each in states]
    end = "How the run ended isn't in the file: it is shown as {}, as {} job failed."
    for file, shown in (("ok", ("done", "no")), ("fail", ("an error", "a"))):
        run = read_run(Source(TOIL / f"{file}.bus"), None)
        assert (run.engine, run.notes) == ("toil-cwl", [end.format(*shown)])


@pytest.mark.parametrize("engine", ["cwltool-log", "miniwdl-log", "toil-bus", "snakemake-log"])
def test_a_file_is_no_run_of_an_engine_that_did_not_write_it(engine: str, tmp_path: Path) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("Buy milk.\nINFO was here\n")
    with pytest.raises(NoSuchRun):
        read_run(Source(notes), engine)


def test_each_file_is_known_by_what_is_in_it(tmp_path: Path) -> None:
    files: dict[str, Any] = {
        "cwltool": CWLTOOL / "plain.log",
        "miniwdl": MINIWDL / "ok/workflow.log",
        "toil-cwl": TOIL / "ok.bus",
        "snakemake": LOGS / "snakemake-9.27/ok.log",
    }
    for engine, file in files.items():
        copy = tmp_path / "file"
        shutil.copy(file, copy)
        assert read_run(Source(copy), None).engine == engine
