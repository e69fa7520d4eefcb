"""Made-up runs of workflows of several shapes, to see how good estimates of their ends are.

A small machine of its own: it knows each job and what that needs, as an engine does, and shares no
code with the model that is to foretell it.
"""

import argparse
import heapq
import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from panoptes.analysis.estimate.backtest import Ended, Job, Outcome, back_test, learn, rows
from panoptes.analysis.estimate.correction import Made
from panoptes.cli.eta_table import table


@dataclass(frozen=True)
class Step:
    """A rule: what its jobs take, and of which rules it needs what.

    `count` makes its number of jobs of the number of samples. What it needs is needed sample by
    sample where both have one job for each, else as a whole. `gathers`: it takes longer for more.
    """

    name: str
    seconds: float
    count: Callable[[int], int] = lambda _: 1
    needs: Sequence[str] = ()
    threads: int = 1
    noise: float = 0.25
    gathers: bool = False
    is_hidden: bool = False  # A checkpoint adds it: no plan has it.


def _each(samples: int) -> int:
    return samples


@dataclass(frozen=True)
class Shape:
    """A kind of workflow, and what is unlike its earlier runs in the run to be foretold.

    `slower` is how many times as long all takes, `grown` how many times as many samples there are,
    `cached` the share of samples of which nothing runs, `waits` the mean wait in a queue.
    """

    name: str
    steps: Sequence[Step]
    samples: tuple[int, int] = (10, 24)
    cores: int = 16
    slower: float = 1.0
    grown: float = 1.0
    cached: float = 0.0
    waits: float = 0.0
    past: int = 11
    straggler: float = 1.0
    tells_cores: bool = True
    has_plan: bool = True


SIX = (
    Step("trim", 60, _each),
    Step("map", 300, _each, ("trim",), threads=4),
    Step("sort", 80, _each, ("map",)),
    Step("call", 150, _each, ("sort",), threads=2),
    Step("merge", 120, needs=("call",), gathers=True),
    Step("report", 40, needs=("merge",)),
)
SHAPES = (
    Shape("six rules, 10 to 24 samples", SIX),
    Shape(
        "fan-out: 1, 200, 1",
        (
            Step("split", 60),
            Step("work", 45, lambda _: 200, ("split",)),
            Step("join", 90, needs=("work",)),
        ),
    ),
    Shape(
        "chain of 8",
        tuple(
            Step(f"step{n}", 40 + 25 * n, needs=(f"step{n - 1}",) if n else ()) for n in range(8)
        ),
    ),
    Shape(
        "diamond",
        (
            Step("fetch", 60),
            Step("left", 500, needs=("fetch",)),
            Step("right", 60, _each, ("fetch",)),
            Step("plot", 40, _each, ("right",)),
            Step("join", 100, needs=("left", "plot")),
        ),
    ),
    Shape(
        "checkpoint",
        (
            Step("cluster", 120),
            Step("assemble", 90, lambda samples: 2 * samples, ("cluster",), is_hidden=True),
            Step("polish", 60, lambda samples: 2 * samples, ("assemble",), is_hidden=True),
            Step("collect", 60, needs=("polish",)),
        ),
    ),
    Shape("a straggler of 10 times", SIX, straggler=10.0),
    Shape("machine twice as slow", SIX, slower=2.0),
    Shape("three times the samples", SIX, grown=3.0),
    Shape("30 % cached", SIX, cached=0.3),
    Shape("queue waits", SIX, waits=120.0, cores=48, tells_cores=False),
    Shape("no plan", SIX, has_plan=False),
    Shape("1 past run", SIX, past=1),
)


@dataclass
class _Waiting:
    step: Step
    sample: int
    needs: int = 0
    feeds: list["_Waiting"] = field(default_factory=list)


