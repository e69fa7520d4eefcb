"""Events a second and the time of an answer, for one to 64 clients: `python -m benchmarks.ingest`.

With `--db postgres --workers 1,2,4` it compares PostgreSQL with SQLite, and shows how panoptes
grows with worker processes.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from itertools import product

from benchmarks import servers
from benchmarks.load import Measured, measure
from benchmarks.report import (
    Line,
    Section,
    Shown,
    fraction,
    median,
    milliseconds,
    number,
    show,
    table,
    times,
)
from benchmarks.traffic import reporters
from devtools.postgres import MISSING, find_binaries, running_postgres
from devtools.running import Server

KEPT, NEW = "kept open", "one per event"


@dataclass(frozen=True)
class Plan:
    """How much is measured."""

    rounds: int = 3
    seconds: float = 1.2
    clients: tuple[int, ...] = (1, 4, 16, 64)
    traffic: tuple[str, ...] = ("state", "noise", "mix")
    connections: tuple[str, ...] = (NEW, KEPT)


QUICK = Plan(rounds=1, seconds=0.3, clients=(1, 16))
# What is compared on PostgreSQL and on SQLite.
STATE = Plan(traffic=("state",), clients=(16,), connections=(KEPT,))
# Traffic, connection, clients, server -> one measurement of each round.
Key = tuple[str, str, int, str]
Results = dict[Key, list[Measured]]


def take(server: Server, traffic: str, connection: str, number: int, seconds: float) -> Measured:
    """Measure one load, on runs of its own."""
    clients = reporters(server, number, traffic, seconds)
    for client in clients:
        client.keep_alive = connection == KEPT
    return measure(server.url, clients, seconds)


def compare(starts: dict[str, servers.Start], plan: Plan) -> Results:
    """Measure everything, all servers taking turns; each turn starts its server anew."""
    results: Results = {}
    turns = [
        (traffic, name) for _ in range(plan.rounds) for traffic in plan.traffic for name in starts
    ]
    for traffic, name in turns:
        with starts[name]() as server:
            take(server, traffic, NEW, 4, 0.3)  # What is loaded late is loaded now.
            for connection in plan.connections:
                for number in plan.clients:
                    found = take(server, traffic, connection, number, plan.seconds)
                    results.setdefault((traffic, connection, number, name), []).append(found)
    return results


def rate(results: Results, key: Key) -> float:
    """Return events a second, the median of the rounds."""
    return median(each.rate for each in results[key])


def percentile(results: Results, key: Key, share: float) -> float:
    """Return within how many seconds this share was answered, the median of the rounds."""
    return median(each.percentile(share) for each in results[key])


def _table(results: Results, traffic: str, plan: Plan, names: Sequence[str]) -> str:
    headers = ["connections", "clients", *(f"{name} events/s" for name in names)]
    headers += [f"{name} p50 / p99 ms" for name in names]
    rows = []
    for connection in plan.connections:
        for clients in plan.clients:
            keys = [(traffic, connection, clients, name) for name in names]
            row = [connection, str(clients), *(number(rate(results, key)) for key in keys)]
            rows.append([*row, *(_latency(results, key) for key in keys)])
    return f"{TITLES[traffic]}\n\n{table(headers, rows)}"


TITLES = {
    "state": "State events (job_info, shellcmd, job_finished, progress), once each:",
    "noise": "Noise (`debug`, `dag_debug`):",
    "mix": "The mix of Snakemake 8.30, every event twice:",
}
# What goes to the database, as it comes and by itself.
SHORT = {"mix": "what Snakemake 8.30 sends", "state": "state events alone"}
# At least so much of what the limit does, which stores nothing.
OF_THE_LIMIT = {"mix": 0.75, "state": 0.6}


def _latency(results: Results, key: Key) -> str:
    shares = (percentile(results, key, share) * 1000 for share in (0.5, 0.99))
    return " / ".join(number(share) for share in shares)


def _summary(results: Results, plan: Plan) -> Iterator[Line]:
    stored = [traffic for traffic in SHORT if traffic in plan.traffic]
    for traffic, clients, connection in product(stored, (1, 16), plan.connections):
        if clients in plan.clients:
            yield from _rate_lines(results, traffic, clients, connection)
    for connection in plan.connections if 16 in plan.clients else ():
        for traffic in stored:
            yield _tail_line(results, traffic, connection)
        if "noise" in plan.traffic:
            yield _noise_line(results, connection)


def _rates(results: Results, traffic: str, connection: str, clients: int) -> list[float]:
    return [rate(results, (traffic, connection, clients, name)) for name in servers.ALL]


def _shown(rates: Sequence[float]) -> Shown:
    return Shown(*(f"{number(each)}/s" for each in rates))


def _rate_lines(results: Results, traffic: str, clients: int, connection: str) -> Iterator[Line]:
    ours, peer, limit = rates = _rates(results, traffic, connection, clients)
    shown, goal = _shown(rates), 6.0 if clients == 1 else 8.0
    number_of = f"{clients} client{'s' * (clients > 1)}"
    what = f"ingest of {SHORT[traffic]}, {number_of}, connection {connection}"
    met = ours >= goal * peer
    yield Line(what, f">= {goal:g} x the peer", shown, times(ours, peer), met)
    share = OF_THE_LIMIT[traffic]
    yield Line(what, f">= {share:g} x the limit", shown, times(ours, limit), ours >= share * limit)


def _tail_line(results: Results, traffic: str, connection: str) -> Line:
    tails = [percentile(results, (traffic, connection, 16, name), 0.99) for name in servers.ALL]
    what = f"p99 of {SHORT[traffic]} at 16 clients, connection {connection}"
    shown = Shown(*map(milliseconds, tails))
    met = tails[0] <= tails[1] / 20
    return Line(what, "<= 1/20 of the peer's", shown, fraction(tails[0], tails[1]), met)


def _noise_line(results: Results, connection: str) -> Line:
    ours, _, limit = rates = _rates(results, "noise", connection, 16)
    shown = _shown(rates)
    what = f"noise events, 16 clients, connection {connection}"
    return Line(what, ">= 0.95 x the limit", shown, times(ours, limit), ours >= 0.95 * limit)


def _checks(results: Results) -> str:
    """Say whether the generator was in the way, and what wasn't answered 200."""
    busy = max(each.busy for found in results.values() for each in found)
    refused = {
        " ".join(map(str, key)): bad
        for key, found in results.items()
        if (bad := sum(each.statuses.total() - each.statuses[200] for each in found))
    }
    return (
        f"The generator needed at most {busy:.0%} of one core. Answers other than 200: "
        f"{json.dumps(refused) if refused else 'none'}."
    )


