"""What messages of a Snakemake mean, one behind the other, without HTTP and without a database."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from panoptes.common.status import Status
from panoptes.engines.events import (
    Alive,
    EndSuspected,
    Event,
    JobFailed,
    JobFinished,
    JobId,
    JobSeen,
    JobSkipped,
    JobStarted,
    JobTold,
    LogLine,
    Outcome,
    Planned,
    Progress,
    RunDescribed,
    RunEnded,
    RunFailing,
)
from panoptes.engines.interface import Repeated
from panoptes.engines.snakemake.levels import read_update
from panoptes.engines.snakemake.translator import STOPPED_EARLY, STOPPED_SILENTLY, translate

STATS = "Job stats:\njob    count\n-----  -----\nalign  3\ntotal  3\n"


@dataclass
class Job:
    """A job as the database would have it."""

    key: str
    part: int = 0
    rule: str = "align"
    status: str | None = Status.RUNNING
    shell_command: str | None = None
    group: str | None = None
    log: list[str] | None = None
    wildcards: dict[str, str] | None = None
    output: list[str] | None = None
    error: str | None = None


@dataclass
class Run:
    """A run of a few jobs, and a Snakemake that reports them."""

    status: Status = Status.RUNNING
    has_ended: bool = False
    error: str | None = None
    jobs: list[Job] = field(default_factory=list)
    jobs_total: int = 0
    counted: int | None = None
    state: Any = field(default_factory=dict)

    @property
    def run(self) -> "Run":
        return self

    @property
    def jobs_known(self) -> int:
        return len(self.jobs)

    @property
    def jobs_running(self) -> int:
        return len(self.running_jobs())

    @property
    def jobs_failed(self) -> int:
        return sum(job.status == Status.ERROR for job in self.jobs)

    @property
    def jobs_done(self) -> int:
        return sum(job.status == Status.DONE for job in self.jobs)

    @property
    def progress_done(self) -> int:
        return self.counted if self.counted is not None else self.jobs_done

    def job(self, job: JobId) -> Job | None:
        return next((known for known in self.jobs if (known.key, known.part) == job), None)

    def failed_of_group(self, group: str) -> Sequence[Job]:
        return [job for job in self.jobs if job.group == group and job.status == Status.ERROR]

    def running_jobs(self) -> Sequence[Job]:
        return [job for job in self.jobs if job.status == Status.RUNNING]

    def running_jobs_of(self, rule: str) -> Sequence[Job]:
        return [job for job in self.running_jobs() if job.rule == rule]

    def unexplained_jobs(self) -> Sequence[Job]:
        return [job for job in self.jobs if job.status == Status.ERROR and not job.error]

    def say(self, level: str, **fields: Any) -> list[Event]:
        """Return what a message means, but for the lines of the log."""
        message = read_update({"level": level, **fields})
        assert message
        state, events = translate(self.state, message, self)
        self.state = json.loads(json.dumps(state))
        return [event for event in events if not isinstance(event, LogLine)]


def test_a_message_that_comes_twice_is_refused() -> None:
    run = Run()
    for number in range(20):
        run.say("job_finished", jobid=number, timestamp=1795357071.5)
    with pytest.raises(Repeated):
        run.say("job_finished", jobid=3, timestamp=1795357071.5)


def test_a_message_without_a_time_may_come_again() -> None:
    run = Run()
    assert run.say("job_finished", jobid=1) == run.say("job_finished", jobid=1)


def test_all_events_of_a_message_have_its_time() -> None:
    (finished,) = Run().say("job_finished", jobid=1, timestamp=1795357071.5)
    assert finished == JobFinished(JobId("1"), time=1795357071.5)


def test_a_command_belongs_to_the_job_announced_last() -> None:
    run = Run()
    run.say("job_info", jobid=1, name="align")
    (told,) = run.say("shellcmd", msg="bwa mem")
    assert told == JobTold(JobId("1"), {"shell_command": "bwa mem"})
    assert run.say("shellcmd", msg="samtools") == []


def test_a_copy_of_a_jobs_announcement_does_not_take_the_next_command() -> None:
    run = Run(jobs=[Job("1", status=Status.DONE)])
    run.say("job_info", jobid=1, name="align")
    assert run.say("shellcmd", msg="bwa mem") == []


def test_jobs_that_start_are_named_later() -> None:
    assert Run().say("job_started", jobs=[1, 2]) == [JobStarted(JobId("1")), JobStarted(JobId("2"))]


def test_why_a_job_runs_is_said_in_a_few_words() -> None:
    (seen,) = Run().say("job_info", jobid=1, name="align", reason="Missing output files: a, b")
    assert isinstance(seen, JobSeen)
    assert seen.reason == "output missing"


def test_a_cluster_tells_a_jobs_id_and_one_more_log() -> None:
    run = Run(jobs=[Job("2", log=["own.log"])])
    text = "Job 2 has been submitted with SLURM jobid 4711 (log: slurm/4711.log)."
    (told,) = run.say("info", msg=text)
    assert told == JobTold(
        JobId("2"), {"external_id": "4711", "log": ["own.log", "slurm/4711.log"]}
    )
    run.jobs[0].log = ["own.log", "slurm/4711.log"]
    (failed,) = run.say("job_error", jobid=2, name="align", log=["own.log"])
    assert isinstance(failed, JobFailed)
    assert failed.details["log"] == ["own.log", "slurm/4711.log"]


def test_a_cluster_tells_the_id_of_all_jobs_of_a_group() -> None:
    run = Run()
    for value in "01":
        run.say("group_info", groupid="pair")
        for rule in ("first", "second"):
            told = {"jobid": f"{rule}{value}", "name": rule, "wildcards": {"i": value}}
            run.say("job_info", indent=True, **told)
    text = "Job {} has been submitted with SLURM jobid {} (log: x)."
    told = run.say("info", msg=text.format("71037944-a6c5-5e58-ab80-395b7047aaa3", 4712))
    assert told == [
        JobTold(JobId("first1"), {"external_id": "4712"}),
        JobTold(JobId("second1"), {"external_id": "4712"}),
    ]
    told = run.say("info", msg=text.format("7b5acade-d360-5472-95c7-eabfceb0184c", 4711))
    assert [each.job.key for each in told if isinstance(each, JobTold)] == ["first0", "second0"]


def test_the_jobs_of_a_group_are_told_so() -> None:
    run = Run()
    run.say("group_info", groupid="g1")
    (seen,) = run.say("job_info", jobid=1, name="align", indent=True)
    assert isinstance(seen, JobSeen)
    assert seen.details["group_name"] == "g1"


@pytest.mark.parametrize("level", ["error", "debug"])
def test_a_text_waits_for_the_failure_that_it_is_about(level: str) -> None:
    text = {
        "error": "RuleException:\nreturned non-zero exit status 3.",
        "debug": 'Full Traceback:\n  File "x", line 1\nExitError: returned non-zero exit status 3.',
    }[level]
    run = Run(jobs=[Job("1"), Job("2")])
    assert run.say(level, msg=text) == []
    (failed,) = run.say("job_error", jobid=1, name="align")
    assert isinstance(failed, JobFailed)
    assert str(failed.error).endswith("returned non-zero exit status 3.")
    (other,) = run.say("job_error", jobid=2, name="align")
    assert other == JobFailed(JobId("2"), "align")


def test_a_text_that_quotes_a_command_belongs_to_its_job() -> None:
    run = Run(jobs=[Job("1", shell_command="exit 1"), Job("2", shell_command="exit 2")])
    run.say("error", msg="RuleException:\nCommand 'exit 2' returned non-zero exit status 2.")
    run.say("error", msg="RuleException:\nCommand 'exit 1' returned non-zero exit status 1.")
    (failed,) = run.say("job_error", jobid=1, name="align")
    assert isinstance(failed, JobFailed)
    assert "status 1" in str(failed.error)


def test_a_text_behind_a_failure_of_snakemake_7_is_its_own() -> None:
    run = Run(jobs=[Job("1"), Job("2")])
    run.say("job_error", jobid=1, name="align", output=[], log=[], aux={})
    run.jobs[0].status = Status.ERROR
    assert run.say("error", msg="RuleException:\nx") == [
        JobTold(JobId("1"), error="RuleException:\nx")
    ]


def test_a_missing_output_fails_the_job_that_it_names() -> None:
    text = "MissingOutputException in rule r, line 3:\nJob 4  completed successfully"
    assert Run(jobs=[Job("4")]).say("error", msg=text) == [JobFailed(JobId("4"), error=text)]


def test_an_unmet_promise_fails_the_job_of_the_rule_that_it_names() -> None:
    text = "WorkflowError in rule b in file x, line 3:\nDetected unexpected empty files:\nb.txt"
    run = Run(jobs=[Job("1", rule="a"), Job("2", rule="b")])
    assert run.say("error", msg=text) == [JobFailed(JobId("2"), error=text)]


def test_an_unmet_promise_fails_the_one_of_several_jobs_whose_file_it_names() -> None:
    text = "WorkflowError in rule b in file x, line 3:\nDetected unexpected empty files:\n2.txt"
    run = Run(jobs=[Job(key, rule="b", output=[f"{key}.txt"]) for key in ("1", "2", "3")])
    assert run.say("error", msg=text) == [JobFailed(JobId("2"), error=text)]


def test_a_text_about_the_plan_is_no_job_s_though_its_rule_runs() -> None:
    text = "InputFunctionException in rule b in file x, line 9:\nValueError: no parts"
    run = Run(jobs=[Job("1", rule="b")])
    assert run.say("error", msg=text) == []
    assert run.say("debug", msg="removed all locks") == [RunEnded(Outcome.ERROR, text)]


def test_the_text_of_a_run_block_belongs_to_the_job_that_its_call_names() -> None:
    call = (
        "Traceback …: Command 'cd x && python -m snakemake --target-jobs 'b:{}' --cores 8' returned"
    )
    samples = {"1": {"s": "x", "t": "it's, 1"}, "2": {"t": "y", "s": "x"}}
    run = Run(jobs=[Job(key, rule="b", wildcards=value) for key, value in samples.items()])
    run.say("error", msg="SpawnedJobError:\n" + call.format("s=x,t=y"))
    run.say("error", msg="SpawnedJobError:\n" + call.format('s=x,t="it\'"\'"\'s, 1"'))
    (failed,) = run.say("job_error", jobid=1, name="b")
    assert isinstance(failed, JobFailed)
    assert "it'" in str(failed.error)


@pytest.mark.parametrize("command", ["cat in > out; exit 8", None])
def test_a_text_that_quotes_another_jobs_command_is_never_taken(command: str | None) -> None:
    run = Run(jobs=[Job("1", shell_command=command), Job("2", shell_command="exit 7")])
    run.say("error", msg="RuleException:\nCommand 'set -euo pipefail;  exit 7' returned 7.")
    assert run.say("job_error", jobid=1, name="align") == [JobFailed(JobId("1"), "align")]


def test_a_command_in_a_container_is_quoted_once_more() -> None:
    text = "Error:\nCommand 'apptainer exec x bash -c 'set -e; awk '\"'\"'1'\"'\"' f'' returned 1."
    run = Run(jobs=[Job("1", shell_command="awk '1' f")])
    run.say("error", msg=text)
    assert run.say("job_error", jobid=1, name="align") == [JobFailed(JobId("1"), "align", text)]


def test_words_behind_a_silent_end_replace_the_guess() -> None:
    """Snakemake 8 gives its lock back before it says what ended it."""
    text = "RuleException in rule b in file x, line 3:\nNameError: The name '1' is unknown"
    run = Run(jobs=[Job("1", rule="a"), Job("2", rule="b")])
    run.say("debug", msg="removed all locks")
    run.status, run.has_ended = Status.ERROR, True
    for job in run.jobs:
        job.status = Status.ERROR
    assert run.say("error", msg=text) == [
        RunEnded(Outcome.ERROR, text, is_correction=True),
        JobTold(JobId("2"), error=text),
    ]
    assert run.say("error", msg="WorkflowError:\nanother") == []


def test_words_behind_an_end_that_was_told_replace_nothing() -> None:
    run = Run(jobs=[Job("1")], status=Status.ERROR, error="exit status 3")
    run.say("debug", msg="removed all locks")
    run.has_ended = True
    assert run.say("error", msg="ValueError in file x, line 2:\nno mail server") == []


# --- Snakemake 9, whose errors are a class's name -------------------------------------------------


def test_an_error_is_the_end_where_no_other_job_runs_and_taken_back_by_what_follows() -> None:
    run = Run(jobs=[Job("1")])
    assert run.say("error", msg="RuleException") == [
        JobFailed(JobId("1"), error="RuleException"),
        RunEnded(Outcome.ERROR, "RuleException"),
    ]
    run.jobs[0].status, run.status, run.has_ended = Status.ERROR, Status.ERROR, True
    assert run.say("job_error", jobid=1, name="align") == [Alive()]


def test_an_error_while_others_run_is_no_end() -> None:
    run = Run(jobs=[Job("1"), Job("2")], state={"names_jobs": True})
    assert run.say("error", msg="WorkflowError") == []


def test_an_error_of_the_plan_is_the_end_whoever_runs() -> None:
    run = Run(jobs=[Job("1"), Job("2")])
    text = "InputFunctionException"
    assert run.say("error", msg=text) == [RunEnded(Outcome.ERROR, text)]


def test_a_job_that_failed_without_a_word_is_found_when_all_others_have_ended() -> None:
    run = Run(jobs=[Job("1"), Job("2")], state={"names_jobs": True})
    run.say("error", msg="MissingOutputException")
    assert run.say("job_finished", jobid=2) == [
        JobFinished(JobId("2")),
        JobFailed(JobId("1"), error="MissingOutputException"),
    ]


def test_a_job_that_starts_again_without_a_word_had_failed() -> None:
    run = Run(jobs=[Job("1"), Job("2")])
    run.say("error", msg="MissingOutputException")
    assert run.say("job_started", jobs=[1]) == [
        JobFailed(JobId("1"), error="MissingOutputException"),
        JobStarted(JobId("1")),
    ]
    assert run.say("job_started", jobs=[2]) == [JobStarted(JobId("2"))]


def test_the_error_right_before_a_report_is_its_text() -> None:
    """A script that isn't there."""
    run = Run(jobs=[Job("1"), Job("2")], state={"names_jobs": True})
    run.say("error", msg="WorkflowError")
    assert run.say("job_error", jobid=2, name="align") == [
        JobFailed(JobId("2"), "align", "WorkflowError")
    ]
    assert run.say("job_finished", jobid=1) == [JobFinished(JobId("1"))]