class Workflow:
    """One workflow of a shape: its samples are of sizes that stay the same from run to run."""

    def __init__(self, shape: Shape, seed: int) -> None:
        self.shape = shape
        self._random = random.Random(f"{shape.name} {seed}")
        self._sizes = [math.exp(self._random.gauss(0, 0.35)) for _ in range(80)]
        scale = math.exp(self._random.gauss(0, 0.5))
        self._steps = [replace(step, seconds=step.seconds * scale) for step in shape.steps]

    def runs(self) -> list[Ended]:
        """Return its runs, the earliest first; the last is unlike the others as the shape says."""
        shape = self.shape
        past = [self._run(1.0, 1.0, 0.0) for _ in range(shape.past)]
        return [*past, self._run(shape.slower, shape.grown, shape.cached)]

    def _run(self, slower: float, grown: float, cached: float) -> Ended:
        chance = self._random
        samples = round(chance.randint(*self.shape.samples) * grown)
        machine = slower * math.exp(chance.gauss(0, 0.15))
        skipped = set(chance.sample(range(samples), round(cached * samples)))
        jobs = self._jobs(samples, skipped)
        straggler = chance.choice(jobs)
        took = {}
        for job in jobs:
            seconds = job.step.seconds * machine * math.exp(chance.gauss(0, job.step.noise))
            if job.step.count(3) == 3:
                seconds *= self._sizes[job.sample]
            if job.step.gathers:
                seconds *= (samples / 16) ** 0.7
            seconds *= self.shape.straggler if job is straggler else 1.0
            seconds += chance.expovariate(1 / self.shape.waits) if self.shape.waits else 0.0
            took[id(job)] = seconds
        return self._ended(jobs, took)

    def _jobs(self, samples: int, skipped: set[int]) -> list[_Waiting]:
        made: dict[str, dict[int, _Waiting]] = {}
        for step in self._steps:
            count = step.count(samples)
            mine = (
                range(count) if count != samples else [n for n in range(count) if n not in skipped]
            )
            made[step.name] = {sample: _Waiting(step, sample) for sample in mine}
            for name in step.needs:
                for job in made[step.name].values():
                    same = step.count(samples) > 1 and step.count(7) == self._count(name)(7)
                    needed = [made[name][job.sample]] if same else made[name].values()
                    for other in needed:
                        other.feeds.append(job)
                        job.needs += 1
        return [job for jobs in made.values() for job in jobs.values()]

    def _count(self, name: str) -> Callable[[int], int]:
        return next(step.count for step in self._steps if step.name == name)

    def _ended(self, jobs: Sequence[_Waiting], took: dict[int, float]) -> Ended:
        free, now, grown_at = self.shape.cores, 0.0, 0.0
        ready = [job for job in jobs if not job.needs]
        running: list[tuple[float, int, _Waiting]] = []
        ran: list[Job] = []
        while ready or running:
            self._random.shuffle(ready)
            for job in list(ready):
                if job.step.threads <= free:
                    ready.remove(job)
                    free -= job.step.threads
                    end = now + took[id(job)]
                    heapq.heappush(running, (end, len(ran), job))
                    wildcards = f"s{job.sample}" if job.step.count(3) > 1 else ""
                    ran.append(Job(job.step.name, now, end, job.step.threads, wildcards))
            now, _, job = heapq.heappop(running)
            free += job.step.threads
            for following in job.feeds:
                following.needs -= 1
                if not following.needs:
                    ready.append(following)
                    if following.step.is_hidden and not grown_at:
                        grown_at = now
        counts: dict[str, int] = {}
        for each in ran:
            counts[each.rule] = counts.get(each.rule, 0) + 1
        hidden = {step.name for step in self._steps if step.is_hidden}
        planned = {name: number for name, number in counts.items() if name not in hidden}
        return Ended(
            jobs=ran,
            seconds=now,
            planned=planned if self.shape.has_plan else None,
            jobs_total=len(ran) if self.shape.has_plan else 0,
            grown_at=grown_at,
            edges=[(need, step.name) for step in self._steps for need in step.needs],
            cores=self.shape.cores if self.shape.tells_cores else None,
        )


def learnt(workflows: int) -> list[Made]:
    """Return the estimates of other workflows that a server has seen, so many of each shape."""
    return [
        made
        for shape in SHAPES[:5]
        for seed in range(workflows)
        for of_run in learn(Workflow(shape, 1000 + seed).runs()[:8])
        for made in of_run
    ]


def judged(shape: Shape, workflows: int, others: Sequence[Made]) -> list[Outcome]:
    """Judge the last run of so many workflows of a shape: the one that is unlike the others."""
    outcomes = []
    for seed in range(workflows):
        runs = Workflow(shape, seed).runs()
        outcomes.append(back_test(runs, learn(runs[:-1]), others, first=len(runs) - 1))
    return outcomes


def main() -> None:
    """Print how good estimates of made-up runs are, shape by shape and over all of them."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("workflows", type=int, nargs="?", default=20, help="of each shape")
    workflows = parser.parse_args().workflows
    others = learnt(max(1, workflows // 4))
    every = []
    for shape in SHAPES:
        outcomes = judged(shape, workflows, others)
        every += outcomes
        print(f"{shape.name}\n{table(rows(outcomes))}\n")
    print(f"all shapes\n{table(rows(every))}")


if __name__ == "__main__":
    main()
