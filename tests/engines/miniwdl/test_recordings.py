"""What real miniwdls said ends as what really happened."""

import pytest
from flask.testing import FlaskClient

from tests.engines.watched import Player, Recordings

MINIWDL = Recordings("miniwdl")
NEWEST = "v1.16"


@pytest.mark.parametrize("version", MINIWDL.versions)
def test_runs_of_every_version_end_as_they_did(client: FlaskClient, version: str) -> None:
    MINIWDL.check(client, version)


def test_a_run_stands_right_wherever_it_is_cut_off(client: FlaskClient) -> None:
    MINIWDL.check_cut_off(client, NEWEST, ["ok", "fail", "retry", "task", "sigterm"])


def test_copies_and_other_runs_in_between_change_no_end(client: FlaskClient) -> None:
    MINIWDL.check_doubled_and_mixed(client, NEWEST, ["ok", "fail", "retry", "sigint"], "nested")


def played(client: FlaskClient, scenario: str) -> Player:
    player = Player(client, scenario)
    for request in MINIWDL.requests(NEWEST, scenario):
        player.send(request)
    return player


def test_a_task_has_its_command_its_folder_and_its_own_words(client: FlaskClient) -> None:
    player = played(client, "fail")
    (job,) = (job for job in player.jobs if job["name"] == "bad")
    assert job["jobid"] == "bad"
    assert job["shell_command"].startswith('echo "cannot open the file of bob"')
    assert job["exit_status"] == 3
    assert job["error"].endswith(
        "failed: CommandFailed, exit status 3\ncannot open the file of bob"
    )
    log = player.get("/job/bad/log")["log"]
    assert log["path"].endswith("/call-bad/stderr.txt")
    assert log["text"] == "cannot open the file of bob\n"
    run = player.run
    assert (run["engine"], run["engine_version"]) == ("miniwdl", "1.16.0")
    assert run["snakefile"].endswith("fail.wdl")


def test_every_try_of_a_task_is_an_attempt_with_its_own_log(client: FlaskClient) -> None:
    player = played(client, "retry")
    (job,) = player.jobs
    assert [attempt["status"] for attempt in job["attempts"]] == ["Error", "Error", "Done"]
    assert [
        attempt["error"] and attempt["error"].split("\n")[-1] for attempt in job["attempts"]
    ] == [
        "try 0",
        "try 1",
        None,
    ]
    assert [attempt["log"][0].rpartition("/")[2] for attempt in job["attempts"]] == [
        "stderr.txt",
        "stderr2.txt",
        "stderr3.txt",
    ]
    assert player.get("/job/flaky/log?attempt=2")["log"]["text"] == "try 1\n"


def test_what_a_task_asked_for_is_known_where_it_is_told(client: FlaskClient) -> None:
    player = Player(client, "asked")
    player.send({"path": "/api/runs", "engine": "miniwdl"})
    source = "wdl.w:w.t:call-a-0-b"
    for number, record in enumerate(
        [
            {"message": "task setup", "name": "a", "dir": "/run/call-a-0-b"},
            {"message": "effective runtime", "cpu": 4, "memory_reservation": 2**30},
        ],
        1,
    ):
        event = {"event": "record", "record": {**record, "source": source, "level": "NOTICE"}}
        player.send({"path": "events", "first": number, "events": [event]})
    (job,) = player.jobs
    assert (job["threads"], job["requested_memory"]) == (4, 2**30)
    assert (job["jobid"], job["name"], job["wildcards"]) == ("a-0-b", "a", {"shard": "0-b"})


def test_cached_calls_are_done_without_having_run(client: FlaskClient) -> None:
    for scenario in ("cached", "cached_task"):
        (job,) = played(client, scenario).jobs
        assert (job["cached"], job["started_at"]) == (True, None)


def test_both_forms_of_the_log_say_the_same(client: FlaskClient) -> None:
    text, json = (played(client, scenario) for scenario in ("ok", "json"))
    assert text.end_state == json.end_state
    commands = [{job["shell_command"].split(";")[0] for job in each.jobs} for each in (text, json)]
    assert len(commands[0] & commands[1]) >= 3
