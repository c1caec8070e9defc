"""Names beside lines keep apart and in order."""

import numpy as np
import pytest

from basinbench.reports.plotting.labels import spread


def test_what_has_room_stays_and_what_has_none_is_moved_apart_around_its_mean():
    places = np.array([0.9, 0.1, 0.5])
    assert spread(places, np.full(3, 0.1)) == pytest.approx(places)
    crowded = spread(np.array([0.5, 0.5, 0.5, 0.9]), np.full(4, 0.1))
    assert crowded == pytest.approx([0.4, 0.5, 0.6, 0.9])


@pytest.mark.parametrize("seed", range(20))
def test_no_two_names_are_nearer_than_a_line(seed):
    places = np.random.default_rng(seed).random(12)
    heights = 0.07 * (1 + np.random.default_rng(seed + 100).integers(0, 2, 12))
    found = spread(places, heights)
    order = np.argsort(places)
    apart = (heights[order][1:] + heights[order][:-1]) / 2
    assert (np.diff(found[order]) >= apart - 1e-12).all()
    assert found.mean() == pytest.approx(places.mean())
