"""The life of a run and its jobs, as engines of all versions tell it."""

from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from tests.conftest import Clock
from tests.engine import Engine

HOUR = 3600.0

COMPLETE_LOG = "Complete log: .snakemake/log/x.snakemake.log"
WILL_FAIL = "Exiting because a job execution failed. Look above for error message"
HAS_FAILED = "WorkflowError:\nAt least one job did not complete successfully."


# --- how a run ends -------------------------------------------------------------------------------


def test_a_registered_run_is_running(engine: Engine) -> None:
    assert engine.status == "Running"
    assert (engine.workflow["jobs_done"], engine.workflow["jobs_total"]) == (0, 0)


def test_all_jobs_done_is_a_sure_end(engine: Engine) -> None:
    engine.job(1)
    engine.finished(1)
    engine.progress(1, 1)
    assert engine.status == "Done"
    assert engine.workflow["completed_at"] is not None
    engine.send("error", msg="RuleException")
    engine.send("error", msg="WorkflowError")
    assert engine.status == "Done"


def test_the_end_without_an_error_is_done_with_the_counts_that_ran(engine: Engine) -> None:
    """`--until`: the engine counts the whole DAG to the end."""
    engine.plan(align=1)
    engine.job(1)
    engine.finished(1)
    engine.progress(1, 8)
    assert engine.workflow["jobs_total"] == 1
    engine.info(COMPLETE_LOG)
    assert engine.status == "Done"
    assert (engine.workflow["jobs_done"], engine.workflow["jobs_total"]) == (1, 1)
    assert engine.workflow["log_file"] == ".snakemake/log/x.snakemake.log"


def test_workflow_success_is_the_end_and_closes_what_nobody_reported(engine: Engine) -> None:
    """With --quiet, Snakemake 9 sends neither job_finished nor progress."""
    engine.send("job_started", jobs=[1, 2])
    engine.send("workflow_success")
    assert engine.status == "Done"
    assert engine.workflow["jobs_done"] == 2
    assert {job["status"] for job in engine.jobs.values()} == {"Done"}


def test_an_error_behind_a_good_end_is_told_beside_done(engine: Engine) -> None:
    """The workflow's `onsuccess` raises; 7 says so before it gives its lock back, 8 behind it."""
    engine.job(1)
    engine.finished(1)
    engine.progress(1, 1)
    engine.send("error", msg="ValueError in file Snakefile, line 2:\nthe mail server is away")
    engine.send("debug", msg="removed all locks")
    run = engine.workflow
    assert run["status"] == "Done"
    assert "the mail server is away" in run["error"]
    for page in ("/workflows/?q=", f"/workflow/{engine.id}", "/"):
        assert "✓" in engine.web.get(page).text
    page = engine.web.get(f"/workflow/{engine.id}").text
    assert "1 of 1 done · then failed: the mail server is away" in page
    assert "What failed after the end" in page


def test_what_a_run_planned_and_never_began_stays_in_its_total(engine: Engine) -> None:
    engine.plan(align=9)
    for jobid in (1, 2, 3):
        engine.job(jobid)
        engine.finished(jobid)
        engine.progress(jobid, 9)
    engine.info(COMPLETE_LOG)
    run = engine.workflow
    told = ("status", "jobs_done", "jobs_total", "jobs_pending")
    assert [run[name] for name in told] == ["Done", 3, 9, 6]
    assert [engine.rules["align"][name] for name in ("planned", "pending", "done")] == [9, 6, 3]
    page = engine.web.get(f"/workflow/{engine.id}").text
    assert "3 of 9 done · 6 not needed or not reached" in page


def test_a_quiet_run_before_9_is_done_at_its_end(engine: Engine) -> None:
    engine.job(1)
    engine.info(COMPLETE_LOG)
    assert engine.status == "Done"
    assert engine.jobs[1]["status"] == "Done"
    assert engine.rules["align"]["done"] == 1


@pytest.mark.parametrize(
    "text", ["Nothing to be done.", "Nothing to be done (all requested files are present)."]
)
def test_nothing_to_be_done_is_no_execution(engine: Engine, text: str) -> None:
    engine.info("Building DAG of jobs...")
    engine.info(text)
    assert engine.status == "No Execution"
    engine.info(COMPLETE_LOG)
    assert engine.status == "No Execution"


def test_success_without_any_job_is_no_execution(engine: Engine) -> None:
    engine.info("Workflow started: Snakefile")
    engine.send("workflow_success")
    assert engine.status == "No Execution"


