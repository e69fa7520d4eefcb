"""`panoptes import`, against a real server."""

import io
import json
import shutil
import sys
from pathlib import Path
from typing import Any
from urllib.request import Request

import pytest

from devtools.running import OPENER, Server, get
from panoptes.cli.import_runs import KINDS
from panoptes.cli.imports import kinds
from panoptes.cli.imports.kinds import read_run
from panoptes.cli.imports.nextflow_trace import read_trace
from panoptes.cli.imports.source import Source
from tests.cli.conftest import Command
from tests.cli.imports.importing import LOGS

# As Nextflow 24.10 writes it by default, for people.
FIELDS = "task_id hash native_id name status exit submit duration realtime %cpu peak_rss peak_vmem"
ROWS = [
    ("1 5f/95876c 101", "SPLIT (all)", "COMPLETED 0", "09:00:00.000", "2s 1.5s 12.5%", "4.8 MB"),
    ("2 80/61dc16 102", "WORK (a)", "FAILED 1", "09:00:02.000", "1m 3s 1m 2s 80.0%", "1 GB"),
    ("3 80/61dc17 103", "WORK (a)", "COMPLETED 0", "09:01:06.000", "10s 9.8s 99.9%", "1 GB"),
    ("4 80/61dc18 -", "COUNT (1)", "CACHED 0", "09:01:06.000", "10s 9.8s -", "0"),
]


def trace(folder: Path, rows: list[tuple[str, ...]]) -> Path:
    lines = ["\t".join(FIELDS.split())]
    for ids, name, status, submit, times, memory in rows:
        *durations, percent = times.split(" ")
        # One word of a duration's for each of its units: the last half is the task's own time.
        half = (len(durations) + 1) // 2
        both = " ".join(durations[:half]), " ".join(durations[half:])
        at = f"2024-11-23 {submit}"
        values = [*ids.split(), name, *status.split(), at, *both, percent, memory, memory]
        lines.append("\t".join(values))
    file = folder / "trace.txt"
    file.write_text("\n".join(lines) + "\n")
    return file


def post(url: str, path: str, told: Any) -> None:
    """Send JSON, as a client does."""
    headers = {"Content-Type": "application/json"}
    with OPENER.open(Request(url + path, json.dumps(told).encode(), headers)) as answer:
        assert answer.status in (200, 201)


def test_a_trace_becomes_a_run_with_its_tasks_and_times(
    command: Command, server: Server, tmp_path: Path
) -> None:
    said = command("import", str(trace(tmp_path, ROWS)), "--name", "nightly rnaseq")
    assert said.code == 0
    assert "trace.txt: 4 tasks imported: http://127.0.0.1:" in said.out
    (run,) = get(server.url, "/api/workflows?name=nightly+rnaseq")["workflows"]
    told = ("status", "engine", "jobs_done", "jobs_retried", "duration")
    assert [run[name] for name in told] == ["Done", "nextflow", 3, 1, 76.0]
    jobs = {job["jobid"]: job for job in get(server.url, f"/api/workflow/{run['id']}/jobs")["jobs"]}
    work = jobs["WORK (a)"]
    assert (work["name"], work["wildcards"], len(work["attempts"])) == ("WORK", {"tag": "a"}, 2)
    assert [attempt["duration"] for attempt in work["attempts"]] == [62.0, 9.8]
    assert work["usage"]["max_memory"] == 2**30
    assert (jobs["COUNT (1)"]["cached"], jobs["COUNT (1)"]["wildcards"]) == (True, {})
    assert jobs["SPLIT (all)"]["usage"]["cpu_percent"] == 12.5


def test_a_trace_with_a_task_that_failed_to_the_last_is_an_error(
    command: Command, server: Server, tmp_path: Path
) -> None:
    assert command("import", str(trace(tmp_path, ROWS[:2])), "--name", "broken").code == 0
    (run,) = get(server.url, "/api/workflows?name=broken")["workflows"]
    assert (run["status"], run["error"]) == ("Error", "Failed: WORK (a)")


def test_what_no_task_has_is_left_out(tmp_path: Path) -> None:
    file = tmp_path / "trace.txt"
    columns = ("task_id", "name", "status", "cpus", "%cpu", "peak_rss", "duration", "submit")
    rows = (
        ("nan", "WORK (a)", "FAILED", "inf", "nan", f"{'9' * 400} PB", f"{'9' * 400}d", "nan"),
        ("2", "", "FAILED", "1", "1", "1", "1", "1"),
        ("3", "WORK (b)", "COMPLETED"),
    )
    file.write_text("\n".join("\t".join(row) for row in (columns, *rows)))
    tasks = read_trace(Source(file))
    assert [task["name"] for task in tasks] == ["WORK (a)", "WORK (b)"]
    known = {name for name, value in tasks[0].items() if value is not None}
    assert known == {"taskId", "name", "process", "tag", "status", "attempt"}


