"""There is one list of what a change must pass: .ci/run."""

import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from devtools.running import ROOT

DEBIAN = re.compile(r"FROM python:[\d.]+-slim-(\w+)$", re.MULTILINE)


@pytest.fixture(scope="module")
def travis() -> dict[str, object]:
    found: dict[str, object] = yaml.safe_load((ROOT / ".travis.yml").read_text())
    return found


def test_travis_runs_it_on_the_debian_of_the_image_and_nothing_else(
    travis: dict[str, object], tmp_path: Path
) -> None:
    (debian,) = set(DEBIAN.findall((ROOT / "Dockerfile").read_text()))
    docker = tmp_path / "docker"
    docker.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    docker.chmod(0o755)
    env = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "PYTHON": "3.14"}
    done = subprocess.run(
        ["bash", "-euc", str(travis["script"])],
        cwd=ROOT,
        env=env,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    words = done.stdout.splitlines()
    assert words[0] == "run"
    assert words[-3:] == [f"{ROOT}:/panoptes", f"python:3.14-{debian}", "/panoptes/.ci/run"]
    assert not travis.keys() & {"install", "before_install", "before_script", "after_script"}


def test_it_looks_for_all_that_contributing_md_names() -> None:
    steps = (ROOT / ".ci/run").read_text()
    documented = (ROOT / "CONTRIBUTING.md").read_text()
    (lints,) = re.findall(r"^(\.venv/bin/ruff check .*mypy)$", documented, re.MULTILINE)
    for command in lints.split(" && "):
        assert re.search(rf"^{re.escape(command)}( \.)?$", steps, re.MULTILINE), command
    for step in ("bandit", "devtools.audit", "tests/lowest.txt"):
        assert step in steps
