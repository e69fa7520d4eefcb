"""Real Snakemakes behind `panoptes run --`: what the server knows, and that they run as before."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from devtools.install_clients import FOLDER, MISSING
from devtools.running import ROOT, Server, client_environment
from tests.clients.conftest import NEWEST, PLUGIN, TIME_LIMIT
from tests.door import open_door

pytestmark = pytest.mark.external
SNAKEFILE = """
rule all:
    input: "a.txt"

rule make:
    output: "a.txt"
    log: "make.log"
    shell: "echo why not > {log}; exit 3"
"""
OLD = "snakemake-7.32.4"


def wrapped(
    version: str, folder: Path, url: str, *words: str, **variables: str
) -> "subprocess.CompletedProcess[str]":
    """Run a Snakemake behind `panoptes run` in a folder."""
    if not (FOLDER / version / "installed.json").is_file():
        pytest.skip(f"{version} {MISSING}")
    (folder / "Snakefile").write_text(SNAKEFILE)
    program = str(FOLDER / version / "bin/snakemake")
    # This Python's packages aren't Snakemake's.
    start = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from panoptes.__main__ import main;"
    start += "sys.exit(main())"
    wrapper = [sys.executable, "-c", start, "run", "--url", url, *words]
    return subprocess.run(
        [*wrapper, "--", program, "-j1"],
        cwd=folder,
        env=client_environment(folder) | variables,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT,
        check=False,
    )


# What is added -> its Snakemake, what the environment of that must have, and what is told.
WAYS: dict[str, tuple[str, dict[str, str], dict[str, Any]]] = {
    "our plugin": (
        NEWEST,
        {"PYTHONPATH": str(PLUGIN)},
        {"labels": ["nightly"], "note": "with new reads", "allow_stop": True},
    ),
    "the stock plugin": (NEWEST, {}, {}),
    "wms-monitor": (OLD, {}, {}),
}


@pytest.mark.parametrize("way", WAYS)
def test_one_habit_watches_every_snakemake(way: str, server: Server, tmp_path: Path) -> None:
    version, variables, told = WAYS[way]
    wishes = ("--name", way, "--label", "nightly", "--note", "with new reads", "--allow-stop")
    done = wrapped(version, tmp_path, server.url, *wishes, **variables)
    assert (done.returncode, "panoptes: " in done.stdout) == (1, False), done.stderr
    listed = server.get("/api/workflows")["workflows"]
    (run,) = [each for each in listed if each["name"] == way]
    workflow = server.get(f"/api/workflow/{run['id']}")["workflow"]
    assert (workflow["status"], workflow["jobs_failed"], workflow["engine"]) == (
        *("Error", 1),
        "snakemake",
    )
    assert {name: workflow[name] for name in told} == told


def test_a_snakemake_that_would_end_with_its_server_runs_without_it(tmp_path: Path) -> None:
    with open_door() as door:
        door.close()
        done = wrapped(OLD, tmp_path, door.url)
    assert done.returncode == 1
    assert "Error in rule make" in done.stderr
    assert done.stderr.startswith(f"panoptes: {door.url} doesn't answer")
    assert "Send them later: panoptes send .panoptes/" in done.stderr
