"""Long answers: only so many are made at a time, so that engines find a thread that is free."""

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from panoptes.web import streaming
from tests.engine import Engine


@pytest.fixture
def run(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """A run whose jobs are a long answer, and its log a short one."""
    monkeypatch.setattr(streaming, "BLOCK", 1000)
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
    def pieces() -> Iterator[bytes]:
        yield from [b"x" * streaming.BLOCK] * (streaming.SHORT + 1)
        raise LookupError

    for _ in range(streaming.LONG_AT_ONCE + 1):
        rest = streaming._after(*_begun(pieces()))
        with pytest.raises(LookupError):
            list(rest)


def _begun(pieces: Iterator[bytes]) -> tuple[list[bytes], Iterator[bytes]]:
    blocks = streaming._in_blocks(pieces)
    return [next(blocks) for _ in range(streaming.SHORT)], blocks
