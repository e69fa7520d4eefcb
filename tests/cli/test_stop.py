"""`panoptes stop`: asks that an engine be ended."""

from devtools.running import Server
from tests.cli.conftest import Command, Report


def test_a_run_whose_client_did_not_allow_it_is_not_stopped(
    command: Command, report: Report, server: Server
) -> None:
    run = report("not-to-stop")
    said = command("stop", "not-to-stop", "--yes")
    assert said.code == 2
    assert "didn't allow it to be stopped from here" in said.err
    assert server.get(f"/api/workflow/{run.id}")["workflow"]["stop_asked_at"] is None


def test_nothing_is_stopped_where_nobody_can_be_asked(command: Command, report: Report) -> None:
    report("asked-to-stop")
    said = command("stop", "asked-to-stop")
    assert (said.code, said.err) == (2, "panoptes: No terminal to confirm in; use --yes.\n")
