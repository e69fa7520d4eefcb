"""Tests of what is told of miniwdl, and of the records that are made of its text."""

import json
from pathlib import Path
from typing import Any

import pytest

from panoptes.engines.miniwdl.record import call_of
from panoptes.sender import Address
from panoptes.wrapper.adapter import STDERR, End, Wishes
from panoptes.wrapper.adapters.miniwdl import MiniwdlListener, plan, record_of, task_of
from panoptes.wrapper.command import recognised

WISHES = Wishes(Address("http://127.0.0.1:1"))
SETUP = 'task setup :: name: "bad", source: "/a.wdl", line: 8, dir: "/run/call-bad"'
PLAIN = f"2026-11-28 04:12:09.366 wdl.w:w.t:call-bad NOTICE {SETUP}"
COLOURED = (
    "\x1b[34m2026-11-28 04:12:09.366\x1b[0m \x1b[35mwdl.w:w.t:call-bad\x1b[0m"
    f" \x1b[1;32m{SETUP}\x1b[0m"
)


@pytest.mark.parametrize("line", [PLAIN, COLOURED])
def test_a_line_of_text_is_the_record_that_json_would_be(line: str) -> None:
    record = record_of(line)
    assert record is not None
    assert record.pop("timestamp") > 1_700_000_000
    assert record == {
        "name": "bad",
        "source": "wdl.w:w.t:call-bad",
        "line": 8,
        "dir": "/run/call-bad",
        "message": "task setup",
        "level": "NOTICE",
    }


def test_a_line_of_json_is_a_record() -> None:
    record = {"message": "done", "source": "wdl.t:one", "level": "NOTICE"}
    assert record_of(json.dumps(record)) == record


@pytest.mark.parametrize(
    "line",
    ["", "{", "{}", '["source"]', "No such task", "2026-99-99 10:00 x", '{"source": 1}'],
)
def test_other_lines_are_none(line: str) -> None:
    assert record_of(line) is None


def test_values_that_cannot_be_read_are_left_out() -> None:
    record = record_of("2026-11-28 04:12:09.366 a ERROR x :: a: 1, b: nonsense, c: 2")
    assert record is not None
    assert (record["message"], record["a"], "c" in record) == ("x", 1, False)
    deep = record_of(f"2026-11-28 04:12:09.366 a ERROR x :: a: {'[' * 90_000}")
    assert deep is not None
    wrong = record_of("2026-13-41 04:12:09.366 a ERROR x")
    assert wrong is not None
    assert wrong["timestamp"] is None


def test_only_runs_are_watched_and_named_after_their_file() -> None:
    planned = plan(recognised(["miniwdl", "run", "flows/ok.wdl", "a=1"]), WISHES)
    assert planned is not None
    assert (planned.engine, planned.name, planned.reads) == ("miniwdl", "ok", STDERR)
    assert planned.words == ("miniwdl", "run", "flows/ok.wdl", "a=1")
    assert plan(recognised(["miniwdl", "check", "ok.wdl"]), WISHES) is None
    looked = plan(recognised(["miniwdl", "run", "--help"]), WISHES)
    assert looked is not None
    assert looked.listen is None


def test_a_task_that_fails_sends_its_log_and_its_command(tmp_path: Path) -> None:
    (tmp_path / "command").write_text("exit 3")
    (tmp_path / "stderr.txt").write_text("first try")
    (tmp_path / "stderr2.txt").write_text("second try")
    told: list[Any] = []
    listener = MiniwdlListener(told.append, WISHES)
    task, failed = "wdl.w:w.t:call-bad", '"error": "CommandFailed"'
    lines = [
        f'{{"message": "task setup", "source": "{task}", "dir": "{tmp_path}"}}',
        f'{{"message": "podman run", "source": "{task}", "pid": 1, "log": "x"}}',
        f'{{"message": "failed task will be retried", "source": "{task}", {failed}}}',
        f'{{"message": "task bad failed", "source": "{task}", {failed}}}',
    ]
    listener.take("".join(f"{line}\n" for line in lines).encode())
    setup, started, first, retried, second, given_up = told
    assert [each["event"] for each in told].count("log_tail") == 2
    assert started["command"] == "exit 3"
    assert (first["job"], first["path"]) == ("bad", f"{tmp_path}/stderr.txt")
    assert [each["text"] for each in (first, second)] == ["first try", "second try"]
    assert (setup["event"], retried["event"], given_up["event"]) == ("record",) * 3
    assert listener.logs == {}


@pytest.mark.parametrize(
    ("source", "task"),
    [
        ("wdl.t:one", "one"),
        ("wdl.w:w.t:call-a-0-b", "a-0-b"),
        ("wdl.w:outer.w:call-inner-0.t:call-greet", "inner-0.greet"),
        ("miniwdl-run", None),
        ("wdl", None),
    ],
)
def test_a_task_is_called_as_the_server_does(source: str, task: str | None) -> None:
    call = call_of(source)
    assert (call and call.name) == task_of(source) == task


def test_what_runs_when_it_is_killed_sends_its_log(tmp_path: Path) -> None:
    (tmp_path / "stderr.txt").write_text("last words")
    told: list[Any] = []
    listener = MiniwdlListener(told.append, WISHES)
    setup = {"message": "task setup", "source": "wdl.t:one", "dir": str(tmp_path)}
    listener.take(f"{json.dumps(setup)}\n".encode())
    listener.ended(End(None, 9))
    assert [each["event"] for each in told] == ["record", "log_tail", "exit"]


def test_the_status_bar_of_a_terminal_is_no_line_and_no_record_gets_lost_behind_it() -> None:
    told: list[Any] = []
    listener = MiniwdlListener(told.append, WISHES)
    clear = "\x1b[2K\r"
    bar = f"{clear}    \x1b[1m0:00:00 elapsed    \x1b[0m\x1b[0;31m---\x1b[0m\x1b[1m    tasks\x1b[0m"
    for _ in range(2000):
        listener.take(bar.encode())
    listener.take(f"{clear}{COLOURED}\r\n{bar}{clear}A word\r\n{clear}\x1b[?25h".encode())
    listener.ended(End(0))
    assert [(each["event"], each.get("text")) for each in told] == [
        ("record", None),
        ("line", "A word"),
        ("exit", None),
    ]
