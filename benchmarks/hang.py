"""Measures what 340 clients that hang cost 64 busy ones: `python -m benchmarks.hang`."""

import sys
import tempfile
from pathlib import Path
from statistics import median

from devtools.hanging import BUSY, HALF, IDLE, busy, hanging
from devtools.running import running_server

ROUNDS = 5
EVENTS = 50


def p99(url: str) -> float:
    """Return how many milliseconds 99 of 100 events take at most."""
    seconds = sorted(answer.seconds for answer in busy(url, EVENTS))
    return seconds[int(len(seconds) * 0.99)] * 1000


def main() -> None:
    """Measure in turn without and with them, on a server of its own."""
    alone, beside = [], []
    with tempfile.TemporaryDirectory() as folder, running_server(Path(folder)) as server:
        p99(server.url)
        for _ in range(ROUNDS):
            alone.append(p99(server.url))
            with hanging(server.url):
                beside.append(p99(server.url))
    sys.stdout.write(
        f"p99 of {BUSY} busy clients, median of {ROUNDS} rounds: {median(alone):.0f} ms alone, "
        f"{median(beside):.0f} ms beside {IDLE} idle connections and {HALF} half-sent requests "
        f"({median(beside) / median(alone):.2f} times)\n"
    )


if __name__ == "__main__":
    main()