def test_a_dry_run_plans_jobs_and_is_no_execution(engine: Engine) -> None:
    engine.plan(align=1)
    engine.job(1)
    engine.plan(align=1)
    engine.info("This was a dry-run (flag -n). The order of jobs does not reflect …")
    assert engine.status == "No Execution"
    assert (engine.workflow["jobs_done"], engine.workflow["jobs_total"]) == (0, 1)
    assert engine.jobs[1]["status"] == "Planned"
    assert engine.jobs[1]["started_at"] is None
    assert (
        engine.rules["align"] | {"planned": 1, "pending": 1, "running": 0} == engine.rules["align"]
    )


def test_a_dry_run_of_the_plugin_before_0_3_is_no_execution(engine: Engine) -> None:
    """It sends progress 0/n, the jobs, progress 0/n and no end."""
    engine.progress(0, 1)
    engine.job(1)
    engine.progress(0, 1)
    assert engine.status == "No Execution"
    assert engine.jobs[1]["status"] == "Planned"


@pytest.mark.parametrize("option", ["--unlock", "--dag", "--list", "--summary"])
def test_a_call_that_only_looks_is_no_execution(client: FlaskClient, option: str) -> None:
    engine = Engine(client, command=f"snakemake {option} --wms-monitor http://127.0.0.1:5000")
    assert engine.status == "No Execution"


def test_a_call_that_runs_jobs_after_all_is_running(client: FlaskClient) -> None:
    """`--cluster "x --list"` comes unquoted."""
    engine = Engine(client, command="snakemake --cluster x --list")
    engine.job(1)
    assert engine.status == "Running"


def test_unlocking_is_no_execution_also_where_no_command_is_told(engine: Engine) -> None:
    engine.info("Unlocking working directory.")
    assert engine.status == "No Execution"


# --- errors ---------------------------------------------------------------------------------------


def test_a_failed_job_makes_its_run_an_error_while_others_go_on(engine: Engine) -> None:
    engine.job(1)
    engine.job(2)
    engine.failed(1)
    assert engine.status == "Error"
    assert engine.workflow["completed_at"] is None
    assert engine.workflow["jobs_running"] == 1
    engine.finished(2)
    assert engine.status == "Error"


def test_a_retry_that_succeeds_leaves_the_run_green(engine: Engine) -> None:
    engine.job(1)
    engine.send("error", msg="RuleException")
    engine.failed(1)
    assert engine.status == "Error"
    engine.send("job_started", jobs=[1])
    assert engine.status == "Running"
    engine.job(1)
    engine.finished(1)
    engine.progress(1, 1)
    assert engine.status == "Done"
    assert engine.workflow["jobs_retried"] == 1
    assert engine.workflow["error"] is None
    assert engine.rules["align"]["retried"] == 1
    assert engine.rules["align"]["attempts"] == 2


def test_every_attempt_is_kept(engine: Engine, time: Clock) -> None:
    for _ in range(2):
        engine.job(1)
        time.move(seconds=3)
        engine.send("error", msg="RuleException")
        engine.failed(1)
        time.move(seconds=1)
    engine.job(1)
    time.move(seconds=5)
    engine.finished(1)
    attempts = engine.jobs[1]["attempts"]
    assert [
        (each["number"], each["status"], each["duration"], each["error"]) for each in attempts
    ] == [
        (1, "Error", 3.0, "RuleException"),
        (2, "Error", 3.0, "RuleException"),
        (3, "Done", 5.0, None),
    ]
    assert engine.workflow["jobs_retried"] == 1


@pytest.mark.parametrize("text", ["MissingInputException in line 3 of F:\nx", "Error: locked"])
def test_an_error_before_any_job_is_the_end_unless_something_follows(
    engine: Engine, text: str
) -> None:
    engine.send("error", msg=text)
    assert engine.status == "Error"
    assert engine.workflow["error"] == text
    engine.info("Building DAG of jobs...")
    assert engine.status == "Running"
    assert engine.workflow["error"] is None


def test_an_error_text_while_jobs_run_is_no_failure(engine: Engine) -> None:
    engine.job(1)
    engine.job(2)
    engine.send("error", msg="low depth in sample A")
    engine.send("error", msg="RuleException")
    assert engine.status == "Running"


def test_what_an_author_says_between_two_jobs_is_no_failure(engine: Engine) -> None:
    engine.job(1)
    engine.finished(1)
    engine.send("error", msg="low depth in sample A")
    assert engine.status == "Running"


def test_an_exception_between_two_jobs_is_the_end_unless_a_job_follows(engine: Engine) -> None:
    engine.job(1)
    engine.finished(1)
    engine.send("error", msg="InputFunctionException in rule sort")
    assert engine.status == "Error"
    engine.job(2)
    assert engine.status == "Running"


