"""A made-up week of runs: what each reports, and when."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple

from panoptes.cli.made_up.reporter import RULES, SECONDS, Reporter

NIGHTS = 7
# So many nights ago another workflow ran than the others, and a job of it failed.
FAILED_NIGHT = 2
FAILING = ("align", "K03")
SAMPLES = 12
LANES = 4
# The run that goes on has smaller samples, so that something happens while somebody looks; so much
# of it is over by then.
SMALL_SAMPLES, PACE = 24, 0.2
UNDER_WAY = timedelta(minutes=6)
COMMAND = "run-workflow --keep-going --jobs 4"


class Step(NamedTuple):
    """Something that a run reports at a time (UTC)."""

    at: datetime
    report: Callable[[Reporter], None]


def nights(now: datetime) -> Iterator[tuple[str, list[Step]]]:
    """Yield the name and the steps of each night's run of the week, the oldest run first."""
    for ago in range(NIGHTS, 0, -1):
        start = now.replace(hour=1, minute=30, second=0, microsecond=0) - timedelta(days=ago)
        chance = Random(ago)  # noqa: S311  # Nothing is secret here.  # nosec B311
        if ago == FAILED_NIGHT:
            yield "cohort", steps(start, chance, FAILING)
        else:
            yield "nightly", steps(start, chance)


def under_way(now: datetime) -> list[Step]:
    """Return the steps of a run that is going on, and will for some time."""
    chance = Random(0)  # noqa: S311  # nosec B311
    return steps(now - UNDER_WAY, chance, samples=SMALL_SAMPLES, pace=PACE)


def steps(
    start: datetime,
    chance: Random,
    failing: tuple[str, str] | None = None,
    *,
    samples: int = SAMPLES,
    pace: float = 1.0,
) -> list[Step]:
    """Return what a run reports, in order: all samples through all rules, a few at a time.

    Each job takes `pace` times as long as its rule usually does.
    """
    plan = dict.fromkeys(RULES, samples)
    found = [
        Step(start, lambda run: run.say("info", msg="Building DAG of jobs...")),
        Step(start, lambda run: run.plan(plan)),
    ]
    free = [start + timedelta(seconds=3)] * LANES
    jobid, is_whole = 1, True
    for sample in (f"K{number:02}" for number in range(1, samples + 1)):
        lane = free.index(min(free))
        for rule in RULES:
            begin = free[lane]
            free[lane] += timedelta(seconds=pace * SECONDS[rule] * chance.uniform(0.7, 1.3))
            found += _job(jobid, rule, sample, (begin, free[lane]), fails=(rule, sample) == failing)
            jobid += 1
            if (rule, sample) == failing:
                is_whole = False
                break
    order = sorted(found, key=lambda step: step.at)
    total = sum(plan.values())
    end = max(free) + timedelta(seconds=1)
    last = Step(end, lambda run: run.say("progress", done=total, total=total))
    if not is_whole:
        text = "WorkflowError:\nAt least one job did not complete successfully."
        last = Step(end, lambda run: run.say("error", msg=text))
    return [*order, last]


def _job(
    jobid: int, rule: str, sample: str, times: tuple[datetime, datetime], *, fails: bool
) -> Iterator[Step]:
    yield Step(times[0], lambda run: run.job(jobid, rule, sample))
    if fails:
        yield Step(times[1], lambda run: run.fail(jobid, rule, sample))
    else:
        yield Step(times[1], lambda run: run.say("job_finished", jobid=jobid))
