"""What it saves to send events many at once: `python -m benchmarks.batches`."""

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, islice
from typing import Any

from benchmarks import servers
from benchmarks.load import Client, Measured, measure, request
from benchmarks.report import Line, Section, Shown, command, median, number, table, tell, times
from devtools.running import Server

TOGETHER = 500
# Events a second that are prepared for; where more go through, a client ends before its time.
CEILING = {1: 4_000, TOGETHER: 20_000}
GOAL = 5_000


@dataclass(frozen=True)
class Plan:
    """How much is measured."""

    rounds: int = 5
    seconds: float = 4.0


QUICK = Plan(rounds=1, seconds=1.0)


def events() -> Iterator[dict[str, Any]]:
    """Yield the events of a run without end, three a job."""
    for job in count():
        files = {"input": [f"in/{job}.fq"], "output": [f"out/{job}.bam"], "log": [f"log/{job}"]}
        asked = {"threads": 2, "resources": {"mem_mb": 1000, "disk_mb": 10}}
        begun = {"job": job, "rule": f"rule{job % 8}", "wildcards": {"sample": f"K{job % 200}"}}
        words = {"command": f"bwa mem in/{job}.fq > out/{job}.bam", "reason": "Missing output"}
        yield {"event": "job", "status": "running", **begun, **files, **asked, **words}
        yield {"event": "log", "text": f"job {job} began"}
        yield {"event": "job", "status": "done", "job": job}


def reporter(server: Server, together: int, seconds: float) -> Client:
    """Register a run and return its client, the requests prepared."""
    uid = f"by-{together}"
    run = json.dumps({"id": uid, "engine": "generic", "name": uid}).encode()
    measure(server.url, [Client(iter([request("POST", "/api/runs", run)]))], seconds)
    told, ready = events(), []
    for first in range(1, int(CEILING[together] * seconds), together):
        batch = {"first": first, "events": list(islice(told, together))}
        body = gzip.compress(json.dumps(batch).encode(), 1)
        path, packed = f"/api/runs/{uid}/events", {"Content-Encoding": "gzip"}
        ready.append(request("POST", path, body, packed))
    return Client(iter(ready))


def run(plan: Plan) -> Section:
    """Measure events one by one and many at once, in alternating rounds on one process."""
    section = Section("Events many at once")
    found: dict[int, list[Measured]] = {1: [], TOGETHER: []}
    for turn in range(plan.rounds):
        tell(f"events one by one and {TOGETHER} at once, round {turn + 1} of {plan.rounds}")
        for together, measured in found.items():
            with servers.ours() as server:
                client = reporter(server, together, plan.seconds)
                measured.append(measure(server.url, [client], plan.seconds))
    rates = {
        together: together * median(each.rate for each in measured)
        for together, measured in found.items()
    }
    rows = [(f"{together} a request", number(rate)) for together, rate in rates.items()]
    section.tables.append(table(("events of one run, SQLite", "a second"), rows))
    ratio, rate = times(rates[TOGETHER], rates[1]), rates[TOGETHER]
    shown = Shown(number(rate), limit=number(rates[1]))
    goal = f">= {GOAL:,} a second"
    section.summary.append(
        Line(f"events, {TOGETHER} at once, against one by one", goal, shown, ratio, rate >= GOAL)
    )
    return section


if __name__ == "__main__":
    command(__doc__, lambda quick: run(QUICK if quick else Plan()))