@pytest.mark.parametrize("end", [COMPLETE_LOG, None])
def test_jobs_that_still_run_at_a_failed_end_are_closed_with_the_reason(
    engine: Engine, end: str | None
) -> None:
    """No client reports a failing `run:` block before 8."""
    engine.job(1)
    if end:
        engine.send("error", msg=WILL_FAIL)
        engine.info(end)
    else:
        engine.send("error", msg=HAS_FAILED)
    assert engine.status == "Error"
    assert engine.jobs[1]["status"] == "Error"
    assert "run ended before" in engine.jobs[1]["error"]
    assert engine.workflow["jobs_failed"] == 1
    assert engine.workflow["completed_at"] is not None


@pytest.mark.parametrize(
    "text",
    [
        "Terminating processes on user request, this might take some time.",
        "Will exit after finishing currently running jobs.",
    ],
)
def test_an_interrupted_run_is_an_error_in_the_engines_own_words(engine: Engine, text: str) -> None:
    engine.job(1)
    engine.job(2)
    engine.info(text)
    assert engine.status == "Running"
    engine.finished(1)
    engine.info(COMPLETE_LOG)
    assert engine.status == "Error"
    assert engine.workflow["error"] == text
    assert engine.jobs[2]["status"] == "Error"


def test_an_interruption_that_comes_too_late_changes_nothing(engine: Engine) -> None:
    engine.job(1)
    engine.info("Will exit after finishing currently running jobs.")
    engine.finished(1)
    engine.progress(1, 1)
    engine.info(COMPLETE_LOG)
    assert engine.status == "Done"
    assert engine.workflow["error"] is None


def test_the_last_word_of_snakemake_8_comes_after_its_log(engine: Engine) -> None:
    engine.job(1)
    engine.finished(1)
    engine.info(COMPLETE_LOG)
    assert engine.status == "Done"
    engine.send("error", msg=HAS_FAILED)
    assert engine.status == "Error"


def test_a_run_whose_engine_left_without_a_word_is_an_error(engine: Engine) -> None:
    """Snakemake 6.15 crashes when two jobs fail at once."""
    engine.job(1)
    engine.send("debug", msg="removed all locks")
    assert engine.status == "Error"
    assert "Did it crash" in engine.workflow["error"]
    assert engine.workflow["completed_at"] is not None


def test_an_engine_that_left_without_any_job_ran_nothing(engine: Engine) -> None:
    engine.info("Building DAG of jobs...")
    engine.send("debug", msg="removed all locks")
    assert engine.status == "No Execution"


def test_a_job_that_was_given_up_too_early_may_still_come_through(engine: Engine) -> None:
    engine.job(1)
    engine.send("error", msg=HAS_FAILED)
    engine.finished(1)
    assert engine.jobs[1]["status"] == "Done"
    assert engine.status == "Error"
    engine.job(2)
    assert engine.status == "Running"


def test_the_error_of_a_run_is_that_of_the_first_job_that_is_still_failed(engine: Engine) -> None:
    for jobid in (1, 2, 3):
        engine.job(jobid)
    for jobid in (1, 2, 3):
        engine.failed(jobid, msg=f"the words of job {jobid}")
    assert engine.workflow["error"] == "the words of job 1"
    engine.job(1)
    assert engine.workflow["error"] == "the words of job 2"
    engine.finished(1)
    engine.job(3)
    assert engine.workflow["error"] == "the words of job 2"


def test_a_job_that_came_through_behind_its_runs_end_is_not_its_error(engine: Engine) -> None:
    for jobid in (1, 2):
        engine.job(jobid)
        engine.failed(jobid, msg=f"the words of job {jobid}")
    engine.finished(1)
    assert engine.workflow["error"] == "the words of job 2"


def test_a_run_that_was_given_up_goes_on_when_it_is_heard_of_again(engine: Engine) -> None:
    """An `ensure` that isn't met is an error of Snakemake 9, and so is its last word."""
    engine.job(1)
    engine.send("error", msg="WorkflowError")
    assert engine.status == "Error"
    assert engine.workflow["completed_at"] is not None
    engine.send("job_started", jobs=[1])
    assert engine.status == "Running"
    assert engine.workflow["error"] is None
    engine.finished(1)
    engine.progress(1, 1)
    assert engine.status == "Done"
    assert [attempt["error"] for attempt in engine.jobs[1]["attempts"]] == ["WorkflowError", None]


