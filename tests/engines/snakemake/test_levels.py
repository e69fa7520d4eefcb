"""What each level of an event says."""

from typing import Any

import pytest
from hypothesis import given

from panoptes.engines.events import LogLine
from panoptes.engines.problems import Broken
from panoptes.engines.snakemake import sayings
from panoptes.engines.snakemake.levels import read_update
from tests import strategies


def said(level: str, **fields: Any) -> tuple[Any, ...]:
    """Return what a message says, but for the line that it gives the log."""
    message = read_update({"level": level, **fields})
    every = message.sayings if message else ()
    return tuple(saying for saying in every if not isinstance(saying, LogLine))


@given(strategies.levels, strategies.told)
def test_fields_of_any_type_are_read_or_named_as_broken(level: str, fields: Any) -> None:
    try:
        message = read_update({"level": level, **fields})
        assert message is None or isinstance(message, sayings.Message)
    except Broken as broken:
        assert broken.field == "msg"


@pytest.mark.parametrize("level", ["debug", "dag_debug", "host", "rule_info", "d3dag", "new"])
def test_noise_says_nothing(level: str) -> None:
    assert read_update({"level": level, "msg": "Ready jobs (3):"}) is None


def test_a_job_is_told_with_everything_that_the_client_said() -> None:
    (info,) = said(
        "job_info",
        jobid=3,
        name="align",
        msg="Aligning",
        input=["a"],
        output=["b"],
        log=["c"],
        benchmark="d",
        wildcards={"s": "K7"},
        reason="Missing output files: b",
        resources={"mem_mb": 100, "runtime": 2},
        priority="highest",
        threads=4,
        is_checkpoint=True,
        local=True,
        shellcmd="bwa",
    )
    assert info == sayings.JobInfo(
        key="3",
        rule="align",
        details={
            "msg": "Aligning",
            "input": ["a"],
            "output": ["b"],
            "log": ["c"],
            "benchmark": "d",
            "wildcards": {"s": "K7"},
            "reason": "Missing output files: b",
            "resources": {"mem_mb": 100, "runtime": 2},
            "requested_memory": 100_000_000,
            "requested_seconds": 120.0,
            "priority": "highest",
            "threads": 4,
            "is_checkpoint": True,
            "is_local": True,
            "shell_command": "bwa",
        },
    )


@pytest.mark.parametrize("jobid", [None, True, 1.5, [], {}, "", "x" * 200])
def test_a_job_needs_an_id(jobid: Any) -> None:
    with pytest.raises(Broken, match="jobid"):
        read_update({"level": "job_finished", "jobid": jobid})


@pytest.mark.parametrize(("done", "total"), [(None, 3), (-1, 3), (1, "3"), (True, 3), (1, 2**70)])
def test_progress_is_two_counts(done: Any, total: Any) -> None:
    with pytest.raises(Broken, match="done, total"):
        read_update({"level": "progress", "done": done, "total": total})


@pytest.mark.parametrize(
    ("text", "saying"),
    [
        ("Complete log: .snakemake/log/x.log", sayings.CompleteLog(".snakemake/log/x.log")),
        ("Nothing to be done.", sayings.NothingToRun()),
        ("Nothing to be done (all requested files are present).", sayings.NothingToRun()),
        ("This was a dry-run (flag -n). The order", sayings.DryRun()),
        ("Trying to restart job 12.", sayings.JobError("12")),
        ("Submitted job 1 with external jobid '4318'.", sayings.Submitted({"1": "4318"})),
        ("Unlocking working directory.", sayings.NothingToRun(only_looked=True)),
        ("Unlocked working directory.", sayings.NothingToRun(only_looked=True)),
        ("Workflow started: workflow/Snakefile", sayings.Started()),
        ("Executing subworkflow pre.", sayings.Subworkflow("pre")),
        ("Executing main workflow.", sayings.Subworkflow(None)),
        ("Building DAG of jobs...", sayings.Alive()),
    ],
)
def test_some_lines_of_the_log_mean_something(text: str, saying: Any) -> None:
    assert said("info", msg=text) == (saying,)


@pytest.mark.parametrize(
    "text",
    [
        "Terminating processes on user request, this might take some time.",
        "Will exit after finishing currently running jobs.",
        "Will exit after finishing currently running jobs (scheduler).",
    ],
)
def test_an_interruption_says_that_the_run_will_fail(text: str) -> None:
    assert said("info", msg=text) == (sayings.Exiting(text),)


@pytest.mark.parametrize(
    ("text", "key", "fails_job"),
    [
        (("MissingOutputException in rule r in line 1 of F:\nJob Missing files after 5 s:\nx\n"
         "some output files are missing. 1"), "1", True),
        ("MissingOutputException in line 1 of F:\nJob id: 3 completed successfully", "3", True),
        ("MissingOutputException in rule r, line 3:\nJob 4  completed successfully", "4", True),
        ("Error executing rule bad on cluster (jobid: 5, external: 14614, jobscript: x).", "5",
         False),
        ("RuleException:\nCalledProcessError", None, False),
    ],
)  # fmt: skip
def test_an_error_may_name_its_job(text: str, key: str | None, fails_job: bool) -> None:
    (found,) = said("error", msg=text)
    assert (found.text, found.key, found.fails_job) == (text, key, fails_job)


