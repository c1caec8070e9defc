"""Times are of one machine that was as busy: no median is over several."""

from pathlib import Path

import pytest
from analytic_records import PAIRS, record

from basinbench.reports.data.grid import read_grid
from basinbench.reports.data.machines import machine, on_machine
from basinbench.reports.data.named import Named
from basinbench.reports.tabulation.cost import cost_table
from basinbench.results.store import gather


@pytest.mark.parametrize("other", [{"workers": 2}, {"threads": 4}, {"device": "B"}])
def test_times_of_another_machine_are_left_out(other: dict[str, int], tmp_path: Path):
    alone = [record("identity", p, align_seconds=1.0, workers=1) for p in PAIRS[:2]]
    about = {"align_seconds": 9.0, "workers": 1} | other
    gather([*alone, record("identity", PAIRS[2], **about)], tmp_path)  # type: ignore[arg-type]
    grid = read_grid(tmp_path)
    (condition,) = grid.conditions
    here = on_machine(condition, *machine(condition))
    assert set(here.values("align_seconds", method=Named("identity")).values()) == {1.0}
    shown = cost_table(grid).sections[0].rows
    assert len(shown) == len(set(shown["Device"])) == 2
