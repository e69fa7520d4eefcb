"""A real Snakemake is watched from a terminal to its end."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from devtools.running import ROOT, clean_environment
from tests.clients.conftest import Snakemake
from tests.clients.test_runs import SIZE, wait_for_workflow
from tests.terminal import terminal


def command(client: Snakemake, name: str) -> tuple[list[str], dict[str, str]]:
    words = ["watch", "--interval=1", name]
    own = {"PYTHONPATH": str(ROOT), "PANOPTES_URL": client.server.url}
    return [sys.executable, "-m", "panoptes", *words], clean_environment("NO_COLOR") | own


@pytest.mark.parametrize(("config", "code"), [("pace=0.2", 0), ("pace=0.2 fail=yes", 1)])
def test_the_exit_code_is_that_of_the_run(
    snakemake: Snakemake, tmp_path: Path, config: str, code: int
) -> None:
    name = f"{snakemake.client.name} watched to {code}"
    with ThreadPoolExecutor(1) as pool:
        ending = pool.submit(snakemake.call, name=name, folder=tmp_path, config=config)
        wait_for_workflow(snakemake, name)
        words, environment = command(snakemake, name)
        watched = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=60)
        assert (ending.result().returncode == 0) is (code == 0)
    assert (watched.returncode, watched.stderr) == (code, "")
    if code:
        (failed,) = [line for line in watched.stdout.splitlines() if " failed: " in line]
        assert " failed: align sample=beta (" in failed
        assert failed.endswith("logs/align/beta.log")
    else:
        last = watched.stdout.splitlines()[-1]
        assert last.endswith(f" {name}: Done, {SIZE} of {SIZE} done")


def test_a_terminal_follows_a_run_to_its_end(snakemake: Snakemake, tmp_path: Path) -> None:
    name = f"{snakemake.client.name} in a terminal"
    with ThreadPoolExecutor(1) as pool:
        ending = pool.submit(snakemake.call, name=name, folder=tmp_path, config="pace=0.2")
        wait_for_workflow(snakemake, name)
        with terminal(*command(snakemake, name), columns=100, rows=40) as screen:
            assert screen.end() == 0
        assert ending.result().returncode == 0
    last = screen.words[screen.words.rindex(f"✓ Done  {name}") :]
    assert f"{SIZE} of {SIZE} done" in last
    assert "call_variants" in last
