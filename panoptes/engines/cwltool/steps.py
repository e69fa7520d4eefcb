"""Which step of which workflow a job of cwltool belongs to, and as which shard of a scatter.

cwltool tells none of it, but gives names in a fixed order. Whenever a step starts (`[step greet]
start`), the next job or workflow of its name belongs to it: greet, then greet_2 and so on, whatever
the step that is run. Steps of workflows inside the workflow are numbered in the same way where
their names are taken: in the third workflow that has a step `greet`, that is `greet_3`. A step that
starts more than once before it is completed is scattered; that shows when it starts for the second
time, so that the jobs of its first shard get their wildcards late.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from panoptes.common.wildcards import brief
from panoptes.engines.cwltool.line import family
from panoptes.engines.fields import MAX_RULE

SCOPE_MARK = "/"
# Of steps that are under way, of starts that no job was told of yet, of workflows, and of jobs
# whose wildcards may still change, so many are remembered; no real run has as many at once.
MOST_STEPS = 500
MOST_WAITING = 500
MOST_WORKFLOWS = 500
MOST_ALONE = 200
# How deeply workflows may be nested.
MOST_DEPTH = 20

Wildcards = dict[str, str]


class Place(NamedTuple):
    """Where a job belongs: its rule, with those that hold it, and its wildcards."""

    rule: str
    wildcards: Wildcards


class Steps:
    """The steps of a run as its log told of them; `state` is what is kept between two lines.

    It holds, of each step under way, its workflow (`of`) and how often it started (`begun`); of
    each workflow under way the step and the shard that run it; of starts that nothing is known of
    yet the step, the first shard and how many; and of the jobs of steps that started once (`alone`)
    their wildcards.
    """

    def __init__(self, state: dict[str, Any]) -> None:
        self._state = state
        self._steps: dict[str, dict[str, Any]] = state.setdefault("steps", {})
        self._workflows: dict[str, list[Any]] = state.setdefault("workflows", {})
        self._waiting: list[list[Any]] = state.setdefault("waiting", [])
        self._alone: dict[str, dict[str, Wildcards]] = state.setdefault("alone", {})
        self._known: list[str] = state.setdefault("known", [])

    # --- what the log tells -----------------------------------------------------------------------

    def workflow_seen(self, name: str) -> None:
        """Note a workflow that starts, or starts a step: the first is the whole."""
        main = self._state.setdefault("main", name)
        if name == main or name in self._workflows or len(self._workflows) >= MOST_WORKFLOWS:
            return
        start = self._take(name)
        if start is not None:
            self._workflows[name] = list(start)

    def step_of(self, workflow: str, step: str) -> None:
        """Note which workflow a step is part of."""
        self.workflow_seen(workflow)
        if step not in self._steps and len(self._steps) < MOST_STEPS:
            self._steps[step] = {"of": workflow, "begun": 0}
            if step == family(step) and step not in self._known:
                self._known.append(step)
                del self._known[:-MOST_STEPS]

    def step_begun(self, step: str) -> Iterator[tuple[str, Wildcards]]:
        """Note that a step starts; yield jobs of its first shard with all their wildcards now."""
        known = self._steps.get(step)
        if known is None:
            return
        known["begun"] += 1
        last = self._waiting[-1] if self._waiting else None
        if last is not None and last[0] == step:
            last[2] += 1
        else:
            self._waiting.append([step, known["begun"], 1])
            del self._waiting[:-MOST_WAITING]
        if known["begun"] == 2:
            yield from self._first_shard(step)

    def step_ended(self, step: str) -> None:
        """Forget a step."""
        self._steps.pop(step, None)
        self._alone.pop(step, None)
        self._waiting[:] = [each for each in self._waiting if each[0] != step]

    def workflow_ended(self, name: str) -> None:
        """Forget a workflow."""
        self._workflows.pop(name, None)

    def place_of(self, job: str) -> Place:
        """Return where a job belongs that is told of for the first time."""
        start = self._take(job)
        if start is None:
            named = family(job)
            return Place(brief(named if named in self._known else job, MAX_RULE), {})
        levels = list(self._levels(*start, job))[::-1]
        rule, wildcards = "", {}
        for step, base, shard in levels:
            name = self._wildcard(rule)
            rule = f"{rule}{SCOPE_MARK}{base}" if rule else base
            if self._steps.get(step, {}).get("begun", 0) > 1:
                wildcards[name] = str(shard)
        for step, _, _ in levels:
            if self._steps.get(step, {}).get("begun") == 1:
                self._note_alone(step, job, wildcards)
        return Place(brief(rule, MAX_RULE), wildcards)

    # --- how names are made -----------------------------------------------------------------------

    def _take(self, name: str) -> tuple[str, int] | None:
        """Return the start, a step and a shard, to which a job or a workflow of a name belongs."""
        fitting = None
        for each in self._waiting:
            base = self._base(each[0], name)
            if base == name or (fitting is None and base == family(name)):
                fitting = each
            if base == name:
                break
        if fitting is None:
            return None
        step, shard, count = fitting
        if count == 1:
            self._waiting.remove(fitting)
        else:
            fitting[1:] = shard + 1, count - 1
        return step, shard

    def _base(self, step: str, job: str = "") -> str:
        """Return what a step is called in its workflow; `job` may be the name of a job of it."""
        base = family(step)
        if base == step or self._steps.get(step, {}).get("of") == self._state.get("main"):
            return step
        is_numbered = base in self._known or job == base or (job != step and family(job) == base)
        return base if is_numbered else step

    def _levels(self, step: str, shard: int, job: str) -> Iterator[tuple[str, str, int]]:
        """Yield a step, its own name and the shard, then those that hold it, the nearest first."""
        for _ in range(MOST_DEPTH):
            yield step, self._base(step, job), shard
            holder = self._workflows.get(self._steps.get(step, {}).get("of", ""))
            if holder is None:
                return
            (step, shard), job = holder, ""

    @staticmethod
    def _wildcard(scope: str) -> str:
        """Return the name of the wildcard of scattered steps of a workflow inside the workflow."""
        return brief(f"{scope}{SCOPE_MARK}shard" if scope else "shard", MAX_RULE)

    # --- shards that are known late ---------------------------------------------------------------

    def _note_alone(self, step: str, job: str, wildcards: Wildcards) -> None:
        if sum(map(len, self._alone.values())) < MOST_ALONE:
            self._alone.setdefault(step, {})[job] = dict(wildcards)

    def _first_shard(self, step: str) -> Iterator[tuple[str, Wildcards]]:
        scopes = [base for _, base, _ in self._levels(step, 1, "")][:0:-1]
        name = self._wildcard(SCOPE_MARK.join(scopes))
        for job, wildcards in self._alone.pop(step, {}).items():
            told = {**wildcards, name: "1"}
            for others in self._alone.values():
                if job in others:
                    others[job] = told
            yield job, told
