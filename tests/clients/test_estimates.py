"""Estimates of real Snakemakes' ends, tried as they would have been made."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from devtools.running import ROOT, clean_environment, running_server
from tests.clients.conftest import NEWEST, Start, ended

pytestmark = pytest.mark.external
RUNS = 4
# Four samples, two at a time, and what needs all of them.
SNAKEFILE = """
samples = ["a", "b", "c", "d"]
rule all:
    input: "all.txt"
rule make:
    output: "{s}.txt"
    shell: "sleep 0.6; touch {output}"
rule gather:
    input: expand("{s}.txt", s=samples)
    output: "all.txt"
    shell: "sleep 0.6; touch {output}"
"""


def test_runs_of_a_real_snakemake_tell_when_the_next_one_will_be_done(
    start: Start, tmp_path: Path
) -> None:
    (tmp_path / "Snakefile").write_text(SNAKEFILE)
    with running_server(tmp_path) as server:
        for _ in range(RUNS):
            ended(start(NEWEST, server.url, "--forceall", SNAKEMAKE_LOGGER_PANOPTES_UI_NAME="n"))
        [workflow] = server.get("/api/workflows")["workflows"]
        assert (workflow["runs"], workflow["status"]) == (RUNS, "Done")
    said = subprocess.run(
        [
            *(sys.executable, "-m", "panoptes", "db", "eta", "--json"),
            *("--db-url", f"sqlite:///{tmp_path / 'panoptes.db'}"),
        ],
        env=clean_environment() | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(said.stdout)
    assert found["runs"] == RUNS - 1
    late = found["points"][-2:]
    assert all(point["estimates"] == RUNS - 1 for point in late)
    # A busy machine makes short runs differ, but never by a whole one.
    assert all(point["error"] < 1 for point in late)
