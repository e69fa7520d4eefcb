"""What the files for containers and services say of panoptes is so."""

import re
from pathlib import Path

import pytest

from devtools.running import ROOT
from panoptes.cli.main import panoptes
from panoptes.config.settings import SETTINGS, load, variable
from tests.test_package import SOURCES

FILES = [ROOT / "Dockerfile", ROOT / "docker-compose.yaml", *sorted((ROOT / "deploy").iterdir())]
COMMAND_LINE = re.compile(r"\bpanoptes ((?:--[\w-]+ [\w/.:]+ ?)+)$", re.MULTILINE)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_setting_is_one(file: Path) -> None:
    known = {variable(setting) for setting in SETTINGS}
    assert set(re.findall(r"\bPANOPTES_[A-Z_]+", file.read_text())) <= known


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_command_line_is_understood(file: Path) -> None:
    for options in COMMAND_LINE.findall(file.read_text()):
        load(panoptes.make_context("panoptes", options.split()).params, {})


@pytest.mark.parametrize("file", ["nginx.conf", "Caddyfile"])
def test_a_proxys_name_is_told_to_the_server_behind_it(file: str) -> None:
    text = (ROOT / "deploy" / file).read_text()
    names = re.findall(r"^\s*server_name (\S+);|^(\S+) \{$", text, re.MULTILINE)
    served = {name for pair in names for name in pair if "." in name}
    (options,) = COMMAND_LINE.findall(text)
    told = load(panoptes.make_context("panoptes", options.split()).params, {})
    assert served == set(told.allowed_host)


def test_the_image_is_built_from_what_a_source_distribution_holds() -> None:
    let_in = re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE)
    assert sorted(let_in) == sorted([*SOURCES, "panoptes"])


def test_the_container_is_served_to_this_machine_alone() -> None:
    (port,) = re.findall(r"^EXPOSE (\d+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    published = re.findall(r"ports: \[(.+)\]", (ROOT / "docker-compose.yaml").read_text())
    assert published == [f'"127.0.0.1:{port}:{port}"']
    assert f"PANOPTES_PORT={port}" in (ROOT / "Dockerfile").read_text()
