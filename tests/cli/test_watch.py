"""`panoptes watch`: follows a run to its end, which its exit code tells."""

import json
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from devtools.demo import Reporter
from devtools.running import Server, running_server
from panoptes.cli import watch
from panoptes.cli.session import INTERRUPTED
from tests.cli.conftest import (
    COMMAND,
    HOSTILE,
    KILLED,
    Command,
    Report,
    Said,
    assert_harmless,
    broken,
    done,
    hostile,
)
from tests.terminal import terminal


@pytest.mark.parametrize(
    ("finish", "code", "said"),
    [(done, 0, "Done, 1 of 1 done"), (broken, 1, "Error, 0 of 2 done · 1 failed")],
)
def test_the_exit_code_says_how_a_run_ended(
    command: Command, report: Report, finish: Callable[[Reporter], Reporter], code: int, said: str
) -> None:
    run = finish(report(f"ends with {code}"))
    found = command("watch", run.name)
    told = "panoptes: Run 1, the latest, had already ended.\n"
    assert (found.code, found.err) == (code, told)
    assert f"{run.name}: {said}" in found.out


def test_a_cancelled_run_has_a_code_of_its_own(
    command: Command, report: Report, server: Server
) -> None:
    run = report("cancelled")
    server.send("POST", f"/api/workflow/{run.id}/cancel")
    assert command("watch", "cancelled").code == watch.CODES["Cancelled"] == 3


@pytest.mark.slow
def test_a_stale_run_has_a_code_of_its_own(tmp_path: Path, command: Command) -> None:
    with running_server(tmp_path, env={"PANOPTES_STALE_HOURS": "0.00001"}) as server:
        Reporter(server.url, "silent")
        assert command("watch", "silent", "--url", server.url).code == watch.CODES["Stale"] == 4


def test_a_run_that_isn_t_there_can_t_be_watched(command: Command) -> None:
    assert command("watch", "nobody").code == 2


