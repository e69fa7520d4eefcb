"""How much panoptes takes: bytes of a job, start-up, memory: `python -m benchmarks.size`."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import filling, memory, servers
from benchmarks.load import measure
from benchmarks.report import Line, Section, Shown, command, median, number, table, tell, times
from benchmarks.traffic import reporters
from panoptes.app import create_app
from panoptes.common.clock import utcnow
from panoptes.config.settings import Settings

FIRST, AGAIN = "a new database", "a database that is there"


@dataclass(frozen=True)
class Plan:
    """How much is measured."""

    rounds: int = 5
    jobs: int = 10_000
    seconds: float = 5.0


QUICK = Plan(rounds=1, jobs=500, seconds=0.5)
# By server: figures of each round.
ByServer = dict[str, list[float]]


# --- the database ---------------------------------------------------------------------------------


def database_sizes(jobs: int) -> tuple[float, float, dict[str, float]]:
    """Return how many bytes a job takes, ours and the peer's, and ours by table and index."""
    with TemporaryDirectory(prefix="panoptes-benchmark-") as name:
        ours, theirs = Path(name) / "panoptes.db", Path(name) / ".panoptes.db"
        app = create_app(Settings(db_url=f"sqlite:///{ours}"))
        empty = stored_bytes(ours)
        filling.fill(app, [("big", filling.run_events(jobs, utcnow()))])
        with servers.peer(Path(name)):
            peer_empty = stored_bytes(theirs)
            filling.fill_peer(theirs, "big", jobs, utcnow())
        parts = {part: size / jobs for part, size in _parts(ours).items()}
        return (
            (stored_bytes(ours) - empty) / jobs,
            (stored_bytes(theirs) - peer_empty) / jobs,
            parts,
        )


def stored_bytes(database: Path) -> int:
    """Return the size of a database with all that waits in its log."""
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        [[pages]] = connection.execute("PRAGMA page_count")
        [[page]] = connection.execute("PRAGMA page_size")
        return int(pages * page)


def _parts(database: Path) -> dict[str, int]:
    """Return the bytes of each table and index, the largest first; nothing where SQLite can't."""
    with closing(sqlite3.connect(database)) as connection:
        options = [option for (option,) in connection.execute("PRAGMA compile_options")]
        if "ENABLE_DBSTAT_VTAB" not in options:
            return {}
        query = "SELECT name, sum(pgsize) FROM dbstat GROUP BY name ORDER BY 2 DESC"
        return dict(connection.execute(query))


# --- start-up and memory --------------------------------------------------------------------------


def start_ups(plan: Plan) -> dict[str, ByServer]:
    """Return how many seconds pass from the start of a process to its first answer, in turns."""
    found: dict[str, ByServer] = {FIRST: {}, AGAIN: {}}
    for _ in range(plan.rounds):
        for name, start in (("ours", servers.ours), ("peer", servers.peer)):
            with TemporaryDirectory(prefix="panoptes-benchmark-") as folder:
                for when in (FIRST, AGAIN):
                    begun = time.perf_counter()
                    with start(Path(folder)):
                        took = time.perf_counter() - begun
                    found[when].setdefault(name, []).append(took)
        begun = time.perf_counter()
        with servers.limit():
            found[FIRST].setdefault("limit", []).append(time.perf_counter() - begun)
    return found


@dataclass(frozen=True)
class Held:
    """What a server holds in MB: after its start, and at most while 16 runs report."""

    rest: float
    load: float


def memories(plan: Plan) -> dict[str, Held]:
    """Measure the memory of each server."""
    found = {}
    for name, start in servers.ALL.items():
        with start() as server:
            rest = memory.resident(server.process.pid)
            measure(server.url, reporters(server, 16, "mix", plan.seconds), plan.seconds)
            found[name] = Held(rest, memory.peak(server.process.pid))
    return found


# --- telling --------------------------------------------------------------------------------------


def _start_lines(starts: dict[str, ByServer], held: dict[str, Held]) -> Iterator[Line]:
    for when, by_server in starts.items():
        seconds = {name: median(each) for name, each in by_server.items()}
        shown = Shown(**{name: f"{number(each)} s" for name, each in seconds.items()})
        ratio = times(seconds["ours"], seconds["peer"])
        is_met = seconds["ours"] <= seconds["peer"]
        yield Line(f"start-up on {when}", "<= the peer's", shown, ratio, is_met)
    shown = Shown(**{name: f"{number(each.rest)} MB" for name, each in held.items()})
    ratio = times(held["ours"].rest, held["peer"].rest)
    is_met = held["ours"].rest <= held["peer"].rest
    yield Line("memory at rest", "<= the peer's", shown, ratio, is_met)


def run(plan: Plan) -> Section:
    """Measure everything and return what was found."""
    tell("start-up and memory")
    starts, held = start_ups(plan), memories(plan)
    tell(f"the size of {plan.jobs:,} jobs")
    ours, peer, parts = database_sizes(plan.jobs)
    shown = Shown(*(f"{number(each / 1000)} KB" for each in (ours, peer)))
    per_job = Line("database, per job", "<= 1.2 KB", shown, times(ours, peer), ours <= 1200)
    loads = table(
        ("MB", *held),
        [
            ["at rest", *(number(each.rest) for each in held.values())],
            ["at most, 16 runs reporting", *(number(each.load) for each in held.values())],
        ],
    )
    # What doesn't grow with the jobs is left out.
    rows = [[part, number(size)] for part, size in parts.items() if size >= 1]
    by_part = table(("bytes per job", "ours"), rows)
    section = Section("Size, start-up and memory", [*_start_lines(starts, held), per_job])
    section.tables += [loads, by_part]
    return section


if __name__ == "__main__":
    command(__doc__, lambda quick: run(QUICK if quick else Plan()))
