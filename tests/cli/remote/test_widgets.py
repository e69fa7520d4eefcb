"""How states, bars and names look in a terminal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from panoptes.cli.remote.widgets import STATES, CutName, shares
from panoptes.common.status import Status


def test_states_have_the_shapes_that_they_have_on_pages() -> None:
    assert {name: shape for name, (shape, _) in STATES.items()} == {
        status.value: status.shape for status in Status
    }


@given(st.lists(st.integers(0, 10**9), min_size=5, max_size=5), st.integers(10, 200))
def test_a_bar_fills_its_room_and_shows_whatever_there_is(counts: list[int], width: int) -> None:
    found = shares(counts, width)
    assert sum(found) == (width if any(counts) else 0)
    assert [bool(cells) for cells in found] == [bool(jobs) for jobs in counts]


@pytest.mark.parametrize(
    ("name", "width", "shown"),
    [
        ("align", 5, "align"),
        ("a_very_long_name", 9, "a_ve…name"),
        ("日本語の名前です", 9, "日本…です"),
    ],
)
def test_a_name_is_cut_in_the_middle(name: str, width: int, shown: str) -> None:
    console = Console(width=width)
    with console.capture() as captured:
        console.print(CutName(name))
    assert captured.get().rstrip("\n") == shown
    assert cell_len(shown) <= width
