"""What a rule's files have in common: `sorted/K01.bam` and `sorted/K02.bam` are `sorted/{s}.bam`.

Matched by hand, piece by piece from the left: wildcards come from strangers, and no regular
expression made of them stays fast for every input.
"""

import posixpath
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

MAX_WILDCARDS = 20
MAX_LITERALS = 8
# Characters that no file name has; each stands for the value of a wildcard.
_FIRST_MARK = 0xF0000
_BELOW = chr(_FIRST_MARK + MAX_WILDCARDS)
_MARKS = re.compile(f"([{chr(_FIRST_MARK)}-{_BELOW}]+)")


@dataclass(frozen=True, slots=True)
class Pattern:
    """Names of files: literals with a value between each two, the same wherever its mark is.

    `slashes`: whether values may hold them. `size`: how many letters are literal; of two patterns
    that fit, the larger one is more specific.
    """

    rule: str
    literals: tuple[str, ...]
    marks: tuple[str, ...]
    slashes: bool
    size: int

    def fits(self, path: str) -> bool:
        """Return whether a path is such a name."""
        values = _values(self.literals, path)
        if values is None:
            return False
        pairs = list(zip(self.marks, values, strict=True))
        known = dict(pairs)
        return all(
            known[mark] == value and (self.slashes or mark == _BELOW or "/" not in value)
            for mark, value in pairs
        )


def _values(literals: tuple[str, ...], path: str) -> list[str] | None:
    """Return what stands between the literals, each as short as can be and never nothing."""
    first, *middle, last = literals
    if not path.startswith(first) or not path.endswith(last):
        return None
    at, end, values = len(first), len(path) - len(last), []
    for literal in middle:
        start = path.find(literal, at + 1, end)
        if start < 0:
            return None
        values.append(path[at:start])
        at = start + len(literal)
    return [*values, path[at:end]] if at < end else None


def shape(path: str, wildcards: Mapping[str, str]) -> str:
    """Return a path with marks where values of wildcards stand, the longest value first."""
    names = sorted(wildcards)[:MAX_WILDCARDS]
    values = [(wildcards[name], chr(_FIRST_MARK + at)) for at, name in enumerate(names)]
    for value, mark in sorted(values, key=lambda pair: -len(pair[0])):
        if value:
            path = path.replace(value, mark)
    return path


def likeliest(shapes: Iterable[str]) -> str:
    """Return the shape that most jobs have: a short value, like "1", may be anywhere by chance."""
    votes = Counter(shapes)
    return max(votes, key=lambda shape: (votes[shape], -len(_MARKS.findall(shape)), shape))


def patterns(rule: str, shape: str, *, slashes: bool, directory: bool) -> list[Pattern]:
    """Return the pattern of a shape and, where it may be a directory's, of all that lies below."""
    pieces = _MARKS.split(shape)
    literals, marks = tuple(pieces[::2]), tuple(pieces[1::2])
    if not marks or len(literals) > MAX_LITERALS or not any(literals):
        return []
    size = sum(map(len, literals))
    made = [Pattern(rule, literals, marks, slashes, size)]
    if directory or not posixpath.splitext(shape)[1]:
        below = (*literals[:-1], f"{literals[-1]}/", "")
        made.append(Pattern(rule, below, (*marks, _BELOW), slashes, size + 1))
    return made
