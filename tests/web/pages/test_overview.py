"""The first page: what needs a person, what runs, what ended."""

from pathlib import Path

from flask.testing import FlaskClient

from panoptes.config.log_roots import LogRoot
from panoptes.queries.overview import MOST_RUNNING
from tests.changed_settings import change_settings
from tests.conftest import Clock
from tests.engine import Engine
from tests.web.pages.conftest import Open


def test_without_a_workflow_it_says_how_to_connect_to_this_server(client: FlaskClient) -> None:
    page = client.get("/", base_url="http://192.0.2.7:8080").get_data(as_text=True)
    assert "snakemake --wms-monitor http://192.0.2.7:8080 …" in page
    assert "--logger-panoptes-ui-address http://192.0.2.7:8080 …" in page
    assert "pip install snakemake-logger-plugin-panoptes" in page


def test_a_failed_run_shows_its_first_failure_in_its_own_words(
    client: FlaskClient, read: Open
) -> None:
    run = Engine(client, "nightly")
    run.plan(align=3)
    run.job(1, wildcards={"s": "K7"})
    run.send("error", msg="RuleException:\nCalledProcessError in file x, line 1:\nCommand broke.")
    run.failed(1)
    page = read("/").text
    assert "Needs you" in page
    assert "1 of 3 failed · align s=K7" in page
    assert "Command broke." in page


def test_a_failure_is_told_as_its_exit_status_and_the_last_line_of_its_log(
    client: FlaskClient, read: Open, tmp_path: Path
) -> None:
    (tmp_path / "align.log").write_text("reading\n[main] K7.bam is truncated\n\n")
    change_settings(client.application, log_root=(LogRoot(str(tmp_path)),))
    run = Engine(client, "nightly", workdir=str(tmp_path))
    run.job(1, log=["align.log"], shellcmd="bwa mem")
    run.send(
        "error",
        rule="align",
        msg="RuleException:\nCalledProcessError in file x, line 1:\n"
        "Command 'set -euo pipefail;  bwa mem' returned non-zero exit status 3.",
    )
    run.failed(1)
    page = read("/").text
    assert "exit status 3 · [main] K7.bam is truncated" in page
    assert "pipefail" not in page
    (tmp_path / "align.log").unlink()
    run.job(2)
    assert "exit status 3 Seen" in read("/").text, "Without the file, that is all."


def test_a_failed_run_that_goes_on_says_how_many_jobs_still_run(
    client: FlaskClient, read: Open
) -> None:
    run = Engine(client, "nightly")
    run.plan(align=3)
    run.job(1, wildcards={"s": "K7"})
    run.failed(1)
    assert "Nothing is running." in read("/").text
    run.job(2)
    page = read("/").text
    assert "1 of 3 failed · align s=K7 · 1 still running" in page
    assert "Nothing else is running." in page


def test_a_silent_run_is_told_to_be_stale_with_how_long(
    client: FlaskClient, read: Open, time: Clock
) -> None:
    run = Engine(client, "cohort-b")
    run.job(1)
    time.move(hours=50)
    page = read("/").text
    assert "silent for 2 d 2 h (1 running)" in page
    assert "Nothing is running." in page


def test_a_running_run_shows_how_far_it_is(client: FlaskClient, read: Open, time: Clock) -> None:
    run = Engine(client, "rnaseq")
    run.plan(align=8)
    run.job(1)
    run.job(2)
    run.finished(1)
    time.move(minutes=41)
    assert "rnaseq 1 of 8 done · 1 running · 6 pending 41 min" in read("/").text


def test_a_running_run_names_its_longest_job(client: FlaskClient, read: Open, time: Clock) -> None:
    run = Engine(client, "rnaseq")
    run.job(1)
    time.move(minutes=5)
    run.finished(1)
    run.job(2, wildcards={"s": "K2"})
    assert "longest:" not in read("/").text
    time.move(minutes=1)
    page = read("/")
    assert "longest: align s=K2 for 1 min , usually 5 min" in page.text
    assert f"/workflow/{run.id}/job/2" in page.links
    time.move(minutes=15)
    assert "◷ slow: align s=K2 for 16 min , usually 5 min" in read("/").text


def test_more_running_runs_than_are_shown_are_counted(client: FlaskClient, read: Open) -> None:
    for number in range(MOST_RUNNING + 2):
        Engine(client, f"run-{number}").job(1)
    page = read("/")
    assert f"Running {MOST_RUNNING + 2} ●" in page.text
    assert "run-51" in page.text
    assert "run-1 " not in page.text
    assert "2 more" in page.text
    assert "/workflows/?status=Running" in page.links


def test_of_many_runs_only_those_that_hang_have_a_second_line(
    client: FlaskClient, read: Open, time: Clock
) -> None:
    runs = [Engine(client, f"run-{number}") for number in range(11)]
    for run in runs:
        run.job(1)
    time.move(minutes=2)
    for run in runs[1:]:
        run.finished(1)
        run.job(2)
    time.move(minutes=3)
    runs[1].finished(2)
    assert "longest:" not in read("/").text
    runs[0].progress(1, 1)
    assert "longest:" in read("/").text, "Ten are few."
    Engine(client, "another").job(1)
    time.move(minutes=10)
    page = read("/").text
    assert page.count("slow:") == 9
    assert "longest:" not in page


def test_what_ended_is_listed_and_counted(client: FlaskClient, read: Open) -> None:
    run = Engine(client, "qc")
    run.plan(align=1)
    run.job(1)
    run.finished(1)
    run.progress(1, 1)
    page = read("/").text
    assert "1 of 1 job done" in page
    assert "Recently ended" in page
    assert "qc Done 1 of 1 done" in page