@pytest.mark.parametrize(
    ("names_jobs", "meant"), [(False, [EndSuspected("WorkflowError")]), (True, [])]
)
def test_a_bare_error_may_be_the_end_where_nothing_else_is_said(
    names_jobs: bool, meant: list[object]
) -> None:
    """Snakemake 9 with --quiet tells of errors alone; without it, a job_error would follow."""
    run = Run(jobs=[Job("1"), Job("2")])
    if names_jobs:
        run.say("job_info", jobid=1, name="align")
    assert run.say("error", msg="WorkflowError") == meant


# --- totals and ends ------------------------------------------------------------------------------


def test_the_plan_stands_against_the_total_of_the_whole_dag() -> None:
    run = Run()
    assert run.say("run_info", msg=STATS) == [Planned(3, {"align": 3})]
    assert run.say("progress", done=1, total=8) == [Progress(1)]


def test_a_total_that_grows_is_a_checkpoints_work() -> None:
    run = Run()
    run.say("run_info", msg=STATS)
    run.say("progress", done=1, total=3)
    assert run.say("progress", done=2, total=9) == [Progress(2, 9)]


def test_all_jobs_done_is_a_sure_end() -> None:
    run = Run(jobs=[Job("1", status=Status.DONE)])
    assert run.say("progress", done=1, total=1) == [Progress(1, 1), RunEnded(Outcome.SUCCESS)]
    run.status, run.has_ended = Status.DONE, True
    assert run.say("error", msg="WorkflowError") == []