def test_a_reported_failure_takes_back_that_the_run_was_given_up(engine: Engine) -> None:
    engine.job(1)
    engine.send("error", msg="RuleException")
    engine.failed(1)
    assert engine.status == "Error"
    assert engine.workflow["completed_at"] is None
    assert engine.workflow["error"] == engine.jobs[1]["error"] == "RuleException"


def test_a_last_line_of_an_author_spoils_no_run_that_is_through(engine: Engine) -> None:
    """`onsuccess: logger.error("ValueError: mail failed")`, with --until."""
    engine.plan(align=1)
    engine.job(1)
    engine.finished(1)
    engine.progress(1, 5)
    engine.send("error", msg="ValueError: mail failed")
    assert engine.status == "Running"
    engine.info(COMPLETE_LOG)
    engine.info("Terminating processes on user request, this might take some time.")
    assert engine.status == "Done"
    assert engine.workflow["error"] is None


# --- whose words ----------------------------------------------------------------------------------


def test_the_error_before_a_failure_is_its_text(engine: Engine) -> None:
    """Snakemake 8 and 9."""
    engine.job(1, shellcmd="exit 3")
    engine.job(2, shellcmd="exit 4")
    engine.send("error", msg="RuleException:\nCommand 'exit 4' returned 4.")
    engine.send("error", msg="RuleException:\nCommand 'exit 3' returned 3.")
    engine.failed(1)
    engine.failed(2)
    assert engine.jobs[1]["error"].endswith("returned 3.")
    assert engine.jobs[2]["error"].endswith("returned 4.")
    assert engine.workflow["error"].endswith("returned 3.")


def test_words_that_quote_nothing_go_to_jobs_in_the_order_in_which_they_fail(
    engine: Engine,
) -> None:
    """Snakemake 9 sends the class name alone."""
    engine.job(1)
    engine.job(2)
    engine.send("error", msg="RuleException")
    engine.send("error", msg="OSError")
    engine.failed(1)
    engine.failed(2)
    assert engine.jobs[1]["error"] == "RuleException"
    assert engine.jobs[2]["error"] == "OSError"


@pytest.mark.parametrize("first", [1, 11])
def test_two_failures_in_a_row_keep_their_own_words(engine: Engine, first: int) -> None:
    """Snakemake 8, whose job_error looks as if words followed."""
    second = 12 - first
    for jobid in (first, second):
        engine.job(jobid, shellcmd=f"run {jobid}")
        engine.send("error", msg=f"RuleException:\nCommand 'run {jobid}' returned {jobid}.")
        engine.failed(jobid, msg=None, output=[], aux={})
    assert engine.jobs[1]["error"].endswith("returned 1.")
    assert engine.jobs[11]["error"].endswith("returned 11.")


def test_commands_that_begin_alike_are_told_apart(engine: Engine) -> None:
    for jobid in (1, 11):
        engine.job(jobid, shellcmd=f"run {jobid}")
    for jobid in (11, 1):
        engine.send("error", msg=f"RuleException:\nCommand 'run {jobid}' returned {jobid}.")
    for jobid in (1, 11):
        engine.failed(jobid)
    assert engine.jobs[1]["error"].endswith("returned 1.")
    assert engine.jobs[11]["error"].endswith("returned 11.")


def test_an_authors_words_after_a_failure_are_not_the_jobs(engine: Engine) -> None:
    engine.job(1)
    engine.send("shellcmd", msg="exit 3")
    engine.failed(1, output=[], aux={})
    engine.send("error", msg="KeyError: 'not about this job'")
    assert engine.jobs[1]["error"] is None


def test_of_a_long_text_both_ends_are_kept(engine: Engine) -> None:
    engine.job(1)
    engine.send("error", msg="RuleException: begin" + "x" * 50_000 + "the end")
    engine.failed(1)
    text = engine.jobs[1]["error"]
    assert len(text) < 11_000
    assert text.startswith("RuleException: begin")
    assert text.endswith("the end")


def test_the_error_after_a_failure_is_its_text_before_8(engine: Engine) -> None:
    engine.job(1)
    engine.job(2)
    engine.failed(1, output=[], log=[], aux={})
    engine.send("error", msg="RuleException:\nCalledProcessError in line 9 of F:\nx")
    assert engine.jobs[1]["error"].startswith("RuleException")
    assert engine.workflow["error"] == engine.jobs[1]["error"]


