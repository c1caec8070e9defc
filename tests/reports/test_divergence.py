"""A merge that diverged is told so everywhere, and no mean is one of survivors."""

import math

import pytest
from analytic_records import PAIRS, record

from basinbench.reports.data.families import NOTHING
from basinbench.reports.data.grid import read_grid
from basinbench.reports.plotting import barriers, curves
from basinbench.reports.tabulation.barriers import barrier_table
from basinbench.reports.tabulation.catalogue import tables
from basinbench.reports.tabulation.ranks import rank_table
from basinbench.results.columns import SCORES
from basinbench.results.store import gather


@pytest.mark.parametrize("lost", [math.nan, math.inf])
def test_a_method_that_diverged_is_told_so_and_has_no_mean_of_survivors(tmp_path, lost):
    columns = [name for name in SCORES if "loss" in name and ("mid" in name or "barrier" in name)]
    scores: dict = dict.fromkeys(columns, lost)
    one = record("pfnm", "2-3", diverged=True, **scores)
    others = [record(m, p) for m in ("identity", "cca") for p in PAIRS]
    gather([*others, one, *(record("pfnm", p) for p in ("0-1", "4-5"))], tmp_path)
    grid = read_grid(tmp_path)
    text = "\n".join(made.markdown() for made in tables(grid))
    rows = [line for line in text.splitlines() if line.startswith("| PFNM")]
    assert sum("1 of 3 diverged" in row for row in rows) == 2, "barriers of the loss, and losses"
    assert text.count("diverged: PFNM 1 of 3") == 5, "every caption of these cells"
    frame = barrier_table(grid).numbers.set_index("method")
    assert frame.loc["pfnm", "diverged"] == 1
    assert frame.loc["pfnm", "test_barrier_chord_loss_n"] == 3
    assert math.isnan(frame.loc["pfnm", "test_barrier_chord_loss"])
    ranked = rank_table(grid).numbers.set_index("method")
    assert ranked.loc["pfnm", "rank"] > ranked.loc["cca", "rank"], "last where it diverged"
    for figure in (
        barriers.draw_barriers(grid.conditions[0]),
        curves.draw_curves(grid.conditions[0], NOTHING),
    ):
        assert figure is not None
