"""Logs of real Snakemakes become the runs that they tell of (`tests/recordings/logs`)."""

import json
import shutil
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from panoptes.cli.imports.kinds import read_run
from panoptes.cli.imports.source import NoSuchRun, Source
from tests.cli.imports.importing import LOGS, import_file, told
from tests.recorded import EXPECTED

TRUE: dict[str, Any] = json.loads((LOGS / "expected.json").read_text())
# Clients whose events were recorded while they ran the same workflow files.
RECORDED = {"snakemake-7.32.4": "sm7", "snakemake-8.30": "sm8", "snakemake-9.27": "sm9"}
QUIET = ("snakemake-5.32.2", "snakemake-8.30")


@pytest.mark.parametrize("version", TRUE)
def test_a_log_becomes_a_run_that_ended_as_the_real_one_did(
    client: FlaskClient, version: str
) -> None:
    found = {}
    for scenario in TRUE[version]:
        run, jobs = told(client, import_file(client, LOGS / version / f"{scenario}.log"))
        error = run["error"] and run["error"].split("\n")[0][:60]
        states = [[job["jobid"], job["name"], job["status"], len(job["attempts"])] for job in jobs]
        found[scenario] = {
            "status": run["status"],
            "done": run["jobs_done"],
            "total": run["jobs_total"],
            "error": error,
            "jobs": sorted(states),
        }
    assert found == TRUE[version]


@pytest.mark.parametrize("version", RECORDED)
def test_a_log_tells_what_the_events_of_such_a_run_told(client: FlaskClient, version: str) -> None:
    """But for the wildcards of jobs with a message, which aren't in the log."""
    for scenario in ("ok", "fail", "retry", "checkpoint", "odd", "until"):
        (live,) = EXPECTED[RECORDED[version]][scenario]["workflows"]
        run, jobs = told(client, import_file(client, LOGS / version / f"{scenario}.log"))
        counts = (run["status"], run["jobs_done"], run["jobs_total"])
        assert counts == (live["status"], live["jobs_done"], live["jobs_total"])
        assert jobs_of(jobs, "name") == jobs_of(live["jobs"], "rule")
        known = [job for job in jobs if job["msg"] is None]
        of_live = {job["jobid"]: job["wildcards"] for job in live["jobs"]}
        # Checkpoints number their jobs anew in each run.
        if scenario != "checkpoint":
            assert {job["jobid"]: job["wildcards"] for job in known}.items() <= of_live.items()


def jobs_of(jobs: list[dict[str, Any]], rule: str) -> list[tuple[str, str, int]]:
    """Return the rules, states and attempts of jobs."""
    attempts = ((job, job["attempts"]) for job in jobs)
    counted = ((job, each if isinstance(each, int) else len(each)) for job, each in attempts)
    return sorted((job[rule], job["status"], number) for job, number in counted)


def test_a_job_has_what_its_block_in_the_log_says(client: FlaskClient) -> None:
    _, jobs = told(client, import_file(client, LOGS / "snakemake-7.32.4" / "ok.log"))
    (job,) = (job for job in jobs if job["jobid"] == 3)
    assert job["output"] == ["res/raw/control_rep1.txt"]
    assert job["log"] == ["logs/make_control_rep1.log"]
    assert job["wildcards"] == {"s": "control_rep1"}
    assert (job["threads"], job["resources"]["mem_mb"]) == (2, 100)
    assert job["reason"] == "Missing output files: res/raw/control_rep1.txt"
    assert job["shell_command"].startswith("sleep 0.3; echo control_rep1 > res/raw/")


def test_commands_of_several_lines_come_out_whole(client: FlaskClient) -> None:
    for version in RECORDED:
        _, jobs = told(client, import_file(client, LOGS / version / "odd.log"))
        commands = [job["shell_command"] or "" for job in jobs]
        first = 'for i in 1 2; do echo "$i" | sed "s/1/it\'s/"; done > res/odd_multi.txt'
        assert f"{first}\ntouch 'res/odd multi 2.txt'" in commands
        assert sum("# Übung – комментарий 日本語 🧬 <b>bold</b>" in each for each in commands) == 10


def test_failed_jobs_have_their_words_and_their_logs(client: FlaskClient) -> None:
    for version in ("snakemake-7.32.4", "snakemake-9.27"):
        imported = import_file(client, LOGS / version / "failstop.log")
        _, (job,) = told(client, imported)
        assert job["shell_command"].endswith("> logs/bad.log; exit 3")
        page = client.get(f"/workflow/{imported.workflow_id}/job/1?run={imported.number}")
        assert "boom &lt;script&gt;alert(1)&lt;/script&gt;" in page.get_data(as_text=True)
    _, jobs = told(client, import_file(client, LOGS / "snakemake-5.32.2" / "script.log"))
    assert {job["name"]: "RuleException" in (job["error"] or "") for job in jobs}["s"]