def test_a_traceback_among_the_noise_tells_the_exit_status_before_8(engine: Engine) -> None:
    engine.job(1)
    text = 'Full Traceback (most recent call last):\n  File "x", line 1, in run\n    x\nOops: 3\n'
    engine.send("debug", msg=text)
    engine.failed(1, output=[], log=[], aux={})
    assert engine.jobs[1]["error"] == "Oops: 3"
    assert "Oops" not in str(engine.web.get(f"/api/workflow/{engine.id}/messages").get_json())


def test_a_missing_output_fails_its_job_where_no_job_error_comes(engine: Engine) -> None:
    engine.job(4)
    text = "MissingOutputException in rule align, line 3:\nJob 4  completed successfully, but"
    engine.send("error", msg=text)
    assert engine.jobs[4] | {"status": "Error", "error": text} == engine.jobs[4]
    assert engine.status == "Error"


def test_a_missing_output_that_names_no_job_is_told_when_the_run_ends(engine: Engine) -> None:
    """Snakemake 9."""
    engine.job(4)
    engine.send("error", msg="MissingOutputException")
    engine.send("error", msg="WorkflowError")
    assert engine.jobs[4]["error"].startswith("MissingOutputException")
    assert engine.workflow["error"] == "MissingOutputException"


def test_the_clusters_words_go_to_the_job_that_they_name(engine: Engine) -> None:
    engine.job(1)
    engine.info("Submitted job 1 with external jobid '4318'.")
    assert engine.jobs[1]["external_id"] == "4318"


def test_an_attempt_that_starts_again_has_no_id_of_the_cluster_before_it_is_submitted(
    engine: Engine,
) -> None:
    engine.job(1, log=["own.log"])
    engine.info("Job 1 has been submitted with SLURM jobid 4711 (log: slurm/4711.log).")
    engine.failed(1, output=[], log=["own.log", "slurm/4711.log"], aux={})
    assert engine.jobs[1]["external_id"] == "4711"
    engine.job(1, log=["own.log"])
    again = engine.jobs[1]
    assert (again["external_id"], again["log"]) == (None, ["own.log"])
    engine.info("Job 1 has been submitted with SLURM jobid 4712 (log: slurm/4712.log).")
    again = engine.jobs[1]
    assert (again["external_id"], again["log"]) == ("4712", ["own.log", "slurm/4712.log"])
    assert [(each["external_id"], each["log"]) for each in again["attempts"]] == [
        ("4711", ["own.log", "slurm/4711.log"]),
        ("4712", ["own.log", "slurm/4712.log"]),
    ]
    engine.failed(1, output=[], aux={"cluster_jobid": "4318"})
    text = "Error executing rule align on cluster (jobid: 1, external: 4318, jobscript: x)."
    engine.send("error", msg=text)
    assert engine.jobs[1]["error"] == text


def test_the_words_of_a_group_go_to_all_its_members(engine: Engine) -> None:
    """Snakemake before 8."""
    engine.send("group_info", groupid="pair")
    for jobid in (1, 2):
        engine.job(jobid, indent=True)
    for jobid in (1, 2):
        engine.failed(jobid, output=[], aux={}, indent=True)
    text = "Error executing group job pair on cluster (jobid: 33a0847f-1400, external: 4242)"
    engine.send("error", msg=text)
    assert [job["error"] for job in engine.jobs.values()] == [text, text]


def test_the_words_of_a_missing_output_are_not_taken_by_another_failure(engine: Engine) -> None:
    """Snakemake 9, where they name no job: no job_error will come for it."""
    engine.job(1)
    engine.job(2)
    engine.send("error", msg="MissingOutputException")
    engine.failed(2)
    engine.send("error", msg="WorkflowError")
    assert engine.jobs[2]["error"] is None
    assert engine.jobs[1]["error"].startswith("MissingOutputException")


def test_a_restart_alone_tells_that_an_attempt_failed(engine: Engine) -> None:
    """A failing `run:` block before 8: no job_error, then it starts again."""
    engine.job(1)
    engine.info("Trying to restart job 1.")
    engine.job(1)
    assert [each["status"] for each in engine.jobs[1]["attempts"]] == ["Error", "Running"]


# --- doubled, late and reordered events -----------------------------------------------------------


def test_a_doubled_event_changes_nothing(engine: Engine) -> None:
    for _ in range(2):
        engine.job(1, timestamp=1795357080.1)
    for _ in range(2):
        engine.failed(1, timestamp=1795357080.2)
    engine.job(1, timestamp=1795357080.3)
    engine.failed(1, timestamp=1795357080.2)
    engine.job(1, timestamp=1795357080.1)
    assert engine.jobs[1]["status"] == "Running"
    assert len(engine.jobs[1]["attempts"]) == 2
    for _ in range(2):
        engine.send("warning", msg="Careful.", timestamp=1795357080.4)
    messages = engine.web.get(f"/api/workflow/{engine.id}/messages").get_json()
    assert messages["count"] == 1


