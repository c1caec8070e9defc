"""Names beside lines keep apart and in order."""

import numpy as np
import pytest

from basinbench.reports.plotting.labels import spread


def test_what_has_room_stays_and_what_has_none_is_moved_apart_around_its_mean():
    places = np.array([0.9, 0.1, 0.5])
    assert spread(places, 0.1) == pytest.approx(places)
    crowded = spread(np.array([0.5, 0.5, 0.5, 0.9]), 0.1)
    assert crowded == pytest.approx([0.4, 0.5, 0.6, 0.9])


@pytest.mark.parametrize("seed", range(20))
def test_no_two_names_are_nearer_than_a_line(seed):
    places = np.random.default_rng(seed).random(12)
    found = spread(places, 0.07)
    order = np.argsort(places)
    assert (np.diff(found[order]) >= 0.07 - 1e-12).all()
    assert found.mean() == pytest.approx(places.mean())
