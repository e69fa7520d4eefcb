"""What events of our plugin for Snakemake 9 say; tests/recordings has whole runs of it."""

import json
from contextlib import suppress
from typing import Any

import pytest

from devtools.replay import requests
from panoptes.engines.events import GraphTold, JobId, LogLine, LogTail
from panoptes.engines.problems import Broken
from panoptes.engines.snakemake.plugin import describe
from panoptes.engines.snakemake.plugin_events import read_event
from panoptes.engines.snakemake.sayings import (
    Described,
    JobError,
    JobInfo,
    JobsStarted,
    JobStats,
    JobUsed,
    Message,
    RunOver,
    Saying,
)
from tests.recorded import FOLDER


def said(event: str, **fields: Any) -> tuple[Saying, ...]:
    return read_event({"event": event, "time": 1.8e9, **fields}).sayings


def test_groups_are_not_jobs_that_start() -> None:
    assert said("job_started", jobs=[3, "4695ff1b-d3d4-55ca-b1cc-be5983f4b27f"]) == (
        JobsStarted(("3",)),
    )
    assert said("job_started", jobs=["4695ff1b-d3d4-55ca-b1cc-be5983f4b27f"]) == ()


def test_a_job_has_the_fields_of_older_snakemakes() -> None:
    resources = {"mem_mb": 5, "_cores": 1, "_nodes": 1}
    told = said("job_info", jobid=3, rule_name="a", rule_msg="Hello", resources=resources)
    (info,) = told
    assert isinstance(info, JobInfo)
    assert (info.key, info.rule) == ("3", "a")
    assert (info.details["msg"], info.details["resources"]) == ("Hello", {"mem_mb": 5})


def test_each_job_of_a_failed_group_has_the_logs_and_the_id_of_the_group() -> None:
    members = [{"jobid": 1, "rule_name": "a", "log": ["a.log"]}, {"jobid": 2}, "odd"]
    told = said("group_error", job_error_info=members, aux_logs=["g.log"], external_jobid="77")
    errors = [each for each in told if isinstance(each, JobError)]
    assert [(each.key, each.details["log"]) for each in errors] == [
        ("1", ["a.log", "g.log"]),
        ("2", ["g.log"]),
    ]
    assert {each.details["external_id"] for each in errors} == {"77"}


def test_a_benchmark_is_told_in_seconds_and_bytes() -> None:
    row = {"s": "2.5", "h:m:s": "0:00:02", "max_rss": "3.00", "io_in": "-", "cpu_time": "NA"}
    assert said("benchmark", jobid=4, row=row) == (
        JobUsed("4", {"seconds": 2.5, "max_memory": 3 * 1024 * 1024}),
    )
    assert said("benchmark", jobid=4, row={"s": "nan"}) == ()


def test_the_graph_and_the_plan_are_told_before_any_job() -> None:
    nodes = [{"rule": "a"}, {"rule": "b"}]
    links = [{"source": 0, "target": 1, "sourcerule": "a", "targetrule": "b"}]
    graph = {"nodes": nodes, "links": links}
    assert said("rulegraph", rulegraph=graph) == (GraphTold(["a", "b"], [("a", "b")]),)
    assert said("run_info", stats={"a": 2, "b": 1, "total": 3}) == (JobStats({"a": 2, "b": 1}, 3),)
    assert said("resources_info", cores=4, msg="Provided cores: 4") == (
        Described({"cores": 4}),
        LogLine("info", "Provided cores: 4"),
    )


def test_the_end_of_a_log_is_kept_as_it_was() -> None:
    tail = {"jobid": 2, "path": "a.log", "from": 10, "text": "oh", "size": 12}
    assert said("log_tail", **tail) == (LogTail(JobId("2"), "a.log", 10, "oh", 12),)
    for wrong in ({"from": -1}, {"size": "2"}, {"text": None}, {"path": ""}, {"jobid": None}):
        with pytest.raises(Broken):
            said("log_tail", **tail | wrong)


def test_what_ends_snakemake_itself_is_told() -> None:
    assert said("end", exception=None) == (RunOver(None),)
    assert said("end", exception="KeyboardInterrupt") == (
        RunOver("Snakemake was interrupted (Ctrl-C, or SIGINT)."),
    )
    assert said("end", exception="OSError") == (RunOver("Snakemake ended with OSError."),)


def test_an_event_that_nobody_knows_says_nothing() -> None:
    assert read_event({"event": "tomorrow"}) == Message()
    with pytest.raises(Broken):
        read_event({"event": 1})


def test_a_run_is_described_without_passwords() -> None:
    told = {"command": "snakemake --x https://me:pw@host", "user": "me", "allow_stop": True}
    details = describe({**told, "configfiles": ["c.yaml"], "version": "9.27.1"}).described.details
    assert details["command"] == "snakemake --x https://host"
    assert (details["user"], details["engine_version"]) == ("me", "9.27.1")
    assert (details["config_files"], details["allow_stop"]) == (["c.yaml"], True)
    said = describe({"labels": ["a", " b ", ""], "note": "New."}).described.details
    assert (said["labels"], said["note"]) == (["a", "b"], "New.")
    assert describe({"command": 1, "configfiles": 2}).described.details == {"silence_limit": 120}


@pytest.mark.parametrize(("logs", "sends"), [("failed", True), ("all", True), ("none", None)])
def test_a_run_says_whether_it_sends_the_logs_that_are_open(logs: str, sends: bool | None) -> None:
    assert describe({"logs": logs}).described.details.get("sends_logs") is sends


ODD: list[Any] = [None, "", "x", -1, 10**30, [], {}, [[]], True]


@pytest.mark.parametrize("scenario", ["odd", "fail", "ok"])
def test_any_field_may_be_missing_or_of_another_kind(scenario: str) -> None:
    """What says too little is called broken, and nothing else happens."""
    for request in requests(FOLDER / f"more/panoptes-ui/{scenario}.jsonl"):
        for event in json.loads(request.body).get("events", []):
            for name in event:
                for value in ODD:
                    with suppress(Broken):
                        read_event({**event, name: value})
