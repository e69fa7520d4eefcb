"""Ends a program as Ctrl-C in its terminal does: it and what it started are interrupted."""

import os
import signal
import subprocess  # nosec B404
from contextlib import suppress
from pathlib import Path


def interrupt(program: int) -> None:
    """Send SIGINT to the program with this process id and to what it started, as a terminal would.

    Others in our group (the rest of a script, a pipe's other end) are left alone.
    """
    group, parents = os.getpgrp(), _parents()
    started = [program]
    for parent in started:  # It grows by their children, and theirs.
        started += [child for child, its_parent in parents.items() if its_parent == parent]
    if program == os.getpid():
        started.reverse()  # Itself at last; any other has no time to go on after its children.
    for process in started:
        with suppress(OSError):
            if os.getpgid(process) == group:
                os.kill(process, signal.SIGINT)


def _parents() -> dict[int, int]:
    """Return the parent of each process."""
    stats = list(Path("/proc").glob("[0-9]*/stat"))
    if not stats:  # No Linux.
        command = ["ps", "-A", "-o", "pid=,ppid="]
        listed = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # nosec B603
        return {int(pid): int(parent) for pid, parent in map(str.split, listed.stdout.splitlines())}
    found = {}
    for stat in stats:
        with suppress(OSError, ValueError, IndexError):
            # The program's name, in brackets, may hold anything.
            fields = stat.read_text(errors="replace").rpartition(")")[2].split()
            found[int(stat.parent.name)] = int(fields[1])
    return found