def test_a_total_that_falls_to_what_is_done_is_no_end_while_a_job_runs() -> None:
    run = Run(jobs=[Job("1", status=Status.DONE), Job("2", status=Status.DONE), Job("3")])
    run.say("progress", done=1, total=6)
    assert run.say("progress", done=2, total=2) == [Progress(2)]
    run.jobs[2].status = Status.DONE
    assert run.say("progress", done=3, total=2)[-1] == RunEnded(Outcome.SUCCESS)


def test_counts_that_overtake_their_job_or_outlive_a_lost_one_are_an_end() -> None:
    """Threads overtake each other, and what a plugin sends to a server that is away is lost."""
    run = Run(jobs=[Job("1", status=Status.DONE), Job("2")])
    assert run.say("progress", done=2, total=2) == [Progress(2, 2), RunEnded(Outcome.SUCCESS)]


def test_a_good_end_with_jobs_that_run_by_its_own_counts_is_an_interruption() -> None:
    run = Run(jobs=[Job("1", status=Status.DONE), Job("2")])
    run.say("progress", done=1, total=3)
    assert run.say("workflow_success") == [RunEnded(Outcome.ERROR, STOPPED_EARLY)]


@pytest.mark.parametrize(
    "job",
    [Job("2", rule="", status=Status.RUNNING), Job("2", status=Status.DONE)],
    ids=["never announced", "done"],
)
def test_a_good_end_stands_where_nothing_contradicts_it(job: Job) -> None:
    run = Run(jobs=[Job("1", status=Status.DONE), job])
    run.say("progress", done=1, total=3)
    assert run.say("workflow_success") == [RunEnded(Outcome.SUCCESS)]


