"""`panoptes cancel`: stops watching a run."""

import json

from devtools.running import Server
from tests.cli.conftest import Command, Report, done


def status(server: Server, workflow_id: int) -> str:
    return str(server.get(f"/api/workflow/{workflow_id}")["workflow"]["status"])


def test_a_running_workflow_is_cancelled(command: Command, report: Report, server: Server) -> None:
    run = report("to-cancel")
    said = command("cancel", "to-cancel", "--yes")
    assert (said.code, said.err) == (0, "")
    assert said.out == (
        "to-cancel is cancelled. Its engine is not stopped.\n"
        f"To undo this in the next 10 minutes: panoptes cancel --undo {run.id} --run 1\n"
    )
    assert status(server, run.id) == "Cancelled"


def test_what_was_cancelled_with_it_is_told_apart_from_what_never_began(
    command: Command, report: Report
) -> None:
    run = report("half-way")
    run.plan({"align": 3})
    run.job(1, "align", "K7")
    command("cancel", "half-way", "--yes")
    assert "0 of 3 done · 1 cancelled · 2 not finished" in command("show", "half-way").out


def test_cancelling_is_undone(command: Command, report: Report, server: Server) -> None:
    run = report("to-resume")
    command("cancel", "to-resume", "--yes")
    said = command("cancel", "--undo", str(run.id), "--run", "1")
    assert (said.code, said.err) == (0, "")
    assert said.out == "to-resume is watched again: Running.\n"
    assert status(server, run.id) == "Running"


def test_one_that_has_ended_is_refused(command: Command, report: Report, server: Server) -> None:
    run = done(report("ended"))
    said = command("cancel", "ended", "--yes")
    assert said.code == 2
    assert "has ended (Done)" in said.err
    assert status(server, run.id) == "Done"


def test_nothing_is_cancelled_where_nobody_can_be_asked(
    command: Command, report: Report, server: Server
) -> None:
    run = report("asked")
    said = command("cancel", "asked")
    assert (said.code, said.err) == (2, "panoptes: No terminal to confirm in; use --yes.\n")
    assert status(server, run.id) == "Running"


def test_json_is_the_api_s_own(command: Command, report: Report, server: Server) -> None:
    run = report("in-json")
    told = json.loads(command("cancel", "in-json", "--yes", "--json").out)["workflow"]
    assert (told["id"], told["status"]) == (run.id, "Cancelled")
