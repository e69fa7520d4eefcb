"""A panoptes whose socket stays open while it is stopped, killed and started, as under systemd."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from devtools.running import ROOT

# What systemd does: it puts the socket where the protocol wants it and says for whom it is.
ACTIVATE = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")
os.execv(sys.argv[2], sys.argv[2:])
"""
# Has loaded a server's code, and forks to be one for each line that it reads.
LOADED = """
import os, sys
import panoptes.app, panoptes.cli.serve
from panoptes.cli.main import main
for _line in sys.stdin:
    server = os.fork()
    if not server:
        os.dup2(2, 1)
        os.dup2(int(sys.argv[1]), 3)
        os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")
        sys.exit(main(sys.argv[2:]))
    print(server, flush=True)
    os.waitpid(server, 0)
    print("ended", flush=True)
"""
PATIENCE = 60


class Service:
    """A server on a socket of ours; who connects while none runs waits for the next."""

    def __init__(self, folder: Path, db_url: str) -> None:
        self.folder = folder
        self.output = folder / "service.log"
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.command = [sys.executable, "-m", "panoptes", "--db-url", db_url]
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start a server, without waiting until it serves."""
        file = self.listener.fileno()
        with self.output.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", ACTIVATE, str(file), *self.command],
                cwd=self.folder,
                env=_environment(),
                pass_fds=[file],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def kill(self) -> None:
        """End the server as `kill -9` does."""
        assert self.process
        self.process.kill()
        self.process.wait()

    def end(self) -> None:
        """End the server, and whatever helped to start it."""
        self.kill()

    def stop(self) -> int:
        """End the server as `systemctl stop` does; return its exit code."""
        assert self.process
        self.process.terminate()
        return self.process.wait(timeout=PATIENCE)


class ForkedService(Service):
    """A server that starts in a moment, for its code is loaded once: for very many starts."""

    def __init__(self, folder: Path, db_url: str) -> None:
        super().__init__(folder, db_url)
        self._pid = 0
        file = self.listener.fileno()
        with self.output.open("ab") as log:
            self._loaded = subprocess.Popen(
                [sys.executable, "-c", LOADED, str(file), "--db-url", db_url],
                cwd=folder,
                env=_environment(),
                pass_fds=[file],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    def start(self) -> None:
        """Start a server, without waiting until it serves."""
        assert self._loaded.stdin
        self._loaded.stdin.write("\n")
        self._loaded.stdin.flush()
        self._pid = int(self._heard())

    def kill(self) -> None:
        """End the server as `kill -9` does."""
        os.kill(self._pid, signal.SIGKILL)
        assert self._heard() == "ended\n"

    def end(self) -> None:
        """End the server, and the process that forked."""
        try:
            self.kill()
        finally:
            self._loaded.communicate()

    def _heard(self) -> str:
        assert self._loaded.stdout
        return self._loaded.stdout.readline()


def _environment() -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("PANOPTES_")}
    return own | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}


@contextmanager
def running_service(folder: Path, db_url: str, kind: type[Service] = Service) -> Iterator[Service]:
    """Start a server on a socket that outlives it; both are gone at the end."""
    service = kind(folder, db_url)
    with service.listener:
        service.start()
        try:
            yield service
        finally:
            service.end()
