"""Records what a client sends, in the format of tests/recordings.

    python -m devtools.record FILE.jsonl COMMAND …

runs a command in which every `ADDRESS` is replaced by the recorder's, answers it as a server would,
and writes a line for each request.
"""

import gzip
import json
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

KEPT_HEADERS = ("Content-Type", "Authorization", "User-Agent")


class Recorder(ThreadingHTTPServer):
    """Answers every request with 200 and keeps it as a line."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.lock = threading.Lock()
        self.started = time.monotonic()
        self.lines: list[dict[str, Any]] = []
        self.workflows = 0

    @property
    def address(self) -> str:
        """Where the recorder listens."""
        return f"http://127.0.0.1:{self.server_port}"

    def answer_to(self, path: str, body: bytes) -> dict[str, Any]:
        """Return what a server would answer."""
        if "/api/service-info" in path:
            return {"status": "running"}
        if path.startswith("/api/runs"):
            return self.answer_to_batch(path, body)
        if "/create_workflow" not in path:
            return {}
        self.workflows += 1
        number = self.workflows
        return {"id": number, "name": f"wf{number}", "status": "Running"}

    def answer_to_batch(self, path: str, body: bytes) -> dict[str, Any]:
        """Return what a server would answer a client that sends numbered events."""
        sent = json.loads(body)
        if path == "/api/runs":
            return {"id": 1, "run": 1, "url": f"{self.address}/workflow/1", "stored": 0}
        return {"stored": sent["first"] + len(sent["events"]) - 1, "logs": [], "stop": False}


class Handler(BaseHTTPRequestHandler):
    """Takes one request."""

    protocol_version = "HTTP/1.1"
    server: Recorder

    def record(self) -> None:
        """Keep the request and answer it, in one write."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)  # It is kept as text.
        with self.server.lock:
            answer = json.dumps(self.server.answer_to(self.path, body)).encode()
            kept = {name: self.headers[name] for name in KEPT_HEADERS if name in self.headers}
            self.server.lines.append(
                {
                    "t": round(time.monotonic() - self.server.started, 3),
                    "method": self.command,
                    "path": self.path,
                    "headers": kept,
                    "body": body.decode(),
                }
            )
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(answer)}"
        self.wfile.write(head.encode() + b"\r\n\r\n" + answer)

    do_GET = do_POST = do_PUT = record  # noqa: N815  # The names of http.server.

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


def main(file: str, *command: str) -> int:
    """Run a command under the recorder and return its exit code."""
    recorder = Recorder()
    threading.Thread(target=recorder.serve_forever, daemon=True).start()
    done = subprocess.run([word.replace("ADDRESS", recorder.address) for word in command])
    time.sleep(0.2)  # A client that was killed may still have sent something.
    lines = (json.dumps(line).replace(recorder.address, "ADDRESS") for line in recorder.lines)
    Path(file).write_text("".join(f"{line}\n" for line in lines))
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