def test_the_same_event_twice_is_two_where_nothing_tells_copies_apart(engine: Engine) -> None:
    """A (no timestamp) and the plugin send identical events that are real."""
    engine.job(1)
    engine.failed(1)
    engine.job(1)
    assert len(engine.jobs[1]["attempts"]) == 2


def test_finished_before_announced_gives_one_job_that_is_done(engine: Engine) -> None:
    engine.finished(3)
    engine.job(3, name="sort", wildcards={"s": "K7"})
    assert engine.jobs[3] | {"status": "Done", "name": "sort"} == engine.jobs[3]
    assert engine.jobs[3]["wildcards"] == {"s": "K7"}
    assert engine.rules["sort"] | {"done": 1, "running": 0} == engine.rules["sort"]


def test_an_error_after_finished_changes_nothing(engine: Engine) -> None:
    engine.job(1)
    engine.finished(1)
    engine.failed(1)
    assert engine.jobs[1]["status"] == "Done"
    assert engine.status == "Running"


def test_a_late_announcement_of_a_done_job_changes_nothing(engine: Engine) -> None:
    engine.job(1, name="align")
    engine.finished(1)
    engine.progress(1, 1)
    engine.job(1, name="align")
    assert engine.jobs[1]["status"] == "Done"
    assert engine.status == "Done"


def test_a_failure_that_comes_after_a_good_end_changes_nothing_about_it(engine: Engine) -> None:
    engine.progress(1, 1)
    engine.failed(5)
    assert engine.status == "Done"
    assert engine.jobs[5]["status"] == "Error"


def test_a_job_keeps_the_rule_that_it_was_announced_with(engine: Engine) -> None:
    engine.job(1, name="align")
    engine.failed(1, name="sort")
    engine.job(1, name="merge")
    assert {name: rule["running"] for name, rule in engine.rules.items()} == {"align": 1}
    assert engine.jobs[1]["name"] == "align"


def test_an_error_of_a_job_never_announced_is_kept(engine: Engine) -> None:
    engine.failed(9, name="sort")
    assert engine.jobs[9] | {"status": "Error", "name": "sort"} == engine.jobs[9]
    assert engine.rules["sort"]["error"] == 1


def test_a_server_that_came_up_mid_run_shows_the_engines_counts(engine: Engine) -> None:
    engine.finished(5)
    engine.progress(5, 8)
    assert (engine.workflow["jobs_done"], engine.workflow["jobs_total"]) == (5, 8)


# --- totals ---------------------------------------------------------------------------------------


def test_planned_jobs_are_told_per_rule(engine: Engine) -> None:
    engine.plan(align=3, sort=2)
    engine.job(1, name="align")
    rules = engine.rules
    assert (rules["align"]["planned"], rules["align"]["pending"]) == (3, 2)
    assert (rules["sort"]["planned"], rules["sort"]["pending"]) == (2, 2)
    assert engine.workflow["jobs_total"] == 5
    assert engine.workflow["jobs_pending"] == 4


def test_a_checkpoint_lets_the_total_grow(engine: Engine) -> None:
    engine.progress(0, 3)
    engine.job(1, name="split", is_checkpoint=True)
    engine.finished(1)
    engine.progress(1, 7)
    assert engine.workflow["jobs_total"] == 7


def test_a_total_that_grows_while_jobs_end_is_a_checkpoints_work(engine: Engine) -> None:
    """With `--quiet rules`, Snakemake 9 doesn't tell which job is one."""
    for done, total in [(0, 3), (1, 3), (2, 7)]:
        engine.progress(done, total)
    assert (engine.workflow["jobs_done"], engine.workflow["jobs_total"]) == (2, 7)


def test_a_total_that_never_changes_is_the_whole_dags(engine: Engine) -> None:
    for done, total in [(0, 6), (1, 8), (2, 8)]:
        engine.progress(done, total)
    assert engine.workflow["jobs_total"] == 6


def test_without_a_plan_a_rule_is_not_invented_one(engine: Engine) -> None:
    engine.progress(0, 9)
    engine.job(1)
    assert (engine.rules["align"]["planned"], engine.rules["align"]["pending"]) == (None, None)


# --- jobs -----------------------------------------------------------------------------------------


def test_the_command_that_comes_apart_belongs_to_the_job_before_it(engine: Engine) -> None:
    engine.job(1)
    engine.send("shellcmd", msg="bwa mem", indent=False)
    engine.send("shellcmd", msg="of another thread", indent=False)
    assert engine.jobs[1]["shell_command"] == "bwa mem"


