"""Commands as they are, and the same ones behind `panoptes run`, with a server that takes all."""

import os
import pty
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from devtools.running import ROOT, clean_environment
from tests.door import Door, open_door

TIME_LIMIT = 60
RUN = (sys.executable, "-m", "panoptes", "run")


class Outcome(NamedTuple):
    """What came through each of the ways out, and the exit code, negative for a signal."""

    code: int
    out: bytes
    err: bytes = b""


@pytest.fixture
def door() -> Iterator[Door]:
    with open_door() as opened:
        yield opened


@pytest.fixture
def environment(door: Door) -> dict[str, str]:
    """What a wrapper sees, and its command."""
    own = {"PYTHONPATH": str(ROOT), "PANOPTES_URL": door.url, "TERM": "xterm-256color"}
    return clean_environment() | own


Start = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def start(environment: dict[str, str], tmp_path: Path) -> Iterator[Start]:
    """Return a function that starts `panoptes run` in a session of its own; it is ended."""
    started: list[subprocess.Popen[bytes]] = []

    def start(*words: str, **options: object) -> "subprocess.Popen[bytes]":
        asked = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        wrapped = subprocess.Popen(
            [*RUN, *words],
            env=environment,
            cwd=tmp_path,
            start_new_session=True,
            **(asked | options),  # type: ignore[call-overload]
        )
        started.append(wrapped)
        return wrapped

    yield start
    for each in started:
        if each.poll() is None:
            os.killpg(each.pid, 9)
        each.communicate()


def through_pipes(words: Sequence[str], env: Mapping[str, str], folder: Path) -> Outcome:
    """Run a command whose stdout and stderr go to two pipes."""
    done = subprocess.run(
        words,
        env=env,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=TIME_LIMIT,
        check=False,
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


def through_one_pipe(words: Sequence[str], env: Mapping[str, str], folder: Path) -> Outcome:
    """Run a command as `2>&1 |` does."""
    done = subprocess.run(
        words,
        env=env,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=TIME_LIMIT,
        check=False,
    )
    return Outcome(done.returncode, done.stdout)


def through_a_terminal(words: Sequence[str], env: Mapping[str, str], folder: Path) -> Outcome:
    """Run a command in a terminal."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        words,
        env=env,
        cwd=folder,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    drawn = b""
    try:
        while piece := _piece(ours):
            drawn += piece
        return Outcome(process.wait(TIME_LIMIT), drawn)
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def _piece(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65_536)
    except OSError:  # Nobody has the other side any more.
        return b""
