"""Items some at a time, however many there are."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield all items in their order, `size` at a time and in the end what is left."""
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch
