"""`panoptes import`, against a real server."""

from pathlib import Path

from devtools.running import Server, get
from panoptes.cli.import_trace import read_trace
from tests.cli.conftest import Command

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


def test_a_trace_becomes_a_run_with_its_tasks_and_times(
    command: Command, server: Server, tmp_path: Path
) -> None:
    said = command("import", str(trace(tmp_path, ROWS)), "--name", "nightly rnaseq")
    assert said.code == 0
    assert said.out.startswith("4 tasks imported: http://127.0.0.1:")
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
    tasks = read_trace(file)
    assert [task["name"] for task in tasks] == ["WORK (a)", "WORK (b)"]
    known = {name for name, value in tasks[0].items() if value is not None}
    assert known == {"taskId", "name", "process", "tag", "status", "attempt"}


def test_what_is_no_trace_is_refused(command: Command, tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    large = f"task_id\tname\tstatus\n1\t{'x' * 200_000}\tFAILED\n"
    for text in ("", "a\tb\n1\t2\n", "\0\n", large):
        file.write_text(text)
        said = command("import", str(file))
        assert said.code == 2
        assert "is no trace file" in said.err
