"""Values that differ and show no spread of networks leave open what is asked of their mean."""

import math
from collections.abc import Callable
from itertools import combinations

import pytest

from basinbench.reports.data.statistics import (
    Interval,
    Sample,
    mean,
    median,
    simultaneous,
    stratified_mean,
)
from basinbench.reports.judging.claim import at_least, at_most

SUMMARIES: dict[str, Callable[[Sample], Interval]] = {
    "mean": mean,
    "median": median,
    "stratified": lambda sample: stratified_mean([sample]),
    "together": lambda sample: simultaneous({"one": sample})["one"],
}
PAIRS = {
    "apart": [(str(i), str(i + 6)) for i in range(6)],
    "crossed": [(str(i), str(j)) for i, j in combinations(range(4), 2)],
    "one in every pair": [("0", str(i)) for i in range(1, 7)],
    "two in every set": [("0", "1", str(i)) for i in range(6)],
}


@pytest.mark.parametrize("pairs", PAIRS)
@pytest.mark.parametrize("summary", SUMMARIES)
def test_a_number_of_values_that_differ_does_not_count_by_itself(summary: str, pairs: str):
    found = SUMMARIES[summary](dict(zip(PAIRS[pairs], (0.8, 0.9, 1.0, 1.1, 1.2, 0.9), strict=True)))
    assert found.is_open == math.isnan(found.low)
    assert found.is_open or pairs in ("apart", "crossed") or summary == "median"
    for bound in (at_most(5), at_least(5)):
        assert (bound.judge(found) == "open") == found.is_open
    agreed = SUMMARIES[summary](dict.fromkeys(PAIRS[pairs], 0.9))
    assert (agreed.is_open, at_most(5).judge(agreed)) == (False, "holds")