def test_a_job_that_starts_again_shows_its_latest_command(engine: Engine) -> None:
    """A command may hold the number of the attempt, in its resources."""
    engine.job(1)
    engine.send("shellcmd", msg="bwa --memory 1")
    engine.failed(1)
    engine.job(1)
    engine.send("shellcmd", msg="bwa --memory 2")
    assert engine.jobs[1]["shell_command"] == "bwa --memory 2"
    engine.failed(1)
    engine.send("job_started", jobs=[1])
    engine.job(1, shellcmd="bwa --memory 3")
    assert engine.jobs[1]["shell_command"] == "bwa --memory 3"
    assert engine.rules["align"]["attempts"] == 3


def test_a_scripts_own_command_is_nobodys(engine: Engine) -> None:
    engine.job(1)
    engine.send("shellcmd", msg="python .snakemake/scripts/tmpx.slow.py")
    assert engine.jobs[1]["shell_command"] is None


def test_what_a_failure_tells_does_not_empty_what_was_known(engine: Engine) -> None:
    engine.job(1, input=["a"], wildcards={"s": "K7"}, threads=4)
    engine.failed(1, output=["b"], log=["c"], aux={})
    job = engine.jobs[1]
    assert (job["input"], job["output"], job["log"]) == (["a"], ["b"], ["c"])
    assert (job["wildcards"], job["threads"]) == ({"s": "K7"}, 4)


def test_members_of_a_group_know_its_name(engine: Engine) -> None:
    engine.send("group_info", groupid="pair")
    engine.job(1, indent=True)
    engine.job(2, indent=False)
    assert (engine.jobs[1]["group"], engine.jobs[2]["group"]) == ("pair", None)


def test_a_failed_group_fails_its_members(engine: Engine) -> None:
    engine.job(1)
    engine.job(2)
    members = [{"jobid": 1, "name": "align"}, {"jobid": 2, "name": "align"}]
    engine.send("group_error", groupid="pair", job_error_info=members)
    assert {job["status"] for job in engine.jobs.values()} == {"Error"}


def test_subworkflows_use_job_ids_again_and_end_nothing(engine: Engine) -> None:
    engine.info("Executing subworkflow pre.")
    engine.plan(all=1)
    engine.job(0, name="all")
    engine.finished(0)
    engine.progress(1, 1)
    engine.info(COMPLETE_LOG)
    assert engine.status == "Running"
    engine.info("Executing main workflow.")
    engine.plan(all=1, sort=1)
    engine.job(0, name="all")
    engine.job(1, name="sort")
    found = engine.web.get(f"/api/workflow/{engine.id}/jobs").get_json()["jobs"]
    assert [(job["part"], job["jobid"], job["status"]) for job in found] == [
        (1, 0, "Done"),
        (2, 0, "Running"),
        (2, 1, "Running"),
    ]
    assert engine.rules["all"]["planned"] == 2
    for jobid in (1, 0):
        engine.finished(jobid)
    engine.progress(2, 2)
    assert engine.status == "Done"
    assert (engine.workflow["jobs_done"], engine.workflow["jobs_total"]) == (3, 3)


@pytest.mark.parametrize("reported", [True, False])
def test_a_subworkflow_that_fails_ends_the_run(engine: Engine, reported: bool) -> None:
    engine.info("Executing subworkflow pre.")
    engine.job(0)
    if reported:
        engine.failed(0)
    engine.send("error", msg=WILL_FAIL)
    engine.info(COMPLETE_LOG)
    assert engine.status == "Error"
    assert engine.workflow["completed_at"] is not None


def test_a_subworkflow_with_nothing_to_do_ends_nothing(engine: Engine) -> None:
    engine.info("Executing subworkflow pre.")
    engine.info("Nothing to be done.")
    engine.info(COMPLETE_LOG)
    engine.info("Executing main workflow.")
    assert engine.status == "Running"


@pytest.mark.parametrize("jobid", [0, 7, "step-a/b", "/a", "a//b", "a\nb", "?#%2f"])
def test_a_jobs_id_comes_back_as_it_was_sent(engine: Engine, jobid: Any) -> None:
    engine.job(jobid)
    assert list(engine.jobs) == [jobid]
    answer = engine.web.get(f"/api/workflow/{engine.id}/job/{quote(str(jobid))}")
    assert answer.get_json()["jobs"]["jobid"] == jobid
    assert engine.web.get(f"/workflow/{engine.id}/job/{quote(str(jobid))}").status_code == 200


