"""How far two methods agree is said of one kind of networks, never of a mixture."""

from pathlib import Path

import pytest
from analytic_records import PAIRS, record

from basinbench.reports.data.agreements import agreements
from basinbench.reports.data.grid import read_grid
from basinbench.results.store import gather


@pytest.mark.parametrize(
    "other",
    [
        {"recipe": "digits-long"},
        {"recipe_params": '{"epochs":2}'},
        {"split": "dirichlet"},
        {"dataset_digest": "other"},
    ],
)
def test_networks_of_another_condition_are_others(other: dict[str, str], tmp_path: Path):
    def row(pair: str, agreed: float, **more: object):
        about = {"cell": f"c{pair}-{agreed}", "against": "identity", "agreement": agreed}
        return record("weight-matching", pair, **about | more)  # type: ignore[arg-type]

    many = [row(pair, 0.5) for pair in PAIRS]
    gather([*many, *(row(pair, 1.0, **other) for pair in PAIRS[:2])], tmp_path)
    (found,) = agreements([read_grid(tmp_path)])
    assert (found.mean, len(found.values)) == (0.5, 3)
