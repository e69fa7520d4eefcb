"""Reads the file of a rule's `benchmark:`, which says what a job used."""

import json
from typing import Any

from .sender.plain import plain
from .sender.tails import read_tail


def read_benchmark(path: str) -> dict[str, Any] | None:
    """Return a benchmark's last row, by the names of its columns; None where there is none.

    It is a table with tabs, or lines of JSON (`.jsonl`).
    """
    # A job that is repeated has a row for each time; the heading must be among what is read.
    tail = read_tail(path)
    if tail is None or tail.offset:
        return None
    lines = [line for line in tail.text.splitlines() if line.strip()]
    try:
        if path.endswith(".jsonl"):
            row = json.loads(lines[-1])
        else:
            heading, *rows = (line.split("\t") for line in lines)
            row = dict(zip(heading, rows[-1], strict=False))
    except (ValueError, IndexError, RecursionError):
        return None
    return plain(row) if isinstance(row, dict) else None