def test_a_good_end_stands_where_the_ends_of_jobs_are_not_sent() -> None:
    """Snakemake 9 with --quiet progress."""
    assert Run(jobs=[Job("1")]).say("workflow_success") == [RunEnded(Outcome.SUCCESS)]


def test_a_dry_run_tells_its_plan_twice() -> None:
    run = Run()
    run.say("run_info", msg=STATS)
    assert run.say("run_info", msg=STATS) == [Alive()]
    run.jobs = [Job("1")]
    assert run.say("progress", done=0, total=1) == [RunEnded(Outcome.DRY_RUN)]


def test_a_subworkflow_counts_its_jobs_from_0_again() -> None:
    run = Run(jobs=[Job("0", status=Status.DONE)], jobs_total=1)
    run.say("info", msg="Executing subworkflow pre.")
    assert run.say("job_finished", jobid=0) == [JobFinished(JobId("0", 1))]
    # That all of its jobs are done is not the run's end.
    assert run.say("progress", done=1, total=1) == [Progress(2, 2)]
    assert run.say("info", msg="Complete log: x") == []


def test_an_interruption_makes_the_end_an_error() -> None:
    run = Run(jobs=[Job("1", status=Status.DONE)])
    text = "Will exit after finishing currently running jobs."
    assert run.say("info", msg=text) == [RunFailing(text)]
    assert run.say("info", msg="Complete log: x") == [
        RunDescribed({"log_file": "x"}),
        RunEnded(Outcome.ERROR, text),
    ]


