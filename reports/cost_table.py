"""Table: what an alignment costs, and whether it keeps what the networks compute."""

import json
from collections.abc import Sequence
from math import isnan, nan

import pandas as pd

from . import numbers
from .captions import caption, threads
from .grid import Grid, Row, by_pair
from .statistics import Interval, median
from .table import Section, Table, numbers_row


def cost(grid: Grid) -> Table:
    """Seconds and memory of the alignment alone, and whether it keeps the networks' functions."""
    sections, rows = [], []
    for setting in grid.settings:
        machines = sorted({(row["device"], row["threads"] or 0) for row in setting.cells})
        shown = []
        for device, count in machines:
            for method in setting.methods():
                cells = [
                    row
                    for row in setting.select(method=method)
                    if (row["device"], row["threads"] or 0) == (device, count)
                ]
                if not cells:
                    continue
                found, maps, error = _cost(cells), _maps(cells), _greatest_error(cells)
                extra = {"device": device, "threads": count, "maps": maps}
                extra |= {"equivalence_error": error}
                rows.append(numbers_row(setting, None, method, found) | extra)
                look = setting.looks[method]
                machine = {"Device": f"{device}, {threads(count)}"} if len(machines) > 1 else {}
                shown.append({"Method": look.label} | _cost_row(found, maps, error) | machine)
        note = f"{caption(setting)} Medians over the pairs, of `align` alone."
        sections.append(
            Section(setting.slug, f"{setting.title}: alignment", pd.DataFrame(shown), note)
        )
    return Table("cost", "What alignment costs", sections, pd.DataFrame(rows))


def _cost(cells: Sequence[Row]) -> dict[str, Interval]:
    swept = [dict(row) | {"sweeps": _stat(row["stats"], "sweeps")} for row in cells]
    columns = {"seconds": "align_seconds", "peak_bytes": "align_peak_bytes", "sweeps": "sweeps"}
    return {name: median(by_pair(swept, column).values()) for name, column in columns.items()}


def _cost_row(found: dict[str, Interval], maps: str, error: float) -> dict[str, str]:
    return {
        "Time": numbers.seconds(found["seconds"]),
        "Peak memory added": numbers.memory(found["peak_bytes"]),
        "Sweeps": numbers.number(found["sweeps"].estimate, 0),
        "Maps": maps,
        "Outputs changed by at most": numbers.scientific(error),
        "n": str(found["seconds"].n),
    }


def _maps(cells: Sequence[Row]) -> str:
    """Whether the maps were permutations: `permutation`, `soft`, or, over the cells, both."""
    kinds = {row["permutation"] for row in cells} - {None}
    return " / ".join(sorted("permutation" if kind else "soft" for kind in kinds))


def _greatest_error(cells: Sequence[Row]) -> float:
    errors = [row["equivalence_error"] for row in cells if not isnan(row["equivalence_error"])]
    return max(errors, default=nan)


def _stat(text: str, name: str) -> float:
    """A number from a record's `stats`; NaN where the method does not report it."""
    value = json.loads(text).get(name) if text else None
    return float(value) if isinstance(value, (int, float)) else nan
