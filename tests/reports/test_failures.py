"""A merge that diverged or failed is told so everywhere, and no mean is one of survivors."""

import math

import numpy as np
import pytest
from analytic_records import PAIRS, missing, record

from basinbench.reports.data.families import NOTHING
from basinbench.reports.data.grid import read_grid
from basinbench.reports.data.named import Named
from basinbench.reports.data.standings import Entrant, standings
from basinbench.reports.plotting import barriers, curves
from basinbench.reports.tabulation.barriers import barrier_table
from basinbench.reports.tabulation.catalogue import tables
from basinbench.reports.tabulation.methods import method_table
from basinbench.reports.tabulation.ranks import rank_table
from basinbench.results.columns import FAILED, SCORES
from basinbench.results.record import Record
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
    assert sum("1 of 3 failed" in row for row in rows) == 2, "barriers of the loss, and losses"
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


@pytest.mark.parametrize("status", FAILED)
def test_a_method_that_failed_on_a_pair_has_no_mean_of_the_others(tmp_path, status):
    """However it failed, and whether its data was read before."""
    skipped = missing("pfnm", "2-3", "none", "skipped", "it does not apply")
    lost = Record({**skipped.row, "status": status, "reason": "wrong", "equivalence_error": 0.5})
    others = [record(m, p) for m in ("identity", "cca") for p in PAIRS]
    gather([*others, lost, *(record("pfnm", p) for p in ("0-1", "4-5"))], tmp_path)
    grid = read_grid(tmp_path)
    (condition,) = grid.conditions
    pfnm = Named("pfnm")
    assert condition.failures(NOTHING, pfnm) == 1
    text = "\n".join(made.markdown() for made in tables(grid))
    rows = [line for line in text.splitlines() if line.startswith("| PFNM")]
    assert sum("1 of 3 failed" in row for row in rows) == 3, "barriers, losses, accuracies"
    assert text.count("failed: PFNM 1 of 3") == 5, "every caption of these cells"
    assert condition.mean("test_accuracy_mid", NOTHING, Named("cca")).failed == 0
    assert not np.isfinite(condition.lines(NOTHING, pfnm, "test", "loss").values).all()
    ranked = rank_table(grid).numbers.set_index("method")
    assert ranked.loc["pfnm", "rank"] > ranked.loc["cca", "rank"], "last where it failed"
    (column,) = (found := standings([grid])).columns
    assert Entrant("pfnm") not in column.scores
    said = "Left out, as some of their merges failed: Perceptron: PFNM, 1 of 3 failed."
    assert all(section.caption.count(said) == 1 for section in method_table(found).sections)
