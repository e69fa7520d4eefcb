"""Recorded traffic of real clients, sent again. `recordings/README.md` describes the files."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from werkzeug.test import Client, TestResponse

FOLDER = Path(__file__).parent / "recordings"
EXPECTED: dict[str, Any] = json.loads((FOLDER / "expected.json").read_text())
MORE: dict[str, Any] = json.loads((FOLDER / "more/expected.json").read_text())


@dataclass(frozen=True)
class Request:
    """One recorded request, with the ids that the recorder had given."""

    method: str
    path: str
    headers: dict[str, str]
    body: str

    def with_ids(self, ids: dict[int, int]) -> "Request":
        """Return the request with our server's ids in place of the recorder's."""
        path, body = self.path, self.body
        for recorded, ours in ids.items():
            path = re.sub(rf"^/api/workflow/{recorded}$", f"/api/workflow/{ours}", path)
            body = re.sub(rf"&id={recorded}$", f"&id={ours}", body)
            body = re.sub(rf'"id": {recorded}}}$', f'"id": {ours}}}', body)
        return Request(self.method, path, self.headers, body)


@dataclass(frozen=True)
class Replayed:
    """What came of a recording: `ids` in the order of registration, and all answers."""

    ids: list[int]
    answers: list[TestResponse]


def requests(path: Path) -> Iterator[Request]:
    """Yield the requests of a recording."""
    for line in path.read_text().splitlines():
        told = json.loads(line)
        yield Request(told["method"], told["path"], told["headers"], told["body"])


def replay(web: Client, client: str, scenario: str, copies: int = 1) -> Replayed:
    """Send a recording to a test client of the app, every event `copies` times."""
    return send(web, requests(FOLDER / client / f"{scenario}.jsonl"), copies)


def send(web: Client, recording: Iterable[Request], copies: int = 1) -> Replayed:
    """Send recorded requests to a test client of the app, every event `copies` times."""
    ids: dict[int, int] = {}
    answers = []
    for recorded in recording:
        request = recorded.with_ids(ids)
        for _ in range(copies if request.method == "POST" else 1):
            answer = web.open(
                request.path,
                method=request.method,
                data=request.body.encode(),
                content_type=request.headers.get("Content-Type"),
                headers={"User-Agent": request.headers["User-Agent"]},
            )
            answers.append(answer)
        if request.path.startswith("/create_workflow"):
            ids[len(ids) + 1] = answer.get_json()["id"]
    return Replayed(list(ids.values()), answers)
