"""A real server in a process of its own, for the tests and benchmarks that need one."""

import json
import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PATIENCE = 30.0
ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")

# The machine's proxy settings are not for addresses on the machine itself.
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True)
class Server:
    """A server that answers at ``url``; what is asked of it is asked with ``token``."""

    url: str
    process: subprocess.Popen[bytes]
    output: Path
    token: str = ""

    def get(self, path: str) -> Any:
        """Return the JSON that the server answers to GET ``path``."""
        return json.loads(self.send("GET", path))

    def send(self, method: str, path: str) -> bytes:
        """Return what the server answers to a request; an error status raises HTTPError."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        request = urllib.request.Request(self.url + path, method=method, headers=headers)
        with OPENER.open(request, timeout=PATIENCE) as answer:
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


def get(url: str, path: str) -> Any:
    """Return the JSON at an address; waits for a server that is about to start."""
    with OPENER.open(url + path, timeout=2 * PATIENCE) as answer:
        return json.load(answer)


@contextmanager
def running_server(
    tmp_path: Path, *args: str, env: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """Start ``panoptes`` on a free port with a database in ``tmp_path``; stop it at the end."""
    command = [sys.executable, "-m", "panoptes", "--port", "0"]
    if "--db-url" not in args:
        command += ["--db-url", f"sqlite:///{tmp_path / 'panoptes.db'}"]
    own = {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    with running(
        [*command, *args], tmp_path, clean_environment() | own | dict(env or {})
    ) as server:
        yield server


@contextmanager
def running(command: Sequence[str], folder: Path, env: Mapping[str, str]) -> Iterator[Server]:
    """Start any server in ``folder``, wait until it says its address and answers, stop it then."""
    output = folder / "server.log"
    with output.open("wb") as log:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    server = Server(url="", process=process, output=output)
    try:
        yield _wait_for(server)
    finally:
        server.stop()


def clean_environment(*others: str) -> dict[str, str]:
    """Return this environment without settings of panoptes, of Python and of the others named."""
    foreign = ("PANOPTES_", "PYTHON", *others)
    return {name: value for name, value in os.environ.items() if not name.startswith(foreign)}


def client_environment(home: Path) -> dict[str, str]:
    """Return what a Snakemake sees: none of the caller's profiles, tokens and proxies."""
    own = {"HOME": str(home), "XDG_CACHE_HOME": str(home / "cache"), "NO_PROXY": "127.0.0.1"}
    return clean_environment("SNAKEMAKE_", "WMS_") | own


def _wait_for(server: Server) -> Server:
    """Return the server with its address, once it answers there."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and server.process.poll() is None:
        if found := ADDRESS.search(server.output.read_text()):
            ready = Server(found[0], server.process, server.output)
            with suppress(OSError):
                ready.get("/api/service-info")
                return ready
        time.sleep(0.01)
    raise RuntimeError(f"The server did not start:\n{server.output.read_text()}")
