"""What a server is told of any command, and what it may ask of it."""

import json
import re
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from devtools.running import Server, running_server
from panoptes.sender import read_spool
from tests.clients.conftest import wait_until
from tests.door import Door
from tests.wrapper.conftest import RUN, TIME_LIMIT, Start, through_a_terminal, through_pipes

# It waits until a file is there.
WAITS = "while [ ! -e go ]; do sleep 0.05; done"
IMPATIENT = """
from panoptes.wrapper import watch
watch.PATIENCE = 0.1
from panoptes.cli.main import main
main()
"""


def test_a_command_is_a_run_with_one_job_and_the_end_of_what_it_prints(
    start: Start, door: Door, tmp_path: Path
) -> None:
    (tmp_path / "count.sh").write_text("seq 30000; echo no such sample >&2; exit 3")
    wishes = ("--label", "nightly", "--label", "test", "--note", "with new reads")
    wrapped = start(*wishes, "sh", "count.sh", "--password", "geheim")
    wrapped.communicate(timeout=TIME_LIMIT)
    assert wrapped.returncode == 3
    (run,) = door.runs.values()
    assert (run["engine"], run["name"]) == ("generic", f"{tmp_path.name}/count.sh")
    described = run["description"]
    assert described["command"] == "sh count.sh --password '***'"
    assert (described["labels"], described["note"]) == (["nightly", "test"], "with new reads")
    assert (described["workdir"], described["silence_limit"]) == (str(tmp_path), 120)
    begun, running, tail, ended, over = door.told
    assert (begun["event"], begun["rules"]) == ("run", {"count.sh": 1})
    assert (running["status"], running["log"]) == ("running", ["<output>"])
    assert tail["text"].endswith("\n30000\nno such sample\n")
    assert (len(tail["text"]), tail["from"] + 65_536) == (65_536, tail["size"])
    assert (ended["status"], ended["exit_status"]) == ("error", 3)
    assert (over["event"], over["error"]) == ("end", "count.sh ended with exit status 3.")
    assert [each["time"] for each in door.told] == sorted(each["time"] for each in door.told)


@pytest.mark.parametrize(("logs", "sent"), [("none", 0), ("failed", 1), ("all", 2)])
def test_logs_are_sent_as_wished(start: Start, door: Door, logs: str, sent: int) -> None:
    for script in ("echo good", "echo bad; exit 1"):
        start("--logs", logs, "--", "sh", "-c", script).communicate(timeout=TIME_LIMIT)
    told = [each for events in door.events.values() for each in events.values()]
    assert sum(each["event"] == "log_tail" for each in told) == sent
    assert {run["description"]["sends_logs"] for run in door.runs.values()} == {logs != "none"}


def test_an_open_log_grows_while_the_command_runs(start: Start, door: Door, tmp_path: Path) -> None:
    door.extra = {"logs": [{"job": "1", "path": "<output>", "from": 3}]}
    wrapped = start("--", "sh", "-c", f"echo first; {WAITS}")
    wait_until(lambda: any(each["event"] == "log_tail" for each in door.told))
    tail = next(each for each in door.told if each["event"] == "log_tail")
    assert (tail["job"], tail["path"], tail["from"]) == ("1", "<output>", 3)
    assert (tail["text"], tail["size"]) == ("st\n", 6)
    (tmp_path / "go").touch()
    wrapped.communicate(timeout=TIME_LIMIT)


def test_a_run_is_stopped_from_its_page_where_that_was_allowed(start: Start, door: Door) -> None:
    door.extra = {"logs": [{"job": "1", "path": "<output>", "from": 0}]}
    inner = "sh -c 'echo ready; exec sleep 60'; echo on"
    wrapped = start("--allow-stop", "--", "sh", "-c", inner)
    wait_until(lambda: any(each["event"] == "log_tail" for each in door.told))
    door.extra = {"stop": True}
    out, err = wrapped.communicate(timeout=TIME_LIMIT)
    assert (out, err) == (b"ready\n", b"panoptes: this run is stopped from its page.\n")
    assert wrapped.returncode == -signal.SIGINT
    (run,) = door.runs.values()
    assert run["description"]["allow_stop"] is True
    assert door.told[-1]["error"] == "sh was ended by SIGINT."


