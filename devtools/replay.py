"""Sends recorded traffic to a running server: `python -m devtools.replay URL FILE...`."""

import json
import re
import sys
import urllib.request
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from devtools.running import OPENER


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


def requests(path: Path) -> Iterator[Request]:
    """Yield the requests of a recording; tests/recordings/README.md describes the file."""
    for line in path.read_text().splitlines():
        row = json.loads(line)
        yield Request(row["method"], row["path"], row["headers"], row["body"])


def send(url: str, request: Request) -> bytes:
    """Send a request; an error status raises HTTPError."""
    body = request.body.encode() or None
    # An empty type, where the client sent none, keeps urllib from making one up.
    headers = {"Content-Type": "", **request.headers}
    question = urllib.request.Request(url + request.path, body, headers, method=request.method)
    with OPENER.open(question, timeout=30) as answer:
        body_of_answer: bytes = answer.read()
        return body_of_answer


def replay(url: str, recording: Iterable[Request]) -> list[int]:
    """Send requests with our server's ids in place of the recorder's; return those."""
    ids: dict[int, int] = {}
    for recorded in recording:
        answer = send(url, recorded.with_ids(ids))
        if recorded.path.startswith("/create_workflow") or recorded.path == "/api/runs":
            ids[len(ids) + 1] = int(json.loads(answer)["id"])
    return list(ids.values())


def main() -> None:
    """Replay the files that the command line names."""
    url, *files = sys.argv[1:]
    for name in files:
        ids = replay(url.rstrip("/"), requests(Path(name)))
        sys.stdout.write(f"{name}: workflow {', '.join(map(str, ids)) or 'none'}\n")


if __name__ == "__main__":
    main()
