"""`panoptes rm`: deletes workflows, and brings them back."""

import json
import signal

import pytest

from devtools.running import Server
from panoptes.cli.session import INTERRUPTED
from tests.cli.conftest import COMMAND, HOSTILE, Command, Report, assert_harmless, done
from tests.terminal import terminal


def names(server: Server) -> list[str]:
    return [workflow["name"] for workflow in server.get("/api/workflows")["workflows"]]


def test_what_is_deleted_can_be_brought_back(
    command: Command, report: Report, server: Server
) -> None:
    first, second = done(report("one")), done(report("two"))
    said = command("rm", str(first.id), "two", "--yes")
    assert (said.code, said.err) == (0, "")
    assert said.out == (
        "one is deleted.\ntwo is deleted.\n"
        f"To undo this in the next 10 minutes: panoptes rm --undo {first.id} {second.id}\n"
    )
    assert not {"one", "two"} & set(names(server))
    restored = command("rm", "--undo", str(first.id), str(second.id))
    assert restored.out == "one is restored.\ntwo is restored.\n"
    assert {"one", "two"} <= set(names(server))


def test_a_run_is_deleted_alone_and_brought_back(
    command: Command, report: Report, server: Server
) -> None:
    for _ in range(3):
        last = done(report("thrice"))

    def runs() -> list[int]:
        return [run["run"] for run in server.get(f"/api/workflow/{last.id}/runs")["runs"]]

    said = command("rm", "thrice", "--run", "1", "--run", "2", "--yes")
    assert (said.code, said.err) == (0, "")
    assert said.out == (
        "Run 1 of thrice is deleted.\nRun 2 of thrice is deleted.\n"
        "To undo this in the next 10 minutes:"
        f" panoptes rm --undo {last.id} --run 1 --run 2\n"
    )
    assert runs() == [3]
    restored = command("rm", "--undo", "thrice", "--run", "2")
    assert restored.out == "Run 2 of thrice is restored.\n"
    assert runs() == [3, 2]
    refused = command("rm", "thrice", "--run", "3", "--yes")
    assert refused.code == 1
    assert "Run 3 of thrice was not deleted: Run 3 is the newest one" in refused.err
    assert command("rm", "one", "two", "--run", "3", "--yes").code == 2


def test_nothing_is_deleted_where_nobody_can_be_asked(
    command: Command, report: Report, server: Server
) -> None:
    done(report("asked"))
    said = command("rm", "asked")
    assert said.code == 2
    assert said.err == "panoptes: No terminal to confirm in; use --yes.\n"
    assert "asked" in names(server)


def test_a_stranger_s_name_moves_no_cursor(
    command: Command, environment: dict[str, str], report: Report
) -> None:
    run = done(report(HOSTILE))
    with terminal([*COMMAND, "rm", str(run.id)], environment) as screen:
        screen.wait_for("Delete? [y/N] ")
        screen.type("n\n")
        screen.end()
    assert_harmless(screen.drawn.replace("\r\n", "\n"))
    assert_harmless(command("rm", str(run.id), "--yes").out)
    assert_harmless(command("rm", "--undo", str(run.id)).out)


@pytest.mark.parametrize(
    ("key", "code", "is_there"), [("n", 2, True), ("", 2, True), ("y", 0, False)]
)
def test_a_person_is_asked_first(
    environment: dict[str, str], report: Report, server: Server, key: str, code: int, is_there: bool
) -> None:
    run = done(report(f"person {key}"))
    with terminal([*COMMAND, "rm", run.name], environment) as screen:
        screen.wait_for(f"  {run.id}  {run.name}  (Done, 1 of 1 done)\nDelete? [y/N] ")
        screen.type(f"{key}\n")
        assert screen.end() == code
    assert (run.name in names(server)) is is_there


def test_a_workflow_that_is_named_twice_is_deleted_once(command: Command, report: Report) -> None:
    run = done(report("twice"))
    said = command("rm", str(run.id), "twice", "--yes")
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith("twice is deleted.\nTo undo this")


def test_ctrl_c_at_the_question_deletes_nothing(
    environment: dict[str, str], report: Report, server: Server
) -> None:
    done(report("pondered"))
    with terminal([*COMMAND, "rm", "pondered"], environment) as screen:
        screen.wait_for("Delete? [y/N] ")
        screen.process.send_signal(signal.SIGINT)
        assert screen.end() == INTERRUPTED
    assert "pondered" in names(server)


def test_what_runs_stays_and_the_others_go(
    command: Command, report: Report, server: Server
) -> None:
    running, ended = report("running"), done(report("ended"))
    running.job(1, "align", "K7")
    said = command("rm", "running", "ended", "--yes")
    assert said.code == 1
    assert said.err.startswith("panoptes: running was not deleted: The workflow is running")
    assert f"panoptes rm --undo {ended.id}\n" in said.out
    assert "running" in names(server)
    assert "ended" not in names(server)


def test_one_that_isn_t_there_stops_it_before_anything_is_deleted(
    command: Command, report: Report, server: Server
) -> None:
    done(report("kept"))
    assert command("rm", "kept", "nobody", "--yes").code == 2
    assert "kept" in names(server)


def test_json_tells_what_was_deleted(command: Command, report: Report, server: Server) -> None:
    run = done(report("json"))
    before = server.get(f"/api/workflow/{run.id}")["workflow"]
    told = json.loads(command("rm", "json", "--yes", "--json").out)
    assert told == {"workflows": [before], "count": 1}
    assert json.loads(command("rm", "--undo", str(run.id), "--json").out) == told


def test_only_ids_of_what_was_deleted_come_back(command: Command) -> None:
    assert command("rm", "--undo", "nobody").code == 2


def test_one_that_can_t_come_back_keeps_no_other_from_it(
    command: Command, report: Report, server: Server
) -> None:
    run = done(report("undone"))
    command("rm", "undone", "--yes")
    said = command("rm", "--undo", "9999", str(run.id))
    assert (said.code, said.out) == (1, "undone is restored.\n")
    assert said.err.startswith(
        "panoptes: workflow 9999 was not restored: There is no workflow 9999"
    )
    assert "undone" in names(server)
