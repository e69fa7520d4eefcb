"""Long answers: only so many are made at a time, so that engines find a thread that is free."""

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from panoptes.queries import job_lists
from panoptes.web import streaming
from tests.engine import Engine


@pytest.fixture
def run(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """A run whose jobs are a long answer, and its log a short one."""
    monkeypatch.setattr(job_lists, "CHUNK", 3)
    monkeypatch.setattr(streaming, "BLOCK", 1000)
    monkeypatch.setattr(streaming, "LONG", 4000)
    run = Engine(client, "nightly")
    for number in range(30):
        run.job(number, output=[f"{number:0600}.txt"])
    return run


@pytest.fixture
def downloads(run: Engine) -> Iterator[list[TestResponse]]:
    """As many long answers as are made at a time, of which the first part was read."""
    addresses = ["/api/workflow/1/jobs", "/workflow/1/jobs.csv"]
    begun = [run.web.get(address, buffered=False) for address in addresses]
    for answer in begun:
        assert next(answer.response)
    yield begun
    for answer in reversed(begun):  # As Flask's contexts in one thread want it.
        answer.close()


def test_one_long_answer_too_many_is_put_off(
    client: FlaskClient, downloads: list[TestResponse]
) -> None:
    assert len(downloads) == streaming.LONG_AT_ONCE
    refused = client.get("/workflow/1/jobs.json")
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
    assert "2 others are downloading very much right now" in refused.text
    for short in ("/api/workflow/1/messages", "/workflow/1", "/api/workflow/1/jobs?per_page=2"):
        assert client.get(short).status_code == 200


@pytest.mark.parametrize("is_read", [True, False], ids=["read", "given up"])
def test_the_end_of_one_makes_room(
    client: FlaskClient, downloads: list[TestResponse], is_read: bool
) -> None:
    if is_read:
        assert b"".join(downloads[-1].response).endswith(b"\r\n")
    else:
        downloads[-1].close()
    answer = client.get("/workflow/1/jobs.json")
    assert answer.status_code == 200
    assert answer.get_json()["count"] == 30


def test_one_that_fails_on_its_way_makes_room() -> None:
    def blocks() -> Iterator[bytes]:
        yield b"x" * streaming.LONG
        raise LookupError

    for _ in range(streaming.LONG_AT_ONCE + 1):
        rest = streaming._begun(blocks())
        with pytest.raises(LookupError):
            list(rest)


def test_items_that_come_some_at_a_time_are_one_list() -> None:
    chunks = [[], [b"1", b"2"], [], [b"3"]]
    assert b"".join(streaming.json_list("jobs", chunks)) == b'{"jobs":[1,2,3],"count":3}\n'
    assert b"".join(streaming.json_list("jobs", [[]], 7)) == b'{"jobs":[],"count":7}\n'
