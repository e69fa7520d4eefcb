"""How much of what a client sends is taken."""

from typing import Any

import pytest

from panoptes.engines.events import LogLine
from panoptes.engines.problems import Broken
from panoptes.engines.snakemake.fields import MAX_KEY, MAX_RULE, MAX_TEXT
from panoptes.engines.snakemake.levels import MAX_JOBS, MAX_MEMBERS, read_update
from panoptes.engines.snakemake.registration import MAX_METADATA, MAX_NAME, read_registration
from panoptes.engines.snakemake.sayings import JobInfo, Message

LONG = "x" * (MAX_TEXT + 1)


def read(level: str, **fields: Any) -> Message:
    message = read_update({"level": level, **fields})
    assert message is not None
    return message


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("msg", "msg"),
        ("reason", "reason"),
        ("benchmark", "benchmark"),
        ("conda_env", "conda_env"),
        ("shellcmd", "shell_command"),
    ],
)
def test_a_text_of_a_job_is_cut(sent: str, kept: str) -> None:
    (info,) = read("job_info", jobid=1, name="align", **{sent: LONG}).sayings
    assert isinstance(info, JobInfo)
    assert len(info.details[kept]) == MAX_TEXT


@pytest.mark.parametrize("level", ["info", "warning", "error"])
def test_a_line_of_the_log_is_cut(level: str) -> None:
    line = read(level, msg=LONG).sayings[-1]
    assert isinstance(line, LogLine)
    assert len(line.text) <= MAX_TEXT


def test_the_name_of_a_rule_is_cut() -> None:
    (info,) = read("job_info", jobid=1, name="r" * (MAX_RULE + 1)).sayings
    assert isinstance(info, JobInfo)
    assert len(info.rule) == MAX_RULE


def test_the_id_of_a_job_is_refused_where_it_is_too_long() -> None:
    assert read("job_finished", jobid="j" * MAX_KEY).sayings
    with pytest.raises(Broken, match="jobid"):
        read_update({"level": "job_finished", "jobid": "j" * (MAX_KEY + 1)})


def test_so_many_jobs_are_taken_from_one_event() -> None:
    with pytest.raises(Broken, match="jobs"):
        read_update({"level": "job_started", "jobs": list(range(MAX_JOBS + 1))})
    members = [{"jobid": number, "name": "r"} for number in range(MAX_MEMBERS + 1)]
    assert len(read("group_error", groupid="g", job_error_info=members).sayings) == MAX_MEMBERS


@pytest.mark.parametrize(
    ("field", "column"),
    [("snakefile", "main_file"), ("command", "command"), ("workdir", "workdir")],
)
def test_what_a_client_says_of_itself_is_cut(field: str, column: str) -> None:
    body = f"{field}={'x' * (MAX_METADATA + 1)}".encode()
    registration = read_registration({}, "application/x-www-form-urlencoded", body)
    assert len(registration.described.details[column]) == MAX_METADATA


def test_the_name_of_a_workflow_is_cut() -> None:
    told = read_registration({"name": "n" * (MAX_NAME + 1)}, "", b"")
    assert told.name == "n" * MAX_NAME
