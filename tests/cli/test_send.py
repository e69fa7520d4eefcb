"""`panoptes send` and `panoptes doctor`: what is left behind is sent, and what is wrong is said."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from devtools.running import ROOT, Server
from tests.cli.conftest import Command

EVENTS = [
    {"event": "workflow_started", "time": 1.8e9},
    {"event": "job_info", "time": 1.8e9, "jobid": 1, "rule_name": "align"},
    {"event": "job_finished", "time": 1.8e9, "job_id": 1},
    {"event": "end", "time": 1.8e9, "exception": None},
]


def left_behind(folder: Path, url: str, name: str) -> Path:
    run = {"id": f"id-of-{name}", "engine": "snakemake", "name": name, "description": {}}
    lines = [{"panoptes": 1, "run": run, "url": url, "first": 1}, *EVENTS]
    file = folder / ".snakemake/panoptes-ui/run.jsonl"
    file.parent.mkdir(parents=True, exist_ok=True)
    # The last line was cut off: its program was killed.
    file.write_text("".join(f"{json.dumps(line)}\n" for line in lines) + '{"event": "jo')
    return file


def test_a_file_is_sent_and_removed_and_may_be_sent_again(
    command: Command, server: Server, tmp_path: Path
) -> None:
    for _ in range(2):
        file = left_behind(tmp_path, server.url, "sent-later")
        said = command("send", str(file))
        assert (said.code, said.err) == (0, "")
        assert said.out.startswith(f"4 events sent: {server.url}/workflow/")
        assert not file.exists()
    listed = server.get("/api/workflows?name=sent-later")["workflows"]
    (found,) = [each for each in listed if each["name"] == "sent-later"]
    assert (found["status"], found["jobs_done"]) == ("Done", 1)


def test_a_file_stays_while_its_server_is_away(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("panoptes.cli.send.PAUSES", (0.0, 0.0))
    file = left_behind(tmp_path, "http://127.0.0.1:9", "away")
    said = command("send", str(file))
    assert said.code == 5
    assert said.err.endswith(f"(Connection refused); 4 events stay in {file}.\n")
    assert file.exists()


def test_what_is_no_such_file_is_called_so(command: Command, tmp_path: Path) -> None:
    other = tmp_path / "notes.txt"
    other.write_text("Dear diary\n")
    assert "It isn't a file of events that panoptes keeps." in command("send", str(other)).err
    assert "No such file or directory" in command("send", str(tmp_path / "none")).err


def program(folder: Path, script: str) -> None:
    """Put a `snakemake` into a folder."""
    file = folder / "snakemake"
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)


def test_doctor_says_what_is_wrong(
    command: Command, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    program(tmp_path, '[ "$#" = 1 ] && echo 9.27.1')
    file = left_behind(tmp_path, server.url, "doctor")
    (file.parent / "cut.jsonl").write_text('{"panoptes": 1')
    said = command("doctor")
    assert said.code == 1
    assert f"ok     {server.url} is panoptes" in said.out
    assert "ok     Runs may be reported with no token." in said.out
    assert f"ok     {tmp_path}/snakemake is Snakemake 9.27.1" in said.out
    assert "WRONG  It doesn't find the plugin: pip install" in said.out
    left = file.relative_to(tmp_path)
    assert "cut.jsonl can't be read: It isn't a file of events that panoptes keeps." in said.out
    assert "WRONG  4 events of a run could not be sent." in said.out
    assert f"panoptes send {left}" in said.out


def test_doctor_is_content_where_all_is_well(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    program(tmp_path, "echo 9.0.0; echo 'Python is old.' >&2")
    said = command("doctor")
    assert (said.code, "WRONG" in said.out) == (0, False)
    assert "It finds the plugin" in said.out


def test_doctor_without_a_server_says_where_it_looked(command: Command) -> None:
    said = command("doctor", "--url", "http://127.0.0.1:9")
    assert said.code == 1
    assert "WRONG  No panoptes answers at http://127.0.0.1:9 (Connection refused)." in said.out


def test_neither_loads_what_a_server_needs() -> None:
    code = (
        "import sys, panoptes.cli.send, panoptes.cli.doctor;"
        "print({'flask', 'sqlalchemy', 'rich'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout == "set()\n", done.stderr
