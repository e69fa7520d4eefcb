"""Every event arrives once and in its order, or is kept, whatever becomes of the server."""

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from devtools.running import ROOT
from panoptes.sender import Sender, read_spool, sender
from tests.door import CUT, DRIBBLE, GARBAGE, HANG, Door, Fault
from tests.sender.conftest import Start

MANY = 50_000


def tell(sending: Sender, count: int, begin: int = 0, **fields: Any) -> None:
    for number in range(begin, begin + count):
        sending.add({"event": "job_finished", "job_id": number, **fields})


def assert_whole(door: Door, count: int) -> None:
    assert [event["job_id"] for event in door.told] == list(range(count))


def spool_in(folder: Path) -> Path:
    (found,) = folder.glob("*.jsonl")
    return found


def test_events_arrive_in_batches_with_the_run_and_the_token(door: Door, start: Start) -> None:
    sending = start()
    tell(sending, 1_200)
    sending.close()
    assert_whole(door, 1_200)
    assert door.runs["run-1"]["name"] == "nightly"
    assert {headers["Authorization"] for headers in door.headers} == {"Bearer secret"}
    assert door.requests < 10


def test_large_batches_are_packed_and_small_ones_are_not(door: Door, start: Start) -> None:
    sending = start()
    tell(sending, 1)
    door.wait_for(1)
    tell(sending, 1, 1, text="x" * 10_000)
    sending.close()
    plain = [each for each in door.headers if "Content-Encoding" not in each]
    assert max(int(headers["Content-Length"]) for headers in plain) < 1_000
    packed = [each for each in door.headers if each not in plain]
    assert [headers["Content-Encoding"] for headers in packed] == ["gzip"]


def test_a_run_says_where_it_can_be_watched(door: Door, start: Start, said: list[str]) -> None:
    sending = start()
    tell(sending, 1)
    sending.close()
    assert said == [f"watch this run at {door.url}/workflow/1"]


def test_a_program_that_says_nothing_is_heard_of_all_the_same(
    door: Door, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "HEARTBEAT", 0.05)
    start(listening=0.02)
    assert door.wait_for(3)[0]["event"] == "heartbeat"


def test_wishes_of_the_server_are_heard_without_events(door: Door, start: Start) -> None:
    heard: list[dict[str, Any]] = []
    door.extra = {"stop": True}
    start(heard=heard.append, listening=0.02)
    deadline = time.monotonic() + 10
    while not heard and time.monotonic() < deadline:
        time.sleep(0.01)
    assert heard[0]["stop"] is True
    assert door.told == []


# --- servers that are away -----------------------------------------------------------------------


def test_a_server_that_comes_later_gets_everything(
    door: Door, start: Start, said: list[str]
) -> None:
    door.close()
    sending = start()
    tell(sending, 30)
    wait_until(lambda: bool(said))
    door.open()
    tell(sending, 30, 30)
    door.wait_for(60)
    sending.close()
    assert_whole(door, 60)
    assert said == [
        f"{door.url} doesn't answer (Connection refused). What happens is kept and sent later."
    ]


def test_nothing_is_lost_while_a_server_is_away_for_50_000_events(
    door: Door, start: Start, tmp_path: Path
) -> None:
    sending = start()
    tell(sending, 100)
    door.wait_for(100)
    door.close()
    tell(sending, MANY, 100)
    wait_until(lambda: spool_in(tmp_path).stat().st_size > 35 * MANY)
    door.open()
    tell(sending, 100, MANY + 100)
    door.wait_for(MANY + 200)
    sending.close()
    assert_whole(door, MANY + 200)
    assert list(tmp_path.iterdir()) == []


def test_what_a_server_has_not_got_at_the_end_is_in_a_file(
    door: Door, start: Start, said: list[str], tmp_path: Path
) -> None:
    sending = start()
    tell(sending, 10)
    door.wait_for(10)
    door.close()
    tell(sending, 15, 10)
    sending.close(0.5)
    spool = read_spool(spool_in(tmp_path))
    assert (spool.first, spool.count, spool.run["id"], spool.url) == (11, 15, "run-1", door.url)
    assert said[-1].startswith("15 events could not be sent: ")
    assert said[-1].endswith(f"Send them later: panoptes send {spool.path}")
    spool.close()


