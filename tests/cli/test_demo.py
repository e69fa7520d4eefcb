"""`panoptes demo`: a made-up week of runs, of which nothing is left."""

import re
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from devtools.running import ROOT, Server, clean_environment, running
from panoptes.common import clock

PATIENCE = 90.0


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The demonstration of a package that has neither tests nor tools beside it."""
    folder = tmp_path_factory.mktemp("installed")
    shutil.copytree(ROOT / "panoptes", folder / "panoptes")
    own = {"PYTHONPATH": str(folder), "PYTHONUNBUFFERED": "1", "TMPDIR": str(folder)}
    command = [sys.executable, "-m", "panoptes", "demo"]
    with running(command, folder, clean_environment() | own) as server:
        yield server
    (database,) = re.findall(r"database: (.+)", server.output.read_text())
    assert "panoptes-demo-" in database
    assert not Path(database).parent.exists()


def test_it_shows_a_week_with_a_failure_and_a_run_that_goes_on(demo: Server) -> None:
    found = demo.get("/api/workflows?sort=name")["workflows"]
    shown = {each["name"]: (each["status"], each["runs"]) for each in found}
    assert shown == {"cohort": ("Error", 1), "nightly": ("Done", 6), "rnaseq": ("Running", 1)}
    runs = demo.get("/api/workflow/1/runs")["runs"]
    assert len({run["started_at"][:10] for run in runs}) == 6
    assert all(1800 < run["duration"] < 7200 for run in runs)
    (failed,) = demo.get("/api/workflow/2/jobs?status=Error")["jobs"] or [None]
    assert failed["name"] == "align"


def test_the_run_that_goes_on_moves(demo: Server) -> None:
    (before,) = demo.get("/api/workflows?name=rnaseq")["workflows"]
    assert before["jobs_running"] > 0
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        (now,) = demo.get("/api/workflows?name=rnaseq")["workflows"]
        if now["updated_at"] != before["updated_at"]:
            return
        time.sleep(0.5)
    pytest.fail("Nothing was reported for so long.")


def test_a_clock_that_stands_goes_on_after_it() -> None:
    now = clock.utcnow()
    with clock.standing_at(now.replace(year=2020)):
        assert clock.utcnow().year == 2020
    assert clock.utcnow() >= now
