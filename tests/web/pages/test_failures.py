"""What a run's page says of a failure, in which order, and what to do next."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from panoptes.config.log_roots import LogRoot
from tests.changed_settings import change_settings
from tests.conftest import Clock
from tests.engine import Engine
from tests.web.pages.conftest import Open

PLACE = "CalledProcessError in file /data/Snakefile, line 9"
COMMAND = "bwa mem K1"
ERROR = f"RuleException:\n{PLACE}:\nCommand '{COMMAND}' returned non-zero exit status 3."
STOCK_NOTE = "This client tells only the kind of error. Snakemake's own log has the reason:"
NEWEST_LOG = 'less +G "$(ls -t .snakemake/log/*.log | head -n 1)"'


@pytest.fixture
def failed(client: FlaskClient, tmp_path: Path) -> Engine:
    """A run whose job failed and left a log, where the server may show it."""
    (tmp_path / "logs").mkdir()
    lines = [f"line {number}" for number in range(1, 31)]
    (tmp_path / "logs" / "1.log").write_text("\n".join([*lines, "<b>boom</b>", ""]))
    change_settings(client.application, log_root=(LogRoot(str(tmp_path)),))
    run = Engine(client, "nightly", command="snakemake -j2", workdir=str(tmp_path))
    run.job(1, log=["logs/1.log"], shellcmd=COMMAND)
    run.send("error", msg=ERROR)
    run.failed(1)
    return run


def test_the_exit_status_comes_first_then_the_end_of_the_log_then_the_command(
    failed: Engine, read: Open
) -> None:
    page = read(f"/workflow/{failed.id}")
    panel = page.text[page.text.index("First failure") : page.text.index("The whole error")]
    words = ("exit status 3", PLACE, "line 24", "<b>boom</b>", "More of the log", COMMAND)
    assert sorted(words, key=panel.index) == list(words)
    assert "line 23" not in panel
    assert f"/workflow/{failed.id}/job/1#log" in page.links


@pytest.mark.parametrize("page", ["", "/job/1"])
def test_what_repeats_the_command_waits_for_a_click(failed: Engine, read: Open, page: str) -> None:
    text = read(f"/workflow/{failed.id}{page}").text
    assert text.index("The whole error") < text.index("returned non-zero exit status 3.")


def test_of_a_very_long_error_the_page_has_both_ends(client: FlaskClient) -> None:
    run = Engine(client, "nightly")
    run.job(1)
    lines = "a line of an error\n" * 5000
    run.send("error", msg=f"Error: the first\n{lines}{lines[:10]}the last", rule="align")
    run.failed(1)
    for page in ("", "/job/1", "/report.html"):
        answer = client.get(f"/workflow/{run.id}{page}").get_data(as_text=True)
        assert "Error: the first" in answer
        assert "the last</pre>" in answer
        assert len(answer) < 100_000, page


def test_without_the_log_the_command_that_shows_it_is_there(
    client: FlaskClient, read: Open
) -> None:
    run = Engine(client, "nightly", workdir="/data/my run")
    run.job(1, log=["logs/1.log"])
    run.failed(1)
    assert "less +G '/data/my run/logs/1.log'" in read(f"/workflow/{run.id}").text


@pytest.mark.parametrize("page", ["", "/job/1"])
def test_where_a_client_tells_only_the_kind_of_error_the_page_says_where_the_reason_is(
    read: Open, replay: Callable[[str, str], int], page: str
) -> None:
    text = read(f"/workflow/{replay('sm9', 'fail')}{page}").text
    assert f"{STOCK_NOTE} {NEWEST_LOG}" in text
    assert STOCK_NOTE not in read(f"/workflow/{replay('sm8', 'fail')}{page}").text


@pytest.mark.parametrize("page", ["", "/job/1"])
@pytest.mark.parametrize("error", [ERROR, None])
def test_a_job_without_a_log_says_where_its_messages_are(
    client: FlaskClient, read: Open, page: str, error: str | None
) -> None:
    run = Engine(client, "nightly")
    run.job(1, shellcmd=COMMAND)
    if error:
        run.send("error", msg=error)
    run.failed(1)
    text = read(f"/workflow/{run.id}{page}").text
    assert "This job has no log file: its own messages are in the terminal" in text
    assert ("Snakemake gave no reason." in text) is (error is None)


def test_an_earlier_run_has_no_newest_log(client: FlaskClient, read: Open) -> None:
    run = Engine(client, "nightly")
    run.send("error", msg="MissingInputException")
    assert NEWEST_LOG in read(f"/workflow/{run.id}").text
    Engine(client, "nightly")
    text = read(f"/workflow/{run.id}?run=1").text
    assert "Snakemake's own log has the reason." in text
    assert NEWEST_LOG not in text


# --- what next ------------------------------------------------------------------------------------


def test_a_run_that_failed_says_how_to_go_on(failed: Engine, read: Open, tmp_path: Path) -> None:
    address = f"/workflow/{failed.id}"
    assert "What next" not in read(address).text, "It may still be running."
    failed.send("error", msg="WorkflowError:\nAt least one job did not complete successfully.")
    command = f"cd {tmp_path} && snakemake -j2 --rerun-incomplete"
    assert f"go on where the run stopped: {command}" in read(address).text
    assert command in read(f"{address}/report.html").text


def test_a_silent_run_says_how_to_go_on(client: FlaskClient, read: Open, time: Clock) -> None:
    run = Engine(client, "nightly", command="snakemake", workdir="/data")
    run.job(1)
    time.move(days=3)
    text = read(f"/workflow/{run.id}").text
    assert "If Snakemake isn't running any more, go on" in text
    assert "cd /data && snakemake --rerun-incomplete" in text


def test_only_the_newest_run_goes_on(failed: Engine, read: Open) -> None:
    failed.send("error", msg="WorkflowError:\nAt least one job did not complete successfully.")
    Engine(failed.web, "nightly")
    assert "What next" not in read(f"/workflow/{failed.id}?run=1").text


def test_without_command_and_folder_the_option_is_named(
    read: Open, replay: Callable[[str, str], int]
) -> None:
    text = read(f"/workflow/{replay('sm9', 'fail')}").text
    assert "start the run again in its folder with --rerun-incomplete" in text
