"""What others say of when a run will be done: the measure of our own estimate."""

from statistics import fmean

from panoptes.analysis.estimate.durations import Durations
from panoptes.analysis.estimate.jobs_left import totals
from panoptes.analysis.estimate.known import History, RunNow

NAMES = ("last run", "mean of 3", "linear", "work / cores")


def baselines(now: RunNow, history: History) -> dict[str, float | None]:
    """Return the seconds left by each of NAMES; None where it can't say."""
    durations = [run.seconds for run in history.good]
    jobs = totals(now, history).jobs
    whole = sum(jobs.values())
    done = sum(rule.done + rule.failed for rule in now.rules.values())
    return {
        "last run": max(0.0, durations[0] - now.elapsed) if durations else None,
        "mean of 3": max(0.0, fmean(durations[:3]) - now.elapsed) if durations else None,
        "linear": now.elapsed * (whole - done) / done if done else None,
        "work / cores": _work(now, history, jobs),
    }


def _work(now: RunNow, history: History, jobs: dict[str, int]) -> float | None:
    usual = Durations(now, history)
    capacity = now.cores or max(now.peak, history.good[0].capacity if history.good else 0)
    if not capacity:
        return None
    work = 0.0
    for name, number in jobs.items():
        rule = now.rules.get(name)
        left = number - (rule.done + rule.failed if rule else 0)
        work += left * usual.usual(name).mean * (rule.threads if rule else 1)
    return work / capacity