def test_an_error_while_nothing_runs_is_taken_for_the_end() -> None:
    text = "MissingInputException in rule a"
    assert Run().say("error", msg=text) == [RunEnded(Outcome.ERROR, text)]
    assert Run(jobs=[Job("1")]).say("error", msg=text) == []


def test_a_lock_that_is_given_back_without_an_end_is_a_crash() -> None:
    run = Run(jobs=[Job("1")])
    assert run.say("debug", msg="removed all locks") == [RunEnded(Outcome.ERROR, STOPPED_SILENTLY)]
    assert Run().say("debug", msg="removed all locks") == [RunEnded(Outcome.NOTHING_TO_DO)]


EXITING = "Exiting because a job execution failed. Look above for error message"


def unreported(quiet: bool, *jobs: Job, exiting: str = EXITING, counted: int = 0) -> list[Event]:
    """Return what becomes of jobs that still run when Snakemake ends after a failure."""
    run = Run(jobs=list(jobs), counted=counted, state={"quiet": True} if quiet else {})
    run.say("error" if exiting == EXITING else "info", msg=exiting)
    return [
        event
        for event in run.say("info", msg="Complete log: a.log")
        if isinstance(event, (JobFinished, JobFailed))
    ]


FAILED, SHELL = Job("1", status=Status.ERROR), Job("2", shell_command="bwa mem")


