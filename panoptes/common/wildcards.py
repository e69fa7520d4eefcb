"""How values of wildcards are named, ordered and found in an index."""

import hashlib
import re
from collections.abc import Mapping
from functools import lru_cache

from panoptes.common.status import Status

# A value's state is the first of these that one of its jobs is in; it decides the value's place.
WORST_FIRST = (Status.ERROR, Status.RUNNING, Status.CANCELLED, Status.PLANNED, Status.DONE)
# Values whose jobs are all done come last, those with fewer jobs first: they may get more.
ALL_DONE = 10

# How much of a job's wildcards is indexed: an index takes short texts only.
MOST_WILDCARDS = 20
MOST_NAME = 100
MOST_LETTERS = 200
_MOST_BYTES = 150


def brief(text: str, letters: int = MOST_LETTERS) -> str:
    """Return a text short enough for an index: a long one is cut, and a digest keeps it unique."""
    if len(text) <= letters:
        return text
    digest = hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=12).hexdigest()
    return f"{text[: letters - len(digest) - 1]}…{digest}"


def indexed_wildcards(wildcards: Mapping[str, str] | None) -> list[tuple[str, str]]:
    """Return the wildcards by which a job is counted and found: names and values, all brief."""
    pairs = list((wildcards or {}).items())[:MOST_WILDCARDS]
    return [(brief(name, MOST_NAME), brief(value)) for name, value in pairs]


@lru_cache(maxsize=4096)
def natural_sort_key(text: str) -> bytes:
    """Return a sort key with which K2 comes before K10; the text itself decides on K02 and K2.

    Bytes, since databases differ in how they sort text.
    """
    pieces = re.split(r"([0-9]+)", text.casefold())
    # Every second piece is a number. Without leading zeros, the one with more digits is larger.
    numbers = [piece.lstrip("0") for piece in pieces[1::2]]
    pieces[1::2] = [f"\1{chr(min(len(digits), 126) + 1)}{digits}" for digits in numbers]
    return f"{''.join(pieces)}\0{text}".encode("utf-8", "replace")[:_MOST_BYTES]


def place(status: str, jobs: int = 1) -> int:
    """Return the place, for sorting, of a value in this state with so many jobs."""
    return ALL_DONE + jobs if status == Status.DONE else WORST_FIRST.index(status)
