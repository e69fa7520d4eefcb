"""Installs other programs for tests: `python -m devtools.install_clients [FOLDER]`.

These are engines, clients that read runs, and old servers. Each gets a virtual environment of its
own in FOLDER, made with the Python that runs this file. Without FOLDER that is
PANOPTES_TEST_CLIENTS or else .clients in the repository's root, which is where the tests look. What
is there already is left alone. What doesn't run on this Python is left out. A C compiler and
Python's headers are needed, for Snakemake's datrie. Standard library only.
"""

import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
FOLDER = Path(os.environ.get("PANOPTES_TEST_CLIENTS") or HERE.parent / ".clients").resolve()
MISSING = f"is not in {FOLDER}: python -m devtools.install_clients puts it there"
# Written last: an installation without it was interrupted and begins anew.
RECEIPT = "installed.json"


@dataclass(frozen=True)
class Client:
    """One line of the table of clients, or of that of servers."""

    name: str
    requirements: tuple[str, ...]
    python: tuple[str, str | None]
    options: tuple[str, ...]

    def runs_here(self) -> bool:
        """Whether this Python is one of those that the client runs on."""
        oldest, newest = self.python
        here = sys.version_info[:2]
        return _version(oldest) <= here and (newest is None or here <= _version(newest))

    def is_installed(self, folder: Path) -> bool:
        """Whether ``folder`` has this client, complete and as the table wants it."""
        receipt = folder / self.name / RECEIPT
        return receipt.is_file() and json.loads(receipt.read_text()) == list(self.requirements)


def read_clients() -> list[Client]:
    """Return the table of clients: Snakemakes that report."""
    return _read("clients.json")


def read_servers() -> list[Client]:
    """Return the table of servers: those whose databases are taken over."""
    return _read("servers.json")


def read_plugin_clients() -> list[Client]:
    """Return the table of older Snakemakes that our own plugin is tried with."""
    return _read("plugin_clients.json")


def read_command_clients() -> list[Client]:
    """Return the table of engines whose commands `panoptes run` watches."""
    return _read("command_clients.json")


def read_wes_clients() -> list[Client]:
    """Return the table of clients that read runs from a server by GA4GH's WES."""
    return _read("wes_clients.json")


def _read(name: str) -> list[Client]:
    table = json.loads((HERE / name).read_text(encoding="utf-8"))
    return [
        Client(name, tuple(row["requirements"]), tuple(row["python"]), tuple(row["options"]))
        for name, row in table.items()
    ]


def install(client: Client, folder: Path) -> str:
    """Install one client and say what was done; a failure raises CalledProcessError."""
    if not client.runs_here():
        return "left out, doesn't run on this Python"
    if client.is_installed(folder):
        return "is there already"
    home = folder / client.name
    shutil.rmtree(home, ignore_errors=True)
    _run(sys.executable, "-m", "venv", str(home))
    _run(str(home / "bin/python"), "-m", "pip", "install", "--quiet", *client.requirements)
    (home / RECEIPT).write_text(json.dumps(client.requirements))
    return "installed"


def main(folder: Path) -> int:
    """Install everything side by side; return 1 if any failed."""
    engines = (read_clients, read_plugin_clients, read_command_clients)
    clients = [client for read in (*engines, read_wes_clients, read_servers) for client in read()]
    with ThreadPoolExecutor(len(clients)) as pool:
        done = list(pool.map(lambda client: _attempt(client, folder), clients))
    return 0 if all(done) else 1


def _attempt(client: Client, folder: Path) -> bool:
    """Install one client and print how it went."""
    try:
        print(f"{client.name}: {install(client, folder)}")
    except subprocess.CalledProcessError as error:
        print(f"{client.name}: failed\n{error.stdout}", file=sys.stderr)
        return False
    return True


def _run(*command: str) -> None:
    subprocess.run(
        command,
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
    )


def _version(text: str) -> tuple[int, int]:
    major, minor = text.split(".")
    return int(major), int(minor)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve() if sys.argv[1:] else FOLDER))
