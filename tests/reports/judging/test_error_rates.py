"""How often the engine is wrong of known claims; `tests/benchmarks/error_rates.py` has it all."""

from math import sqrt

import pytest
from known_claims import CASES, Case, rate

from basinbench.reports.judging.claim import Looks

SAMPLES = 150
NEVER_MORE = 0.05 + 3 * sqrt(0.05 * 0.95 / SAMPLES)
WRONG = [case for case in CASES if " by " not in case.name]
RIGHT = {"four true by 2: supported", "false by 1: refuted", "true by 1: supported"}


@pytest.mark.parametrize("case", WRONG, ids=lambda case: case.name)
@pytest.mark.parametrize(("networks", "looks"), [(5, None), (10, Looks((5, 10), (0.03, 0.02)))])
def test_a_verdict_is_seldom_wrong(case: Case, networks: int, looks: Looks | None):
    assert rate(case, networks, looks, SAMPLES) <= NEVER_MORE


@pytest.mark.parametrize("case", [c for c in CASES if c.name in RIGHT], ids=lambda case: case.name)
def test_ten_networks_decide_what_is_plain(case: Case):
    assert rate(case, 10, None, SAMPLES) >= 0.8
