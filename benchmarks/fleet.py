"""A thousand runs at once, an hour of their time in minutes of ours: `python -m benchmarks.fleet`.

A quarter each is told by Snakemake 8 as it comes, by Snakemake 9 with our plugin, by Nextflow, and
in batches by cwltool, miniwdl and any program. Some people look at their pages meanwhile.
"""

import argparse
import gc
import gzip
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from math import inf
from os import cpu_count
from random import Random
from typing import Any, NamedTuple

from benchmarks import processor, runs, servers
from benchmarks.engines import HEARTBEAT, Batches, Nextflow, Snakemake8, Tally, Teller
from benchmarks.load import Answer, Client, measure, request
from benchmarks.report import Line, Section, Shown, milliseconds, number, show, table, tell
from devtools.postgres import MISSING, find_binaries, running_cluster
from devtools.running import Server

HOUR = 3600.0
# The part of the hour in which the runs begin.
BEGINNING = 0.05
# Of the runs, one in so many fails.
FAILS = 10
PERIOD = 1.0  # seconds between two polls of a page
# Seconds after the last run's end for which people go on to look for what they haven't seen.
GRACE = 25.0
# Seconds that runs may end too late, before the load is given up.
TOO_LATE = 300.0
# Snakemake 8 waits for each answer: with slower ones, its runs take longer (docs/scaling.md).
PATIENCE_OF_SNAKEMAKE_8 = 0.1
# A tenth of the time after which our sender takes a server for dead (`panoptes/sender`).
PATIENCE_OF_OTHERS = 1.0
MOST_LAG = 2.0

SNAKEMAKE_8, SNAKEMAKE_9, NEXTFLOW, BATCHES = KINDS = (
    "Snakemake 8",
    "Snakemake 9, our plugin",
    "Nextflow",
    "CWL, WDL, any program",
)
_IN_BATCHES: tuple[Callable[..., Teller], ...] = (
    partial(Batches, engine="cwltool", story=runs.cwltool),
    partial(Batches, engine="miniwdl", story=runs.miniwdl),
    partial(Batches, engine="generic", story=runs.program, listening=HEARTBEAT),
)
_TELLERS: dict[str, tuple[Callable[..., Teller], ...]] = {
    SNAKEMAKE_8: (Snakemake8,),
    SNAKEMAKE_9: (Batches,),
    NEXTFLOW: (Nextflow,),
    BATCHES: _IN_BATCHES,
}
# Where people and scripts look, and what says there how many jobs of a run are done.
PAGE, API = "page of a run", "run in the API"
PATHS = {PAGE: "/workflow/{}", API: "/api/workflow/{}"}
SHOWN = {
    PAGE: re.compile(rb"<span>([0-9,]+)(?: of [0-9,]+)? done"),
    API: re.compile(rb'"jobs_done":\s*(\d+)'),
}


@dataclass(frozen=True)
class Plan:
    """How much is simulated: `jobs` are those of each run, `pages` are open pages of runs.

    As many ask for runs in the API. `workers` are the processes on PostgreSQL; 0 stands for SQLite.
    """

    runs: int = 1000
    jobs: int = 24
    minutes: float = 6.0
    pages: int = 10
    workers: tuple[int, ...] = (0, 1, 2, 4)

    @property
    def speed(self) -> float:
        """How much faster than ours the runs' time passes, and how much shorter their jobs are."""
        return HOUR / (60 * self.minutes)


QUICK = Plan(runs=16, jobs=8, minutes=0.1, pages=4, workers=(0,))


# --- the runs, and who looks at them --------------------------------------------------------------


def make_tellers(plan: Plan, tallies: dict[str, Tally]) -> list[Teller]:
    """Return the clients of all runs, the engines taking turns."""
    chance, tellers = Random(7), []
    for place in range(plan.runs):
        kind, turn = KINDS[place % len(KINDS)], place // len(KINDS)
        makers = _TELLERS[kind]
        seconds = (1 - BEGINNING) * HOUR
        name = f"{kind.partition(',')[0].replace(' ', '')}-{place:04}"
        run = runs.make_run(name, plan.jobs, seconds, fails=turn % FAILS == FAILS - 1)
        begin = chance.uniform(0, BEGINNING * HOUR / plan.speed)
        tellers.append(makers[turn % len(makers)](run, begin, plan.speed, tallies[kind]))
    return tellers


