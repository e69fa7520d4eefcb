"""Our statistics of a run beside those that Snakemake itself wrote of it."""

import json
from pathlib import Path

import pytest

from devtools.install_clients import MISSING, Client
from devtools.running import Server
from tests.clients.conftest import CLIENTS, FOLDER, Snakemake

pytestmark = pytest.mark.external

# Snakemake 8 has no --stats any more.
WITH_STATS = [client for client in CLIENTS if client.name.startswith("snakemake-7")]
# How long a job's end takes to be told, in seconds.
CLOSE = 1.0


@pytest.mark.parametrize("client", WITH_STATS, ids=lambda client: client.name)
def test_ours_are_those_of_snakemake(client: Client, server: Server, tmp_path: Path) -> None:
    if not client.is_installed(FOLDER):
        pytest.skip(f"{client.name} {MISSING}")
    file = tmp_path / "stats.json"
    snakemake = Snakemake(client, server, tmp_path)
    ran = snakemake.run("--stats", str(file), name="stats", folder=tmp_path / "run")
    assert ran.code == 0, ran.output
    assert ran.workflow is not None
    theirs = json.loads(file.read_text())
    ours = server.get(f"/api/workflow/{ran.workflow['id']}/stats.json")
    assert ours.keys() == theirs.keys()
    assert ours["total_runtime"] == pytest.approx(theirs["total_runtime"], abs=CLOSE)
    assert ours["rules"].keys() == theirs["rules"].keys()
    for rule, times in theirs["rules"].items():
        assert ours["rules"][rule] == pytest.approx(times, abs=CLOSE)
    assert ours["files"].keys() == theirs["files"].keys()
    for path, times in theirs["files"].items():
        own = ours["files"][path]
        assert own.keys() == times.keys()
        assert own["duration"] == pytest.approx(times["duration"], abs=CLOSE)
        assert own["priority"] == times["priority"]
        assert own["resources"].items() <= times["resources"].items()
