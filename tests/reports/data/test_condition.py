"""Conditions: what is sent to another process does not depend on what was asked of it before."""

from copy import copy

from analytic_records import PAIRS, record

from basinbench.reports.data.grid import read_grid
from basinbench.results.store import gather


def test_what_was_computed_of_a_condition_is_not_sent_with_it(tmp_path):
    # It may be computed while it is being sent: pickle would then see a dictionary that grows.
    gather([record("identity", pair) for pair in PAIRS], tmp_path)
    condition = read_grid(tmp_path).conditions[0]
    before = condition.__getstate__().keys()
    finishes = condition.finishes
    assert condition.__getstate__().keys() == before
    assert copy(condition).finishes == finishes  # as pickle does, by its state