@dataclass(eq=False)
class Onlooker:
    """Somebody who looks at a run: an open page as a browser polls it, or a script at the API.

    `lags` are the seconds from a request that told of a done job to the answer that showed it.
    """

    teller: Teller
    path: str
    shows: re.Pattern[bytes]
    tally: Tally
    may_go: Callable[[], bool]
    begin: float
    lags: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._etag = ""
        self._due = self.begin
        self.client = Client(
            self._requests(),
            due=self.begin,
            on_answer=self._take,
            next_due=lambda: self._due,
            keeps=False,
        )

    @property
    def unseen(self) -> int:
        """How often the run told of done jobs of which nothing was seen yet."""
        return len(self.teller.done) - len(self.lags)

    def _requests(self) -> Iterator[bytes]:
        while True:
            self.tally.send()
            known = {"If-None-Match": self._etag, "Poll": "1"} if self._etag else {}
            # Before the run is known, its page is looked for in the list.
            path = self.path.format(self.teller.workflow) if self.teller.workflow else "/workflows/"
            yield request("GET", path, headers=known)

    def _take(self, answer: Answer) -> None:
        self.tally.take(answer)
        self._due = inf if self.may_go() else max(self._due + PERIOD, answer.at)
        if answer.status != 200 or not self.teller.workflow:
            return
        self._etag = answer.header("etag")
        body = self.client.body
        if answer.header("content-encoding") == "gzip":
            body = gzip.decompress(body)
        found = self.shows.search(body)
        done = int(found[1].replace(b",", b"")) if found else 0
        for told, at in self.teller.done[len(self.lags) :]:
            if told > done:
                break
            self.lags.append(answer.at - at)


def make_onlookers(
    plan: Plan, tellers: Sequence[Teller], tally: Tally
) -> dict[str, list[Onlooker]]:
    """Return people with open pages and scripts that ask the API, of runs of all engines."""
    chance = Random(11)
    made: dict[str, list[Onlooker]] = {PAGE: [], API: []}
    gone_at: list[float] = []

    def may_go() -> bool:
        if not all(teller.is_over for teller in tellers):
            return False
        gone_at.append(time.monotonic())
        if time.monotonic() > gone_at[0] + GRACE:
            return True
        return not any(each.unseen for those in made.values() for each in those)

    for name, path in PATHS.items():
        for teller in tellers[: plan.pages]:
            begin = chance.uniform(0, PERIOD)
            made[name].append(Onlooker(teller, path, SHOWN[name], tally, may_go, begin))
    return made


# --- the simulation -------------------------------------------------------------------------------


class Place(NamedTuple):
    """What reports are sent to: its name, the server, and the first process of its database."""

    name: str
    server: Server
    database: int | None


@dataclass(frozen=True)
class Used:
    """Which share of one core was used: by panoptes's processes, PostgreSQL and the generator.

    `busiest` is the busiest process of panoptes, `machine` the share of all cores together.
    """

    busiest: float
    ours: float
    database: float
    generator: float
    machine: float

    def full_first(self) -> str:
        """Say what is nearest to being full."""
        cores = cpu_count() or 1
        candidates = {
            "one core, by a process of panoptes": self.busiest,
            f"all {cores} cores": self.machine,
        }
        name, share = max(candidates.items(), key=lambda each: each[1])
        return f"{name} ({share:.0%})"


@dataclass(frozen=True)
class Found:
    """What a simulation showed; `wrong` names runs that didn't end as they should."""

    place: str
    runs: int
    minutes: float
    tallies: dict[str, Tally]
    pages: Tally
    lags: dict[str, list[float]]
    unseen: int
    used: Used
    wrong: Sequence[str]


