"""What each level of an event says."""

from typing import Any

import pytest
from hypothesis import given

from panoptes.engines.problems import Broken
from panoptes.engines.snakemake import events
from panoptes.engines.snakemake.levels import read_event
from tests import strategies


def changes(level: str, **fields: Any) -> tuple[Any, ...]:
    event = read_event({"level": level, **fields})
    return event.changes if event else ()


@given(strategies.levels, strategies.told)
def test_fields_of_any_type_are_read_or_named_as_broken(level: str, fields: Any) -> None:
    try:
        event = read_event({"level": level, **fields})
        assert event is None or isinstance(event, events.Event)
    except Broken as broken:
        assert broken.field == "msg"


@pytest.mark.parametrize("level", ["debug", "dag_debug", "host", "rule_info", "d3dag", "new"])
def test_noise_says_nothing(level: str) -> None:
    assert read_event({"level": level, "msg": "Ready jobs (3):"}) is None


def test_a_job_is_told_with_everything_that_the_client_said() -> None:
    (info,) = changes(
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
        resources={"mem_mb": 100},
        priority="highest",
        threads=4,
        is_checkpoint=True,
        local=True,
        shellcmd="bwa",
    )
    assert info == events.JobInfo(
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
            "resources": {"mem_mb": 100},
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
        read_event({"level": "job_finished", "jobid": jobid})


@pytest.mark.parametrize(("done", "total"), [(None, 3), (-1, 3), (1, "3"), (True, 3), (1, 2**70)])
def test_progress_is_two_counts(done: Any, total: Any) -> None:
    with pytest.raises(Broken, match="done, total"):
        read_event({"level": "progress", "done": done, "total": total})


@pytest.mark.parametrize(
    ("text", "change"),
    [
        ("Complete log: .snakemake/log/x.log", events.RunEnded(".snakemake/log/x.log")),
        ("Nothing to be done.", events.NothingToDo()),
        ("Nothing to be done (all requested files are present).", events.NothingToDo()),
        ("This was a dry-run (flag -n). The order", events.DryRun()),
        ("Trying to restart job 12.", events.JobRestarts("12")),
        ("Submitted job 1 with external jobid '4318'.", events.JobSubmitted("1", "4318")),
        ("Unlocking working directory.", events.RanNothing()),
        ("Unlocked working directory.", events.RanNothing()),
        ("Executing subworkflow pre.", events.NestedRun("pre")),
        ("Executing main workflow.", events.NestedRun(None)),
        ("Building DAG of jobs...", events.SignOfLife()),
    ],
)
def test_some_lines_of_the_log_mean_something(text: str, change: Any) -> None:
    assert changes("info", msg=text) == (change,)


@pytest.mark.parametrize(
    "text",
    [
        "Terminating processes on user request, this might take some time.",
        "Will exit after finishing currently running jobs.",
        "Will exit after finishing currently running jobs (scheduler).",
    ],
)
def test_an_interruption_says_that_the_run_will_fail(text: str) -> None:
    assert changes("info", msg=text) == (events.RunWillFail(text),)


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
    (found,) = changes("error", msg=text)
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
    assert changes("error", msg=text)[0].raised is raised


@pytest.mark.parametrize(
    "text",
    ["WorkflowError", "WorkflowError:\nAt least one job did not complete successfully."],
)
def test_the_last_error_of_a_failed_run_is_its_end(text: str) -> None:
    assert changes("error", msg=text) == (events.RunFailed(text),)


def test_a_traceback_among_the_noise_gives_the_words_of_a_failure() -> None:
    text = (
        'Full Traceback (most recent call last):\n  File "x.py", line 1, in run\n    run(\n'
        '  File "shell.py", line 205, in __new__\n    raise sp.CalledProcessError(retcode, cmd)\n'
        "subprocess.CalledProcessError: Command 'exit 3\n  # indented' returned status 3.\n"
    )
    expected = "subprocess.CalledProcessError: Command 'exit 3\n  # indented' returned status 3."
    assert changes("debug", msg=text) == (events.FailureDetail(expected),)


@pytest.mark.parametrize(
    ("fields", "change"),
    [
        ({"msg": "bwa mem", "indent": False}, (events.ShellCommand("bwa mem"),)),
        ({"msg": "bwa mem", "jobid": 3}, (events.ShellCommand("bwa mem", "3"),)),
        ({"msg": "bwa mem", "jobid": None}, ()),
        ({"msg": "python /p/.snakemake/scripts/tmpx.a.py"}, ()),
        ({"msg": None}, ()),
    ],
)
def test_a_command_belongs_to_the_last_job_unless_it_names_one(fields: Any, change: Any) -> None:
    assert changes("shellcmd", **fields) == change


def test_words_follow_a_failure_only_where_it_has_none_and_is_not_terse() -> None:
    (terse,) = changes("job_error", jobid=1, name="a")
    (old,) = changes("job_error", jobid=1, name="a", output=[], log=[], aux={})
    (cluster,) = changes("job_error", jobid=1, name="a", output=[], msg="see the log")
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
    (failure,) = changes("job_error", jobid=1, name="a", aux=aux)
    assert failure.details.get("external_id") == external


def test_a_failed_group_tells_its_members_from_7_19_on() -> None:
    members = [{"jobid": 1, "name": "a"}, {"jobid": 2, "name": "b"}]
    (failed,) = changes("group_error", groupid="g", job_error_info=members)
    assert [failure.key for failure in failed.failures] == ["1", "2"]
    assert changes("group_error", groupid="g") == ()


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
    event = read_event({"level": "job_finished", "jobid": 1, "timestamp": timestamp})
    assert event is not None
    assert event.time == time


@pytest.mark.parametrize(
    ("level", "kept"),
    [("info", "info"), ("resources_info", "info"), ("warning", "warning"), ("error", "error")],
)
def test_lines_for_people_are_kept(level: str, kept: str) -> None:
    event = read_event({"level": level, "msg": "Provided cores: 2"})
    assert event is not None
    assert event.message == events.Message(kept, "Provided cores: 2")
