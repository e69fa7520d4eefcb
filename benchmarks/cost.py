"""What a job of each engine costs: requests, statements, bytes: `python -m benchmarks.cost`.

Counted in this process, on SQLite: what more jobs add to a run, and what more time adds to it in
which nothing happens. Nothing of it depends on how fast the machine is.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from math import inf
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from flask import Flask
from sqlalchemy import Engine, event

from benchmarks import runs
from benchmarks.engines import HEARTBEAT, Batches, Nextflow, Snakemake8, Tally, Teller
from benchmarks.load import Answer
from benchmarks.report import Section, command, number, table, tell
from benchmarks.size import stored_bytes
from panoptes.app import create_app
from panoptes.config.settings import Settings
from panoptes.database.connections import sql_engine

# Seconds of a job: of short ones, nobody has to ask whether a run that says nothing still goes on.
SHORT = 40.0
ENGINES: dict[str, Callable[..., Teller]] = {
    "Snakemake 8": Snakemake8,
    "Snakemake 9, our plugin": Batches,
    "Nextflow": Nextflow,
    "cwltool": partial(Batches, engine="cwltool", story=runs.cwltool),
    "miniwdl": partial(Batches, engine="miniwdl", story=runs.miniwdl),
    "any program": partial(Batches, engine="generic", story=runs.program, listening=HEARTBEAT),
}
# What only marks a transaction's bounds.
_BOUNDS = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "--")


@dataclass(frozen=True)
class Plan:
    """How much is counted: a run of `few` jobs, one of `many`, and one that has `idle` minutes."""

    few: int = 60
    many: int = 160
    idle: float = 20.0


QUICK = Plan(few=8, many=16, idle=2.0)


class Cost(NamedTuple):
    """What a run took; `asking` are requests that asked the database, `size` is in bytes."""

    requests: float
    asking: float
    statements: float
    size: float

    def less(self, other: "Cost") -> list[float]:
        """Return how much more than another run it took."""
        return [mine - theirs for mine, theirs in zip(self, other, strict=True)]


def cost(make: Callable[..., Teller], jobs: int, seconds: float) -> Cost:
    """Let a client tell of a run of so many jobs that takes so long, and count what that takes."""
    run = runs.make_run("cost", jobs, seconds)
    with TemporaryDirectory(prefix="panoptes-benchmark-") as folder, _counted() as seen:
        path = Path(folder) / "panoptes.db"
        app = create_app(Settings(db_url=f"sqlite:///{path}"))
        before = stored_bytes(path)
        app.test_client().get("/api/service-info")  # What is asked once is asked now.
        seen.clear()
        asked = [0, *(len(seen) for _ in replay(app, make(run, 0.0, 1.0, Tally())))]
        with app.app_context():
            sql_engine().dispose()
        asking = sum(one < other for one, other in pairwise(asked))
        return Cost(len(asked) - 1, asking, len(seen), stored_bytes(path) - before)


def replay(app: Flask, teller: Teller) -> Iterator[bytes]:
    """Let a client send all of its requests to an app, without waiting; yield each answer's body.

    For the client its run takes as long as it should, and ends now.
    """
    client, web = teller.client, app.test_client()
    teller.zero = time.time() - teller.run.seconds / teller.speed
    at = client.due
    while at < inf:
        client.sent = at
        head, _, body = next(client.requests).partition(b"\r\n\r\n")
        (method, path, _), *headers = (line.split(" ", 2) for line in head.decode().split("\r\n"))
        named = {name.rstrip(":"): " ".join(value) for name, *value in headers}
        answer = web.open(path, method=method, headers=named, data=body)
        client.received = b"\r\n\r\n" + answer.data
        if client.on_answer is not None:
            client.on_answer(Answer(b"HTTP/1.1 %d" % answer.status_code, len(answer.data), 0.0, at))
        yield answer.data
        at = max(at, client.next_due()) if client.next_due else inf


@contextmanager
def _counted() -> Iterator[list[str]]:
    """Yield the statements that this thread sends to any SQLite database opened meanwhile."""
    seen: list[str] = []
    own = threading.get_ident()

    def note(statement: str) -> None:
        if threading.get_ident() == own and not statement.startswith(_BOUNDS):
            seen.append(statement)

    def listen(connection: Any, _record: Any) -> None:
        connection.set_trace_callback(note)

    event.listen(Engine, "connect", listen)
    try:
        yield seen
    finally:
        event.remove(Engine, "connect", listen)


def run(plan: Plan) -> Section:
    """Count it for each engine."""
    of_jobs, of_time = [], []
    for name, make in ENGINES.items():
        tell(f"what a job of {name} costs")
        busy = partial(make, listening=inf)  # What it sends unasked is the time's, not the jobs'.
        jobs, seconds = plan.many - plan.few, SHORT * plan.few / runs.AT_ONCE
        few = cost(busy, plan.few, seconds)
        many = cost(busy, plan.many, seconds * plan.many / plan.few)
        of_jobs.append([name, *(number(each / jobs) for each in many.less(few))])
        long = runs.AT_ONCE * SHORT
        brief = cost(make, runs.AT_ONCE, long)
        slow = cost(make, runs.AT_ONCE, long + 60 * plan.idle)
        of_time.append([name, *(number(each / plan.idle) for each in slow.less(brief)[:3])])
    headers = ("requests", "that ask the database", "statements", "bytes stored")
    tables = [table(("per job", *headers), of_jobs)]
    tables.append(table(("per minute in which nothing happens", *headers[:3]), of_time))
    return Section("What a job costs", [], tables)


if __name__ == "__main__":
    command(__doc__, lambda quick: run(QUICK if quick else Plan()))
