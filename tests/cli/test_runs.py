"""`panoptes runs` and `panoptes log`: a workflow's history, and what a run said at its end."""

import json
from pathlib import Path

import pytest

from devtools.demo import Reporter
from devtools.running import Server, running_server
from tests.cli.conftest import (
    KILLED,
    Command,
    Report,
    assert_harmless,
    broken,
    done,
    hostile,
)


def test_each_run_has_a_line_the_newest_first(command: Command, report: Report) -> None:
    done(report("history"))
    broken(report("history"))
    head, *lines = command("runs", "history").out.splitlines()
    assert head.split() == ["RUN", "STATUS", "DONE", "FAILED", "STARTED", "DURATION"]
    assert [line.split()[:3] for line in lines] == [["2", "✗", "Error"], ["1", "✓", "Done"]]
    assert command("runs", "history", "-n1").out.endswith("\n\n1 of 2 runs; -n shows more.\n")


def test_times_are_those_of_the_terminal(
    command: Command, report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    import time

    done(report("abroad"))
    monkeypatch.setenv("TZ", "Asia/Kathmandu")
    time.tzset()
    try:
        assert "+0545" in command("runs", "abroad").out
        assert "+0545" in command("show", "abroad").out
    finally:
        monkeypatch.undo()
        time.tzset()


def test_a_log_begins_with_what_failed_and_ends_with_the_last_lines(
    command: Command, report: Report
) -> None:
    run = report("logged")
    for number in range(30):
        run.say("info", msg=f"line {number}")
    broken(run)
    said = command("log", "logged", "-n", "7").out
    first, *_ = said.splitlines()
    assert first == f"✗ align s=K7  {KILLED}"
    assert "/data/project/logs/align/K7.log" in said
    lines = said.split("\n\n")[-1].splitlines()
    assert "At least one job did not complete successfully." in lines[-1]
    assert len([line for line in lines if line[2:3] == ":"]) == 7


def test_the_log_of_a_job_is_printed_from_its_end_without_what_a_terminal_obeys(
    tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "logs" / "align" / "K7.log"
    log.parent.mkdir(parents=True)
    log.write_text(
        "".join(f"line {number}\n" for number in range(30)) + "\x1b[31mboom\x1b[0m\x07\n"
    )
    with running_server(tmp_path, "--log-root", str(tmp_path)) as server:
        monkeypatch.setenv("PANOPTES_URL", server.url)
        broken(Reporter(server.url, "logged", workdir=str(tmp_path)))
        assert command("log", "logged", "--job", "1", "-n3").out == "line 28\nline 29\nboom␇\n"
        told = json.loads(command("log", "logged", "--job", "1", "--json").out)
        assert told["log"]["path"] == "logs/align/K7.log"
        assert "  line 29\n  boom␇\n" in command("log", "logged").out
        log.unlink()
        assert "File not found" in command("log", "logged", "--job", "1").err
        assert "There is no job 7" in command("log", "logged", "--job", "7").err


@pytest.mark.parametrize("limit", [1, 3, 4, 5, 12, 13])
def test_as_many_lines_come_as_are_asked_for(
    command: Command, report: Report, server: Server, limit: int
) -> None:
    run = report(f"lines {limit}")
    for number in range(12):
        run.say("info", msg=f"line {number}")
    told = json.loads(command("log", f"lines {limit}", f"-n{limit}", "--json").out)
    assert [line["msg"] for line in told["messages"]] == [
        f"line {number}" for number in range(max(0, 12 - limit), 12)
    ]


def test_a_run_without_lines_says_so(command: Command, report: Report) -> None:
    report("silent")
    assert command("log", "silent").out == "The run's log has no lines yet.\n"


def test_no_text_of_a_run_does_anything_in_the_terminal(command: Command, report: Report) -> None:
    hostile(report("hostile log"))
    assert_harmless(command("log", "hostile log").out)
