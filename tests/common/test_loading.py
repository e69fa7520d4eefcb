"""What stays for good is loaded without the garbage collector, and left alone by it then."""

import gc
from collections.abc import Iterator

import pytest

from panoptes.common.loading import loading


@pytest.fixture(autouse=True)
def _others_are_collected() -> Iterator[None]:
    yield
    gc.unfreeze()


def test_nothing_is_collected_while_a_server_loads() -> None:
    with loading():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_collections_leave_alone_what_was_loaded() -> None:
    with loading():
        kept = [["loaded"]]
    assert not any(each is kept for each in gc.get_objects())


def test_a_start_that_fails_leaves_the_collector_on() -> None:
    with pytest.raises(ZeroDivisionError), loading():
        raise ZeroDivisionError
    assert gc.isenabled()
