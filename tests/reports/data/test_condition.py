"""Conditions: what is sent to another process does not depend on what was asked of it before."""

from copy import copy
from dataclasses import replace

import pandas as pd
import pytest
from analytic_records import PAIRS, record
from crossed_rows import crossed_pairs

from basinbench.reports.data.grid import read_grid
from basinbench.reports.data.statistics import mean
from basinbench.results.store import gather


def test_what_was_computed_of_a_condition_is_not_sent_with_it(tmp_path):
    # It may be computed while it is being sent: pickle would then see a dictionary that grows.
    gather([record("identity", pair) for pair in PAIRS], tmp_path)
    condition = read_grid(tmp_path).conditions[0]
    before = condition.__getstate__().keys()
    finishes = condition.finishes
    assert condition.__getstate__().keys() == before
    assert copy(condition).finishes == finishes  # as pickle does, by its state


@pytest.mark.parametrize(
    ("column", "numbers", "limits"),
    [
        ("test_accuracy_mid", [1.0] * 9 + [0.9], (None, 1.0)),
        ("test_ece_mid", [0.0] * 9 + [0.1], (0.0, None)),
        ("test_loss_mid", [0.0] * 9 + [3.0], (0.0, None)),
        ("test_barrier_chord_loss", [0.0] * 9 + [3.0], (0.0, None)),
    ],
)
def test_an_interval_ends_where_the_number_must(tmp_path, column, numbers, limits):
    gather([record("identity", PAIRS[0])], tmp_path)
    condition = read_grid(tmp_path).conditions[0]
    cells = pd.concat([condition.cells] * len(numbers), ignore_index=True)
    cells = cells.assign(**{"seeds": crossed_pairs(5), column: numbers})
    condition = replace(condition, cells=cells)
    plain, found = mean(condition.values(column)), condition.mean(column)
    for end, cut, limit in zip(
        (plain.low, plain.high), (found.low, found.high), limits, strict=True
    ):
        assert cut == (end if limit is None else limit)
        assert limit is None or abs(end - limit) > 1e-6, "the interval stayed within anyway"
