"""What is read of Nextflow's messages: times in three forms, and no secrets."""

import json
from typing import Any

import pytest

from panoptes.engines.fields import MAX_CONFIG_FILES
from panoptes.engines.interface import Sent
from panoptes.engines.nextflow.message import MAX_NAME, MAX_TASKS, Message, read
from panoptes.engines.nextflow.secrets import shown_params
from panoptes.engines.nextflow.times import unix_time


def said(**told: Any) -> Message:
    return read(Sent("application/json", json.dumps(told).encode()))


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("2026-11-27T15:56:01.242497450Z", 1795794961.242497450),
        ("2026-11-27T16:56:01+01:00", 1795794961.0),
        ("2026-11-27T15:56Z", 1795794960.0),
        (1795794961368, 1795794961.368),
        (
            {
                "year": 2026,
                "monthValue": 11,
                "dayOfMonth": 27,
                "hour": 16,
                "minute": 56,
                "second": 1,
                "nano": 500_000_000,
                "offset": {"totalSeconds": 3600},
            },
            1795794961.5,
        ),
        (0, None),
        (None, None),
        ("soon", None),
        ("9999-99-99T99:99:99Z", None),
        (True, None),
        (1e300, None),
        ({"year": "x"}, None),
        (dict.fromkeys(("year", "monthValue", "dayOfMonth", "hour", "minute", "second"), 99), None),
        ({"year": -1}, None),
        ([], None),
    ],
    ids=str,
)
def test_a_time_is_read_in_each_form_that_it_comes_in(told: Any, expected: float | None) -> None:
    assert unix_time(told) == (expected if expected is None else pytest.approx(expected, abs=1e-5))


def test_secrets_are_taken_from_parameters_at_any_depth() -> None:
    params = {"aws": {"secretKey": "x", "region": "eu"}, "tokens": ["a"], "password": "", "n": 1}
    assert shown_params(params) == {
        "aws": {"secretKey": "…", "region": "eu"},
        "tokens": "…",
        "password": "",
        "n": 1,
    }


def test_a_message_may_hold_only_so_much() -> None:
    tasks = [{"taskId": n, "status": "RUNNING", "name": f"A ({n})"} for n in range(MAX_TASKS + 1)]
    assert len(said(tasks=tasks).tasks) == MAX_TASKS
    # Wide letters would make it four times as large in memory.
    body = b'{"projectName": "' + "日".encode() * 1_500_000 + b'"}'
    assert read(Sent("application/json", body)).project == "?" * MAX_NAME


def test_of_very_long_parameters_and_lists_of_files_the_first_are_kept() -> None:
    params = {f"p{number}": ["x" * 4000] * 5 for number in range(1000)}
    files = [f"{number}.config" for number in range(1000)]
    details = said(workflow={"params": params, "configFiles": files}).details
    assert list(details["params"]) == ["p0", "p1"]
    assert details["config_files"] == files[:MAX_CONFIG_FILES]


def test_an_error_says_once_what_its_report_repeats() -> None:
    report = (
        "Error executing process > 'BAD (x)'\n\nCaused by:\n  it broke\n\n\nCommand executed:\n\n"
        "  exit 3\n\n  more\n\nCommand exit status:\n  3\n\nCommand output:\n  other words\n\n"
        "Command error:\n  some\n  words\n\nWork dir:\n  /work/x\n\nTip: look there"
    )
    workflow = {"success": False, "errorMessage": "some\nwords", "errorReport": report}
    end = said(workflow=workflow).end
    assert end is not None
    assert end.words == (
        "some\nwords\n\nError executing process > 'BAD (x)'\n\nCaused by:\n  it broke\n\n"
        "Command output:\n  other words"
    )
    assert end.failed_task == "BAD (x)"


def test_weblog_and_tower_tell_the_same_task() -> None:
    tower = {
        "taskId": 1,
        "status": "COMPLETED",
        "name": "A (x)",
        "process": "A",
        "tag": "x",
        "attempt": 2,
        "exit": 0,
        "nativeId": 7,
        "errorAction": None,
        "peakRss": 5,
        "pcpu": 1.0,
    }
    weblog = {
        "task_id": 1,
        "status": "COMPLETED",
        "name": "A (x)",
        "process": "A",
        "tag": "x",
        "attempt": 2,
        "exit": 0,
        "native_id": 7,
        "error_action": None,
        "peak_rss": 5,
        "%cpu": 1.0,
    }
    assert said(tasks=[tower]).tasks == said(event="process_completed", trace=weblog).tasks


@pytest.mark.parametrize("status", [None, 1, "LOST", ["RUNNING"], {"RUNNING": 1}])
def test_a_task_in_a_state_that_there_is_not_is_passed_over(status: Any) -> None:
    assert said(tasks=[{"taskId": 1, "name": "A", "status": status}]).tasks == []
