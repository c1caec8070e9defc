"""An exact alignment that changes the outputs: no cell of a table, and against the claim."""

from pathlib import Path

import pytest
from analytic_records import PAIRS, missing, record

from basinbench.reports.data.grid import read_grid
from basinbench.reports.judging.catalogue import CLAIMS
from basinbench.reports.judging.cells import rows
from basinbench.reports.judging.claim import Finding
from basinbench.reports.judging.verdicts import find, read_grids
from basinbench.reports.tabulation.cost import cost_table
from basinbench.reports.tabulation.outcomes import outcome_table
from basinbench.results.record import Record
from basinbench.results.store import gather

EXACT = next(claim for claim in CLAIMS if claim.id == "G1")
REASON = "the alignment changes the networks' outputs by 3.0e-01"


def broken(error: float) -> Record:
    row = missing("weight-matching", "2-3", "none", "failed", REASON).row
    return Record({**row, "status": "inequivalent", "equivalence_error": error})


def sound() -> list[Record]:
    return [record("weight-matching", p) for p in PAIRS if p != "2-3"]


def judged(folder: Path, *more: Record) -> Finding:
    gather([*sound(), *more], folder / "claims")
    for other in ("mnist", "recovery"):
        gather([record("identity", p) for p in PAIRS], folder / other)
    return find(EXACT, {grid.name: rows(grid) for grid in read_grids(folder)})


def test_the_claim_that_exact_maps_change_nothing_can_fail(tmp_path: Path):
    assert judged(tmp_path / "sound").verdict == "supported"
    found = judged(tmp_path / "broken", broken(0.3))
    assert [e.outcome for e in found.evidence] == ["holds", "fails", "holds"]
    assert found.verdict == "refuted"
    assert found.evidence[1].found.estimate == 0.3


@pytest.mark.parametrize("error", [float("nan"), float("inf")])
def test_outputs_that_are_no_numbers_any_more_refute_it_too(error: float, tmp_path: Path):
    assert judged(tmp_path, broken(error)).verdict == "refuted"


def test_tables_leave_such_a_cell_out_and_say_so(tmp_path: Path):
    gather([*sound(), broken(0.3)], tmp_path)
    grid = read_grid(tmp_path)
    assert {len(condition.cells) for condition in grid.conditions} == {2}
    (section,) = outcome_table(grid).sections
    assert section.heading == "3 cells: 2 done, 0 skipped, 0 failed, 1 inequivalent"
    assert section.rows["Reason"].tolist() == [REASON]
    (cost,) = cost_table(grid).sections
    assert "Left out: 1 cell whose outputs an alignment changed" in cost.caption
    gather(sound(), tmp_path)
    assert "Left out" not in cost_table(read_grid(tmp_path)).sections[0].caption
