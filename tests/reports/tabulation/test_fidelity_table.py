"""The table of fidelity: both results side by side, and nothing that belongs to merges."""

import math
from pathlib import Path

from analytic_records import PAIRS, record

from basinbench.reports.data.grid import GridResults, read_grid
from basinbench.reports.page.grid_page import HOW_TO_READ_FIDELITY, grid_page
from basinbench.reports.tabulation.catalogue import tables
from basinbench.results.record import Record
from basinbench.results.store import gather

COMMON = {
    "kind": "fidelity",
    "dataset": "fidelity",
    "network_family": "mlp",
    "network_params": '{"widths": [16, 12]}',
    "networks": 2,
    "paper": "a paper",
    "status": "done",
    "authors_code": "somebody/merging, merge.py",
}
ZIP = Record(
    COMMON
    | {
        "cell": "a",
        "method": "zipit",
        "method_params": "{}",
        "differs": "An owner | and a *sign*.",
        "agreement": 0.59,
        "weights_difference": 2.5,
        "authors_accuracy": 0.5,
        "own_accuracy": 0.75,
    }
)
RANDOM = Record(
    COMMON
    | {
        "cell": "b",
        "method": "weight-matching",
        "method_params": '{"as_released": true}',
        "agreement": 1.0,
        "weights_difference": 0.0,
    }
)


def grid_of(folder: Path, *records: Record) -> GridResults:
    gather(records, folder)
    return read_grid(folder)


def test_both_results_stand_side_by_side(tmp_path: Path):
    found, outcomes = tables(grid_of(tmp_path, ZIP, RANDOM))
    assert (found.name, outcomes.name) == ("fidelity", "outcomes")
    (section,) = found.sections
    first, second = (list(row) for row in section.rows.to_numpy())
    assert first[0] == "Weight matching, as released"
    assert first[3:] == ["100.0", "0", "–", "–", ""]
    assert second[0] == "ZipIt"
    assert second[3:] == ["59.0", "2.50", "50.00", "75.00", "An owner | and a *sign*."]
    blank, own = found.numbers["own_accuracy"].tolist()
    assert math.isnan(blank)
    assert own == 0.75


def test_the_page_says_how_to_read_it(tmp_path: Path):
    grid = grid_of(tmp_path, ZIP, RANDOM)
    page = grid_page(grid, tables(grid), [])
    assert HOW_TO_READ_FIDELITY in page
    assert r"An owner \| and a \*sign\*." in page


def test_such_cells_belong_to_no_condition_of_merges(tmp_path: Path):
    assert not grid_of(tmp_path / "alone", ZIP).conditions
    mixed = grid_of(tmp_path / "mixed", ZIP, record("identity", PAIRS[0]))
    assert not mixed.is_fidelity
    (condition,) = mixed.conditions
    assert condition.dataset == "digits"
