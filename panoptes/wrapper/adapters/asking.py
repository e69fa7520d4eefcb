"""What an adapter may ask before a command starts: of the server, and of the program itself."""

import os
import re
import shutil
import subprocess  # nosec B404  # It asks the user's own program for its version.
from pathlib import Path
from urllib.parse import quote

from panoptes.sender import Address
from panoptes.sender.connection import Connection, Unanswered
from panoptes.wrapper.command import Command

# In seconds. A program that is asked may be a slow one in a container.
SERVER_PATIENCE = 2.0
PROGRAM_PATIENCE = 60.0

_SHEBANG = re.compile(rb"#!\s*(/\S*/(?:python|pypy)[\d.]*)\s")
# What pip writes where the path is too long for the first line.
_LONG_SHEBANG = re.compile(rb"#!/bin/sh\n'''exec' \"?(/[^\"\n]*?/(?:python|pypy)[\d.]*)\"? ")
# They start a program in an environment of their own, or on another machine.
_ENVIRONMENTS = frozenset({"conda", "mamba", "micromamba", "uv", "poetry", "pixi", "srun"})
_VERSION = re.compile(r"\d+(?:\.\d+)+")

Version = tuple[int, ...]


def trouble_with(address: Address) -> str | None:
    """Return why a run can't be reported to a server now, None where it can.

    It is asked for a run without saying which: whoever may report is told what is missing.
    """
    connection = Connection(address, "panoptes-run", SERVER_PATIENCE)
    try:
        status = connection.post("/api/runs", b"{}").status
    except Unanswered as silence:
        return f"{address.url} doesn't answer ({silence})"
    finally:
        connection.close()
    if status in (401, 403):
        return f"{address.url} takes no run with {'this' if address.token else 'no'} token"
    return None if status == 400 else f"{address.url} takes no runs now ({status})"


def with_token(address: Address) -> str:
    """Return the address of a server with the token in it, if there is one."""
    if not address.token:
        return address.url
    scheme, _, host = address.url.partition("://")
    return f"{scheme}://panoptes:{quote(address.token, safe='')}@{host}"


def version_of(text: str) -> Version | None:
    """Return the first version in a text, such as (7, 32, 4)."""
    found = _VERSION.search(text)
    return tuple(int(part) for part in found[0].split(".")) if found else None


def package_folders(command: Command) -> list[Path]:
    """Return where the packages of a program in Python are; empty where that can't be seen."""
    python = _python_of(command)
    if python is None:
        return []
    own = sorted(python.parent.parent.glob("lib/python*/site-packages"))
    named = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    users = [
        Path.home() / ".local" / folder.relative_to(python.parent.parent)
        for folder in own
        if not (python.parent.parent / "pyvenv.cfg").exists()
    ]
    return [*(Path(each) for each in named if each), *own, *users]


def installed_version(folders: list[Path], distribution: str) -> Version | None:
    """Return the version of a distribution (with underscores), None where it isn't there."""
    for folder in folders:
        for found in folder.glob(f"{distribution}-*.dist-info"):
            return version_of(found.name.removeprefix(distribution))
    return None


def has_package(folders: list[Path], package: str) -> bool:
    """Return whether a package is there, as a folder or installed from somewhere else."""
    return any(
        (folder / package).is_dir() or any(folder.glob(f"{package}-*.dist-info"))
        for folder in folders
    )


def ask(command: Command, *options: str) -> str | None:
    """Return what a program prints for some options, None where it doesn't end well."""
    try:
        done = subprocess.run(  # noqa: S603  # nosec B603  # It is the user's own program.
            [*command.starter, *options],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=PROGRAM_PATIENCE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else None


def beginning_of(program: str, most: int = 4096) -> bytes:
    """Return the first bytes of a program as the shell would find it; empty where it is none."""
    path = shutil.which(program)
    try:
        with open(path or os.devnull, "rb") as file:  # noqa: PTH123
            return file.read(most)
    except OSError:
        return b""


def _python_of(command: Command) -> Path | None:
    """Return the Python that a program runs on; None where another program starts it."""
    if _changes_python(command.words[: command.program]):
        return None
    program = command.words[command.program]
    found = shutil.which(program)
    if found is None:
        return None
    if command.first > command.program + 1:
        return Path(found)  # `python -m …`, `python script`.
    text = beginning_of(program)
    shebang = _SHEBANG.match(text) or _LONG_SHEBANG.match(text)
    return Path(os.fsdecode(shebang[1])) if shebang else None


def _changes_python(words: tuple[str, ...]) -> bool:
    """Return whether words before a program may lead to another environment than ours."""
    return any(
        word.startswith(("PATH=", "PYTHONPATH=")) or Path(word).name in _ENVIRONMENTS
        for word in words
    )
