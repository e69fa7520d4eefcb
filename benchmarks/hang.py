"""Measures what 340 clients that hang, and 2,000 that trickle, cost 64 busy ones.

`python -m benchmarks.hang`
"""

import tempfile
from pathlib import Path
from statistics import median

from devtools.hanging import BUSY, HALF, IDLE, TRICKLING, busy, hanging, trickling
from devtools.running import running_server

ROUNDS = 5
EVENTS = 50


def p99(url: str) -> float:
    """Return how many milliseconds 99 of 100 events take at most."""
    seconds = sorted(answer.seconds for answer in busy(url, EVENTS))
    return seconds[int(len(seconds) * 0.99)] * 1000


def main() -> None:
    """Measure in turn without and with them, on a server of its own."""
    alone, beside_idle, beside_trickling = [], [], []
    with tempfile.TemporaryDirectory() as folder, running_server(Path(folder)) as server:
        p99(server.url)
        for _ in range(ROUNDS):
            alone.append(p99(server.url))
            with hanging(server.url):
                beside_idle.append(p99(server.url))
            with trickling(server.url):
                beside_trickling.append(p99(server.url))
    before = median(alone)
    print(f"p99 of {BUSY} busy clients, median of {ROUNDS} rounds: {before:.0f} ms alone")
    for measured, others in (
        (beside_idle, f"{IDLE} idle connections and {HALF} half-sent requests"),
        (beside_trickling, f"{TRICKLING} requests that trickle and are begun again"),
    ):
        after = median(measured)
        print(f"{after:.0f} ms beside {others} ({after / before:.2f} times)")


if __name__ == "__main__":
    main()
