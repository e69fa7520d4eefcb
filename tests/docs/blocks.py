"""Reads fenced blocks of the documents, and runs those that are commands."""

import os
import re
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from devtools.running import PATIENCE, ROOT, clean_environment

DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
# The mark stands before the block, and says why nobody can run it here.
_BLOCK = re.compile(
    r"(?:^[ ]*<!-- not run: (?P<reason>[^\n]*?) -->\n\s*)?"
    r"^(?P<indent>[ ]*)```(?P<language>\w*)\n(?P<text>.*?)^[ ]*```$",
    re.MULTILINE | re.DOTALL,
)
SERVES = re.compile(r"^panoptes \S+ serves http://", re.MULTILINE)
# What a block does alone must not pass for all that it does, and a 404 is no success.
_BEFORE = 'set -euo pipefail\ncurl() { command curl --fail --silent --show-error "$@"; }\n'


@dataclass(frozen=True)
class Block:
    """A fenced block, by the place where it stands; `reason` says why it isn't run, if it isn't."""

    place: str
    language: str
    text: str
    reason: str | None


def blocks(language: str) -> list[Block]:
    """Return the blocks of a language in all documents."""
    return [each for document in DOCUMENTS for each in blocks_of(document, language)]


def blocks_of(document: Path, language: str) -> Iterator[Block]:
    """Yield the blocks of a language in a document."""
    text = document.read_text()
    for found in _BLOCK.finditer(text):
        if found["language"] == language:
            line = text.count("\n", 0, found.start("indent")) + 1
            place = f"{document.relative_to(ROOT)}:{line}"
            yield Block(place, language, textwrap.dedent(found["text"]), found["reason"])


@dataclass(frozen=True)
class Done:
    """How commands ended, and what they said; one that serves was stopped once it served."""

    code: int
    output: str

    @property
    def went_well(self) -> bool:
        """Whether each command did what it is for."""
        return self.code == 0 or bool(SERVES.search(self.output))


def run(script: str, folder: Path, env: Mapping[str, str]) -> Done:
    """Run commands as bash does, in `folder`; a server that they start is stopped when it serves.

    The file `output` in `folder` has what they say.
    """
    output = folder / "output"
    with output.open("wb") as log:
        process = subprocess.Popen(
            ["bash", "-c", _BEFORE + script],
            cwd=folder,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait(process, output)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(timeout=PATIENCE)
    return Done(process.returncode, output.read_text())


def _wait(process: "subprocess.Popen[bytes]", output: Path) -> None:
    deadline = time.monotonic() + 4 * PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        if SERVES.search(output.read_text()):
            return
        time.sleep(0.05)


def environment(folder: Path) -> dict[str, str]:
    """Return an environment in which `panoptes` is the checkout's, on a database in `folder`."""
    programs = folder / "bin"
    programs.mkdir()
    command = programs / "panoptes"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m panoptes "$@"\n')
    command.chmod(0o755)
    return clean_environment() | {
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        "PANOPTES_DB_URL": f"sqlite:///{folder / 'panoptes.db'}",
        "PANOPTES_PORT": "0",
        "NO_PROXY": "127.0.0.1",
    }
