"""Rows of cells as claims see them, made by hand."""

import json
from collections.abc import Mapping
from math import nan

import pandas as pd

from basinbench.reports.data.grid import with_names
from basinbench.reports.judging.claim import Results
from basinbench.results.columns import COLUMNS

BLANK = {c.name: "" if c.kind is str else nan if c.kind is float else None for c in COLUMNS}
"""A row in which nothing is known yet."""


def row(method: str = "one", seeds: str = "0-1", loss: float = 0.0, **more: object) -> dict:
    """A finished cell with this test loss in the middle."""
    facts = BLANK | {
        "status": "done",
        "method": method,
        "seeds": seeds,
        "test_loss_mid": loss,
        **more,
    }
    return with_names(pd.DataFrame([facts], dtype=object)).to_dict("records")[0]


def of_width(width: float) -> dict:
    """The facts of a network of some family of one's own."""
    return {"network_family": "own", "network_params": json.dumps({"width": width})}


def results(*rows: Mapping[str, object]) -> Results:
    """These cells as those of the grid `claims`."""
    return {"claims": list(rows)}