def run(plan: Plan) -> Section:
    """Compare all three and return what was found."""
    results = compare(servers.ALL, plan)
    tables = [_table(results, traffic, plan, list(servers.ALL)) for traffic in plan.traffic]
    return Section("Ingest", list(_summary(results, plan)), [*tables, _checks(results)])


@contextmanager
def _postgres() -> Iterator[str]:
    """Run a PostgreSQL, and yield the URL of a database on it."""
    binaries = find_binaries()
    if binaries is None:
        raise SystemExit(MISSING)
    with running_postgres(binaries) as url:
        yield url.format(name="postgres")


def beside_sqlite(plan: Plan) -> Section:
    """Compare one process of panoptes, under its own server, on PostgreSQL and on SQLite."""
    names = ("PostgreSQL", "SQLite", "limit")
    with _postgres() as url:
        on_each = (partial(servers.ours, db_url=url), servers.ours, servers.limit)
        results = compare(dict(zip(names, on_each, strict=True)), plan)
    lines = []
    for traffic, clients, connection in product(plan.traffic, plan.clients, plan.connections):
        ours, sqlite, limit = (
            rate(results, (traffic, connection, clients, name)) for name in names
        )
        lines.append(
            Line(
                f"{SHORT[traffic]} on PostgreSQL, one process, {clients} clients, "
                f"connection {connection}",
                f">= 0.62 x SQLite's {number(sqlite)}/s",
                Shown(f"{number(ours)}/s", limit=f"{number(limit)}/s"),
                times(ours, sqlite),
                ours >= 0.62 * sqlite,
            )
        )
    tables = [_table(results, traffic, plan, names) for traffic in plan.traffic]
    return Section("Ingest on PostgreSQL and on SQLite", lines, [*tables, _checks(results)])


def grow(plan: Plan, workers: Sequence[int]) -> Section:
    """Compare worker processes on one PostgreSQL, and do-nothing routes under the same server."""
    with _postgres() as url:
        starts: dict[str, Callable[[], AbstractContextManager[Server]]] = {}
        for number_of in workers:
            starts[f"ours, {number_of}"] = partial(
                servers.gunicorn, "panoptes.wsgi:app", number_of, PANOPTES_DB_URL=url
            )
            starts[f"limit, {number_of}"] = partial(
                servers.gunicorn, "benchmarks.nothing:app", number_of
            )
        results = compare(starts, plan)
    tables = [_table(results, traffic, plan, list(starts)) for traffic in plan.traffic]
    title = "Ingest on PostgreSQL, by worker processes of gunicorn"
    return Section(title, [], [*tables, _checks(results)])


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(each) for each in text.split(","))


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split(","))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a smoke run")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--seconds", type=float, help="of each measurement")
    parser.add_argument("--clients", type=_numbers, help="such as 1,16")
    parser.add_argument("--traffic", type=_words, help="state,noise,mix")
    parser.add_argument("--db", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--workers", type=_numbers, default=(1, 2, 4), help="with --db postgres")
    return parser.parse_args()


def main() -> int:
    """Run the command."""
    given = _arguments()
    plan = QUICK if given.quick else Plan()
    chosen = {name: vars(given)[name] for name in ("rounds", "seconds", "clients", "traffic")}
    plan = Plan(**vars(plan) | {name: value for name, value in chosen.items() if value})
    if given.db == "sqlite":
        show(run(plan))
    else:
        show(beside_sqlite(replace(plan, traffic=STATE.traffic, connections=STATE.connections)))
        show(grow(plan, given.workers))
    return 0


if __name__ == "__main__":
    sys.exit(main())