def simulate(plan: Plan, place: Place) -> Found:
    """Let all runs report, and people look at them."""
    tell(f"{plan.runs:,} runs, an hour in {plan.minutes:g} minutes: {place.name}")
    tallies = {kind: Tally() for kind in KINDS}
    tellers, pages = make_tellers(plan, tallies), Tally()
    onlookers = make_onlookers(plan, tellers, pages)
    people = [each for those in onlookers.values() for each in those]
    gc.collect()
    gc.freeze()  # Thousands of clients that live to the end needn't be looked through.
    zero = time.time()
    for teller in tellers:
        teller.zero = zero
    with _using(place) as used:
        clients = [teller.client for teller in tellers] + [each.client for each in people]
        measured = measure(place.server.url, clients, 60 * plan.minutes + TOO_LATE)
    gc.unfreeze()
    return Found(
        place.name,
        plan.runs,
        measured.seconds / 60,
        tallies,
        pages,
        {name: [lag for each in those for lag in each.lags] for name, those in onlookers.items()},
        sum(each.unseen for each in people),
        used(measured.busy),
        _wrong(place.server, tellers),
    )


@contextmanager
def _using(place: Place) -> Iterator[Callable[[float], Used]]:
    """Yield what tells, at the end, how much was used; it is told the generator's share."""
    found: list[tuple[dict[int, float], float, float, float]] = []

    def look() -> None:
        ours = processor.used(place.server.process.pid)
        database = sum(processor.used(place.database).values()) if place.database else 0.0
        found.append((ours, database, processor.idle(), time.perf_counter()))

    def used(generator: float) -> Used:
        (before, database_before, idle_before, begun), (after, database, idle, ended) = found
        seconds = ended - begun
        each = [(spent - before.get(pid, 0.0)) / seconds for pid, spent in after.items()]
        cores = cpu_count() or 1
        return Used(
            max(each),
            sum(each),
            (database - database_before) / seconds,
            generator,
            1 - (idle - idle_before) / seconds / cores,
        )

    look()
    yield used
    look()


def _wrong(server: Server, tellers: Sequence[Teller]) -> list[str]:
    """Return what is wrong with runs that aren't as their client told: nothing may be lost."""
    told = {each["name"]: each for each in server.get("/api/workflows")["workflows"]}
    wrong = []
    for teller in tellers:
        run, shown = teller.run, told.get(teller.run.name, {})
        wanted = ("Error" if run.fails else "Done", run.done, int(run.fails), 0)
        names = ("status", "jobs_done", "jobs_failed", "jobs_running")
        found = tuple(shown.get(name) for name in names)
        if found != wanted:
            wrong.append(f"{run.name} is {found} and should be {wanted}")
    return wrong


@contextmanager
def places(workers: int) -> Iterator[Place]:
    """Start panoptes: on SQLite (0), or on a PostgreSQL of its own under gunicorn."""
    if not workers:
        with servers.ours() as server:
            yield Place("SQLite", server, None)
        return
    binaries = find_binaries()
    if binaries is None:
        raise LookupError(MISSING)
    with running_cluster(binaries) as cluster:
        url = cluster.url.format(name="postgres")
        first = int((cluster.folder / "data/postmaster.pid").read_text().split()[0])
        with servers.gunicorn("panoptes.wsgi:app", workers, PANOPTES_DB_URL=url) as server:
            named = f"PostgreSQL, {workers} process{'es' * (workers > 1)}"
            yield Place(named, server, first)


# --- telling --------------------------------------------------------------------------------------


