"""Every command of README.md and docs/ is run here, or says why it can't be."""

import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from devtools.demo import Reporter
from devtools.running import ROOT, running_server
from panoptes.cli.main import panoptes
from tests.docs.blocks import DOCUMENTS, Block, blocks, environment, run
from tests.test_package import SOURCES

ADDRESS = "http://127.0.0.1:5000"
INLINE = re.compile(r"`(panoptes (?:-|db |notify |token )[^`]*)`")


def marks(block: Block) -> list[pytest.MarkDecorator]:
    if block.reason is not None:
        return []
    return [pytest.mark.slow, *([pytest.mark.external] if "curl " in block.text else [])]


# What docs/api.md says is run as a whole, by test_api.py.
SHELL = [
    pytest.param(block, marks=marks(block), id=block.place)
    for block in blocks("sh")
    if not block.place.startswith("docs/api.md")
]


@pytest.mark.parametrize("block", SHELL)
def test_every_block_of_commands_is_run_or_says_why_not(block: Block, tmp_path: Path) -> None:
    if block.reason is not None:
        assert len(block.reason) > 5, "Why not?"
        return
    script, env = block.text, environment(tmp_path)
    if "pip install ." in script:
        copy_sources(tmp_path)
        env = {name: value for name, value in env.items() if name != "PYTHONPATH"}
    if ADDRESS not in script:
        assert_runs(script, tmp_path, env)
        return
    with running_server(tmp_path) as server:
        Reporter(server.url, "example").job(1, "align", "K01")
        assert_runs(script.replace(ADDRESS, server.url), tmp_path, env)


def assert_runs(script: str, folder: Path, env: dict[str, str]) -> None:
    done = run(script, folder, env)
    assert done.went_well, f"{script}\nended with {done.code}:\n{done.output}"


def copy_sources(folder: Path) -> None:
    """Copy what an installation needs of the checkout."""
    shutil.copytree(ROOT / "panoptes", folder / "panoptes")
    for name in SOURCES:
        shutil.copy(ROOT / name, folder)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_every_command_line_in_a_sentence_is_understood(document: Path) -> None:
    for line in INLINE.findall(document.read_text()):
        words = [*without_dots(shlex.split(line)[1:])]
        command: click.Command = panoptes
        while isinstance(command, click.Group) and not words[0].startswith("-"):
            named = command.get_command(click.Context(command), words.pop(0))
            assert named, line
            command = named
        try:
            command.make_context("panoptes", words)
        except click.exceptions.Exit as ended:
            assert ended.exit_code == 0, line  # --help ends like this.


def without_dots(words: list[str]) -> Iterator[str]:
    """Yield words without a `…` that stands for more of them; behind an option it is its value."""
    for before, word in zip(["", *words], words, strict=False):
        if word != "…" or before.startswith("--"):
            yield word


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_every_link_leads_to_a_file_and_a_heading(document: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)\s]+)\)", document.read_text()):
        path, _, anchor = target.partition("#")
        file = (document.parent / path).resolve() if path else document
        assert file.exists(), target
        assert not anchor or anchor in anchors(file), target


def anchors(file: Path) -> set[str]:
    """Return the anchors that a page on GitHub has for the headings of a file."""
    headings = re.findall(r"^#+ (.+)$", file.read_text(), re.MULTILINE)
    kept = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.replace(" ", "-") for heading in kept}