def test_what_is_no_trace_is_refused(command: Command, tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    large = f"task_id\tname\tstatus\n1\t{'x' * 200_000}\tFAILED\n"
    for text in ("a\tb\n1\t2\n", "\0\n", large):
        file.write_text(text)
        said = command("import", "--kind", "nextflow-trace", str(file))
        assert said.code == 2
        assert "It is no trace file" in said.err


def test_a_folder_stands_for_its_logs_in_the_order_of_their_runs(
    command: Command, server: Server, tmp_path: Path
) -> None:
    logs = tmp_path / "rnaseq" / ".snakemake" / "log"
    logs.mkdir(parents=True)
    shutil.copy(LOGS / "snakemake-7.32.4/ok.log", logs / "2026-02-02T040609.46.snakemake.log")
    shutil.copy(LOGS / "snakemake-7.32.4/fail.log", logs / "2026-01-01T040609.46.snakemake.log")
    said = command("import", str(tmp_path / "rnaseq"))
    assert said.code == 0
    assert said.out.count("jobs imported") == 2
    assert said.out.count("Times are to the second") == 1
    (run,) = get(server.url, "/api/workflows?name=rnaseq")["workflows"]
    found = get(server.url, f"/api/workflow/{run['id']}/runs")["runs"]
    assert [(each["run"], each["status"]) for each in found] == [(2, "Done"), (1, "Error")]
    assert (run["run"], run["status"]) == (2, "Done")


def test_what_is_imported_twice_is_there_once(
    command: Command, server: Server, tmp_path: Path
) -> None:
    log = tmp_path / "a.log"
    for file in (LOGS / "snakemake-9.27/retry.log", trace(tmp_path, ROWS[1:])):
        shutil.copy(file, log)
        name = f"twice {file.name}"
        assert "imported before" not in command("import", str(log), "--name", name).out
        said = command("import", "--json", str(log))
        assert json.loads(said.out)[0]["imported"] is False
        assert "this was imported before: http" in command("import", str(file)).out
        assert "imported: http" in command("import", str(log), "--again", "--name", name).out
        (run,) = get(server.url, f"/api/workflows?name={name.replace(' ', '+')}")["workflows"]
        assert run["runs"] == 2


def test_a_run_that_was_watched_is_not_imported(
    command: Command, server: Server, tmp_path: Path
) -> None:
    """From 9.22 on, Snakemake's log has the id under which our plugin reports the run."""
    log = LOGS / "snakemake-9.27/fail.log"
    uid = "7b1b4299-a511-4855-b7a2-4276f8adf3b7"
    assert f"Workflow ID: {uid}" in log.read_text()
    post(server.url, "/api/runs", {"id": uid, "engine": "snakemake", "name": "watched"})
    said = command("import", str(log))
    assert "fail.log: this run was watched: http" in said.out
    (run,) = get(server.url, "/api/workflows?name=watched")["workflows"]
    assert (run["status"], run["jobs_total"]) == ("Running", 0)


def test_standard_input_may_be_a_log(
    command: Command, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (LOGS / "snakemake-8.30/retry.log").read_bytes()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
    said = command("import", "-", "--name", "piped")
    assert said.out.startswith("standard input: 2 jobs imported: http")
    (run,) = get(server.url, "/api/workflows?name=piped")["workflows"]
    assert (run["status"], run["jobs_retried"]) == ("Done", 1)


def test_what_is_no_file_of_an_engine_is_refused_in_a_sentence(
    command: Command, server: Server, tmp_path: Path
) -> None:
    notes, good = tmp_path / "notes.txt", LOGS / "snakemake-5.32.2/fail.log"
    notes.write_text("Buy milk.\n")
    said = command("import", str(notes), str(good), str(tmp_path / "nowhere"), "--name", "some")
    assert said.code == 2
    assert "notes.txt: It is none of the files that can be imported" in said.err
    assert "nowhere: No such file or directory" in said.err
    assert "fail.log: 2 jobs imported" in said.out
    empty = command("import", str(tmp_path))
    assert (empty.code, empty.out) == (2, "")
    assert "There is no log in this folder." in empty.err


def test_an_import_that_broke_off_goes_on_where_it_was(
    command: Command, server: Server, tmp_path: Path
) -> None:
    log = LOGS / "snakemake-9.27/odd.log"
    run = read_run(Source(log), None)
    description = {"is_report": True, "started": run.began}
    registration = {"id": run.uid, "engine": run.engine, "name": "odd"}
    post(server.url, "/api/runs", {**registration, "description": description})
    first = [event for event, _ in zip(run.events(), range(20), strict=False)]
    post(server.url, f"/api/runs/{run.uid}/events", {"first": 1, "events": first})
    assert "13 jobs imported: http" in command("import", str(log)).out
    (found,) = get(server.url, "/api/workflows?name=odd")["workflows"]
    assert (found["status"], found["jobs_done"], found["runs"]) == ("Done", 13, 1)


def test_help_names_every_kind_of_files(command: Command) -> None:
    text = command("import", "--help").out
    assert sorted(KINDS) == sorted(kind.name for kind in kinds.KINDS)
    assert [kind for kind in KINDS if text.count(f"  {kind} ") != 1] == []