@pytest.mark.parametrize("fault", [HANG, DRIBBLE])
def test_a_server_that_is_endlessly_slow_holds_up_nobody(
    door: Door, start: Start, tmp_path: Path, fault: str
) -> None:
    door.always = fault
    sending = start(time_limit=0.2)
    began = time.monotonic()
    tell(sending, 20)
    assert time.monotonic() - began < 1
    wait_until(lambda: door.requests > 1)  # It was given up and asked again.
    sending.close(0.5)
    assert time.monotonic() - began < 5
    assert read_spool(spool_in(tmp_path)).count == 20


def test_a_server_that_starts_anew_in_the_last_moment_gets_the_end(
    door: Door, start: Start
) -> None:
    sending = start()
    tell(sending, 10)
    door.wait_for(10)
    door.faults.extend([CUT, CUT, 503])
    tell(sending, 10, 10)
    sending.close()
    assert_whole(door, 20)


def test_a_server_that_has_lost_the_run_gets_it_again(door: Door, start: Start) -> None:
    sending = start()
    tell(sending, 10)
    door.wait_for(10)
    door.runs.clear()
    door.events.clear()
    tell(sending, 10, 10)
    sending.close()
    assert [event["job_id"] for event in door.told] == list(range(10, 20))


# --- answers -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [
        *(400, 404, 413, 429, 500, 502, CUT, GARBAGE),
        (503, {"retry_after": 0}),
        (200, {}),
        (200, {"stored": "all"}),
        (200, {"stored": -1}),
        (204, {}),
    ],
    ids=str,
)
def test_after_any_answer_each_event_is_there_once(
    door: Door, start: Start, monkeypatch: pytest.MonkeyPatch, fault: Fault
) -> None:
    monkeypatch.setattr(sender, "HELPLESS_PAUSE", 0.02)
    sending = start()
    tell(sending, 2)
    door.wait_for(2)
    door.faults.extend([fault, fault])
    tell(sending, 60, 2)
    door.wait_for(62)
    sending.close()
    assert_whole(door, 62)


@pytest.mark.parametrize("status", [401, 403, 404, 400, 301])
def test_a_server_that_refuses_the_run_is_told_of_once_and_all_is_kept(
    door: Door, start: Start, said: list[str], tmp_path: Path, status: int
) -> None:
    door.always = (status, {"location": "https://elsewhere.example"})
    sending = start()
    tell(sending, 20)
    wait_until(lambda: bool(said))
    sending.close()
    assert len(said) == 2
    assert f"({status})" in said[0] or "redirects to https://elsewhere.example" in said[0]
    assert read_spool(spool_in(tmp_path)).count == 20


def test_an_event_that_a_server_calls_broken_is_left_out_and_counted(
    door: Door, start: Start, said: list[str]
) -> None:
    sending = start()
    tell(sending, 5)
    door.bad.add("odd")
    sending.add({"event": "odd"})
    tell(sending, 5, 5)
    sending.close()
    assert_whole(door, 10)
    assert said[-1] == f"1 event could not be kept, or were refused by {door.url}."


def test_an_event_that_is_too_large_arrives_smaller(door: Door, start: Start) -> None:
    door.largest = 30_000
    sending = start()
    tell(sending, 40, msg="a long text " * 100)
    sending.add({"event": "job_error", "jobid": 7, "msg": "begin" + "x" * 900_000 + "end"})
    sending.close()
    assert len(door.told) == 41
    text = door.told[-1]["msg"]
    assert (text[:5], text[-3:], len(text) < 2_000) == ("begin", "end", True)


def test_a_busy_server_is_left_alone_for_as_long_as_it_asks(door: Door, start: Start) -> None:
    sending = start()
    tell(sending, 1)
    door.wait_for(1)
    door.faults.append((429, {"retry_after": 0.6}))
    tell(sending, 1, 1)
    began = time.monotonic()
    door.wait_for(2)
    assert time.monotonic() - began > 0.5


# --- disks ----------------------------------------------------------------------------------------


