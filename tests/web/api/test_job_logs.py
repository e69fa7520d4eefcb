"""The end of a job's log in the API: from a file, or as its client sent it."""

from pathlib import Path
from typing import Any

import pytest

from panoptes.config.log_roots import LogRoot
from tests.changed_settings import change_settings
from tests.conftest import Clock
from tests.engine import Engine
from tests.sent_logs import followed, send_log

POLL = {"Poll": "1"}


def log_of(run: Engine, query: str = "", **headers: str) -> dict[str, Any]:
    answer = run.web.get(f"/api/workflow/{run.id}/job/1/log{query}", headers=headers)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.get_json()["log"]
    return found


@pytest.fixture
def logged(engine: Engine) -> Engine:
    """A run whose job runs and has two logs."""
    engine.job(1, log=["logs/1.log", "logs/2.log"])
    return engine


def test_a_log_that_its_client_sent_is_read_and_read_on(logged: Engine) -> None:
    send_log(logged, "\x1b[31mone\x1b[0m\n10 %")
    found = log_of(logged)
    assert found == {
        "path": "logs/1.log",
        "paths": ["logs/1.log", "logs/2.log"],
        "log": 1,
        "attempt": 1,
        "size": 17,
        "from": 0,
        "next": 13,
        "text": "one\n10 %",
        "is_live": True,
        "why_not": None,
    }
    send_log(logged, "\r20 %\nend\n", offset=17)
    more = log_of(logged, "?from=13")
    assert (more["from"], more["next"], more["text"]) == (13, 27, "20 %\nend\n")
    assert log_of(logged, "?from=27")["text"] == ""
    assert log_of(logged, "?from=999")["text"] == "one\n20 %\nend\n"


def test_a_file_that_the_server_may_read_goes_first_while_the_job_runs(
    logged: Engine, tmp_path: Path
) -> None:
    change_settings(logged.web.application, log_root=(LogRoot(str(tmp_path)),))
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "1.log").write_text("of the file\n")
    send_log(logged, "of the client\n")
    assert log_of(logged)["text"] == "of the file\n"
    logged.failed(1)
    (tmp_path / "logs" / "1.log").write_text("of a later run\n")
    assert log_of(logged)["text"] == "of the client\n"
    assert log_of(logged, "?log=2")["why_not"].startswith("File not found")


def test_each_attempt_has_its_own(logged: Engine) -> None:
    logged.failed(1)
    send_log(logged, "the first attempt\n")
    logged.job(1, log=["logs/1.log"])
    send_log(logged, "the second attempt, which is longer\n", attempt=2)
    assert log_of(logged)["text"] == "the second attempt, which is longer\n"
    first = log_of(logged, "?attempt=1")
    assert (first["text"], first["attempt"], first["is_live"]) == ("the first attempt\n", 1, False)


def test_a_log_that_the_job_did_not_name_is_one_too(logged: Engine) -> None:
    send_log(logged, "slurmstepd: error: oom\n", path="slurm-7.out")
    found = log_of(logged)
    assert (found["log"], found["paths"][-1], found["text"]) == (
        3,
        "slurm-7.out",
        "slurmstepd: error: oom\n",
    )


def test_there_is_nothing_where_nobody_sent_anything_and_no_file_may_be_read(
    logged: Engine,
) -> None:
    found = log_of(logged)
    assert (found["text"], found["size"], found["from"], found["next"]) == ("", None, 0, 0)
    logged.job(2)
    for job, query in (("2", ""), ("9", ""), ("1", "?attempt=7")):
        answer = logged.web.get(f"/api/workflow/{logged.id}/job/{job}/log{query}")
        assert answer.status_code == 404, job
    assert logged.web.get(f"/api/workflow/{logged.id}/job/1/log?from=x").status_code == 400


def test_who_asks_again_is_told_whether_there_is_more(logged: Engine) -> None:
    send_log(logged, "one\n")
    address = f"/api/workflow/{logged.id}/job/1/log?from=4"
    etag = {"If-None-Match": logged.web.get(address).headers["ETag"]}
    assert logged.web.get(address, headers=etag).status_code == 304
    send_log(logged, "two\n", offset=4)
    assert logged.web.get(address, headers=etag).get_json()["log"]["text"] == "two\n"


# --- who looks ------------------------------------------------------------------------------------


def test_a_client_is_asked_for_a_log_while_a_page_with_it_is_open(
    logged: Engine, time: Clock
) -> None:
    send_log(logged, "one\n")
    log_of(logged)
    assert followed(logged) == [], "A program that asks once follows nothing."
    for _ in range(40):
        log_of(logged, **POLL)
        time.move(seconds=1)
    assert followed(logged) == [("1", "logs/1.log", 4)]
    log_of(logged, "?log=2", **POLL)
    assert set(followed(logged)) == {("1", "logs/1.log", 4), ("1", "logs/2.log", 0)}
    time.move(seconds=31)
    assert followed(logged) == []


def test_a_client_is_not_asked_for_what_will_not_grow_or_what_it_can_not_send(
    logged: Engine, tmp_path: Path
) -> None:
    log_of(logged, **POLL)
    assert followed(logged) == [], "It didn't say that it sends logs."
    send_log(logged, "one\n")
    change_settings(logged.web.application, log_root=(LogRoot(str(tmp_path)),))
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "1.log").write_text("of the file\n")
    log_of(logged, **POLL)
    assert followed(logged) == [], "The server reads the file itself."
    (tmp_path / "logs" / "1.log").unlink()
    logged.finished(1)
    log_of(logged, **POLL)
    assert followed(logged) == [], "The job has ended."
