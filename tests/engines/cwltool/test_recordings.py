"""What real cwltools said ends as what really happened."""

import pytest
from flask.testing import FlaskClient

from tests.engines.watched import Player, Recordings

CWLTOOL = Recordings("cwltool")
NEWEST = CWLTOOL.versions[-1]


@pytest.mark.parametrize("version", CWLTOOL.versions)
def test_runs_of_every_version_end_as_they_did(client: FlaskClient, version: str) -> None:
    CWLTOOL.check(client, version)


def test_a_run_stands_right_wherever_it_is_cut_off(client: FlaskClient) -> None:
    CWLTOOL.check_cut_off(client, NEWEST, ["ok", "fail", "forgotten", "quiet_fail", "sigterm"])


def test_copies_and_other_runs_in_between_change_no_end(client: FlaskClient) -> None:
    CWLTOOL.check_doubled_and_mixed(
        client, NEWEST, ["nested", "fail", "cached", "sigint"], "parallel"
    )


def played(client: FlaskClient, scenario: str) -> Player:
    player = Player(client, scenario)
    for request in CWLTOOL.requests(NEWEST, scenario):
        player.send(request)
    return player


def test_a_job_has_its_command_its_folder_and_its_own_words(client: FlaskClient) -> None:
    player = played(client, "fail")
    (job,) = (job for job in player.jobs if job["name"] == "bad")
    assert job["shell_command"].startswith('sh \\\n    -c \\\n    \'echo "about to fail $1"')
    assert job["shell_command"].endswith("/said.txt")
    assert job["exit_status"] == 3
    assert job["error"] == "exited with status: 3\ncannot open the file of bob"
    log = player.get("/job/bad/log")["log"]
    assert (log["path"], log["text"]) == ("stderr", "cannot open the file of bob\n")
    run = player.run
    assert run["engine"] == "cwltool"
    assert run["snakefile"].endswith("chain.cwl")
    assert run["engine_version"].startswith("3.3.")


def test_what_a_job_writes_is_never_taken_for_the_log(client: FlaskClient) -> None:
    player = played(client, "words")
    (job,) = player.jobs
    assert (job["jobid"], job["status"]) == ("words.cwl", "Done")
    assert job["usage"]["max_memory"] > 60_000_000
    log = player.get("/job/words.cwl/log")["log"]
    assert log["text"].splitlines() == [
        "[job fake] completed success",
        "INFO",
        "[step words] start",
        "no end of line",
    ]


def test_cached_jobs_are_done_without_having_run(client: FlaskClient) -> None:
    assert [(job["cached"], job["started_at"]) for job in played(client, "cached").jobs] == [
        (True, None)
    ] * 4


def test_samples_follow_the_shards_of_a_scattered_workflow(client: FlaskClient) -> None:
    player = played(client, "nested")
    of_shard = [player.get(f"/jobs?wildcard=shard={number}")["jobs"] for number in (1, 2)]
    assert [sorted(job["jobid"].partition("_")[0] for job in jobs) for jobs in of_shard] == [
        ["greet", "greet", "join"],
        ["greet", "join"],
    ]
    page = client.get(f"/workflow/{player.workflow_id}/samples?wildcard=shard")
    assert "2 of 2 finished" in page.get_data(as_text=True)
