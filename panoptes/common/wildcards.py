"""How values of wildcards are named, ordered and found in an index."""

import hashlib
import re
from collections.abc import Mapping
from functools import lru_cache

DONE = "Done"
PLANNED = "Planned"
# The first of these that one of a value's jobs is in is the value's state, and gives its place.
WORST_FIRST = ("Error", "Running", "Cancelled", PLANNED, DONE)
# Values whose jobs are all done come last, those of fewer jobs first: more of theirs may come.
ALL_DONE = 10

# What is kept of a job's wildcards; an index takes no longer texts.
MOST_WILDCARDS = 20
MOST_NAME = 100
MOST_LETTERS = 200
_MOST_BYTES = 150


def brief(text: str, letters: int = MOST_LETTERS) -> str:
    """Return a text that an index takes: a long one is cut, a digest tells it from others."""
    if len(text) <= letters:
        return text
    digest = hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=12).hexdigest()
    return f"{text[: letters - len(digest) - 1]}…{digest}"


def indexed_wildcards(wildcards: Mapping[str, str] | None) -> list[tuple[str, str]]:
    """Return the wildcards by which a job is counted and found: name and value, both brief."""
    pairs = list((wildcards or {}).items())[:MOST_WILDCARDS]
    return [(brief(name, MOST_NAME), brief(value)) for name, value in pairs]


@lru_cache(maxsize=4096)
def natural_sort_key(text: str) -> bytes:
    """Return by what to sort so that K2 comes before K10; the text itself settles K02 and K2.

    Bytes, since databases differ in how they sort texts.
    """
    pieces = re.split(r"([0-9]+)", text.casefold())
    # Every second piece is a number: the one of more digits is larger. None begins with 0.
    digits = [piece.lstrip("0") for piece in pieces[1::2]]
    pieces[1::2] = [f"\1{chr(min(len(each), 126) + 1)}{each}" for each in digits]
    return f"{''.join(pieces)}\0{text}".encode("utf-8", "replace")[:_MOST_BYTES]


def place(status: str, jobs: int = 1) -> int:
    """Return the place of a value in this state that has so many jobs."""
    return ALL_DONE + jobs if status == DONE else WORST_FIRST.index(status)
