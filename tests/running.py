"""A real panoptes server in a process of its own, for the tests that need one."""

import json
import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PATIENCE = 30.0
ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")

# The machine's proxy settings are not for addresses on the machine itself.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True)
class Server:
    """A panoptes that answers at ``url``."""

    url: str
    process: subprocess.Popen[bytes]
    output: Path

    def get(self, path: str) -> Any:
        """Return the JSON that the server answers to GET ``path``."""
        return json.loads(self.send("GET", path))

    def send(self, method: str, path: str) -> bytes:
        """Return what the server answers to a request; an error status raises HTTPError."""
        request = urllib.request.Request(self.url + path, method=method)
        with _OPENER.open(request, timeout=PATIENCE) as answer:
            body: bytes = answer.read()
            return body

    def stop(self) -> None:
        """End the server and wait until it is gone."""
        self.process.terminate()
        try:
            self.process.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise


@contextmanager
def running_server(
    tmp_path: Path, *args: str, env: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """Start ``panoptes`` on a free port with a database in ``tmp_path``; stop it at the end."""
    output = tmp_path / "server.log"
    command = [sys.executable, "-m", "panoptes", "--port", "0"]
    if "--db-url" not in args:
        command += ["--db-url", f"sqlite:///{tmp_path / 'panoptes.db'}"]
    with output.open("wb") as log:
        process = subprocess.Popen(
            [*command, *args],
            cwd=tmp_path,
            env=_environment(env or {}),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    server = Server(url="", process=process, output=output)
    try:
        yield _wait_for(server)
    finally:
        server.stop()


def _environment(extra: Mapping[str, str]) -> dict[str, str]:
    """Return what the server sees: of settings, only those that the test gives."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("PANOPTES_")}
    return own | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"} | dict(extra)


def _wait_for(server: Server) -> Server:
    """Return the server with its address, once it answers there."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and server.process.poll() is None:
        if found := ADDRESS.search(server.output.read_text()):
            ready = Server(found[0], server.process, server.output)
            with suppress(OSError):
                ready.get("/api/service-info")
                return ready
        time.sleep(0.05)
    raise RuntimeError(f"panoptes did not start:\n{server.output.read_text()}")
