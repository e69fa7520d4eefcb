"""Recorded traffic of real clients, sent again. `recordings/README.md` describes the files."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from werkzeug.test import Client, TestResponse

from devtools.replay import Request, requests

FOLDER = Path(__file__).parent / "recordings"
EXPECTED: dict[str, Any] = json.loads((FOLDER / "expected.json").read_text())
MORE: dict[str, Any] = json.loads((FOLDER / "more/expected.json").read_text())


@dataclass(frozen=True)
class Replayed:
    """What came of a recording: `ids` in the order of registration, and all answers."""

    ids: list[int]
    answers: list[TestResponse]


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
        if request.path.startswith("/create_workflow") or request.path == "/api/runs":
            ids[len(ids) + 1] = answer.get_json()["id"]
    return Replayed(list(ids.values()), answers)
