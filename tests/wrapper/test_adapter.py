"""What adapters are made of: lines, logs that are sent, and listeners that change what is shown."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from panoptes.sender import Address
from panoptes.wrapper import adapter
from panoptes.wrapper.adapter import End, LineListener, Lines, Listener, Wishes
from tests.door import Door
from tests.wrapper.conftest import Outcome, through_pipes

WISHES = Wishes(Address("http://localhost"))


def test_lines_are_made_of_pieces_of_any_length(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "first\nzwölf €\r\n\n" + "x" * 50 + "\nbad \N{REPLACEMENT CHARACTER}\nrest €"
    data = text.encode().replace("\N{REPLACEMENT CHARACTER}".encode(), b"\xff")
    monkeypatch.setattr(adapter, "MAX_LINE", 20)
    for size in (1, 2, 7, len(data)):
        lines = Lines()
        found = [
            line
            for begin in range(0, len(data), size)
            for line in lines.feed(data[begin : begin + size])
        ]
        whole = ["first", "zwölf €", "", "x" * 20, "bad \N{REPLACEMENT CHARACTER}"]
        assert (found, lines.rest()) == (whole, ["rest €"])
    assert Lines().rest() == []


def test_each_line_is_told_and_at_last_how_it_ended() -> None:
    told: list[Mapping[str, Any]] = []
    listener = LineListener(told.append, WISHES)
    listener.take(b"one\n\ntwo\nthr")
    listener.take(b"ee")
    listener.ended(End(None, 9))
    assert [each.get("text") for each in told[:-1]] == ["one", "two", "three"]
    assert told[-1] == {"event": "exit", "status": None, "signal": "SIGKILL"}
    assert End(None, 40).signal_name == "signal 40"
    assert End(3).signal_name is None


@pytest.mark.parametrize(
    ("logs", "of_good", "of_bad"), [("none", 0, 0), ("failed", 0, 1), ("all", 1, 1)]
)
def test_the_logs_of_jobs_are_sent_as_wished(
    tmp_path: Path, logs: str, of_good: int, of_bad: int
) -> None:
    told: list[Mapping[str, Any]] = []
    listener = Listener(told.append, Wishes(WISHES.address, logs=logs))
    for job in ("good", "bad"):
        log = tmp_path / job
        log.write_text(f"{job} words")
        listener.logs[job] = [str(log), str(tmp_path / "none")]
        listener.send_logs(job, has_failed=job == "bad")
    listener.send_logs("unknown", has_failed=True)
    assert [each["job"] for each in told] == ["good"] * of_good + ["bad"] * of_bad
    # Only the run's own logs are read, whoever asks.
    assert listener.read_log("bad", str(tmp_path / "good"), 0, 9) is None
    tail = listener.read_log("bad", str(tmp_path / "bad"), 4, 9)
    assert tail is not None
    assert (tail.text, tail.size) == ("words", 9)


# `panoptes run` with an adapter for `printf` whose listener is LISTENER.
WITH_ADAPTER = """
from panoptes.wrapper import adapters
from panoptes.wrapper.adapter import STDERR, Adapter, LineListener, Plan
LISTENER
def plan(command, wishes):
    return Plan(command.words, "generic", Mine, reads=STDERR, rewrites=True)
adapters.ADAPTERS = (Adapter(frozenset({"sh"}), plan),)
from panoptes.cli.main import main
import sys
sys.exit(main())
"""
SHOUTS = """
class Mine(LineListener):
    def shown(self, data):
        return data.upper()
    def shown_at_last(self):
        return b"the end"
"""
FAILS = """
class Mine(LineListener):
    def shown(self, data):
        raise ValueError("no such letter")
    take = look = ended = shown_at_last = shown
"""
SAYS = ("sh", "-c", "echo out; echo err >&2; exit 4")


def run(listener: str, environment: Mapping[str, str], folder: Path) -> Outcome:
    """Run a program with this listener."""
    code = WITH_ADAPTER.replace("LISTENER", listener)
    return through_pipes([sys.executable, "-c", code, "run", "--", *SAYS], environment, folder)


def test_an_adapter_may_change_what_is_shown_of_the_streams_that_it_reads(
    environment: Mapping[str, str], door: Door, tmp_path: Path
) -> None:
    assert run(SHOUTS, environment, tmp_path) == (4, b"out\n", b"ERR\nthe end")
    line, ended = door.told
    assert (line["text"], ended["status"]) == ("err", 4)


def test_a_listener_that_fails_harms_no_command(
    environment: Mapping[str, str], tmp_path: Path
) -> None:
    said = b"panoptes: this run can't be followed (ValueError('no such letter')), but goes on.\n"
    assert run(FAILS, environment, tmp_path) in (
        (4, b"out\n", said + b"err\n"),
        (4, b"out\n", b"err\n" + said),
    )
