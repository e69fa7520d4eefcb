"""What the files for containers and services say of panoptes is so."""

import re
from pathlib import Path

import pytest

from panoptes.cli import parser
from panoptes.config import SETTINGS, load, variable
from tests.running import ROOT
from tests.test_package import SOURCES

FILES = [ROOT / "Dockerfile", ROOT / "docker-compose.yaml", *sorted((ROOT / "deploy").iterdir())]
COMMAND_LINE = re.compile(r"\bpanoptes ((?:--[\w-]+ [\w/.:]+ ?)+)$", re.MULTILINE)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_setting_is_one(file: Path) -> None:
    known = {variable(setting) for setting in SETTINGS}
    assert set(re.findall(r"\bPANOPTES_[A-Z_]+", file.read_text())) <= known


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_command_line_is_understood(file: Path) -> None:
    for options in re.findall(
        r"\bpanoptes ((?:--[\w-]+ [\w/.:]+ ?)+)$", file.read_text(), re.MULTILINE
    ):
        load(vars(parser().parse_args(options.split())), {})


def test_the_image_is_built_from_what_a_source_distribution_holds() -> None:
    let_in = re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE)
    assert sorted(let_in) == sorted([*SOURCES, "panoptes"])


def test_the_container_is_served_to_this_machine_alone() -> None:
    (port,) = re.findall(r"^EXPOSE (\d+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    published = re.findall(r"ports: \[(.+)\]", (ROOT / "docker-compose.yaml").read_text())
    assert published == [f'"127.0.0.1:{port}:{port}"']
    assert f"PANOPTES_PORT={port}" in (ROOT / "Dockerfile").read_text()
