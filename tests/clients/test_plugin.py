"""Our own plugin in real Snakemakes: what the server knows of a run, and that none is harmed."""

import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from devtools.install_clients import FOLDER, MISSING, read_plugin_clients
from devtools.running import ROOT, Server
from panoptes.sender import read_spool
from tests.clients.conftest import NEWEST, PLUGIN, TIME_LIMIT, Start, ended, wait_until
from tests.door import HANG, Door, open_door

VERSIONS = [*(client.name for client in read_plugin_clients()), NEWEST]
SLOW = """
rule slow:
    output: "slow.txt"
    shell: "sleep 30; touch {output}"
"""

pytestmark = pytest.mark.external


def example(*config: str) -> tuple[str, ...]:
    return ("-s", str(ROOT / "examples/Snakefile"), "--config", "pace=0", *config)


@pytest.mark.parametrize("version", VERSIONS)
def test_the_plugins_own_tests_pass(version: str) -> None:
    python = FOLDER / version / "bin/python"
    if not python.is_file():
        pytest.skip(f"{version} {MISSING}")
    done = subprocess.run(
        [str(python), "-m", "unittest"],
        cwd=PLUGIN,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("version", VERSIONS)
def test_a_failed_run_is_known_with_its_reason_whatever_is_quiet(
    version: str, start: Start, server: Server, tmp_path: Path
) -> None:
    name = f"failed by {version}"
    options = ("--quiet", "all", "-k", "--logger-panoptes-ui-name", name)
    said = ("--logger-panoptes-ui-labels", "nightly, new kit", "--logger-panoptes-ui-note", "Hm.")
    failed = start(version, server.url, *example("fail=yes"), *options, *said)
    output = ended(failed)
    assert (failed.returncode, "panoptes: " in output) == (1, False)
    listed = server.get("/api/workflows")["workflows"]
    (run,) = [each for each in listed if each["name"] == name]
    workflow = server.get(f"/api/workflow/{run['id']}")["workflow"]
    assert (workflow["status"], workflow["jobs_failed"]) == ("Error", 1)
    assert workflow["workdir"] == str(tmp_path)
    assert (workflow["labels"], workflow["note"]) == (["nightly", "new kit"], "Hm.")
    assert workflow["command"].startswith("snakemake --cores 2 -s ")
    jobs = server.get(f"/api/workflow/{run['id']}/jobs")["jobs"]
    (job,) = [each for each in jobs if each["status"] == "Error"]
    assert job["wildcards"] == {"sample": "beta"}
    assert job["error"].endswith("returned non-zero exit status 3.")
    page = server.send("GET", f"/workflow/{run['id']}/job/{job['jobid']}").decode()
    assert "align: the reads of beta match no chromosome" in page  # The end of its log.


@pytest.mark.parametrize("trouble", ["away", HANG])
def test_no_server_holds_up_a_run_for_long_or_changes_how_it_ends(
    start: Start, tmp_path: Path, trouble: str
) -> None:
    with open_door() as door:
        door.always = HANG
        if trouble == "away":
            door.close()
        began = time.monotonic()
        watched = start(NEWEST, door.url, "results/trimmed/alpha.txt", *example())
        output = ended(watched)
        assert (watched.returncode, time.monotonic() - began < 20) == (0, True), output
    (file,) = (tmp_path / ".snakemake/panoptes-ui").iterdir()
    assert f"Send them later: panoptes send {file.relative_to(tmp_path)}\n" in output
    spool = read_spool(file)
    spool.close()
    assert (spool.first, spool.run["name"]) == (1, tmp_path.name)
    assert spool.count > 10


def test_a_run_that_is_killed_while_its_server_is_away_leaves_what_happened(
    start: Start, tmp_path: Path
) -> None:
    with open_door() as door:
        door.close()
        (tmp_path / "Snakefile").write_text(SLOW)
        watched = start(NEWEST, door.url)
        folder = tmp_path / ".snakemake/panoptes-ui"
        wait_until(lambda: any(b'"job_info"' in each.read_bytes() for each in folder.glob("*")))
        os.killpg(watched.pid, signal.SIGKILL)
        watched.communicate()
    (file,) = folder.iterdir()
    spool = read_spool(file)
    spool.close()
    assert spool.count > 5


def test_a_run_is_stopped_from_its_page_where_that_was_allowed(
    start: Start, tmp_path: Path
) -> None:
    with open_door() as door:
        (tmp_path / "Snakefile").write_text(SLOW)
        watched = start(NEWEST, door.url, "--logger-panoptes-ui-allow-stop")
        wait_until(lambda: any(each["event"] == "job_info" for each in told(door)))
        door.extra = {"stop": True}
        output = ended(watched)
    assert watched.returncode == 1
    assert "panoptes: this run is stopped from its page." in output
    assert any("on user request" in str(each.get("msg")) for each in told(door))
    assert told(door)[-1]["event"] == "end"


def told(door: Door) -> list[dict[str, Any]]:
    return door.told if door.events else []