@pytest.mark.parametrize(
    ("text", "raised"),
    [
        ("RuleException:\nx", True),
        ("RuleException", True),
        ("snakemake.exceptions.SpawnedJobError", True),
        ("Traceback (most recent call last):\n", True),
        ("low depth in sample A", False),
        ("Errors were found", False),
    ],
)
def test_an_exception_is_told_from_what_an_author_says(text: str, raised: bool) -> None:
    assert said("error", msg=text)[0].raised is raised


def test_the_last_error_of_a_failed_run_is_its_end() -> None:
    text = "WorkflowError:\nAt least one job did not complete successfully."
    assert said("error", msg=text) == (sayings.FatalError(text),)


def test_a_class_alone_is_an_exception_of_snakemake_9() -> None:
    (error,) = said("error", msg="LabIsClosed", rule=None, location=None, traceback=None)
    assert error == sayings.ErrorMessage("LabIsClosed", is_bare=True)


@pytest.mark.parametrize(
    ("text", "fails_job"),
    [
        ("MissingOutputException", True),
        ("WorkflowError", True),
        ("WorkflowError in rule sort in file F, line 3:\nDetected unexpected empty", True),
        ("WorkflowError:\nThe account is unknown", False),
        ("RuleException", False),
    ],
)
def test_no_job_error_comes_of_what_is_found_when_a_job_has_run(text: str, fails_job: bool) -> None:
    assert said("error", msg=text)[0].fails_job is fails_job


def test_a_traceback_among_the_noise_gives_the_words_of_a_failure() -> None:
    text = (
        'Full Traceback (most recent call last):\n  File "x.py", line 1, in run\n    run(\n'
        '  File "shell.py", line 205, in __new__\n    raise sp.CalledProcessError(retcode, cmd)\n'
        "subprocess.CalledProcessError: Command 'exit 3\n  # indented' returned status 3.\n"
    )
    expected = "subprocess.CalledProcessError: Command 'exit 3\n  # indented' returned status 3."
    assert said("debug", msg=text) == (sayings.Traceback(expected),)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"msg": "bwa mem", "indent": False}, (sayings.ShellCommand("bwa mem"),)),
        ({"msg": "bwa mem", "jobid": 3}, (sayings.ShellCommand("bwa mem", "3"),)),
        ({"msg": "bwa mem", "jobid": None}, ()),
        ({"msg": "python /p/.snakemake/scripts/tmpx.a.py"}, ()),
        ({"msg": None}, ()),
    ],
)
def test_a_command_belongs_to_the_last_job_unless_it_names_one(fields: Any, expected: Any) -> None:
    assert said("shellcmd", **fields) == expected


def test_words_follow_a_failure_only_where_it_has_none_and_is_not_terse() -> None:
    (terse,) = said("job_error", jobid=1, name="a")
    (old,) = said("job_error", jobid=1, name="a", output=[], log=[], aux={})
    (cluster,) = said("job_error", jobid=1, name="a", output=[], msg="see the log")
    assert (terse.text_follows, old.text_follows, cluster.text_follows) == (False, True, False)
    assert cluster.error == "see the log"


@pytest.mark.parametrize(
    ("aux", "external"),
    [
        ({"cluster_jobid": "5455"}, "5455"),
        ({"external_jobid": 5455}, "5455"),
        ({}, None),
        ("x", None),
    ],
)
def test_a_failure_may_name_the_clusters_job(aux: Any, external: str | None) -> None:
    (failure,) = said("job_error", jobid=1, name="a", aux=aux)
    assert failure.details.get("external_id") == external


def test_a_failed_group_tells_its_members_from_7_19_on() -> None:
    members = [{"jobid": 1, "name": "a"}, {"jobid": 2, "name": "b"}]
    failures = said("group_error", groupid="g", job_error_info=members)
    assert [failure.key for failure in failures] == ["1", "2"]
    assert said("group_error", groupid="g") == ()


def test_what_a_failed_group_says_of_itself_is_said_of_each_member() -> None:
    members = [
        {"jobid": 1, "name": "a", "log": ["a.log"], "msg": "own"},
        {"jobid": 2, "name": "b", "log": [], "msg": None},
    ]
    told = {"aux_logs": ["group.log"], "msg": "SLURM-job '4711' failed"}
    own, other = said("group_error", groupid="g", job_error_info=members, **told)
    assert (own.details["log"], own.error) == (["a.log", "group.log"], "own")
    assert (other.details["log"], other.error) == (["group.log"], "SLURM-job '4711' failed")


@pytest.mark.parametrize(
    ("timestamp", "time"),
    [
        (1795357080.5, 1795357080.5),
        (1795357080, 1795357080.0),
        (None, None),
        ("x", None),
        (5, None),
    ],
)
def test_the_clients_time_is_taken_where_it_is_one(timestamp: Any, time: float | None) -> None:
    message = read_update({"level": "job_finished", "jobid": 1, "timestamp": timestamp})
    assert message is not None
    assert message.time == time


@pytest.mark.parametrize(
    ("level", "kept"),
    [("info", "info"), ("resources_info", "info"), ("warning", "warning"), ("error", "error")],
)
def test_lines_for_people_are_kept(level: str, kept: str) -> None:
    message = read_update({"level": level, "msg": "Provided cores: 2"})
    assert message is not None
    assert message.sayings[-1] == LogLine(kept, "Provided cores: 2")
