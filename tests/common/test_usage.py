"""How figures of what jobs used are read."""

import pytest

from panoptes.common.usage import Spread, cores_used, figure, spread, whole_figure


@pytest.mark.parametrize("value", [True, "3", None, -1, float("nan"), float("inf"), 10**400, 1e16])
def test_what_is_no_amount_is_none(value: object) -> None:
    assert figure(value) is None
    assert whole_figure(value) is None


def test_cores_come_from_the_times_or_else_from_the_percentage() -> None:
    assert cores_used({"cpu_seconds": 30, "seconds": 10, "cpu_percent": 50}) == 3
    assert cores_used({"cpu_percent": 250.0}) == 2.5
    assert cores_used({"cpu_seconds": 1, "seconds": 0.01}) is None


def test_a_spread_is_of_whole_figures() -> None:
    assert spread("4 3 2 1 0 9") == Spread(0, 1, 2, 3, 4)
    assert spread("7 ") == Spread(7, 7, 7, 7, 7)
    assert spread("") is None
