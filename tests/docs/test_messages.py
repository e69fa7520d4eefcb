"""What docs/troubleshooting.md quotes is said by panoptes and by the clients, word for word."""

import ast
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest

from devtools.install_clients import FOLDER, MISSING, read_clients
from devtools.running import ROOT
from tests.docs.blocks import Block, blocks_of

DOCUMENT = ROOT / "docs/troubleshooting.md"
# A template with less text of its own than this would fit to anything.
ENOUGH = 10
# Where clients have the words that they say about a server.
SPEAKING = ("snakemake/logging.py", "snakemake_logger_plugin_panoptes/log_handler.py")
PLACES = re.compile(r"%\w|\{\w*\}")


def quoted(language: str) -> list[tuple[str, str]]:
    """Return the quoted lines that somebody says, each with its place."""
    found: list[Block] = list(blocks_of(DOCUMENT, language))
    return [(each.place, line) for each in found for line in each.text.splitlines()]


def templates(file: Path) -> Iterator[str]:
    """Yield each text of a module as an expression that fits to what it may become."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.JoinedStr):
            parts = node.values
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            parts = [node]
        else:
            continue
        texts = [str(part.value) if isinstance(part, ast.Constant) else "%s" for part in parts]
        joined = "".join(texts)
        if len(PLACES.sub("", joined).strip()) >= ENOUGH:
            yield ".+".join(re.escape(fixed.strip("\n")) for fixed in PLACES.split(joined))


@lru_cache
def said_by_panoptes() -> list[str]:
    return [each for file in (ROOT / "panoptes").rglob("*.py") for each in templates(file)]


@lru_cache
def said_by_clients() -> list[str]:
    folders = [FOLDER / client.name for client in read_clients() if client.is_installed(FOLDER)]
    files = [
        file
        for folder in folders
        for name in SPEAKING
        for file in folder.glob(f"lib/python3*/site-packages/{name}")
    ]
    return [each for file in files for each in templates(file)]


def is_said(line: str, by: list[str]) -> bool:
    """Return whether somebody says a line, perhaps behind who and when."""
    before = "(?:^|: |(?:INFO|WARNING|ERROR) )"
    # Some end a line with a blank and what the system ends lines with.
    said = f"{line} \n"
    return any(re.search(rf"{before}{each}\s*$", said, re.DOTALL) for each in by)


@pytest.mark.parametrize(("place", "line"), quoted("panoptes"))
def test_panoptes_says_what_is_quoted_of_it(place: str, line: str) -> None:
    assert is_said(line, said_by_panoptes()), place


@pytest.mark.external
@pytest.mark.parametrize(("place", "line"), quoted("snakemake"))
def test_a_client_says_what_is_quoted_of_it(place: str, line: str) -> None:
    if not said_by_clients():
        pytest.skip(f"each of the clients {MISSING}")
    assert is_said(line, said_by_clients()), place


def test_what_nobody_says_is_found_out() -> None:
    """Or else the tests above would pass for anything."""
    for line in ("This server is on fire.", "panoptes: x is taken.", "", "serves", "a: b: c"):
        assert not is_said(line, said_by_panoptes())
