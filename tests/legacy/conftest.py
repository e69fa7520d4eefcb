"""Databases that real old servers wrote while recorded traffic came in, and their own answers."""

import shutil
import sqlite3
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from devtools.install_clients import FOLDER, MISSING, Client, read_servers
from devtools.replay import replay, requests
from devtools.running import clean_environment, get, running
from tests.recorded import FOLDER as RECORDINGS

# A server that this Python can't run is no skip: nothing could be done about it here.
SERVERS = [server for server in read_servers() if server.runs_here() or server.is_installed(FOLDER)]
# What both versions take without an error of their own.
SENT = (
    "a78/ok", "a78/fail", "a78/retry", "a78/checkpoint", "a28/ok", "sm8/ok", "sm9/ok", "sm9/fail",
    "more/a615/subworkflow",
)  # fmt: skip
# Far from any test machine's own, and half an hour off.
ZONE = "Asia/Kolkata"


@dataclass(frozen=True)
class Old:
    """A file that an old server wrote between `began` and `ended`, and what its API told then."""

    file: Path
    workflows: list[dict[str, Any]]
    jobs: dict[int, list[dict[str, Any]]]
    began: float
    ended: float


@pytest.fixture(scope="session", params=SERVERS, ids=lambda server: server.name)
def written(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Old:
    """What each old server made of the same traffic; not to be changed."""
    server: Client = request.param
    if not server.is_installed(FOLDER):
        pytest.skip(f"{server.name} {MISSING}")
    folder = tmp_path_factory.mktemp(server.name)
    began = time.time()
    with running_old(server, folder) as url:
        workflows, jobs = report(url)
    return Old(folder / ".panoptes.db", workflows, jobs, began, time.time())


def report(url: str) -> tuple[list[dict[str, Any]], dict[int, list[dict[str, Any]]]]:
    """Report the recorded runs to a server; return its workflows, and the jobs of each."""
    for scenario in SENT:
        replay(url, requests(RECORDINGS / f"{scenario}.jsonl"))
    workflows = ask(url, "/api/workflows")["workflows"]
    jobs = {each["id"]: ask(url, f"/api/workflow/{each['id']}/jobs")["jobs"] for each in workflows}
    return workflows, jobs


@contextmanager
def running_old(server: Client, folder: Path, **settings: str) -> Iterator[str]:
    """Run an old server, which keeps its database in `folder`; yield its address."""
    command = [str(FOLDER / server.name / "bin/panoptes"), *server.options]
    own = {"TZ": ZONE, "PYTHONUNBUFFERED": "1"}
    with running(command, folder, clean_environment() | own | settings) as started:
        yield started.url


def ask(url: str, path: str) -> Any:
    """Return the JSON that a server answers; nothing where it says there is nothing."""
    try:
        return get(url, path)
    except urllib.error.HTTPError as error:
        if error.code == 404:
            return {"jobs": []}
        raise


@pytest.fixture
def file(written: Old, tmp_path: Path) -> Path:
    """A copy of an old file, to be taken over."""
    return Path(shutil.copy(written.file, tmp_path / "panoptes.db"))


@pytest.fixture
def local_zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Put this process into the zone of the old server."""
    monkeypatch.setenv("TZ", ZONE)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def execute(file: Path, *statements: str) -> None:
    """Change a SQLite file by hand."""
    with closing(sqlite3.connect(file)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()
