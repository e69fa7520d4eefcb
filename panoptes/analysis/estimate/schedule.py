"""The rest of a run, replayed: jobs begin when what they need is done and threads are free."""

import heapq
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

# More jobs than that begin in batches.
MOST_UNITS = 800
# A batch leaves at least so many beside each other as fit.
_WAVES = 4


@dataclass(frozen=True, slots=True)
class Need:
    """That a rule needs another one: all of its jobs, or as large a share as are to begin."""

    rule: str
    needs_all: bool


@dataclass(slots=True)
class RuleLeft:
    """What is left of a rule: `total` jobs, of which so many are over and `running` ones remain.

    `running` are the seconds left of each, `mean` is what a pending one takes, times one of
    `shares`.
    """

    name: str
    total: int
    over: int
    running: Sequence[float] = ()
    mean: float = 0.0
    shares: Sequence[float] = (1.0,)
    threads: int = 1
    needs: Sequence[Need] = ()

    @property
    def pending(self) -> int:
        """How many of its jobs are still to begin."""
        return max(0, self.total - self.over - len(self.running))


@dataclass(frozen=True, slots=True)
class Outcome:
    """When all is done, in seconds, and the rules whose jobs lead there one after the other.

    `ready` is how many threads more than there are could be used at once.
    """

    seconds: float
    path: Sequence[str]
    ready: int = 0


@dataclass(slots=True)
class _State:
    rule: RuleLeft
    units: list[tuple[int, float]] = field(default_factory=list)  # Jobs and seconds of each.
    begun: int = 0  # Jobs.
    over: int = 0
    wide: int = 1


def replay(rules: Sequence[RuleLeft], capacity: int, random: Random) -> Outcome:
    """Return how the rest of a run goes; `capacity` are the threads that there are."""
    return _Replay(rules, max(1, capacity), random).outcome()


class _Replay:
    def __init__(self, rules: Sequence[RuleLeft], capacity: int, random: Random) -> None:
        size = max(1.0, sum(rule.pending for rule in rules) / MOST_UNITS)
        self._states = {
            rule.name: _state(rule, capacity, size, random) for rule in rules if rule.total
        }
        self._followers: dict[str, list[_State]] = defaultdict(list)
        for state in self._states.values():
            for need in state.rule.needs:
                self._followers[need.rule].append(state)
        # Those that begin first are chosen by chance, as engines choose in many ways.
        self._ready: list[_State] = []
        self._waiting = {name: state for name, state in self._states.items() if state.units}
        self._free = capacity
        self._heap: list[tuple[float, int, _State, int]] = []
        self._causes: list[tuple[str, int]] = []  # A unit's rule, and the unit that let it begin.
        self._random = random

    def outcome(self) -> Outcome:
        for state in self._states.values():
            for seconds in state.rule.running:
                self._push(state, seconds, 1, cause=-1)
                self._free -= state.rule.threads
        self._open(self._states.values())
        ready = sum(state.rule.threads * _able(state, self._states) for state in self._ready) - max(
            0, self._free
        )
        self._begin(0.0, -1)
        now, last = 0.0, -1
        while self._heap:
            now, last, state, jobs = heapq.heappop(self._heap)
            state.over += jobs
            self._free += state.rule.threads * (state.wide if jobs > 1 else 1)
            self._open((*self._followers[state.rule.name], state))
            self._begin(now, last)
        return Outcome(now, self._path(last), max(0, ready))

    def _push(self, state: _State, end: float, jobs: int, cause: int) -> None:
        heapq.heappush(self._heap, (end, len(self._causes), state, jobs))
        self._causes.append((state.rule.name, cause))

    def _open(self, states: Iterable[_State]) -> None:
        for state in states:
            if state.rule.name in self._waiting and _can_begin(state, self._states):
                del self._waiting[state.rule.name]
                place = self._random.randrange(len(self._ready) + 1)
                self._ready.insert(place, state)

    def _begin(self, now: float, cause: int) -> None:
        """Begin as many as fit; something always fits where nothing runs."""
        place = 0
        while place < len(self._ready) and self._free > 0:
            state = self._ready[place]
            jobs, seconds = state.units[-1]
            threads = state.rule.threads * (state.wide if jobs > 1 else 1)
            if threads > self._free and self._heap:
                place += 1
                continue
            state.units.pop()
            state.begun += jobs
            self._free -= threads
            self._push(state, now + seconds, jobs, cause)
            if not state.units:
                self._ready.pop(place)
            elif not _can_begin(state, self._states):
                self._ready.pop(place)
                self._waiting[state.rule.name] = state

    def _path(self, last: int) -> list[str]:
        path: dict[str, None] = {}  # From the end: a rule stands where its last job is.
        while last >= 0:
            name, last = self._causes[last]
            path.setdefault(name)
        return list(path)[::-1]


def _state(rule: RuleLeft, capacity: int, size: float, random: Random) -> _State:
    """Return a rule's jobs in batches of about `size`, one after the other or side by side."""
    pending = rule.pending
    state = _State(rule, over=rule.over, begun=rule.over + len(rule.running))
    if not pending:
        return state
    slots = max(1, capacity // max(1, rule.threads))
    long = max(1, min(int(size), pending // (_WAVES * slots)))
    wide = max(1, min(math.ceil(size / long), slots // _WAVES))
    state.wide = wide
    jobs = long * wide
    count = math.ceil(pending / jobs)
    shares = _drawn(rule.shares, count, random)
    left = pending
    for share in shares:
        here = min(jobs, left)
        left -= here
        # Many jobs together take nearer to their mean.
        share = 1 + (share - 1) / math.sqrt(long)
        state.units.append((here, rule.mean * share * min(long, math.ceil(here / wide))))
    state.units.reverse()
    return state


def _drawn(shares: Sequence[float], count: int, random: Random) -> list[float]:
    """Return so many shares, evenly from all of them, in an order of chance."""
    steps = len(shares) - 1
    if steps < 1:
        return [shares[0]] * count
    offset = random.random()  # nosec B311
    drawn = []
    for place in range(count):
        at = (place + offset) / count * steps
        low = int(at)
        high = min(low + 1, steps)
        drawn.append(shares[low] + (shares[high] - shares[low]) * (at - low))
    random.shuffle(drawn)
    return drawn


def _can_begin(state: _State, states: Mapping[str, _State]) -> bool:
    return _able(state, states) > 0


def _able(state: _State, states: Mapping[str, _State]) -> int:
    """Return how many of a rule's jobs could begin now, by what they need."""
    total, most = state.rule.total, state.rule.total
    for need in state.rule.needs:
        other = states.get(need.rule)
        if other is None or other.over >= other.rule.total:
            continue
        if need.needs_all:
            return 0
        most = min(most, other.over * total // other.rule.total)
    return max(0, most - state.begun)