def test_jobs_that_nobody_called_failed_are_done_where_no_finished_one_is_reported() -> None:
    assert unreported(True, FAILED, SHELL, Job("3")) == [
        JobFinished(JobId("2")),
        JobFinished(JobId("3")),
    ]


def test_a_profile_may_say_quiet_so_a_command_that_has_not_failed_is_done() -> None:
    assert unreported(False, FAILED, SHELL, Job("3")) == [JobFinished(JobId("2"))]


def test_where_no_job_is_called_failed_it_was_one_without_a_command() -> None:
    """Before 8, nothing tells of a `run:` block that raises."""
    assert unreported(True, SHELL, Job("3")) == [JobFinished(JobId("2"))]


def test_jobs_that_still_run_failed_silently_where_finished_ones_are_reported() -> None:
    assert unreported(True, FAILED, SHELL, counted=1) == []


def test_of_jobs_of_an_interrupted_run_nothing_is_known() -> None:
    text = "Terminating processes on user request, this might take some time."
    assert unreported(True, FAILED, SHELL, exiting=text) == []


def nameless_at_a_good_end(*, names_others: bool, counted: int) -> list[Event]:
    """Return what becomes of a job that was only started (Snakemake 9)."""
    run = Run(jobs=[Job("1", status=Status.DONE), Job("0", rule="")], counted=counted)
    run.say("progress", done=0, total=2)
    if names_others:
        run.say("job_info", jobid=1, name="align")
    return [event for event in run.say("workflow_success") if not isinstance(event, RunEnded)]


def test_a_job_that_was_only_started_among_announced_ones_never_ran() -> None:
    """--immediate-submit skips local rules."""
    assert nameless_at_a_good_end(names_others=True, counted=1) == [JobSkipped(JobId("0"))]


def test_a_job_without_a_name_is_done_where_counts_say_so_or_none_has_a_name() -> None:
    assert nameless_at_a_good_end(names_others=True, counted=2) == []
    assert nameless_at_a_good_end(names_others=False, counted=1) == []


def test_where_no_job_is_called_failed_the_run_has_the_words_that_wait() -> None:
    """Snakemake 5.32, where an input function raises behind its checkpoint."""
    run = Run(jobs=[Job("1", rule="split"), Job("3", status=Status.DONE)])
    words = "InputFunctionException in line 9 of Snakefile:\nError:\n  ValueError: no such lane"
    run.say("error", msg=words)
    assert run.say("error", msg=EXITING) == [RunFailing(words)]