def test_a_command_that_does_not_heed_an_interrupt_is_ended(
    environment: Mapping[str, str], door: Door, tmp_path: Path
) -> None:
    door.extra = {"stop": True}
    # It never heeds one, from its very beginning.
    ignoring = ("sh", "-c", "trap '' INT; exec \"$@\"", "sh")
    command = (sys.executable, "-c", IMPATIENT, "run", "--allow-stop", "--", "sh", "-c", WAITS)
    done = through_pipes([*ignoring, *command], environment, tmp_path)
    assert done == (-signal.SIGTERM, b"", b"panoptes: this run is stopped from its page.\n")


def test_a_run_is_not_stopped_where_nobody_allowed_that(
    start: Start, door: Door, tmp_path: Path
) -> None:
    door.extra = {"stop": True}
    wrapped = start("--", "sh", "-c", WAITS)
    wait_until(lambda: door.requests >= 2)
    (tmp_path / "go").touch()
    assert wrapped.communicate(timeout=TIME_LIMIT) == (b"", b"")
    assert wrapped.returncode == 0


def test_a_server_that_is_away_is_not_in_the_way_and_gets_all_later(
    start: Start, door: Door, tmp_path: Path
) -> None:
    door.close()
    wrapped = start("--", "sh", "-c", "echo said; kill -KILL $$")
    out, err = wrapped.communicate(timeout=TIME_LIMIT)
    assert (wrapped.returncode, out) == (-signal.SIGKILL, b"said\n")
    (file,) = (tmp_path / ".panoptes").iterdir()
    assert err.endswith(f"Send them later: panoptes send {file.relative_to(tmp_path)}\n".encode())
    spool = read_spool(file)
    told = [json.loads(each) for each in spool.peek(10, 100_000)]
    spool.close()
    assert (told[-1]["event"], told[-1]["error"]) == ("end", "sh was ended by SIGKILL.")


def test_the_address_of_the_page_is_said_on_a_terminal_and_never_within_a_line(
    environment: Mapping[str, str], door: Door, tmp_path: Path
) -> None:
    command = ("sh", "-c", f"printf half; {WAITS}; echo; printf whole")
    (tmp_path / "go").touch()
    wrapped = through_a_terminal([*RUN, "--", *command], environment, tmp_path)
    line = f"panoptes: watch this run at {door.url}/workflow/1\r\n".encode()
    places = (line + b"half\r\nwhole", b"half\r\n" + line + b"whole")
    assert wrapped.out in (*places, b"half\r\nwhole\r\n" + line)
    assert through_pipes([*RUN, "--", *command], environment, tmp_path) == (0, b"half\nwhole", b"")


def test_a_real_server_shows_how_a_command_ended_and_what_it_said(
    environment: dict[str, str], tmp_path: Path
) -> None:
    place = tmp_path / "server"
    place.mkdir()
    with running_server(place) as server:
        environment["PANOPTES_URL"] = server.url
        for script in ("echo fine", "echo bad luck; exit 9"):
            words = (*RUN, "--name", script, "--", "sh", "-c", script)
            through_pipes(words, environment, tmp_path)
        assert shown(server, "echo fine")["status"] == "Done"
        failed = shown(server, "echo bad luck; exit 9")
        assert (failed["status"], failed["jobs_failed"]) == ("Error", 1)
        page = server.send("GET", f"/workflow/{failed['id']}/job/1").decode()
    assert re.search(r"exit status\s*9", page, re.IGNORECASE)
    assert "bad luck\n" in page
    assert "less +G" not in page


def shown(server: Server, name: str) -> dict[str, object]:
    """Return the workflow of a name as the API's list has it."""
    listed = server.get("/api/workflows")["workflows"]
    return next(each for each in listed if each["name"] == name)