# --- time -----------------------------------------------------------------------------------------


def test_an_event_that_waited_for_its_turn_has_the_clients_own_time(
    engine: Engine, time: Clock
) -> None:
    engine.send("info", msg="Building DAG of jobs...", timestamp=time.now.timestamp())
    time.move(seconds=30)
    engine.job(1, timestamp=time.now.timestamp() - 2.5)
    assert engine.jobs[1]["started_at"] == "2026-11-23T09:00:27.500000Z"


def test_a_clients_wrong_clock_shifts_nothing_but_keeps_durations(
    engine: Engine, time: Clock
) -> None:
    wrong = time.now.timestamp() - 3 * 24 * 3600
    engine.job(1, timestamp=wrong)
    time.move(seconds=12)
    engine.send("job_finished", jobid=1, timestamp=wrong + 12)
    job = engine.jobs[1]
    assert job["started_at"] == "2026-11-23T09:00:00Z"
    assert job["duration"] == 12.0


def test_a_first_event_that_waited_does_not_move_the_clock(engine: Engine, time: Clock) -> None:
    engine.job(1, timestamp=time.now.timestamp() - 90)
    engine.send("job_finished", jobid=1, timestamp=time.now.timestamp())
    assert engine.jobs[1]["completed_at"] == "2026-11-23T09:00:00Z"


@pytest.mark.parametrize("jump", [-2 * HOUR, -40, -0.5, 20, 2 * HOUR])
def test_a_clients_clock_that_jumps_while_a_job_runs_is_followed(
    engine: Engine, time: Clock, jump: float
) -> None:
    def report(level: str, jobid: int, off: float) -> None:
        engine.send(level, jobid=jobid, name="align", timestamp=time.now.timestamp() + off)

    report("job_info", 1, 0)
    time.move(minutes=10)
    report("job_info", 2, jump)
    time.move(minutes=50)
    report("job_finished", 1, jump)
    report("job_finished", 2, jump)
    durations = [job["duration"] for job in engine.jobs.values()]
    assert durations == [pytest.approx(HOUR, abs=1), pytest.approx(50 * 60, abs=1)]


def test_a_clock_that_is_set_right_again_is_followed(engine: Engine, time: Clock) -> None:
    for jobid, off in enumerate((0, -2 * HOUR, 0)):
        engine.job(jobid, timestamp=time.now.timestamp() + off)
        time.move(minutes=1)
    starts = [engine.jobs[jobid]["started_at"] for jobid in range(3)]
    assert starts == [f"2026-11-23T09:0{minute}:00Z" for minute in range(3)]


def test_no_job_begins_before_its_run(engine: Engine, time: Clock) -> None:
    engine.job(1, timestamp=time.now.timestamp() - 30)
    assert engine.jobs[1]["started_at"] == engine.workflow["started_at"]


def test_events_that_overtake_each_other_keep_the_order_in_which_they_came(
    engine: Engine, time: Clock
) -> None:
    start = time.now.timestamp()
    time.move(seconds=5)
    engine.job(1, timestamp=start + 4.5)
    engine.job(2, timestamp=start + 4.495)
    assert engine.jobs[2]["started_at"] == engine.jobs[1]["started_at"]


def test_a_run_is_stale_when_silent_and_back_with_its_next_event(
    engine: Engine, time: Clock
) -> None:
    engine.job(1)
    time.move(hours=49)
    assert engine.status == "Stale"
    engine.info("Select jobs to execute...")
    assert engine.status == "Running"


# --- ignored --------------------------------------------------------------------------------------


def test_a_cancelled_run_stays_so(engine: Engine) -> None:
    engine.job(1)
    engine.web.post(f"/api/workflow/{engine.id}/cancel")
    answer = engine.finished(1)
    engine.progress(1, 1)
    assert answer.status_code == 200
    assert "cancelled" in answer.get_json()["msg"]
    assert engine.status == "Cancelled"
    assert engine.jobs[1]["status"] == "Cancelled"


def test_an_event_for_an_unknown_workflow_is_ignored(engine: Engine) -> None:
    engine.id += 1000
    answer = engine.job(1)
    assert answer.status_code == 200
    assert "no such workflow" in answer.get_json()["msg"]


def test_an_event_for_a_deleted_workflow_reaches_no_later_one(client: FlaskClient) -> None:
    old = Engine(client)
    client.post(f"/api/workflow/{old.id}/cancel")
    client.delete(f"/api/workflow/{old.id}")
    new = Engine(client)
    old.job(1)
    assert new.id != old.id
    assert new.jobs == {}
