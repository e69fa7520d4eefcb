"""What our plugin costs a real Snakemake 9 of 1,000 jobs: `python -m benchmarks.watched`."""

import json
import math
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from benchmarks import networks, servers
from benchmarks.overhead import ALONE, Times, check, compare
from benchmarks.overhead import Plan as Turns
from benchmarks.report import Line, Section, Shown, command, median, number, table
from devtools.install_clients import FOLDER, MISSING, Client, read_clients
from devtools.running import ROOT

NAME = "snakemake-9"
FOLDERS = (ROOT / "plugins/snakemake-logger-plugin-panoptes-ui", ROOT / "benchmarks/timed")
PLUGIN = {"PYTHONPATH": ":".join(map(str, FOLDERS))}
OPTIONS = ("--logger", "timed", "--logger-timed-address", "{url}")
DELAY = 0.05  # seconds each way
LOOPBACK, FAR, SILENT = "on loopback", "50 ms each way", "never answers"
MOST, PATIENCE = 1.02, 5.0
GOALS = {
    LOOPBACK: f"<= {MOST} x alone",
    FAR: f"<= {MOST} x alone",
    SILENT: f"<= {MOST} x alone, and {PATIENCE:.0f} s at the end",
}


@dataclass(frozen=True)
class Plan:
    """How much is measured; the stock plugin has few jobs, for it takes very long."""

    rounds: int = 5
    jobs: int = 1_000
    stock_rounds: int = 1
    stock_jobs: int = 40


QUICK = Plan(rounds=1, jobs=10, stock_jobs=2)


class OwnTimes(NamedTuple):
    """What a run spent on the plugin, in seconds (see `benchmarks/timed`)."""

    waited: float
    ending: float
    sending: float

    def share(self, watched: float, less: float = 0.0) -> float:
        """Return which part of the rest of a run of `watched` s that is, without `less` s.

        Snakemake may wait while the other thread works, so this is the most that it can be.
        """
        own = self.waited + self.sending - less
        return own / (watched - less - own)


def _ours(client: Client, plan: Plan) -> tuple[Times, dict[str, list[OwnTimes]]]:
    """Compare our plugin's servers, and make sure that what was sent is all there."""
    with ExitStack() as stack:
        file = Path(stack.enter_context(tempfile.TemporaryDirectory()), "times")
        near, distant = (stack.enter_context(servers.ours()) for _ in range(2))
        urls = {
            LOOPBACK: near.url,
            FAR: stack.enter_context(networks.far(distant.url, DELAY)),
            SILENT: stack.enter_context(networks.silent()),
        }
        turns = Turns(plan.rounds, plan.jobs, math.inf)
        variables = PLUGIN | {"PANOPTES_TIMES": str(file)}
        taken = compare(replace(client, options=OPTIONS), urls, turns, variables)
        for server in (near, distant):
            check(server, plan.rounds, plan.jobs)
        own = [OwnTimes(**json.loads(line)) for line in file.read_text().splitlines()]
        return taken, {name: own[place :: len(urls)] for place, name in enumerate(urls)}


def _stock(client: Client, plan: Plan) -> Times:
    """Compare the stock plugin's servers; one that never answers would take it hours."""
    with ExitStack() as stack:
        server = stack.enter_context(servers.ours())
        urls = {LOOPBACK: server.url, FAR: stack.enter_context(networks.far(server.url, DELAY))}
        return compare(client, urls, Turns(plan.stock_rounds, plan.stock_jobs, math.inf))


def ratio(taken: Times, name: str, less: float = 0.0) -> float:
    """Return how many times as long as alone it took, the rounds' median, without `less` s."""
    pairs = zip(taken[name], taken[ALONE], strict=True)
    return median((watched - less) / alone for watched, alone in pairs)


def _own_lines(own: dict[str, list[OwnTimes]], ours: Times, jobs: int) -> list[Line]:
    """Return what Snakemake spent on the plugin, as a share of its run: the rounds' median."""
    found = []
    for name, goal in GOALS.items():
        less = PATIENCE if name == SILENT else 0.0
        pairs = list(zip(own[name], ours[name], strict=True))
        share = median(each.share(watched, min(less, each.ending)) for each, watched in pairs)
        seconds = median(each.waited + each.sending for each, _ in pairs)
        found.append(
            Line(
                f"what of it is the plugin's, {jobs:,} jobs, a server {name}",
                goal.replace(f"{MOST} x alone", f"{MOST - 1:.0%} of the run"),
                Shown(f"{number(seconds)} s"),
                f"{share:.1%}",
                share <= MOST - 1,
            )
        )
    return found


def _lines(ours: Times, stock: Times, jobs: int) -> list[Line]:
    what = f"{jobs:,} jobs of Snakemake 9, our plugin, a server "
    found = []
    for name, goal in GOALS.items():
        is_met = ratio(ours, name, PATIENCE if name == SILENT else 0.0) <= MOST
        peer = f"{ratio(stock, name):.1f} x" if name in stock else "–"
        shown = Shown(f"{number(median(ours[name]))} s", peer, f"{number(median(ours[ALONE]))} s")
        found.append(Line(what + name, goal, shown, f"{ratio(ours, name):.3f} x", is_met))
    return found


def _row(plugin: str, jobs: int, taken: Times) -> list[str]:
    names = [ALONE, *GOALS]
    times = [number(median(taken[name])) if name in taken else "hours" for name in names]
    each = [f"{ratio(taken, name):.3f} x" if name in taken else "–" for name in GOALS]
    return [plugin, f"{jobs:,}", *times, *each]


def run(plan: Plan) -> Section:
    """Compare, where Snakemake 9 is installed, and return what was found.

    In the summary, the limit is a run that nobody watches, and the peer the stock plugin.
    """
    title = "A real Snakemake 9 with our plugin"
    client = next(each for each in read_clients() if each.name == NAME)
    if not client.is_installed(FOLDER):
        none = [Line(f"{title}, {name}", GOALS[name], Shown("–"), "–", None) for name in GOALS]
        return Section(title, none, [f"Left out: {NAME} {MISSING}."])
    (ours, own), stock = _ours(client, plan), _stock(client, plan)
    headers = ["seconds", "jobs", ALONE, *GOALS, *(f"{name}, ratio" for name in GOALS)]
    rows = [_row("ours", plan.jobs, ours), _row("stock", plan.stock_jobs, stock)]
    rounds = [[f"round {turn + 1}", *map(number, each)] for turn, each in enumerate(_turns(ours))]
    return Section(
        title,
        [*_lines(ours, stock, plan.jobs), *_own_lines(own, ours, plan.jobs)],
        [table(headers, rows), "Seconds with ours:", table(["", ALONE, *GOALS], rounds)],
    )


def _turns(taken: Times) -> list[tuple[float, ...]]:
    """Return the seconds of each round: alone, then by server."""
    return list(zip(*taken.values(), strict=True))


if __name__ == "__main__":
    command(__doc__, lambda quick: run(QUICK if quick else Plan()))
