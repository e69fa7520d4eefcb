"""How much memory a process holds, as Linux tells it."""

import re
from pathlib import Path

_FORGET_PEAK = "5"  # see clear_refs in proc(5)


def resident(pid: int) -> float:
    """Return what a process holds now, in MB."""
    return _status(pid, "VmRSS")


def peak(pid: int) -> float:
    """Return the most that a process held since its start or since `forget_peak`, in MB."""
    return _status(pid, "VmHWM")


def forget_peak(pid: int) -> None:
    """Begin to look for the peak anew."""
    Path(f"/proc/{pid}/clear_refs").write_text(_FORGET_PEAK)


def _status(pid: int, name: str) -> float:
    found = re.search(rf"{name}:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    if found is None:
        raise LookupError(f"This system doesn't tell {name}")
    return int(found[1]) / 1024
