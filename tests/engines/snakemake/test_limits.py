"""How much of what a client sends is taken."""

from typing import Any

import pytest

from panoptes.engines.events import LogLine
from panoptes.engines.fields import MAX_ITEM, MAX_ITEMS, MAX_KEY, MAX_RULE, MAX_TEXT
from panoptes.engines.problems import Broken
from panoptes.engines.snakemake.levels import MAX_JOBS, MAX_MEMBERS, read_update
from panoptes.engines.snakemake.registration import (
    MAX_COMMAND,
    MAX_NAME,
    MAX_PATH,
    read_registration,
)
from panoptes.engines.snakemake.sayings import JobInfo, JobsStarted, Message

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
        ("shellcmd", "shell_command"),
    ],
)
def test_a_text_of_a_job_is_cut(sent: str, kept: str) -> None:
    (info,) = read("job_info", jobid=1, name="align", **{sent: LONG}).sayings
    assert isinstance(info, JobInfo)
    assert info.details[kept] == f"{LONG[: MAX_TEXT - 1]}…"


@pytest.mark.parametrize("field", ["input", "output", "log", "resources", "wildcards"])
def test_of_a_very_long_list_both_ends_are_kept_and_the_others_counted(field: str) -> None:
    names = [f"{number:05}" for number in range(MAX_ITEMS + 500)]
    ends = [*names[: MAX_ITEMS // 2], *names[-MAX_ITEMS // 2 :]]
    of_names = (lambda names: dict.fromkeys(names, "x")) if field == "wildcards" else list
    (info,) = read("job_info", jobid=1, name="align", **{field: of_names(names)}).sayings
    assert isinstance(info, JobInfo)
    assert info.details[field] == of_names(ends)
    assert info.details["left_out"] == {field: 500}
    (info,) = read("job_info", jobid=1, name="align", **{field: of_names(ends)}).sayings
    assert isinstance(info, JobInfo)
    assert "left_out" not in info.details


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ({"input": [LONG]}, {"input": [LONG[:MAX_ITEM]]}),
        ({"benchmark": LONG}, {"benchmark": LONG[:MAX_ITEM]}),
        ({"conda_env": LONG}, {"conda_env": LONG[:MAX_ITEM]}),
        ({"wildcards": {LONG: LONG}}, {"wildcards": {LONG[:MAX_ITEM]: LONG[:MAX_ITEM]}}),
        ({"resources": {"a": LONG}}, {"resources": {"a": LONG[:MAX_ITEM]}}),
        ({"resources": [[LONG]]}, {"resources": [str([LONG])[:MAX_ITEM]]}),
        (
            {"resources": {"a": 1, "b": 0.5, "c": None}},
            {"resources": {"a": 1, "b": 0.5, "c": None}},
        ),
    ],
)
def test_an_item_of_a_list_or_map_is_cut(sent: dict[str, Any], kept: dict[str, Any]) -> None:
    (info,) = read("job_info", jobid=1, name="align", **sent).sayings
    assert isinstance(info, JobInfo)
    assert {name: info.details[name] for name in kept} == kept


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
    (started,) = read("job_started", jobs=list(range(MAX_JOBS + 1))).sayings
    assert isinstance(started, JobsStarted)
    assert len(started.keys) == MAX_JOBS
    members = [{"jobid": number, "name": "r"} for number in range(MAX_MEMBERS + 1)]
    assert len(read("group_error", groupid="g", job_error_info=members).sayings) == MAX_MEMBERS


@pytest.mark.parametrize(
    ("field", "column", "most"),
    [
        ("snakefile", "main_file", MAX_PATH),
        ("command", "command", MAX_COMMAND),
        ("workdir", "workdir", MAX_PATH),
    ],
)
def test_what_a_client_says_of_itself_is_cut(field: str, column: str, most: int) -> None:
    body = f"{field}={'x' * (most + 1)}".encode()
    registration = read_registration({}, "application/x-www-form-urlencoded", body)
    assert len(registration.described.details[column]) == most


def test_the_name_of_a_workflow_is_cut() -> None:
    told = read_registration({"name": "n" * (MAX_NAME + 1)}, "", b"")
    assert told.name == "n" * MAX_NAME
