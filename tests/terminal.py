"""A real terminal for tests: a program runs in it, and what it draws is read."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from select import select

PATIENCE = 30.0
SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[@-Z\\-_])")


@dataclass
class Terminal:
    """A program in a terminal: `drawn` is all that it has written so far."""

    process: subprocess.Popen[bytes]
    side: int
    drawn: str = field(default="")

    @property
    def words(self) -> str:
        """All that was written, without colours and movements."""
        return SEQUENCE.sub("", self.drawn).replace("\r", "")

    def wait_for(self, words: str) -> None:
        """Read until these words were written."""
        deadline = time.monotonic() + PATIENCE
        while words not in self.words:
            assert time.monotonic() < deadline, self.drawn
            assert self._read(), self.drawn

    def type(self, text: str) -> None:
        """Press keys."""
        os.write(self.side, text.encode())

    def end(self) -> int:
        """Read to the program's end and return its exit code."""
        deadline = time.monotonic() + PATIENCE
        while self._read():
            assert time.monotonic() < deadline, self.drawn
        return self.process.wait(timeout=PATIENCE)

    def _read(self) -> bool:
        """Read what is there, waiting for it; return whether the program may write more."""
        if not select([self.side], [], [], 0.5)[0]:
            return True
        try:
            piece = os.read(self.side, 65536)
        except OSError:  # Linux says so when the other side is closed.
            return False
        self.drawn += piece.decode(errors="replace")
        return bool(piece)


@contextmanager
def terminal(
    command: Sequence[str], env: Mapping[str, str], columns: int = 80, rows: int = 24
) -> Iterator[Terminal]:
    """Run a program in a terminal of a size; it is ended at the end."""
    side, other = pty.openpty()
    fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    own = {"TERM": "xterm-256color", "LANG": "C.UTF-8"}
    process = subprocess.Popen(
        command,
        env={**env, **own},
        stdin=other,
        stdout=other,
        stderr=other,
        start_new_session=True,
    )
    os.close(other)
    try:
        yield Terminal(process, side)
    finally:
        process.kill()
        process.wait()
        os.close(side)