def test_with_a_full_disk_events_wait_in_memory_and_the_loss_is_told(
    door: Door,
    start: Start,
    said: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    door.close()
    full = OSError(errno.ENOSPC, "No space left on device")
    room = [3_000]
    write = os.write

    def write_little(handle: int, data: memoryview) -> int:
        if room[0] <= 0:
            raise full
        written = write(handle, data[: room[0]])
        room[0] -= written
        return written

    monkeypatch.setattr(os, "write", write_little)
    monkeypatch.setattr("panoptes.sender.outbox.MOST_EVENTS", 500)
    monkeypatch.setattr("panoptes.sender.outbox.DISK_PAUSE", 0.0)
    sending = start()
    tell(sending, 2_000)
    kept = len(sending.outbox)
    assert kept < 1_000
    assert sending.outbox.dropped == 2_000 - kept
    door.open()
    door.wait_for(kept)
    sending.close()
    assert_whole(door, kept)
    assert said[-1].startswith(f"{2_000 - kept} events could not be kept")


def test_without_any_folder_what_is_left_is_called_lost(
    door: Door, start: Start, said: list[str], tmp_path: Path
) -> None:
    door.close()
    tmp_path.rmdir()
    tmp_path.write_text("no folder")
    sending = start()
    tell(sending, 3)
    sending.close(0.3)
    assert said[-1].startswith("3 events could not be sent: ")
    assert said[-1].endswith("They are lost, as no file could be written.")


KILLED = """
import sys, time
from pathlib import Path
from panoptes.sender import Sender, sender
from panoptes.sender.address import Address
from panoptes.sender.connection import Connection
sender.FIRST_PAUSE = 1000.0  # The server isn't asked again.
run = {"id": "killed", "engine": "snakemake", "name": None, "description": {}}
sending = Sender(Connection(Address(sys.argv[1]), "test"), run, [Path(sys.argv[2])], say=print)
for number in range(1000):
    sending.add({"event": "job_finished", "job_id": number})
while not sending.outbox.keeps_on_disk:
    time.sleep(0.01)
for number in range(1000, 3000):
    sending.add({"event": "job_finished", "job_id": number})
time.sleep(60)
"""


def test_a_program_that_is_killed_leaves_a_file_with_all_that_it_told_before_a_moment_ago(
    door: Door, tmp_path: Path
) -> None:
    door.close()
    program = subprocess.Popen([sys.executable, "-c", KILLED, door.url, str(tmp_path)], cwd=ROOT)
    wait_until(lambda: any(each.read_bytes().count(b"\n") > 3_000 for each in tmp_path.iterdir()))
    program.send_signal(signal.SIGKILL)
    program.wait()
    spool = read_spool(spool_in(tmp_path))
    assert (spool.first, spool.count) == (1, 3_000)
    spool.close()


# --- programs -------------------------------------------------------------------------------------


def test_two_programs_in_one_folder_do_not_disturb_each_other(
    door: Door, start: Start, tmp_path: Path
) -> None:
    door.close()
    one, other = start("run-1"), start("run-2")
    for number in range(50):
        one.add({"event": "one", "job_id": number})
        other.add({"event": "other", "job_id": number})
    wait_until(lambda: len(list(tmp_path.iterdir())) == 2)
    door.open()
    one.close()
    other.close()
    wait_until(lambda: all(len(door.events.get(run, {})) == 50 for run in ("run-1", "run-2")))
    assert {event["event"] for event in door.events["run-2"].values()} == {"other"}
    assert list(tmp_path.iterdir()) == []


def test_a_fork_of_the_program_sends_nothing(door: Door, start: Start) -> None:
    sending = start()
    tell(sending, 1)
    door.wait_for(1)
    child = os.fork()
    if child == 0:
        sending.add({"event": "end"})
        sending.close()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    tell(sending, 1, 1)
    sending.close()
    assert_whole(door, 2)


def test_values_that_json_cannot_hold_become_text(door: Door, start: Start) -> None:
    deep: list[Any] = []
    deep.append(deep)
    sending = start()
    sending.add({"event": "odd", "n": float("nan"), "s": {1, 2}, "lone": "\ud800", "deep": deep})
    sending.add({"event": "big", "n": 10**30, "o": object})
    sending.close()
    assert [event["event"] for event in door.told] == ["odd", "big"]
    assert (door.told[0]["n"], door.told[0]["s"]) == ("nan", [1, 2])


def wait_until(is_so: Any) -> None:
    deadline = time.monotonic() + 20
    while not is_so() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert is_so()
