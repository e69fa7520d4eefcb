"""What is added to a Nextflow, by its version and what was set; a fake one prints what it gets."""

import subprocess
from pathlib import Path

import pytest

from devtools.running import ROOT, clean_environment, running_server
from tests.door import Door
from tests.tokens import token_command
from tests.wrapper.adapters.conftest import Planned, executable
from tests.wrapper.conftest import RUN, TIME_LIMIT

# As the launcher of Nextflow names its version; its own lines are the first of many.
LAUNCHER = """#!/usr/bin/env bash
NXF_VER=${{NXF_VER:-'{version}'}}
echo "$@"
echo "token $TOWER_ACCESS_TOKEN" >&2
exit 3
"""
TOWER = "-with-tower URL/api/tower"
WEBLOG = "-with-weblog URL/api/weblog"

# Version, typed -> with what is added; the same where nothing is, None where it is any command.
ADDED = {
    ("24.10.6", "nextflow run hello --x 1"): f"nextflow run {TOWER} hello --x 1",
    ("25.10.7", "nextflow -log my.log -q run hello"): f"nextflow -log my.log -q run {TOWER} hello",
    ("25.10.7", "env X=1 nextflow run hello"): f"env X=1 nextflow run {TOWER} hello",
    ("26.04.0", "nextflow run hello"): f"nextflow run {WEBLOG} hello",
    ("26.08.0", "nextflow run hello -resume"): f"nextflow run {WEBLOG} hello -resume",
    ("26.10.0", "nextflow run hello"): None,
    ("24.10.6", "nextflow run hello -with-tower"): "nextflow run hello -with-tower",
    ("24.10.6", "nextflow run hello -with-weblog x"): "nextflow run hello -with-weblog x",
    ("24.10.6", "nextflow info"): "nextflow info",
    ("24.10.6", "nextflow -version"): "nextflow -version",
    ("24.10.6", "nextflow log run"): "nextflow log run",
    ("24.10.6", "nextflow"): "nextflow",
}


@pytest.mark.parametrize(("version", "typed"), ADDED)
def test_tower_is_taken_where_it_cannot_end_a_run_else_weblog(
    planned: Planned, server: Door, tmp_path: Path, version: str, typed: str
) -> None:
    executable(tmp_path / "env/bin/nextflow", LAUNCHER.format(version=version))
    plan = planned(typed)
    started = ADDED[version, typed]
    assert " ".join(plan.words) == (started or typed).replace("URL", server.url)
    assert (plan.engine, bool(plan.hint)) == (("generic", True) if started is None else ("", False))
    assert plan.environment == ({"TOWER_ACCESS_TOKEN": "any"} if TOWER in str(started) else {})


# What somebody has set, in the environment or in a file -> what is added to 24.10 and to 26.04.
SET = {
    "TOWER_ACCESS_TOKEN=mine": (TOWER, WEBLOG),
    "TOWER_API_ENDPOINT=https://tower.example.org": (WEBLOG, WEBLOG),
    "NXF_VER=26.04.1": (WEBLOG, WEBLOG),
    "tower { enabled = true }": (WEBLOG, WEBLOG),
    "weblog.url = 'http://somewhere'": (TOWER, None),
    "tower.endpoint = 'http://localhost:5000/api/tower'": ("", ""),
}


@pytest.mark.parametrize("setting", SET)
def test_what_was_set_is_never_overridden(
    planned: Planned, server: Door, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, setting: str
) -> None:
    if " " in setting:
        Path("nextflow.config").write_text(f"process.cpus = 1\n{setting}\n")
    else:
        monkeypatch.setenv(*setting.split("="))
    for version, added in zip(("24.10.6", "26.04.1"), SET[setting], strict=True):
        executable(tmp_path / "env/bin/nextflow", LAUNCHER.format(version=version))
        plan = planned("nextflow run x")
        wanted = f"nextflow run {added} x" if added else "nextflow run x"
        assert " ".join(plan.words) == wanted.replace("URL", server.url)
        assert (plan.engine == "generic") is (added is None)
        if added == TOWER:
            token = "mine" if setting.endswith("mine") else "any"
            assert plan.environment == {"TOWER_ACCESS_TOKEN": token}


def test_a_token_goes_with_tower_and_one_for_another_server_is_left_alone(
    planned: Planned, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    executable(tmp_path / "env/bin/nextflow", LAUNCHER.format(version="25.10.0"))
    plan = planned("nextflow run x", token="ours")
    assert plan.environment == {"TOWER_ACCESS_TOKEN": "ours"}
    monkeypatch.setenv("TOWER_ACCESS_TOKEN", "another")
    assert planned("nextflow run x", token="ours").engine == "generic"
    monkeypatch.delenv("TOWER_ACCESS_TOKEN")
    executable(tmp_path / "env/bin/nextflow", LAUNCHER.format(version="26.04.0"))
    assert planned("nextflow run x", token="ours").engine == "generic"


def test_a_server_that_is_away_does_not_keep_it_from_running(
    planned: Planned, server: Door, tmp_path: Path
) -> None:
    executable(tmp_path / "env/bin/nextflow", LAUNCHER.format(version="24.10.6"))
    server.close()
    plan = planned("nextflow run x")
    assert (plan.words, plan.engine) == (("nextflow", "run", "x"), "generic")
    assert f"{server.url} doesn't answer" in plan.hint


@pytest.mark.slow
def test_a_nextflow_gets_all_of_it_and_ends_as_it_does(tmp_path: Path) -> None:
    program = executable(tmp_path / "bin/nextflow", LAUNCHER.format(version="25.10.7"))
    with running_server(tmp_path) as server:

        def run(**variables: str) -> tuple[int, str, str]:
            own = {"PYTHONPATH": str(ROOT), "PANOPTES_URL": server.url, "HOME": str(tmp_path)}
            done = subprocess.run(
                [*RUN, "--", str(program), "run", "hello", "-resume"],
                cwd=tmp_path / "bin",
                env=clean_environment("TOWER_ACCESS_TOKEN") | own | variables,
                capture_output=True,
                text=True,
                timeout=TIME_LIMIT,
            )
            return done.returncode, done.stdout, done.stderr

        added = f"run -with-tower {server.url}/api/tower hello -resume\n"
        assert run() == (3, added, "token any\n")
        # As docs/connecting.md says for a panoptes without tokens.
        assert run(TOWER_ACCESS_TOKEN="mine") == (3, added, "token mine\n")
        secret = token_command(tmp_path, "add", "me")
        assert run(TOWER_ACCESS_TOKEN=secret) == (3, added, f"token {secret}\n")
        assert run(PANOPTES_TOKEN=secret) == (3, added, f"token {secret}\n")
        code, out, err = run()
        assert (code, out) == (3, "run hello -resume\n")
        assert err.startswith(f"panoptes: {server.url} takes no run with no token")
