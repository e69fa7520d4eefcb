"""`panoptes show`: one workflow, how its rules stand, and what failed and why."""

import json

import pytest

from devtools.demo import Reporter
from devtools.replay import Request, send
from devtools.running import Server
from tests.cli.conftest import (
    HOSTILE,
    KILLED,
    Command,
    Report,
    assert_harmless,
    broken,
    done,
    hostile,
)
from tests.engines.nextflow.recorded import RECORDED_ID, recording


def test_what_failed_is_told_with_its_words_and_its_log(command: Command, report: Report) -> None:
    run = broken(report("broken"))
    said = command("show", "broken")
    assert said.code == 0
    for words in (
        "✗ Error  broken\n",
        "0 of 2 done · 1 failed · 1 not finished",
        f"id       {run.id}, run 1 of 1\n",
        "folder   /data/project\n",
        f"✗ align s=K7  {KILLED}\n",
        "  log  /data/project/logs/align/K7.log\n",
        "  CalledProcessError in file /data/cohort/workflow/rules/map.smk, line 34:\n",
    ):
        assert words in said.out
    (rule,) = [line for line in said.out.splitlines() if line.startswith("align ")]
    assert rule.split()[2:6] == ["–", "–", "1", "1"]


def test_what_a_run_that_is_done_left_out_is_told(command: Command, report: Report) -> None:
    run = report("partly")
    run.plan({"align": 3})
    run.job(1, "align", "K7")
    run.say("job_finished", jobid=1)
    run.say("info", msg="Complete log: .snakemake/log/x.snakemake.log")
    assert "1 of 3 done · 2 not needed or not reached" in command("show", "partly").out


def test_a_rule_without_a_plan_has_an_open_end_for_what_was_not_announced(
    command: Command, report: Report
) -> None:
    run = report("unplanned")
    run.say("progress", done=0, total=4)
    run.job(1, "align", "K7")
    run.say("job_finished", jobid=1)
    (rule,) = [line for line in command("show", "unplanned").out.splitlines() if "align" in line]
    assert rule.split()[1] == "█" * 5 + "╌" * 15


def test_a_run_is_told_of_in_the_words_of_its_engine(command: Command, server: Server) -> None:
    given = RECORDED_ID
    for request in recording("v26.04.6", "tower", "fail"):
        path = request.path.replace(RECORDED_ID, given)
        sent = Request(request.method, path, request.headers, request.body)
        given = json.loads(send(server.url, sent))["workflowId"]
    said = command("show", "fail.nf").out
    assert "\nPROCESS  " in said
    assert "\n✗ BAD (bad-2)  exit status 3\n" in said
    assert "job" not in said


def test_a_workflow_is_found_by_its_id_and_by_its_name(command: Command, report: Report) -> None:
    run = done(report("by name"))
    assert command("show", "by name").out == command("show", str(run.id)).out


def test_a_number_is_an_id_before_it_is_a_name(command: Command, report: Report) -> None:
    first = done(report("first"))
    done(report(str(first.id)))
    done(report("20261123"))
    assert "✓ Done  first\n" in command("show", str(first.id)).out
    assert "✓ Done  20261123\n" in command("show", "20261123").out


def test_an_earlier_run_is_shown_by_its_number(command: Command, report: Report) -> None:
    broken(report("again"))
    done(report("again"))
    assert "✓ Done  again" in command("show", "again").out
    assert "✗ Error  again" in command("show", "again", "--run=1").out


def test_so_many_failures_as_are_wanted_are_shown(command: Command, report: Report) -> None:
    run = report("many")
    for jobid in range(1, 5):
        run.job(jobid, "align", f"K{jobid}")
        run.fail(jobid, "align", f"K{jobid}")
    assert command("show", "many").out.count(f"{KILLED}\n") == 4
    said = command("show", "many", "-n1").out
    assert said.count(f"{KILLED}\n") == 1
    assert "and 3 more failed jobs" in said


def test_of_a_run_without_a_failed_job_the_engine_s_words_are_told(
    command: Command, report: Report
) -> None:
    run = report("missing")
    run.say("error", msg="MissingInputException in rule all:\nMissing input files: \x1b[31mx")
    assert "Missing input files: ␛[31mx" in command("show", "missing").out


def test_a_stranger_s_texts_move_no_cursor(command: Command, server: Server) -> None:
    run = hostile(Reporter(server.url, HOSTILE, workdir=HOSTILE, command=HOSTILE))
    said = command("show", str(run.id))
    assert_harmless(said.out)
    assert said.out.count("␛[31mred") > 8
    assert_harmless(command("show", f"{HOSTILE}?").err)


def test_json_is_the_api_s_own(command: Command, report: Report, server: Server) -> None:
    run = broken(report("json"))
    told = json.loads(command("show", "json", "--json").out)
    at = f"/api/workflow/{run.id}"
    assert told["workflow"] == server.get(at)["workflow"]
    assert told["rules"] == server.get(f"{at}/rules")["rules"]
    assert told["failed_jobs"] == server.get(f"{at}/jobs?status=Error")["jobs"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nobody"], "There is no workflow 'nobody'. 'panoptes ls' lists the workflows."),
        (["9999"], "There is no workflow 9999."),
        (["\udcff"], "There is no workflow '\N{REPLACEMENT CHARACTER}'"),
        (["9" * 30], f"There is no workflow '{'9' * 30}'. 'panoptes ls' lists the workflows."),
        (["once", "--run", "7"], "There is no run 7 of workflow "),
    ],
)
def test_what_isn_t_there_is_told_in_a_line(
    command: Command, report: Report, words: list[str], said: str
) -> None:
    done(report("once"))
    found = command("show", *words)
    assert (found.code, found.out) == (2, "")
    assert found.err.startswith(f"panoptes: {said}")
    assert found.err.count("\n") == 1
