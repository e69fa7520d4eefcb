"""Another process holds the database for 20 seconds while a real Snakemake 8 reports."""

import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from devtools.install_clients import FOLDER
from devtools.running import running_server
from panoptes.cli import main
from tests.clients.conftest import CLIENTS, Snakemake

pytestmark = pytest.mark.external

SECONDS = 20
# It ends its pipeline on more answers than any other, and sends every event twice.
SNAKEMAKE_8 = [client for client in CLIENTS if client.name.startswith("snakemake-8")]


@pytest.fixture(params=SNAKEMAKE_8, ids=lambda client: client.name)
def snakemake_8(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Snakemake]:
    """A Snakemake 8 with a server of its own, whose database is `panoptes.db`."""
    if not request.param.is_installed(FOLDER):
        pytest.skip(f"{request.param.name} is not in {FOLDER}")
    home = tmp_path / "home"
    home.mkdir()
    with running_server(tmp_path) as server:
        yield Snakemake(request.param, server, home)


def test_a_pipeline_outlives_a_locked_database_and_nothing_is_doubled(
    snakemake_8: Snakemake, tmp_path: Path, tell: Callable[[str], None]
) -> None:
    database, folder = tmp_path / "panoptes.db", tmp_path / "run"
    folder.mkdir()
    with ThreadPoolExecutor(1) as pool:
        options = {"name": "locked", "folder": folder, "config": "pace=1"}
        run = pool.submit(snakemake_8.run, "--until", "trim", **options)
        workflow = wait_for_workflow(snakemake_8)
        with closing(sqlite3.connect(database, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            released = time.monotonic() + SECONDS
            while time.monotonic() < released:
                page = snakemake_8.server.send("GET", f"/workflow/{workflow['id']}")
                assert b"locked" in page, "Pages can be read meanwhile."
                time.sleep(1)
            other.execute("ROLLBACK")
        ended = run.result()
    assert ended.code == 0, ended.output
    assert "An event could not be stored: database is locked" in (
        snakemake_8.server.output.read_text()
    )
    assert ended.status == "Done"
    assert {job["status"] for job in ended.jobs} == {"Done"}
    assert doubled(snakemake_8, workflow["id"]) == []
    assert main.main(["db", "check", "--db-url", f"sqlite:///{database}"]) == 0
    tell(f"locked for {SECONDS} s, {len(ended.jobs)} jobs done, 0 doubled")


def wait_for_workflow(snakemake: Snakemake) -> dict[str, Any]:
    """Wait until the run is registered: before, nothing runs that could be harmed."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if workflow := snakemake.workflow("locked"):
            return workflow
        time.sleep(0.05)
    raise TimeoutError("It never registered.")


def doubled(snakemake: Snakemake, workflow_id: int) -> list[object]:
    """Return the jobs and lines of the log that are there more than once."""
    path = f"/api/workflow/{workflow_id}"
    jobs = snakemake.server.get(f"{path}/jobs")["jobs"]
    lines = snakemake.server.get(f"{path}/messages")["messages"]
    told = [str((job["name"], job["wildcards"])) for job in jobs]
    told += [str((line["time"], line["msg"])) for line in lines]
    return [each for each, number in Counter(told).items() if number > 1]