def test_jobs_of_a_cluster_have_their_group_and_id(client: FlaskClient) -> None:
    for version in ("snakemake-7.32.4", "snakemake-8.30", "snakemake-9.27"):
        _, jobs = told(client, import_file(client, LOGS / version / "cluster.log"))
        groups = {job["name"]: (job["group"], job["external_id"]) for job in jobs}
        both, other = ("both", "4711"), ("other", "4711")
        assert groups == {"a": both, "b": both, "c": other, "d": other}


def test_a_run_has_the_times_of_its_log(client: FlaskClient, tmp_path: Path) -> None:
    """Its beginning is in the name of the file, to the microsecond."""
    log = tmp_path / "2024-02-29T040609.468029.snakemake.log"
    text = (LOGS / "snakemake-7.32.4" / "sigint.log").read_text()
    log.write_text(
        text.replace("[Sat Nov 28 04:06:", "[Thu Feb 29 04:06:").replace("2026]", "2024]")
    )
    run, jobs = told(client, import_file(client, log, "old"))
    began = datetime(2024, 2, 29, 4, 6, 9, 468029).astimezone(timezone.utc)
    assert run["started_at"] == began.isoformat().replace("+00:00", "Z")
    assert run["completed_at"] == ours(2024, 2, 29, 4, 6, 37)
    assert (run["status"], run["updated_at"]) == ("Error", run["completed_at"])
    assert {job["jobid"]: (job["started_at"], job["completed_at"]) for job in jobs}[4] == (
        ours(2024, 2, 29, 4, 6, 34),
        ours(2024, 2, 29, 4, 6, 37),
    )


def ours(*numbers: int) -> str:
    """Return a time of this machine as the API writes it."""
    time = datetime(*numbers).astimezone(timezone.utc)  # type: ignore[arg-type,misc]
    return time.isoformat().replace("+00:00", "Z")


def test_what_a_log_says_of_its_run_is_kept(client: FlaskClient) -> None:
    run, _ = told(client, import_file(client, LOGS / "snakemake-9.27" / "fail.log"))
    assert (run["name"], run["workdir"]) == ("project", "/home/user/project")
    assert (run["user"], run["host"], run["engine_version"]) == ("user", "server", "9.27.1")
    assert run["command"] == "/opt/snakemake-9.27/bin/snakemake -s Fail.smk -j2 -k"
    assert (run["snakefile"], run["cores"]) == ("/home/user/project/Fail.smk", 2)


def test_a_workflow_has_the_name_of_the_folder_in_which_the_log_lies(tmp_path: Path) -> None:
    log = tmp_path / "rnaseq" / ".snakemake" / "log" / "2026-11-28T040609.468029.snakemake.log"
    log.parent.mkdir(parents=True)
    shutil.copy(LOGS / "snakemake-7.32.4" / "ok.log", log)
    assert read_run(Source(log), None).name == "rnaseq"


def test_what_is_not_in_a_log_is_said() -> None:
    def notes(version: str, scenario: str) -> list[str]:
        return read_run(Source(LOGS / version / f"{scenario}.log"), None).notes

    assert notes("snakemake-7.32.4", "fail") == []
    assert notes("snakemake-7.32.4", "ok") == [
        "Files and wildcards of 3 jobs aren't in the log, which has a message instead."
    ]
    assert notes("snakemake-9.27", "kill") == [
        "How the run ended isn't in the log: it is shown as an error."
    ]
    assert notes("snakemake-9.27", "quiet") == [
        "Which jobs ran isn't in the log: Snakemake was called with --quiet."
    ]


@pytest.mark.parametrize("version", QUIET)
def test_a_log_that_tells_of_nothing_is_refused(version: str) -> None:
    with pytest.raises(NoSuchRun, match=r"tells of no job.*--quiet"):
        read_run(Source(LOGS / version / "quiet.log"), None)


def test_an_empty_log_is_refused(tmp_path: Path) -> None:
    log = tmp_path / "2026-11-28T040609.468029.snakemake.log"
    log.touch()
    with pytest.raises(NoSuchRun, match=r"The log is empty: Snakemake 9\.0 leaves its logs so"):
        read_run(Source(log), None)
