"""Rows of cells of crossed networks, with numbers that are given, as verdicts are made of."""

from collections.abc import Iterable, Mapping
from itertools import combinations

import pandas as pd
from claim_rows import BLANK

from basinbench.reports.data.grid import with_names
from basinbench.reports.data.named import Named
from basinbench.reports.data.quantities import column
from basinbench.reports.judging.cells import Cells
from basinbench.reports.judging.claim import Results

VALUE = column("test_loss_mid")


def cells_of(method: str) -> Cells:
    """The cells of a method."""
    return Cells(method=Named(method, ""))


def crossed_pairs(networks: int) -> list[str]:
    """The seeds of all pairs."""
    return [f"{i}-{j}" for i, j in combinations(range(networks), 2)]


def crossed_results(
    values: Iterable[float], networks: int, method: str = "one", **more: object
) -> Results:
    """A grid `claims` with these losses of all pairs of so many networks."""
    rows = [
        BLANK | {"status": "done", "method": method, "seeds": seeds, "test_loss_mid": value} | more
        for seeds, value in zip(crossed_pairs(networks), values, strict=True)
    ]
    return {"claims": with_names(pd.DataFrame(rows, dtype=object)).to_dict("records")}


def joined(*results: Results) -> Results:
    """All rows of these grids."""
    found: dict[str, list[Mapping[str, object]]] = {}
    for each in results:
        for name, rows in each.items():
            found.setdefault(name, []).extend(rows)
    return found
