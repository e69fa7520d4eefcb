"""How many jobs each rule will have in all: planned, or as many as it had before."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from panoptes.analysis.estimate.known import History, PastRule, PastRun, RunNow

# Jobs of which nothing but their number is known have this rule.
UNNAMED = ""
# As many expansions of a checkpoint say how the next one will be.
EXPANSIONS = 10
_NONE = PastRule(0)


@dataclass(frozen=True, slots=True)
class Totals:
    """How many jobs each rule will have.

    `at_least`: there may be more. `awaits_checkpoint`: a checkpoint will add some, as many as
    usual, it is thought.
    """

    jobs: dict[str, int]
    at_least: bool = False
    awaits_checkpoint: bool = False


def totals(now: RunNow, history: History) -> Totals:
    """Return how many jobs each rule will have in all."""
    good = history.good[:EXPANSIONS]
    known = {name: max(rule.jobs, rule.planned or 0) for name, rule in now.rules.items()}
    if now.has_plan:
        return _with_expansions(now, known, good)
    if not good:
        missing = now.jobs_total - sum(known.values())
        return Totals(known | ({UNNAMED: missing} if missing > 0 else {}), at_least=True)
    return Totals(_as_before(now, known, good))


def _as_before(now: RunNow, known: Mapping[str, int], good: Sequence[PastRun]) -> dict[str, int]:
    """Return the counts of the last good run, or what is known by now.

    Where one rule has another count by now, those have so, too, that always had as many jobs.
    """
    last, complete = good[0].rules, _complete(now, good[0])
    grown = [name for name in known if name in last and known[name] > last[name].jobs]
    result = {}
    for name in {**last, **known}:
        if name in complete:
            result[name] = known[name]
            continue
        leaders = [each for each in (*complete, *grown) if _goes_with(name, each, good)]
        usual = last.get(name, _NONE).jobs
        result[name] = max(known.get(name, 0), known[leaders[0]] if leaders else usual)
    return result


def _complete(now: RunNow, last: PastRun) -> list[str]:
    """Return the rules that will have no more jobs: all are done, as is all that feeds them."""
    over = {name for name, rule in now.rules.items() if rule.jobs == rule.done + rule.failed > 0}
    found: list[str] = []
    while True:
        more = [
            name
            for name in over.difference(found)
            if all(source in found for source, target in last.edges if target == name)
        ]
        if not more:
            return sorted(found)
        found += more


def _goes_with(name: str, leader: str, good: Sequence[PastRun]) -> bool:
    pairs = [(run.rules.get(name, _NONE).jobs, run.rules.get(leader, _NONE).jobs) for run in good]
    return all(one == other for one, other in pairs) and pairs[0][0] > 1


def _with_expansions(now: RunNow, known: dict[str, int], good: Sequence[PastRun]) -> Totals:
    """Add the jobs that no plan names: a checkpoint adds them when it is done."""
    usual = _usual_expansion(good)
    planned = {name: rule.planned or 0 for name, rule in now.rules.items()}
    told = now.jobs_total - sum(planned.values())
    if told > 0:  # It has been expanded.
        return Totals(_shared_out(known, planned, usual, told))
    for name, more in usual.items():
        known[name] = max(known.get(name, 0), planned.get(name, 0) + more)
    return Totals(known, awaits_checkpoint=bool(usual))


def _usual_expansion(good: Sequence[PastRun]) -> dict[str, int]:
    """Return by how many jobs the rules grew beyond their plan: the geometric mean."""
    names = {name for run in good for name, rule in run.rules.items() if rule.jobs}
    result = {}
    for name in sorted(names):
        rules = [run.rules.get(name, _NONE) for run in good if _is_planned(run)]
        grown = [rule.jobs - (rule.planned or 0) for rule in rules]
        grown = [number for number in grown if number > 0]
        if grown and 2 * len(grown) >= len(rules):
            result[name] = round(math.exp(fmean(math.log(number) for number in grown)))
    return result


def _is_planned(run: PastRun) -> bool:
    return any(rule.planned is not None for rule in run.rules.values())


def _shared_out(
    known: dict[str, int], planned: Mapping[str, int], usual: Mapping[str, int], told: int
) -> dict[str, int]:
    """Share a known number of jobs out to the rules that such jobs usually are of."""
    missing = told - sum(known[name] - planned[name] for name in known)
    if missing <= 0:
        return known
    scale = told / sum(usual.values()) if usual else 0.0
    wanted = {
        name: max(0, round(scale * more) - (known.get(name, 0) - planned.get(name, 0)))
        for name, more in usual.items()
    }
    whole = sum(wanted.values())
    for name, number in wanted.items():
        share = min(missing, math.ceil(missing * number / whole)) if whole else 0
        known[name] = known.get(name, 0) + share
        missing, whole = missing - share, whole - number
    return known | ({UNNAMED: missing} if missing > 0 else {})
