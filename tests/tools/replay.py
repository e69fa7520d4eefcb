"""Sends recorded traffic to a running server: `python -m tests.tools.replay URL FILE...`."""

import json
import sys
import urllib.request
from collections.abc import Iterable
from pathlib import Path

from tests.recorded import Request, requests

# The machine's proxy settings are not for a server that is tried out.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def send(url: str, request: Request) -> bytes:
    """Send a request; an error status raises HTTPError."""
    body = request.body.encode() or None
    # An empty type, where the client sent none, keeps urllib from making one up.
    headers = {"Content-Type": "", **request.headers}
    asked = urllib.request.Request(url + request.path, body, headers, method=request.method)
    with _OPENER.open(asked, timeout=30) as answer:
        told: bytes = answer.read()
        return told


def replay(url: str, recording: Iterable[Request]) -> list[int]:
    """Send requests with our server's ids in place of the recorder's; return those."""
    ids: dict[int, int] = {}
    for recorded in recording:
        answer = send(url, recorded.with_ids(ids))
        if recorded.path.startswith("/create_workflow"):
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
