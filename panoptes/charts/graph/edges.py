"""Which rule feeds which: files that jobs of one rule make and jobs of another need.

A run may have 100,000 jobs, so only some of each rule are looked at. An input that none of these
makes is compared with the patterns of what the rules make.
"""

import posixpath
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from panoptes.charts.graph.patterns import Pattern, likeliest, patterns, shape

# How much is looked at, whatever a run has: a page must not wait for it.
MAX_PATHS = 40_000
MAX_STEPS = 1_000_000
MAX_PATTERNED = 20
MAX_LENGTH = 1024
MAX_DEPTH = 12
# Steps of this share of a list reach all parts of it, whatever pattern the list repeats.
_GOLDEN = 0.6180339887498949


@dataclass(frozen=True, slots=True)
class JobFiles:
    """What a job reads and writes."""

    rule: str
    wildcards: Mapping[str, str]
    input: Sequence[str]
    output: Sequence[str]
    is_checkpoint: bool = False


@dataclass(frozen=True, slots=True)
class Graph:
    """Rules by name, edges from a rule to one that it feeds, and rules that make no file."""

    rules: tuple[str, ...] = ()
    edges: tuple[tuple[str, str], ...] = ()
    targets: tuple[str, ...] = ()


def rule_graph(jobs: Iterable[JobFiles]) -> Graph:
    """Return the graph of the rules of these jobs; what a rule makes for itself is no edge."""
    by_rule: dict[str, list[JobFiles]] = defaultdict(list)
    for job in jobs:
        by_rule[job.rule].append(job)
    share = MAX_PATHS // max(1, len(by_rule))
    makers = _makers(by_rule, share)
    edges = {
        (maker, rule)
        for rule in sorted(by_rule)
        for path in _some([path for job in by_rule[rule] for path in job.input], share)
        if (maker := makers.maker(path)) is not None and maker != rule
    }
    targets = (rule for rule in by_rule if not any(job.output for job in by_rule[rule]))
    return Graph(tuple(sorted(by_rule)), tuple(sorted(edges)), tuple(sorted(targets)))


def _some(paths: list[str], limit: int) -> Iterator[str]:
    """Yield paths, at most `limit`, from all over the list."""
    if len(paths) > limit:
        paths = [paths[int(at * _GOLDEN % 1 * len(paths))] for at in range(limit)]
    return (_plain(path) for path in paths if 0 < len(path) <= MAX_LENGTH)


def _plain(path: str) -> str:
    """Return the path without what makes no difference."""
    if "//" in path or "./" in path:
        path = posixpath.normpath(path)
    return path.rstrip("/")


@dataclass(slots=True)
class _Makers:
    """Knows which rule makes a file: `exact` by its path, others by how patterns begin and end.

    `ends` are the lengths of patterns' ends, `begins` of the beginnings that go with an end.
    """

    exact: dict[str, str] = field(default_factory=dict)
    by_ends: dict[tuple[str, str], list[Pattern]] = field(default_factory=lambda: defaultdict(list))
    begins: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    ends: set[int] = field(default_factory=set)
    known: dict[str, str | None] = field(default_factory=dict)
    steps: int = 0

    def maker(self, path: str) -> str | None:
        """Return the rule that makes a file, or the directory in which it lies."""
        if path not in self.known:
            self.known[path] = self._above(path) or self._fitting(path)
        return self.known[path]

    def _above(self, path: str) -> str | None:
        end = len(path)
        for _ in range(MAX_DEPTH):
            if path[:end] in self.exact:
                return self.exact[path[:end]]
            end = path.rfind("/", 0, end)
            if end <= 0:
                break
        return None

    def _fitting(self, path: str) -> str | None:
        """Return the rule of the most specific pattern that fits."""
        best: Pattern | None = None
        if self.steps < MAX_STEPS:
            self.steps += len(self.ends)
            for pattern in self._candidates(path):
                if (best is None or pattern.size > best.size) and pattern.fits(path):
                    best = pattern
        return best.rule if best else None

    def _candidates(self, path: str) -> Iterator[Pattern]:
        for length in self.ends:
            end = path[max(0, len(path) - length) :]
            for begin in self.begins.get(end, ()):
                patterns = self.by_ends.get((end, path[:begin]), ())
                self.steps += 1 + 5 * len(patterns)
                yield from patterns


def _makers(by_rule: Mapping[str, list[JobFiles]], share: int) -> _Makers:
    makers = _Makers()
    for rule, jobs in sorted(by_rule.items()):
        for path in _some([path for job in jobs for path in job.output], share):
            makers.exact.setdefault(path, rule)
        for pattern in _patterns(rule, jobs):
            begin, end = pattern.literals[0], pattern.literals[-1]
            makers.by_ends[end, begin].append(pattern)
            makers.begins[end].add(len(begin))
            makers.ends.add(len(end))
    return makers


def _patterns(rule: str, jobs: list[JobFiles]) -> Iterator[Pattern]:
    """Yield the patterns of a rule's outputs, by their place in its list of outputs."""
    shapes: dict[int, list[str]] = defaultdict(list)
    for job in jobs:
        for place, path in enumerate(job.output[:MAX_PATTERNED]):
            if len(path) <= MAX_LENGTH:
                shapes[place].append(shape(_plain(path), job.wildcards))
    slashes = any("/" in value for job in jobs for value in job.wildcards.values())
    directory = any(job.is_checkpoint for job in jobs)
    for of_place in shapes.values():
        yield from patterns(rule, likeliest(of_place), slashes=slashes, directory=directory)
