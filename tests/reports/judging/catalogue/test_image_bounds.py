"""No bound on an accuracy hangs on one or two test images."""

from math import isfinite

import pytest

from basinbench.datasets.catalogue import load
from basinbench.reports.judging.catalogue import CLAIMS
from basinbench.reports.judging.cells import selections
from basinbench.reports.judging.claim import Claim
from basinbench.reports.judging.images import smallest_bound

TEST_IMAGES = dict.fromkeys(("mnist", "fashion-mnist", "cifar10-jpeg"), 10_000) | {
    "digits": len(load("digits").test)
}
NO_IMAGES = {"example"}


@pytest.mark.parametrize("claim", [c for c in CLAIMS if c.predictions], ids=lambda c: c.id)
def test_a_bound_in_points_is_three_test_images_or_a_mere_direction(claim: Claim):
    for each in claim.predictions:
        edges = [abs(edge) for edge in (each.bound.low, each.bound.high) if isfinite(edge)]
        if each.bound.unit != "points" or not any(edges):
            continue
        for cells in selections(each):
            if isinstance(cells.dataset, str) and cells.dataset not in NO_IMAGES:
                least = smallest_bound(TEST_IMAGES[cells.dataset])
                assert all(edge == 0 or edge >= least for edge in edges), each.what
