"""Items some at a time."""

from itertools import count, islice

from panoptes.common.batches import batches


def test_all_items_come_in_their_order() -> None:
    assert list(batches(range(5), 2)) == [[0, 1], [2, 3], [4]]
    assert list(batches([], 2)) == []


def test_no_more_are_taken_than_are_given() -> None:
    numbers = count()
    assert list(islice(batches(numbers, 3), 1)) == [[0, 1, 2]]
    assert next(numbers) == 3