@contextmanager
def watching(environment: dict[str, str], *words: str) -> Iterator[subprocess.Popen[str]]:
    """Watch in a process of its own, whose output is no terminal."""
    process = subprocess.Popen(
        [*COMMAND, "watch", "--interval=1", *words],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def end(process: subprocess.Popen[str]) -> Said:
    out, err = process.communicate(timeout=30)
    return Said(process.returncode, out, err)


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline()


def test_where_nobody_looks_lines_tell_what_happens(
    environment: dict[str, str], report: Report
) -> None:
    run = report("lines")
    run.plan({"align": 2})
    run.job(1, "align", "K7")
    with watching(environment, "lines") as process:
        assert first_line(process).endswith(
            " lines: Running, 0 of 2 done · 1 running · 1 pending\n"
        )
        run.fail(1, "align", "K7")
        run.say("error", msg="WorkflowError:\nAt least one job did not complete successfully.")
        said = end(process)
    assert (said.code, said.err) == (1, "")
    last, failed = said.out.splitlines()[-2:]
    assert last.endswith(" lines: Error, 0 of 2 done · 1 failed · 1 not finished")
    assert failed.endswith(f" failed: align s=K7 ({KILLED}), log /data/project/logs/align/K7.log")
    assert "\x1b" not in said.out


def test_a_stranger_s_texts_move_no_cursor(command: Command, report: Report) -> None:
    run = hostile(report(HOSTILE))
    said = command("watch", str(run.id)).out
    assert_harmless(said)
    assert " failed: ␛[31mred" in said


def test_a_failed_job_is_no_end_as_long_as_others_go_on(
    environment: dict[str, str], report: Report
) -> None:
    run = report("goes on")
    run.plan({"align": 2})
    run.job(1, "align", "K7")
    run.job(2, "align", "K8")
    run.fail(1, "align", "K7")
    with watching(environment, "goes on") as process:
        assert " Error, 0 of 2 done · 1 running · 1 failed" in first_line(process)
        time.sleep(1.5)
        assert process.poll() is None
        run.job(1, "align", "K7")
        run.say("job_finished", jobid=1)
        run.say("job_finished", jobid=2)
        run.say("progress", done=2, total=2)
        assert end(process).code == 0


def test_the_next_run_of_the_name_is_not_followed(
    environment: dict[str, str], report: Report
) -> None:
    first = report("again")
    with watching(environment, "again") as process:
        first_line(process)
        broken(first)
        report("again")
        assert end(process).code == 1


def test_json_has_a_line_for_each_change(environment: dict[str, str], report: Report) -> None:
    run = report("json")
    run.plan({"align": 1})
    with watching(environment, "json", "--json") as process:
        first = json.loads(first_line(process))
        done(run)
        last = json.loads(end(process).out.splitlines()[-1])
    assert first["workflow"]["status"] == "Running"
    assert (last["workflow"]["status"], last["rules"][0]["done"]) == ("Done", 1)


def test_ctrl_c_ends_the_watching_with_a_code_of_its_own(
    environment: dict[str, str], report: Report, server: Server
) -> None:
    run = report("interrupted")
    with watching(environment, "interrupted") as process:
        first_line(process)
        process.send_signal(signal.SIGINT)
        said = end(process)
    assert (said.code, said.err) == (INTERRUPTED, "")
    assert server.get(f"/api/workflow/{run.id}")["workflow"]["status"] == "Running"


# --- a server that goes away ----------------------------------------------------------------------


@pytest.mark.slow
def test_a_server_that_comes_back_in_time_is_waited_for(
    environment: dict[str, str], tmp_path: Path
) -> None:
    with running_server(tmp_path) as server:
        run = Reporter(server.url, "patient")
        run.job(1, "align", "K7")
        port = server.url.rpartition(":")[2]
        address = f"--url={server.url}"
        with watching(environment, "patient", address) as process:
            first_line(process)
            server.stop()
            assert first_line(process).endswith(" The server doesn't answer; trying again …\n")
            with running_server(tmp_path, "--port", port):
                done(run)
                said = end(process)
    assert (said.code, said.err) == (0, "")


@pytest.mark.slow
def test_a_server_that_stays_away_has_a_code_of_its_own(
    environment: dict[str, str], tmp_path: Path
) -> None:
    with running_server(tmp_path) as server:
        Reporter(server.url, "left alone")
        with watching(environment, "left alone", "--url", server.url, "--patience=0") as process:
            first_line(process)
            server.stop()
            said = end(process)
    assert said.code == 5
    assert said.err.startswith(f"panoptes: No panoptes answers at {server.url} (")


# --- in a terminal --------------------------------------------------------------------------------


def test_a_terminal_shows_a_bar_for_each_rule_and_what_failed(
    environment: dict[str, str], report: Report
) -> None:
    run = report("screen")
    run.plan({"align": 3, "sort": 1})
    run.job(1, "align", "K1")
    with terminal([*COMMAND, "watch", "-i1", "screen"], environment) as screen:
        screen.wait_for("0 of 4 done · 1 running · 3 pending")
        run.say("job_finished", jobid=1)
        run.job(2, "align", "K2")
        run.fail(2, "align", "K2")
        screen.wait_for(f"✗ align s=K2  {KILLED}\n  log  /data/project/logs/align/K2.log")
        run.say("error", msg="WorkflowError:\nAt least one job did not complete successfully.")
        assert screen.end() == 1
    last = screen.words[screen.words.rindex("✗ Error") :].splitlines()
    assert last[0] == "✗ Error  screen"
    (align,) = [line for line in last if line.startswith("align")]
    bar = "█" * 8 + "▚" * 6 + "░" * 6
    assert align.split()[1:6] == [bar, "1", "–", "1", "1"]
    assert screen.drawn.rstrip().endswith("\x1b[?25h"), "The cursor is back."


def test_many_rules_in_a_low_terminal_leave_room_for_the_rest(
    environment: dict[str, str], report: Report
) -> None:
    run = report("many rules")
    run.plan({f"a{number:02}": 1 for number in range(39)} | {"sort": 1})
    run.job(1, "sort", "K1")
    with terminal([*COMMAND, "watch", "-i1", "many rules"], environment, rows=20) as screen:
        screen.wait_for("more rules")
    lines = screen.words.splitlines()
    assert len(lines) < 20
    assert [line for line in lines if line.startswith("sort")], "What runs is among them."


def test_a_terminal_that_can_t_move_its_cursor_gets_lines(
    environment: dict[str, str], report: Report
) -> None:
    done(report("dumb"))
    dumb = ["env", "TERM=dumb", *COMMAND, "watch", "dumb"]
    with terminal(dumb, environment) as screen:
        assert screen.end() == 0
    assert "\x1b" not in screen.drawn
    assert " dumb: Done, 1 of 1 done" in screen.words


def test_ending_it_gives_the_cursor_back(environment: dict[str, str], report: Report) -> None:
    report("ended")
    with terminal([*COMMAND, "watch", "-i1", "ended"], environment) as screen:
        screen.wait_for("no jobs yet")
        screen.process.terminate()
        assert screen.end() == watch.TERMINATED
    assert screen.drawn.rstrip().endswith("\x1b[?25h")
