"""Logs that somebody has open are sent as they grow: no others, and not too much at once."""

from typing import Any

import pytest

from panoptes.sender import open_logs
from panoptes.sender.open_logs import OPEN_BYTES, OpenLogs
from panoptes.sender.tails import Tail

LONG = b"x" * 200_000


class Job:
    """A job with a long log, and what was sent of it."""

    def __init__(self) -> None:
        self.sent: list[tuple[Any, str, int, int]] = []
        self.logs = OpenLogs(self._read, self._send)

    def _read(self, job: Any, path: str, offset: int, most: int) -> Tail | None:
        data = LONG[offset:][:most]
        return Tail(offset, data, len(LONG)) if path == "a.log" else None

    def _send(self, job: Any, path: str, tail: Tail) -> None:
        self.sent.append((job, path, tail.offset, len(tail.data)))


def wanted(*paths: str, offset: Any = 0) -> dict[str, Any]:
    return {"logs": [{"job": 7, "path": path, "from": offset} for path in paths]}


def test_what_is_new_is_sent_and_no_more_in_a_second_than_allowed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 100.0
    monkeypatch.setattr(open_logs.time, "monotonic", lambda: now)
    job = Job()
    assert job.logs.hear(wanted("other.log", "a.log", "a.log"))
    assert job.sent == [(7, "a.log", 0, OPEN_BYTES)]
    now += 0.5
    assert job.logs.hear(wanted("a.log", offset=OPEN_BYTES))
    assert job.sent[1:] == [(7, "a.log", OPEN_BYTES, OPEN_BYTES // 2)]


@pytest.mark.parametrize(
    "answer",
    [{}, {"logs": None}, {"logs": "a.log"}, {"logs": []}],
)
def test_nothing_is_sent_where_nobody_looks(answer: dict[str, Any]) -> None:
    job = Job()
    assert not job.logs.hear(answer)
    assert job.sent == []


def test_what_is_no_wish_is_left_out() -> None:
    job = Job()
    odd = [None, 7, {}, {"job": 7, "path": 3, "from": 0}, {"job": 7, "path": "a.log", "from": -1}]
    assert job.logs.hear({"logs": [*odd, {"job": 7, "path": "a.log", "from": len(LONG)}]})
    assert job.sent == []
