"""Engines that are installed nowhere, and a command that is planned as `panoptes run` does."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from panoptes.sender import Address
from panoptes.wrapper.adapter import Plan, Wishes
from panoptes.wrapper.adapters import plan_for
from panoptes.wrapper.command import recognised
from tests.door import Door, open_door

Planned = Callable[..., Plan]
Install = Callable[..., Path]


@pytest.fixture
def server() -> Iterator[Door]:
    """A server that takes runs: asked for one without an id, it says what is missing."""
    with open_door() as door:
        door.always = 400
        yield door


@pytest.fixture
def planned(server: Door, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Planned:
    """Plan a command, typed in a folder `project` of a home of its own."""
    for name in [*os.environ]:
        if name.startswith(("PANOPTES_", "SNAKEMAKE_", "TOWER_", "NXF_", "WMS_", "PYTHONPATH")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", f"{tmp_path / 'env/bin'}:/usr/bin:/bin")
    project = tmp_path / "project"
    project.mkdir()
    monkeypatch.chdir(project)

    def plan(typed: str, token: str = "", **wishes: object) -> Plan:
        asked = Wishes(Address(server.url, token), **wishes)  # type: ignore[arg-type]
        return plan_for(recognised(typed.split()), asked)

    return plan


@pytest.fixture
def install(tmp_path: Path) -> Install:
    """Put a program of Python's into an environment, with these distributions beside it."""

    def install(program: str, *distributions: str, folder: str = "env") -> Path:
        packages = tmp_path / folder / "lib/python3.12/site-packages"
        packages.mkdir(parents=True)
        (tmp_path / folder / "pyvenv.cfg").touch()
        for name in distributions:
            (packages / f"{name}.dist-info").mkdir()
        return executable(tmp_path / folder / "bin" / program, f"#!{tmp_path}/{folder}/bin/python")

    return install


def executable(file: Path, text: str) -> Path:
    """Write a program."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"{text}\n")
    file.chmod(0o755)
    return file