def _share(values: Sequence[float], share: float) -> float:
    """Return the value below which this share lies; 0 where there are none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def _client_rows(found: Found) -> Iterator[list[str]]:
    for kind, tally in [*found.tallies.items(), ("open pages, API", found.pages)]:
        times = [_share(tally.seconds, share) for share in (0.5, 0.99, 1.0)]
        yield [
            f"{found.place}: {kind}",
            number(len(tally.seconds) / 60 / found.minutes),
            *map(milliseconds, times),
            str(tally.most),
            f"{number(_share(tally.late, 1.0))} s" if tally.late else "–",
        ]


def _place_row(found: Found) -> list[str]:
    used = found.used
    lags = [lag for lags in found.lags.values() for lag in lags]
    shares = (used.busiest, used.ours, used.database, used.generator, used.machine)
    return [
        found.place,
        f"{number(found.minutes)} min",
        *(f"{share:.0%}" for share in shares),
        used.full_first(),
        *(f"{number(_share(lags, share))} s" for share in (0.5, 0.99, 1.0)),
    ]


def _goal(what: str, value: float, most: float) -> Line:
    shown = Shown(milliseconds(value))
    return Line(what, f"<= {milliseconds(most)}", shown, f"{value / most:.2f} x", value <= most)


def _lines(found: Found) -> Iterator[Line]:
    what = f"{found.runs:,} runs at once, {found.place}: "
    tails = {kind: _share(tally.seconds, 0.99) for kind, tally in found.tallies.items()}
    yield _goal(f"{what}p99 of {SNAKEMAKE_8}", tails.pop(SNAKEMAKE_8), PATIENCE_OF_SNAKEMAKE_8)
    slowest = max(tails, key=lambda kind: tails[kind])
    yield _goal(
        f"{what}p99 of the others, the slowest {slowest}", tails[slowest], PATIENCE_OF_OTHERS
    )
    for name, lags in found.lags.items():
        yield _goal(f"{what}p99 of the lag, {name}", _share(lags, 0.99), MOST_LAG)
    true = found.runs - len(found.wrong)
    met = not found.wrong and not found.unseen
    yield Line(
        f"{what}end in their true state", "all", Shown(f"{true:,}"), f"{true / found.runs:.0%}", met
    )


def _checks(found: Sequence[Found]) -> str:
    """Say what wasn't as it should be."""
    told = []
    for each in found:
        refused = sum(
            (tally.statuses for tally in [*each.tallies.values(), each.pages]),
            start=Tally().statuses,
        )
        odd = {status: count for status, count in refused.items() if status not in (200, 201, 304)}
        if odd:
            told.append(f"{each.place}: answers {odd}.")
        if each.unseen:
            told.append(f"{each.place}: {each.unseen} ends of jobs were never seen.")
        told += [f"{each.place}: {what}." for what in each.wrong[:5]]
    return (
        " ".join(told) or "Answers other than 200, 201 and 304: none. All that was told was seen."
    )


def _about(plan: Plan) -> str:
    faster = number(plan.speed)
    return (
        f"{plan.runs:,} runs of {plan.jobs} jobs, up to {runs.AT_ONCE} at once, all begin within"
        f" {BEGINNING * 60:.0f} minutes of their hour, which takes {plan.minutes:g} of ours: jobs"
        f" begin and end {faster} times as often. How long clients wait between two requests, and"
        f" people between two looks, stays as it is; so the load is that of {plan.runs:,} runs of"
        f" {number(plan.jobs * plan.speed)} jobs an hour. {plan.pages} pages of runs are open and"
        f" polled every second, and as often a script asks the API for the same runs. Shares are of"
        " one core, that of the machine of all."
    )


CLIENT_HEADERS = ("client", "a second", "p50", "p99", "slowest", "at once", "latest end")
PLACE_HEADERS = (
    *("server", "took", "busiest process", "panoptes", "PostgreSQL", "generator", "machine"),
    *("full first", "lag p50", "lag p99", "lag at most"),
)


def run(plan: Plan) -> Section:
    """Simulate it on SQLite and, where it is installed, on PostgreSQL."""
    found = []
    for workers in plan.workers:
        if workers and not find_binaries():
            tell(f"PostgreSQL with {workers} processes is left out: {MISSING}")
            continue
        with places(workers) as place:
            found.append(simulate(plan, place))
    return section(plan, found)


def section(plan: Plan, found: Sequence[Found]) -> Section:
    """Tell what simulations showed."""
    title = f"{plan.runs:,} runs at once, an hour in {plan.minutes:g} minutes"
    summary = [line for each in found for line in _lines(each)]
    rows = [row for each in found for row in _client_rows(each)]
    tables = [_about(plan), table(CLIENT_HEADERS, rows)]
    tables += [table(PLACE_HEADERS, map(_place_row, found)), _checks(found)]
    return Section(title, summary, tables)


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a smoke run")
    parser.add_argument("--runs", type=int)
    parser.add_argument("--jobs", type=int, help="of each run")
    parser.add_argument("--minutes", type=float, help="of ours for their hour")
    parser.add_argument("--pages", type=int, help="that people have open")
    parser.add_argument(
        "--workers",
        type=lambda text: tuple(int(each) for each in text.split(",")),
        help="of gunicorn on PostgreSQL, such as 1,2,4; 0 is SQLite",
    )
    given: dict[str, Any] = vars(parser.parse_args())
    plan = QUICK if given.pop("quick") else Plan()
    chosen = {name: value for name, value in given.items() if value is not None}
    show(run(Plan(**vars(plan) | chosen)))


if __name__ == "__main__":
    main()
