"""A made-up year of nightly runs, to look at pages of history with: `python -m devtools.year`.

It serves them until it is stopped; nothing is kept. `--port N` chooses where.
"""

import sys
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from flask import Flask

from panoptes.app import create_app
from panoptes.cli.made_up.reporter import COMMANDS, RULES, SECONDS
from panoptes.cli.serve import serve
from panoptes.common import clock
from panoptes.config.settings import load

NIGHTS = 365
LANES = 4
# Nights before the last one: a rule grows slower from the first on, all is quicker from the second.
GROWS, MOVES = 120, 40
BASELINE = 100
# One night of so many fails, and one job of so many is tried again.
FAILS, RETRIES = 17, 90
ERROR = "samtools sort: couldn't allocate memory for bam_mem"
NOTES = {
    GROWS: "From tonight on with the longer reads of the new kit.",
    MOVES: "Moved to the new cluster: node9 has twice the cores.",
    3: "The file server was slow, says the admin; nothing changed on our side.",
}
Event = dict[str, Any]


def fill(app: Flask, now: datetime, nights: int = NIGHTS) -> None:
    """Report the runs of so many nights to an app, by the door for batches, the oldest first."""
    client = app.test_client()
    for ago in range(nights, 0, -1):
        chance = Random(ago)  # A picture needs no secrets.
        start = now.replace(hour=1, minute=30, second=0, microsecond=0) - timedelta(days=ago)
        uid = f"night-{ago}"
        told = list(_events(ago, start, chance))
        with clock.standing_at(start):
            run = {"id": uid, "engine": "generic", "name": "nightly", "description": _about(ago)}
            client.post("/api/runs", json=run)
        with clock.standing_at(datetime.fromtimestamp(told[-1]["time"], start.tzinfo)):
            client.post(f"/api/runs/{uid}/events", json={"first": 1, "events": told})
        if ago == BASELINE:
            run = client.get("/api/workflows?name=nightly").get_json()["workflows"][0]
            path = f"/api/workflow/{run['id']}/runs/{run['run']}"
            client.put(path, json={"baseline": True})


def _about(ago: int) -> Event:
    labels = ["weekend"] if ago % 7 < 2 else []
    labels += ["new-kit"] if ago <= GROWS else []
    host = "node9" if ago <= MOVES else "node7"
    cores = 16 if ago <= MOVES else 8
    return {
        "command": f"run-workflow --cores {cores}" + (" --long-reads" if ago <= GROWS else ""),
        "workdir": "/data/nightly",
        "host": host,
        "user": "pipeline",
        "cores": cores,
        "labels": labels,
        "note": NOTES.get(ago),
    }


def _events(ago: int, start: datetime, chance: Random) -> Iterator[Event]:
    """Yield what the run of a night says, in order: all samples through all rules."""
    begin = start.timestamp()
    rules = (*RULES, "kraken") if ago <= GROWS else RULES
    samples = [f"K{number:02}" for number in range(1, 9 + (NIGHTS - ago) // 90)]
    yield {"event": "run", "rules": dict.fromkeys(rules, len(samples)), "time": begin}
    failing = chance.choice(samples) if chance.randrange(FAILS) == 0 or ago == 2 else None
    found: list[Event] = []
    free = [begin + 5.0] * LANES
    for sample in samples:
        lane = free.index(min(free))
        for rule in rules:
            job = {"event": "job", "job": f"{rule}.{sample}", "rule": rule}
            about = {"wildcards": {"s": sample}, "command": COMMANDS.get(rule, "").format(s=sample)}
            took = _seconds(rule, ago) * chance.uniform(0.85, 1.2)
            fails = rule == "sort" and sample == failing
            if fails or chance.randrange(RETRIES) == 0:
                found.append({**job, **about, "status": "running", "time": free[lane]})
                free[lane] += took / 3
                found.append({**job, "status": "error", "error": ERROR, "time": free[lane]})
            if fails:
                break
            found.append({**job, **about, "status": "running", "time": free[lane]})
            free[lane] += took
            found.append({**job, "status": "done", "time": free[lane]})
    yield from sorted(found, key=lambda event: event["time"])
    yield {"event": "end", "status": "error" if failing else "done", "time": max(free) + 2.0}


def _seconds(rule: str, ago: int) -> float:
    """Return what a job of a rule usually takes on a night."""
    seconds = SECONDS.get(rule, 75) * (0.6 if ago <= MOVES else 1.0)
    if rule == "align" and ago <= GROWS:
        seconds *= 1 + 0.8 * (GROWS - ago) / GROWS
    return seconds * (2.2 if rule == "sort" and ago == 1 else 1.0)


def main(options: Mapping[str, str]) -> None:
    """Serve the year from a database that goes when the server does."""
    with TemporaryDirectory(prefix="panoptes-year-") as folder:
        settings = load({"db_url": f"sqlite:///{Path(folder, 'year.db')}", **options}, environ={})
        fill(create_app(settings), clock.utcnow())
        serve(settings)


if __name__ == "__main__":
    main({"port": sys.argv[2]} if sys.argv[1:2] == ["--port"] else {})
