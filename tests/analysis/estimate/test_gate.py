"""Estimates are better than what others say, and their bands hold: on made-up runs of shapes."""

from statistics import fmean

from devtools.dag_shapes import SHAPES, judged, learnt
from panoptes.analysis.estimate.backtest import POINTS, rows
from panoptes.analysis.estimate.baselines import NAMES

WORKFLOWS = 4


def test_estimates_beat_all_baselines_and_their_bands_hold() -> None:
    others = learnt(1)
    found = [rows(judged(shape, WORKFLOWS, others)) for shape in SHAPES]
    for place, point in enumerate(POINTS):
        at_point = [of_shape[place] for of_shape in found]
        assert all(row.estimates == WORKFLOWS for row in at_point)
        error = fmean(row.error or 0.0 for row in at_point)
        for name in NAMES:
            baseline = [row.baselines[name] for row in at_point]
            assert error < fmean(each for each in baseline if each is not None), (point, name)
    coverage = fmean(row.coverage or 0.0 for of_shape in found for row in of_shape)
    assert 0.7 <= coverage <= 0.9
