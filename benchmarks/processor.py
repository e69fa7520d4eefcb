"""How much of the processor processes use, as Linux tells it."""

import os
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
# Of /proc/<pid>/stat behind the name: the parent, and times of its own and of children that ended.
_PARENT, _TIMES = 1, slice(11, 15)
# Of the first line of /proc/stat: what was spent idle, or waiting for a disk.
_IDLE = slice(4, 6)


def used(pid: int) -> dict[int, float]:
    """Return the seconds that a process and each below it have used, with those that ended."""
    found = {int(path.name): _stat(path) for path in Path("/proc").glob("[0-9]*")}
    below, more = {pid}, True
    while more:
        children = {each for each, stat in found.items() if stat and int(stat[_PARENT]) in below}
        more = not children <= below
        below |= children
    times = {each: found.get(each, [])[_TIMES] for each in below}
    return {each: sum(map(int, ticks)) / _TICKS for each, ticks in times.items()}


def idle() -> float:
    """Return how many seconds all cores together have had nothing to do."""
    first = Path("/proc/stat").read_text().partition("\n")[0].split()
    return sum(map(int, first[_IDLE])) / _TICKS


def _stat(path: Path) -> list[str]:
    """Return the fields behind a process's name, none where it has just ended."""
    try:
        return (path / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
