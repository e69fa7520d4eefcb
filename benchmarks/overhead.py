"""What watching costs a real Snakemake of 200 jobs: `python -m benchmarks.overhead`."""

import subprocess
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks import servers
from benchmarks.report import (
    Line,
    Section,
    Shown,
    command,
    fraction,
    median,
    number,
    table,
    tell,
    times,
)
from devtools.install_clients import FOLDER, MISSING, Client, read_clients
from devtools.running import Server, client_environment

SNAKEFILE = """\
rule all:
    input:
        expand("results/{number}.txt", number=range(config["jobs"])),


rule make:
    output:
        "results/{number}.txt",
    shell:
        "echo {wildcards.number} > {output}"
"""
# The peer answers 400 to every event of Snakemake 7.32.
CLIENTS = ("snakemake-8.30", "snakemake-9")
ALONE = "alone"
WHAT = "time added to Snakemake 8.30"
PEER_GOAL, LIMIT_GOAL = "<= 1/2.2 of the peer's", "<= 1.15 x the limit's"


@dataclass(frozen=True)
class Plan:
    """How much is measured; after `too_long` seconds a server gets no further round."""

    rounds: int = 3
    jobs: int = 200
    too_long: float = 60.0


QUICK = Plan(rounds=1, jobs=10)
Times = dict[str, list[float]]


def run_snakemake(
    client: Client, url: str, jobs: int, variables: Mapping[str, str] | None = None
) -> float:
    """Run the workflow in a fresh folder and return how many seconds that took.

    Without a URL nobody watches; with one, Snakemake sees the variables. A run that fails raises
    CalledProcessError.
    """
    with tempfile.TemporaryDirectory(prefix="panoptes-benchmark-") as name:
        folder = Path(name)
        (folder / "Snakefile").write_text(SNAKEFILE)
        options = [option.format(url=url, name=folder.name) for option in client.options if url]
        command = [str(FOLDER / client.name / "bin/snakemake"), "--cores", "2", *options]
        begun = time.perf_counter()
        subprocess.run(
            [*command, "--config", f"jobs={jobs}"],
            cwd=folder,
            env=client_environment(folder) | (dict(variables or {}) if url else {}),
            capture_output=True,
            check=True,
        )
        return time.perf_counter() - begun


def compare(
    client: Client, urls: Mapping[str, str], plan: Plan, variables: Mapping[str, str] | None = None
) -> Times:
    """Run the workflow alone and watched at each address in turns."""
    urls = {ALONE: "", **urls}
    taken: Times = {name: [] for name in urls}
    run_snakemake(client, "", 1)  # What is compiled and cached once is there now.
    for _ in range(plan.rounds):
        for name, url in urls.items():
            if sum(taken[name]) < plan.too_long:
                tell(f"{client.name}, {name}")
                taken[name].append(run_snakemake(client, url, plan.jobs, variables))
    return taken


def check(server: Server, runs: int, jobs: int) -> None:
    """Make sure that the server took note of everything that it is timed for."""
    told = server.get("/api/workflows")["workflows"]
    if [workflow["jobs_done"] for workflow in told] != [jobs + 1] * runs:
        raise RuntimeError(f"{server.url} missed something: {told}")


def added(taken: Times) -> dict[str, float]:
    """Return how many seconds each server added, by the medians."""
    alone = median(taken[ALONE])
    return {name: median(each) - alone for name, each in taken.items() if name != ALONE}


def _row(client: str, taken: Times) -> list[str]:
    shown = [number(median(each)) for each in taken.values()]
    return [client, *shown, *(number(each) for each in added(taken).values())]


def _lines(taken: Times) -> list[Line]:
    ours, peer, limit = (added(taken)[name] for name in servers.ALL)
    shown = Shown(*(f"{number(each)} s" for each in (ours, peer, limit)))
    return [
        Line(WHAT, PEER_GOAL, shown, fraction(ours, peer), ours <= peer / 2.2),
        Line(WHAT, LIMIT_GOAL, shown, times(ours, limit), ours <= 1.15 * limit),
    ]


def _watch(client: Client, plan: Plan) -> Times:
    """Compare on servers of this client's own, and make sure that they saw all of it."""
    with ExitStack() as stack:
        running = {name: stack.enter_context(start()) for name, start in servers.ALL.items()}
        urls = {name: server.url for name, server in running.items()}
        taken = compare(client, urls, plan)
        for name in ("ours", "peer"):
            check(running[name], len(taken[name]), plan.jobs)
    return taken


def run(plan: Plan) -> Section:
    """Compare with each Snakemake that is installed and return what was found."""
    clients = [client for client in read_clients() if client.name in CLIENTS]
    found = {each.name: _watch(each, plan) for each in clients if each.is_installed(FOLDER)}
    headers = ["seconds", ALONE, *servers.ALL, *(f"{name} adds" for name in servers.ALL)]
    tables = [table(headers, (_row(name, taken) for name, taken in found.items()))]
    missing = [each.name for each in clients if each.name not in found]
    if missing:
        tables.append(f"Left out: {', '.join(missing)} {MISSING}.")
    if CLIENTS[0] in found:
        lines = _lines(found[CLIENTS[0]])
    else:
        lines = [Line(WHAT, goal, Shown("–"), "–", None) for goal in (PEER_GOAL, LIMIT_GOAL)]
    return Section(f"A real Snakemake with {plan.jobs} jobs", lines, tables)


if __name__ == "__main__":
    command(__doc__, lambda quick: run(QUICK if quick else Plan()))
